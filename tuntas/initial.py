"""Sets up an empty office: the body itself, its root unit, the first administrator and the seed processes."""

from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cases.case_reference import format_reference
from cases.definitions import deploy, files_from_folder
from cases.model import SYSTEM
from cases.people import create_unit, create_user
from engine.model import Files
from storage.tables import Office
from tuntas.config import ROOT, ConfigurationError
from tuntas.office import Tuntas


def has_office(session: Session) -> bool:
    """Whether the database holds an office already."""
    return session.scalar(select(Office.id)) is not None


def seed_files() -> Files:
    """The diagrams, decisions and forms that the product ships."""
    return files_from_folder(ROOT)


def init_office(
    office: Tuntas,
    *,
    name: str,
    code: str,
    timezone: str,
    admin: str | None = None,
    admin_name: str = "Administrator",
    password: str | None = None,
) -> None:
    """Make the office and deploy its processes in one transaction.

    Raises ConfigurationError when there is one already, or for a code or time zone that cannot be.
    """
    _check_identity(code, timezone)
    if office.work.read(has_office):
        raise ConfigurationError("There is an office already; 'tuntas init' is for an empty database.")

    def work(session: Session) -> None:
        add_office(session, name=name, code=code, timezone=timezone, demonstration=False)
        root = create_unit(
            session, office.env, code=code, name=name, kind="regency", parent_id=None, by=SYSTEM
        )
        if admin is not None and password is not None:
            create_user(
                session,
                office.env,
                username=admin,
                name=admin_name,
                password=password,
                roles=[("system_administrator", root.id)],
                by=SYSTEM,
            )
        deploy(session, office.env, seed_files(), by=SYSTEM, note="Proses awal Tuntas")

    office.work.write(work)


def _check_identity(code: str, timezone: str) -> None:
    try:
        format_reference(code, 2000, 1)
        ZoneInfo(timezone)
    except KeyError as error:
        raise ConfigurationError(
            f"There is no time zone {timezone!r}; name one such as Asia/Makassar."
        ) from error
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def add_office(session: Session, *, name: str, code: str, timezone: str, demonstration: bool) -> None:
    """The one row that says whom this installation serves."""
    session.execute(
        insert(Office).values(id=1, name=name, code=code, timezone=timezone, demonstration=demonstration)
    )
