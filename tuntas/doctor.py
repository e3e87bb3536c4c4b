"""Examines an installation: each finding says what is wrong and what to do."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cases.deadlines.alerts import FAILED
from cases.deadlines.calendars import CalendarMissingError, Calendars
from cases.workers import SILENT
from storage.errors import StorageError
from storage.objects import open_store
from storage.tables import (
    Deadline,
    Incident,
    Office,
    OutboxMessage,
    ProcessDefinition,
    Recalculation,
    Timer,
    WorkerProcess,
)
from tuntas.config import ROOT, Config
from tuntas.database import is_current, make_engine
from tuntas.partitions import KEYS, is_partitioned, missing_steps

ASSETS = ROOT / "web" / "static" / "dist"
A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Result:
    """One thing examined."""

    name: str
    ok: bool
    finding: str


def examine(config: Config) -> list[Result]:
    """Look at everything that the product needs."""
    results = [_python(), _assets(), _objects(config)]
    engine = make_engine(config.database_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        whose = f", schema {config.organisation}" if config.organisation else ""
        results.append(Result("database", True, f"{engine.dialect.name} answers{whose}"))
        results += [*_schema(engine), *_partitions(engine)]
    except SQLAlchemyError as error:
        kind = type(error).__name__
        results.append(
            Result("database", False, f"no answer ({kind}); check TUNTAS_DATABASE_URL and the server")
        )
    finally:
        engine.dispose()
    return results


def _python() -> Result:
    return Result("python", sys.version_info >= (3, 11), sys.version.split()[0])


def _assets() -> Result:
    built = (ASSETS / "site.css").exists()
    return Result("browser assets", built, "built" if built else "not built; run 'make assets'")


def _objects(config: Config) -> Result:
    try:
        store = open_store(config.object_store, config.var, config.organisation)
        store.ready()
    except StorageError as error:
        return Result("object store", False, f"{error} Check TUNTAS_OBJECT_STORE.")
    return Result("object store", True, type(store).__name__)


def _schema(engine: Engine) -> list[Result]:
    if not is_current(engine):
        return [Result("schema", False, "behind; run 'tuntas migrate'")]
    with Session(engine) as session:
        return [Result("schema", True, "current"), *(check(session) for check in CHECKS)]


def _partitions(engine: Engine) -> list[Result]:
    """Whether tables in monthly pieces have those of the coming months; nothing where every table is whole."""
    with engine.connect() as connection:
        split = [table for table in KEYS if is_partitioned(connection, table)]
    if not split:
        return []
    ready = not missing_steps(engine, datetime.now(UTC))
    finding = "the coming months are there" if ready else "months are missing; run 'tuntas partition'"
    return [Result("partitions", ready, finding)]


def _office(session: Session) -> Result:
    name = session.scalar(select(Office.name))
    return Result("office", name is not None, name or "none; run 'tuntas init' or 'tuntas seed'")


def _processes(session: Session) -> Result:
    keys = session.scalars(
        select(ProcessDefinition.key).where(ProcessDefinition.status == "active").distinct()
    ).all()
    missing = {"intake", "complaint"} - set(keys)
    finding = (
        f"not deployed: {', '.join(sorted(missing))}; run 'tuntas deploy .'"
        if missing
        else ", ".join(sorted(keys))
    )
    return Result("processes", not missing, finding)


def _incidents(session: Session) -> Result:
    count = (
        session.scalar(select(func.count()).select_from(Incident).where(Incident.resolved_at.is_(None))) or 0
    )
    return Result("incidents", count == 0, f"{count} open")


def _stuck(session: Session) -> Result:
    timers = session.scalar(select(func.count()).select_from(Timer).where(Timer.failed)) or 0
    # While deadlines are counted anew, those without a next alert are about to get it.
    counting = select(Recalculation.id).where(Recalculation.finished_at.is_(None)).exists()
    alerts = session.scalar(select(func.count()).select_from(Deadline).where(FAILED, ~counting)) or 0
    messages = (
        session.scalar(select(func.count()).select_from(OutboxMessage).where(OutboxMessage.failed)) or 0
    )
    return Result(
        "queues",
        timers + alerts + messages == 0,
        f"{timers} failed timers, {alerts} failed alerts, {messages} undeliverable messages",
    )


def _calendar(session: Session) -> Result:
    """A deadline of sixty working days, and its escalation, must not end where the calendar does."""
    try:
        last = Calendars().current(session).last
    except CalendarMissingError:
        found = session.scalar(select(Office.id)) is None
        return Result("calendar", found, "none yet" if found else "none; run 'tuntas migrate'")
    near = last < datetime.now(UTC).date() + A_YEAR
    advice = f"; add the year {last.year + 1} on the calendar page" if near else ""
    return Result("calendar", not near, f"ends {last.isoformat()}{advice}")


def _workers(session: Session) -> Result:
    """Who is there. An office without a worker is sound until something waits for one."""
    now = datetime.now(UTC)
    alive = session.execute(
        select(WorkerProcess.host, WorkerProcess.pid)
        .where(WorkerProcess.seen_at >= now - SILENT)
        .order_by(WorkerProcess.host, WorkerProcess.pid)
    ).all()
    if alive:
        return Result("workers", True, ", ".join(f"{row.host}:{row.pid}" for row in alive))
    late = (OutboxMessage.delivered_at.is_(None), OutboxMessage.run_at < now - SILENT)
    waiting = session.scalar(select(OutboxMessage.id).where(*late).limit(1)) is not None
    advice = "none alive, and messages wait; run 'tuntas worker'" if waiting else "none alive"
    return Result("workers", not waiting, advice)


CHECKS: tuple[Callable[[Session], Result], ...] = (
    _office,
    _calendar,
    _processes,
    _incidents,
    _stuck,
    _workers,
)
