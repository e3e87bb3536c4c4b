"""Incidents: commands that failed inside a process. The case is unchanged; somebody must look."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases.deadlines.calendar import CalendarGapError
from cases.environment import Environment
from cases.errors import CalendarEndsError, CaseError, ConflictError, ProcessIncidentError
from cases.model import Actor, Page
from cases.policy import require_act
from storage.errors import StaleVersionError
from storage.tables import Case, Deadline, Incident, Job, Timer

RETRY = timedelta(minutes=1)
MAX_ATTEMPTS = 8
"""So often a timer or an alert that meets nothing but conflicts is tried, a minute apart."""


class FaultedError(Exception):
    """A process failed while a command ran; carried to the unit of work, which writes the incident after rollback."""

    def __init__(
        self,
        *,
        case_id: str | None,
        instance_id: str | None,
        element_id: str | None,
        cause: str,
        command: str,
        task_id: str | None = None,
    ) -> None:
        self.case_id = case_id
        self.instance_id = instance_id
        self.element_id = element_id
        self.cause = cause
        self.command = command
        self.task_id = task_id
        super().__init__(cause)


def answer_to(fault: FaultedError) -> ProcessIncidentError:
    """What whoever gave the command is told: the remedy when the calendar ended too soon, else that it failed."""
    gap = calendar_gap(fault)
    return ProcessIncidentError() if gap is None else CalendarEndsError(gap.day.year)


def calendar_gap(fault: FaultedError) -> CalendarGapError | None:
    """The missing year behind a fault, if that is what it is about."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, CalendarGapError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


@contextmanager
def faults(
    *,
    case_id: str,
    instance_id: str | None,
    command: str,
    element_id: str | None = None,
    task_id: str | None = None,
) -> Iterator[None]:
    """Whatever fails inside becomes an incident; ``task_id`` names the timer, job or alert that is then left alone.

    The failure may lie further on, in a process that this one started, or in a handler: a timer or job that is tried
    again would fail again, for ever, and hold up whatever is due after it. Refusals that the caller can mend,
    conflicts and a database that is away pass through.
    """
    try:
        yield
    except FaultedError as fault:
        fault.task_id = task_id or fault.task_id
        raise
    except (StaleVersionError, DBAPIError, ConflictError):
        raise
    except Exception as error:
        if task_id is None and isinstance(error, CaseError):
            raise
        raise FaultedError(
            case_id=case_id,
            instance_id=instance_id,
            element_id=element_id,
            cause=f"{type(error).__name__}: {error}",
            command=command,
            task_id=task_id,
        ) from error


def one_more_conflict(
    attempts: int,
    *,
    case_id: str,
    instance_id: str | None,
    command: str,
    task_id: str,
    element_id: str | None = None,
) -> int:
    """The attempts of a timer or alert that met nothing but conflicts once more; too many raise FaultedError."""
    if attempts + 1 < MAX_ATTEMPTS:
        return attempts + 1
    raise FaultedError(
        case_id=case_id,
        instance_id=instance_id,
        element_id=element_id,
        cause=f"conflicts at {MAX_ATTEMPTS} attempts",
        command=command,
        task_id=task_id,
    )


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as the administrator sees it: no content of the case."""

    id: str
    reference: str | None
    element_id: str | None
    cause: str
    command: str
    at: datetime
    resolved_at: datetime | None


def record_incident(session: Session, env: Environment, fault: FaultedError) -> str:
    """Store the incident and keep the timer, job or alert that caused it from being tried for ever."""
    incident_id, gap = env.new_id(), calendar_gap(fault)
    # The case may have been rolled back with the rest: then the incident stands alone.
    known = (
        fault.case_id is not None
        and session.scalar(select(Case.id).where(Case.id == fault.case_id)) is not None
    )
    session.execute(
        insert(Incident).values(
            id=incident_id,
            case_id=fault.case_id if known else None,
            instance_id=fault.instance_id if known else None,
            element_id=fault.element_id,
            task_id=fault.task_id,
            cause=fault.cause[:2000],
            missing_day=gap.day if gap else None,
            command=fault.command,
            at=env.clock.now(),
        )
    )
    if fault.task_id is not None:
        session.execute(update(Timer).where(Timer.task_id == fault.task_id).values(failed=True))
        session.execute(update(Job).where(Job.id == fault.task_id).values(failed=True))
        left = {"next_alert_at": None, "attempts": 0}
        session.execute(update(Deadline).where(Deadline.id == fault.task_id).values(**left))
    return incident_id


def list_incidents(
    session: Session, env: Environment, *, by: Actor, before: str | None = None, limit: int = 50
) -> Page[IncidentView]:
    """Incidents, newest first. One statement. Raises NotFoundError unless the actor may read incidents."""
    require_act(env, by, "read_incidents")
    query = (
        select(Incident, Case.reference)
        .outerjoin(Case, Case.id == Incident.case_id)
        .order_by(Incident.id.desc())
        .limit(limit + 1)
    )
    if before:
        query = query.where(Incident.id < before)
    rows = session.execute(query).all()
    items = tuple(
        IncidentView(
            id=row.Incident.id,
            reference=row.reference,
            element_id=row.Incident.element_id,
            cause=row.Incident.cause,
            command=row.Incident.command,
            at=row.Incident.at,
            resolved_at=row.Incident.resolved_at,
        )
        for row in rows[:limit]
    )
    return Page(items, items[-1].id if len(rows) > limit else None)
