"""How much waits to be done: the lengths of the queues, for metrics, the system page and the doctor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from cases.deadlines.alerts import RUNNING
from cases.environment import Environment
from cases.model import Actor
from cases.policy import require_act
from cases.workers import SILENT, WorkerView, list_workers
from storage.tables import (
    Deadline,
    Incident,
    Job,
    OutboxMessage,
    Recalculation,
    ScheduledStart,
    Timer,
    WorkerProcess,
)

MOST = 100_000
"""Counting ends here, so that looking at a queue never costs more than this many entries of an index."""


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits now. No count exceeds ``MOST``."""

    at: datetime
    timers_due: int
    timers_failed: int
    oldest_timer: datetime | None
    """When the timer that has been due longest fell due."""
    alerts_due: int
    starts_due: int
    jobs_due: int
    jobs_failed: int
    outbox_waiting: int
    outbox_failed: int
    oldest_message: datetime | None
    """Since when the message that waits longest could have been delivered."""
    incidents_open: int
    recalculations_open: int
    workers_alive: int

    @property
    def oldest_timer_seconds(self) -> float:
        """For how long the oldest due timer has waited; 0 when none is due."""
        return _seconds(self.at, self.oldest_timer)

    @property
    def oldest_message_seconds(self) -> float:
        """For how long the oldest message has waited; 0 when none waits."""
        return _seconds(self.at, self.oldest_message)


@dataclass(frozen=True, slots=True)
class SystemView:
    """What the system administrator sees of the running system."""

    queues: Queues
    workers: tuple[WorkerView, ...]


def read_queues(session: Session, env: Environment) -> Queues:
    """Look at every queue. One statement of index look-ups."""
    now = env.clock.now()
    due = (Timer.due_at <= now, Timer.failed.is_(False), Timer.held.is_(False))
    waiting = (
        OutboxMessage.delivered_at.is_(None),
        OutboxMessage.failed.is_(False),
        OutboxMessage.run_at <= now,
    )
    figures: dict[str, Any] = {
        "timers_due": _count(*due),
        "timers_failed": _count(Timer.failed),
        "oldest_timer": _first(Timer.due_at, *due),
        "alerts_due": _count(Deadline.next_alert_at <= now, RUNNING),
        "starts_due": _count(ScheduledStart.due_at <= now),
        "jobs_due": _count(Job.run_at <= now, Job.failed.is_(False), Job.held.is_(False)),
        "jobs_failed": _count(Job.failed),
        "outbox_waiting": _count(*waiting),
        "outbox_failed": _count(OutboxMessage.failed),
        "oldest_message": _first(OutboxMessage.run_at, *waiting),
        "incidents_open": _count(Incident.resolved_at.is_(None)),
        "recalculations_open": _count(Recalculation.finished_at.is_(None)),
        "workers_alive": _count(WorkerProcess.seen_at >= now - SILENT),
    }
    row = session.execute(select(*(query.label(name) for name, query in figures.items()))).one()
    return Queues(at=now, **row._mapping)


def read_system(session: Session, env: Environment, *, by: Actor) -> SystemView:
    """Queues and workers. Two statements. Raises NotFoundError unless the actor may read incidents."""
    require_act(env, by, "read_incidents")
    return SystemView(read_queues(session, env), list_workers(session, env))


def _count(*conditions: Any) -> Any:
    found = select(literal(1)).where(*conditions).limit(MOST).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _first(column: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(column).where(*conditions).order_by(column).limit(1).scalar_subquery()


def _seconds(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
