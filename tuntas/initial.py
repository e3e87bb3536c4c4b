"""Sets up an empty office: the body itself, its root unit, the first administrator and the seed processes."""

from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cases.case_reference import format_reference
from cases.deadlines.calendars import store_calendar
from cases.deadlines.holiday_seed import seeded_calendar
from cases.deadlines.recalculation import begin_recalculation
from cases.definitions import deploy, files_from_folder
from cases.environment import Environment
from cases.model import SYSTEM
from cases.people import create_unit, create_user
from cases.reference import shipped_ruleset_files
from cases.rules.reading import read_ruleset
from cases.rules.store import store_ruleset
from engine.model import Files
from storage.tables import CalendarVersion, Deadline, Office, RulesetVersion, Unit, User
from tuntas.config import ROOT, ConfigurationError
from tuntas.office import REFERENCE, Tuntas

FIRST_CALENDAR = "Kalender awal"


def has_office(session: Session) -> bool:
    """Whether the database holds an office already."""
    return session.scalar(select(Office.id)) is not None


def has_people(session: Session) -> bool:
    """Whether anybody can sign in."""
    return session.scalar(select(User.id).limit(1)) is not None


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

    An office that an import made for itself has nobody in it yet: it gets its name and its first administrator, and
    keeps its code and cases. Raises ConfigurationError when there are people already, or for a code or time zone that
    cannot be.
    """
    _check_identity(code, timezone)
    if office.work.read(has_people):
        raise ConfigurationError("There is an office already; 'tuntas init' is for an empty database.")

    def work(session: Session) -> None:
        root_id = _adopt(session, name=name, timezone=timezone)
        if root_id is None:
            add_office(session, name=name, code=code, timezone=timezone, demonstration=False)
            root_id = create_unit(
                session, office.env, code=code, name=name, kind="regency", parent_id=None, by=SYSTEM
            ).id
            seed_rules(session, office.env, ZoneInfo(timezone))
            deploy(session, office.env, seed_files(), by=SYSTEM, note="Proses awal Tuntas")
        if admin is not None and password is not None:
            person = {"username": admin, "name": admin_name, "password": password}
            create_user(session, office.env, **person, roles=[("system_administrator", root_id)], by=SYSTEM)

    office.work.write(work)


def upgrade_office(session: Session, env: Environment) -> bool:
    """Give an office of an older release the rules that it lacks; False when there is no office or it lacks nothing.

    Its open deadlines were counted without holidays and have no escalation ladder yet: a worker counts them anew.
    """
    zone = session.scalar(select(Office.timezone))
    if zone is None:
        return False
    lacks_calendar = session.scalar(select(CalendarVersion.version).limit(1)) is None
    lacks_ruleset = session.scalar(select(RulesetVersion.version).limit(1)) is None
    seed_rules(session, env, ZoneInfo(zone))
    if lacks_calendar:
        session.execute(update(Deadline).where(Deadline.stopped_at.is_(None)).values(next_level=0))
        calendar = env.calendars.current(session)
        begin_recalculation(session, env, calendar, {}, reason=FIRST_CALENDAR)
    return lacks_calendar or lacks_ruleset


def seed_rules(session: Session, env: Environment, zone: ZoneInfo) -> None:
    """The first calendar and the ruleset that ships, unless the office has them."""
    now = env.clock.now()
    if session.scalar(select(CalendarVersion.version).limit(1)) is None:
        calendar = seeded_calendar(zone, now.astimezone(zone).year)
        store_calendar(session, calendar, reason=FIRST_CALENDAR, at=now, created_by=None)
    if session.scalar(select(RulesetVersion.version).limit(1)) is None:
        files = shipped_ruleset_files(REFERENCE)
        store_ruleset(
            session, files, read_ruleset(files, 1), note="Aturan awal Tuntas", at=now, created_by=None
        )


def _adopt(session: Session, *, name: str, timezone: str) -> str | None:
    """Name the office that is there already and answer its root unit; None without one."""
    if not has_office(session):
        return None
    session.execute(update(Office).values(name=name, timezone=timezone))
    root = session.execute(select(Unit.id).where(Unit.parent_id.is_(None))).scalar_one()
    session.execute(update(Unit).where(Unit.id == root).values(name=name))
    return root


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
