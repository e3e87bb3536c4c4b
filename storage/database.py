"""Makes SQLite and PostgreSQL engines behave alike: foreign keys, WAL, and writers that queue instead of failing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from psycopg.types.string import TextLoader
from sqlalchemy import Connection, Engine, event

from storage.errors import ReadOnlyError
from storage.queries.batch import forget_known
from storage.tally import count_on

READ_ONLY = {"tuntas_read_only": True}
"""Execution options of a connection that will not write; ``reading`` sets them."""


def normalise_url(url: str) -> str:
    """``postgresql://`` means psycopg 3 here; every other address is left alone."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _write_json(value: Any) -> str:
    return orjson.dumps(value).decode()


_JSON = {"json_serializer": _write_json, "json_deserializer": orjson.loads}
"""Each entry of the history holds some."""

LONGEST_PAUSE = "60s"
LONGEST_TRANSACTION = "300s"
"""After so long PostgreSQL ends a transaction whose process stands still, or any other."""


def engine_options(url: str) -> dict[str, Any]:
    """Arguments for ``create_engine`` that suit the database behind the address."""
    if url.startswith("sqlite"):
        return {**_JSON, "connect_args": {"timeout": 30, "check_same_thread": False}}
    # No ping before each use: the unit of work begins anew on another connection when one was lost.
    return {
        **_JSON,
        "pool_size": 10,
        "max_overflow": 20,
        "pool_timeout": 10,
        "connect_args": {"connect_timeout": 5},
    }


def reading(engine: Engine) -> Engine:
    """The engine for work that will not write: no write lock on SQLite, no BEGIN and ROLLBACK around it on PostgreSQL.

    Each of its statements sees what is committed when it begins, as in any transaction of ours. One that would
    change something is refused before it is sent.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(**READ_ONLY, isolation_level="AUTOCOMMIT")
    return engine.execution_options(**READ_ONLY)


def prepare(engine: Engine) -> None:
    """Attach what both databases need, and what only SQLite does."""
    event.listen(engine, "before_execute", _refuse_to_change)
    count_on(engine)
    if engine.dialect.name != "sqlite":
        event.listen(engine, "rollback", forget_known)
        event.listen(engine, "connect", _plan_for_short_answers)
        event.listen(engine, "connect", _read_ids_as_text)
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _plan_for_short_answers(connection: Any, record: object) -> None:
    # Lists end after a page, which the planner's costs do not know: workers and compiled code would only start late.
    # Nor do they know of disks without an arm, on which a row found by an index costs hardly more than the next one.
    # The keys of the cases that somebody may see are hashed: where they were thought not to fit, each row of a list
    # would be sought among all of them.
    connection.autocommit = True
    connection.execute(
        "SET max_parallel_workers_per_gather = 0; SET jit = off; SET random_page_cost = 1.1; SET work_mem = '64MB'"
    )
    connection.autocommit = False


def _read_ids_as_text(connection: Any, record: object) -> None:
    connection.adapters.register_loader("uuid", TextLoader)


def end_pauses(engine: Engine) -> None:
    """Let no process that stands still in a transaction keep others from its rows for ever.

    Not for work that pauses on purpose, such as a restore that reads files before it commits. SQLite has no such limit:
    there one machine holds everything.
    """
    if engine.dialect.name == "postgresql" and not event.contains(engine, "connect", _limit_pauses):
        event.listen(engine, "connect", _limit_pauses)


def _limit_pauses(connection: Any, record: object) -> None:
    # Not as a startup parameter: poolers refuse those that they do not know.
    connection.autocommit = True
    connection.execute(f"SET idle_in_transaction_session_timeout = '{LONGEST_PAUSE}'")
    if connection.info.server_version >= 170000:
        # What the driver sends at the end of a pipeline disarms the other limit until the next statement.
        connection.execute(f"SET transaction_timeout = '{LONGEST_TRANSACTION}'")
    connection.autocommit = False


@contextmanager
def hurried(engine: Engine) -> Iterator[None]:
    """Let an embedded database not wait for the disk at each commit: only for filling one that can be made anew."""

    def relax(connection: Any, record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    if engine.dialect.name != "sqlite":
        yield
        return
    event.listen(engine, "connect", relax)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", relax)
        engine.dispose()


def _on_connect(connection: Any, record: object) -> None:
    connection.isolation_level = None  # The driver must not begin transactions behind our back.
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _refuse_to_change(
    connection: Connection, statement: Any, several: object, parameters: object, options: object
) -> None:
    if getattr(statement, "is_dml", False) and connection.get_execution_options().get("tuntas_read_only"):
        raise ReadOnlyError(f"a change of {statement.table.name} in work that only reads")


def _on_begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("tuntas_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
