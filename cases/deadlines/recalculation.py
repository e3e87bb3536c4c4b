"""Counts the open deadlines anew after a change of the calendar: one case per transaction, with progress.

A deadline that was counted keeps the calendar's version, so that a worker that is killed goes on where it was and none
is counted twice. Levels of the escalation ladder that were raised stay raised; those to come follow the new date. What
failed for want of a year is tried again when the year is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session

from cases.deadlines.alerts import FAILED, RUNNING
from cases.deadlines.calendar import Calendar
from cases.deadlines.calendar_gaps import cases_not_counted, mended_by, retry_mended
from cases.deadlines.events import recount
from cases.environment import Environment
from cases.incidents import faults
from cases.model import SYSTEM, Actor
from cases.policy import require_act
from cases.work import CaseWork
from storage.tables import Deadline, Recalculation

FIRST_VERSION = 1
COMMAND = "Recalculate"
LOOK_BACK = timedelta(days=1)
"""So long after a recalculation ``reopen_overtaken`` looks for deadlines that it did not see."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the open deadlines are counted anew; numbers of cases."""

    id: str
    calendar_version: int
    changes: Mapping[str, Any]
    total: int
    done: int
    moved: int
    """Cases of which at least one date moved."""
    started_at: datetime
    finished_at: datetime | None


def begin_recalculation(
    session: Session, env: Environment, calendar: Calendar, changes: Mapping[str, Any], *, reason: str
) -> Progress:
    """Let a worker count every open deadline that the change may move. Two statements."""
    kept = {**changes, "reason": reason}
    affected = _affected(calendar, _first_changed_day(calendar, changes))
    total = _count(session, affected)
    job = Progress(env.new_id(), calendar.version, kept, total, 0, 0, env.clock.now(), None)
    session.execute(
        insert(Recalculation).values(
            id=job.id,
            calendar_version=job.calendar_version,
            changes=kept,
            total=total,
            done=0,
            moved=0,
            started_at=job.started_at,
        )
    )
    return job


def recalculate_next(session: Session, env: Environment) -> bool:
    """Count the deadlines of the next case of the oldest unfinished recalculation; False when there is none.

    With several workers one of them counts. A case whose deadline cannot be computed is a fault; ``skip_case`` then
    passes it.
    """
    job = _claim_oldest(session)
    if job is None:
        return False
    case_id = _next_case(session, env, job)
    if case_id is None:
        # What another change counted meanwhile is done as well.
        _update(session, job, finished_at=env.clock.now(), total=job.done)
        retry_mended(session, env, env.calendars.get(session, job.calendar_version))
        return True
    with faults(case_id=case_id, instance_id=None, command=COMMAND):
        moved = _recount(session, env, job, case_id)
    _update(session, job, after_case_id=case_id, done=job.done + 1, moved=job.moved + moved)
    return True


def skip_case(session: Session, env: Environment) -> None:
    """Pass the case at which the recalculation stands: an incident tells that its deadlines are not counted anew."""
    job = _claim_oldest(session)
    case_id = _next_case(session, env, job) if job is not None else None
    if job is not None and case_id is not None:
        _update(session, job, after_case_id=case_id, done=job.done + 1)


def reopen_overtaken(session: Session, env: Environment) -> None:
    """Count again what a finished recalculation did not see. One statement, one more for each of the last day.

    On PostgreSQL a command that had read the old calendar may commit when the recalculation has passed already. Cases
    that could not be counted wait for their incident instead.
    """
    jobs = select(*Recalculation.__table__.columns).where(
        Recalculation.finished_at > env.clock.now() - LOOK_BACK,
        Recalculation.calendar_version > FIRST_VERSION,
    )
    for job in session.execute(jobs).all():
        seen = ~FAILED & Deadline.case_id.not_in(cases_not_counted(COMMAND))
        missed = _count(session, _affected_by(session, env, job) & seen)
        if missed:
            _update(session, job, finished_at=None, after_case_id=None, total=job.done + missed)


def recalculation_progress(session: Session) -> Progress | None:
    """The newest recalculation and how far it is; None when the calendar was never changed. One statement."""
    return next(iter(_newest(session, 1)), None)


def list_recalculations(
    session: Session, env: Environment, *, by: Actor, limit: int = 20
) -> tuple[Progress, ...]:
    """The newest recalculations, the newest first. One statement.

    Raises NotFoundError unless the actor may manage settings.
    """
    require_act(env, by, "manage_settings")
    return _newest(session, limit)


def _newest(session: Session, limit: int) -> tuple[Progress, ...]:
    rows = session.scalars(select(Recalculation).order_by(Recalculation.calendar_version.desc()).limit(limit))
    return tuple(
        Progress(
            row.id,
            row.calendar_version,
            row.changes,
            row.total,
            row.done,
            row.moved,
            row.started_at,
            row.finished_at,
        )
        for row in rows
    )


def _claim_oldest(session: Session) -> Any:
    return session.execute(
        select(*Recalculation.__table__.columns)
        .where(Recalculation.finished_at.is_(None))
        .order_by(Recalculation.calendar_version)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _next_case(session: Session, env: Environment, job: Any) -> str | None:
    affected = _affected_by(session, env, job)
    query = select(Deadline.case_id).where(affected).order_by(Deadline.case_id).limit(1)
    if job.after_case_id is not None:
        query = query.where(Deadline.case_id > job.after_case_id)
    return session.scalar(query)


def _count(session: Session, affected: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Deadline.case_id.distinct())).where(affected)) or 0


def _affected_by(session: Session, env: Environment, job: Any) -> ColumnElement[bool]:
    calendar = env.calendars.get(session, job.calendar_version)
    return _affected(calendar, _first_changed_day(calendar, job.changes))


def _affected(calendar: Calendar, first: date) -> ColumnElement[bool]:
    """Open deadlines that may move: due on or after the first changed day, or with an alert then or waiting for one.

    Those of a case that an earlier change could not count, and this calendar can, are among them.
    """
    start = calendar.start_of(first)
    given_up = Deadline.case_id.in_(cases_not_counted(COMMAND).where(mended_by(calendar)))
    found = RUNNING & or_(Deadline.due_at > start, Deadline.next_alert_at > start, FAILED, given_up)
    # The first calendar of an office of an older release meets deadlines that name it already.
    if calendar.version == FIRST_VERSION:
        return found
    return found & (Deadline.calendar_version < calendar.version)


def _first_changed_day(calendar: Calendar, changes: Mapping[str, Any]) -> date:
    if not {"weekdays", "zone"}.isdisjoint(changes):
        return calendar.first
    days = [day for name in ("added", "removed", "renamed") for day in changes.get(name, ())]
    return min((date.fromisoformat(day) for day in days), default=calendar.first)


def _recount(session: Session, env: Environment, job: Any, case_id: str) -> bool:
    work = CaseWork.load(session, env, case_id, by=SYSTEM)
    why = {"kind": "calendar", "calendar_version": work.calendar.version, **_changes(session, job)}
    moved = False
    for row in work.deadlines.running():
        if row.due_at is not None:
            moved |= recount(work, row, why)
            _unbreach(work, row)
    work.flush()
    return moved


def _unbreach(work: CaseWork, row: Any) -> None:
    """A legal deadline that is not due any more was not missed; the history keeps that it seemed so."""
    if row.breached_at is not None and row.due_at is not None and row.due_at > work.now:
        work.deadlines.change(row, breached_at=None)


def _changes(session: Session, job: Any) -> Mapping[str, Any]:
    """What this change and those after it changed: the calendar in force is that of the newest."""
    query = (
        select(Recalculation.changes)
        .where(Recalculation.finished_at.is_(None), Recalculation.calendar_version >= job.calendar_version)
        .order_by(Recalculation.calendar_version)
    )
    merged: dict[str, Any] = {}
    for changes in session.scalars(query):
        for name, value in changes.items():
            merged[name] = {**merged.get(name, {}), **value} if isinstance(value, dict) else value
    return merged


def _update(session: Session, job: Any, **values: Any) -> None:
    session.execute(update(Recalculation).where(Recalculation.id == job.id).values(**values))
