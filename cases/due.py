"""Whether anything is due at all: one cheap read, so that an idle worker takes no write lock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.deadlines.alerts import RUNNING
from cases.environment import Environment
from storage.queries.batch import Call, Prepared, send
from storage.tables import Deadline, Job, Operation, OutboxMessage, Recalculation, ScheduledStart, Timer


@dataclass(frozen=True, slots=True)
class Due:
    """Which queues have something that is due."""

    recalculation: bool
    """Deadlines are being counted anew: until that is done, no timer fires and no alert is raised."""
    timers: bool
    alerts: bool
    starts: bool
    jobs: bool
    messages: bool
    operations: bool


_WAITING = OutboxMessage.delivered_at.is_(None) & OutboxMessage.failed.is_(False)
_TIMES = {
    "timers": select(Timer.due_at)
    .where(Timer.failed.is_(False), Timer.held.is_(False), Timer.due_at.is_not(None))
    .order_by(Timer.due_at),
    "alerts": select(Deadline.next_alert_at)
    .where(Deadline.next_alert_at.is_not(None), RUNNING)
    .order_by(Deadline.next_alert_at),
    "starts": select(ScheduledStart.due_at).order_by(ScheduledStart.due_at),
    "jobs": select(Job.run_at).where(Job.failed.is_(False), Job.held.is_(False)).order_by(Job.run_at),
    "messages": select(OutboxMessage.run_at).where(_WAITING).order_by(OutboxMessage.run_at),
    "recalculation": select(Recalculation.started_at).where(Recalculation.finished_at.is_(None)),
    "operations": select(Operation.started_at).where(Operation.finished_at.is_(None)),
}
_HEADS = Prepared(select(*(head.limit(1).scalar_subquery().label(name) for name, head in _TIMES.items())))
"""The first of every queue. Asked for in order, so that the database reads one entry of an index for each: asked
whether any is due, it may choose to read them all.
"""
_AWAITED = ("timers", "alerts", "starts", "recalculation")
"""Queues whose time is known before; the others are looked at again every second."""


def find_due(session: Session, env: Environment) -> Due:
    """Look at the heads of the queues. One statement of index look-ups, whatever the number of cases."""
    now = env.clock.now()
    heads = send(session, [Call(_HEADS)])[0].rows[0]._asdict()
    began = {name: heads.pop(name) is not None for name in ("recalculation", "operations")}
    return Due(**began, **{name: at is not None and at <= now for name, at in heads.items()})


def next_due(session: Session) -> datetime | None:
    """When something is due next that waits for a time, so that a worker knows how long it may rest."""
    heads = send(session, [Call(_HEADS)])[0].rows[0]
    return min((at for name in _AWAITED if (at := getattr(heads, name)) is not None), default=None)
