"""Whether anything is due at all: one cheap read, so that an idle worker takes no write lock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.deadlines.alerts import RUNNING
from cases.environment import Environment
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


def find_due(session: Session, env: Environment) -> Due:
    """Look at the heads of the queues. One statement of index look-ups, whatever the number of cases."""
    now = env.clock.now()
    waiting = OutboxMessage.delivered_at.is_(None) & OutboxMessage.failed.is_(False)
    heads = {
        "recalculation": select(Recalculation.id).where(Recalculation.finished_at.is_(None)),
        "timers": select(Timer.task_id).where(
            Timer.due_at <= now, Timer.failed.is_(False), Timer.held.is_(False)
        ),
        "alerts": select(Deadline.id).where(Deadline.next_alert_at <= now, RUNNING),
        "starts": select(ScheduledStart.process_id).where(ScheduledStart.due_at <= now),
        "jobs": select(Job.id).where(Job.run_at <= now, Job.failed.is_(False), Job.held.is_(False)),
        "operations": select(Operation.id).where(Operation.finished_at.is_(None)),
        "messages": select(OutboxMessage.id).where(waiting, OutboxMessage.run_at <= now),
    }
    row = session.execute(select(*(head.exists().label(name) for name, head in heads.items()))).one()
    return Due(**{name: bool(found) for name, found in row._mapping.items()})


_NEXT_TIMER = (
    select(Timer.due_at)
    .where(Timer.failed.is_(False), Timer.held.is_(False), Timer.due_at.is_not(None))
    .order_by(Timer.due_at)
    .limit(1)
)
_NEXT_ALERT = (
    select(Deadline.next_alert_at)
    .where(Deadline.next_alert_at.is_not(None), RUNNING)
    .order_by(Deadline.next_alert_at)
    .limit(1)
)
_RECALCULATION = select(Recalculation.started_at).where(Recalculation.finished_at.is_(None)).limit(1)
_NEXT_START = select(ScheduledStart.due_at).order_by(ScheduledStart.due_at).limit(1)
_HEADS = select(
    _NEXT_TIMER.scalar_subquery(),
    _NEXT_ALERT.scalar_subquery(),
    _RECALCULATION.scalar_subquery(),
    _NEXT_START.scalar_subquery(),
)


def next_due(session: Session) -> datetime | None:
    """When something is due next that waits for a time, so that a worker knows how long it may rest."""
    return min((at for at in session.execute(_HEADS).one() if at is not None), default=None)
