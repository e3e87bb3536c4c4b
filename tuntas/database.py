"""Brings a database to the present schema, and compares it with the declared one."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine

from storage.database import engine_options, normalise_url, prepare
from storage.organisation import make_schema
from storage.tables import Base
from tuntas.alone import alone
from tuntas.partitions import partitions

TITLES = "ix_cases_title"
MIGRATIONS = Path(__file__).parent.parent / "storage" / "migrations"


def make_engine(url: str) -> Engine:
    """An engine for the address, prepared for our use; an embedded database's folder is made when it is missing."""
    url = normalise_url(url)
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    return engine


def migrate(url: str, revision: str = "head") -> None:
    """Run every migration that the database has not seen, up to a revision.

    An organisation in a database of several gets its schema first. Safe to repeat, and to be started by several
    processes at once: the others wait and find nothing to do.
    """
    engine = make_engine(url)
    try:
        with alone(engine), engine.connect() as connection:
            make_schema(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
    finally:
        engine.dispose()


def revisions() -> list[str]:
    """Every revision of the schema that this release knows, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def revision_of(connection: Connection) -> str | None:
    """The last migration that the database has seen; None for one without tables."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _known() -> tuple[str, ...]:
    return tuple(revisions())


def is_behind(engine: Engine) -> bool:
    """Whether the database lacks a migration that this release needs.

    One that a newer release migrated already is not behind: while an upgrade rolls, both releases serve it.
    """
    with engine.connect() as connection:
        revision = revision_of(connection)
    return revision is None or (revision in _known() and revision != _known()[0])


def is_current(engine: Engine) -> bool:
    """Whether the database has seen every migration."""
    with engine.connect() as connection:
        return revision_of(connection) == revisions()[0]


def differences(engine: Engine) -> list[object]:
    """What the stored schema has or lacks against the declared tables; empty when they are equal.

    The index of titles is neither: not every account may have what it needs (docs/operations.md).
    """
    with engine.connect() as connection:
        pieces = {*partitions(connection), TITLES}
        opts = {"compare_type": True, "include_name": lambda name, kind, of: name not in pieces}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Base.metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
