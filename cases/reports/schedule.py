"""Processes of the office itself: started by the calendar, without a case, and over within one step."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from cases.dates import day_start
from cases.definition_rows import ActiveDefinition, find_newest_active
from cases.environment import Environment
from cases.incidents import FaultedError
from cases.reports.measures import freeze, month_before, next_month
from engine.errors import EngineError
from engine.model import FireTimer, InstanceStatus, StartProcess, Step
from engine.runtime import advance
from storage.tables import ProcessInstance, ScheduledStart

RETRY = timedelta(days=1)

OfficeHandler = Callable[[Session, Environment, str, Mapping[str, Any]], None]


def schedule(session: Session, env: Environment, process_id: str, clock: str) -> None:
    """A process with a timer start event was deployed: it begins when the clock is next due."""
    known = select(ScheduledStart.process_id).where(ScheduledStart.process_id == process_id)
    if session.execute(known).first() is None:
        due = _next_due(env, env.clock.now())
        session.execute(insert(ScheduledStart).values(process_id=process_id, clock=clock, due_at=due))


def start_next(session: Session, env: Environment) -> bool:
    """Start the process that has been due longest; False when none is. A missed month is made up for, one by one."""
    row = session.execute(
        select(ScheduledStart.process_id, ScheduledStart.due_at)
        .where(ScheduledStart.due_at <= env.clock.now())
        .order_by(ScheduledStart.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return False
    this = ScheduledStart.process_id == row.process_id
    definition = next(iter(find_newest_active(session, key=row.process_id)), None)
    if definition is None:
        session.execute(delete(ScheduledStart).where(this))
        return True
    _run(session, env, definition, {"month": month_before(row.due_at, env.zone)})
    session.execute(update(ScheduledStart).where(this).values(due_at=_next_due(env, row.due_at)))
    return True


def postpone_start(session: Session, env: Environment) -> None:
    """The process that has been due longest failed, and left an incident: try again in a day."""
    first = select(ScheduledStart.process_id).order_by(ScheduledStart.due_at).limit(1).scalar_subquery()
    session.execute(
        update(ScheduledStart)
        .where(ScheduledStart.process_id == first)
        .values(due_at=env.clock.now() + RETRY)
    )


def _next_due(env: Environment, after: datetime) -> datetime:
    """The first instant of the month after this one, in the office's zone."""
    return day_start(next_month(after.astimezone(env.zone).date()), env.zone)


def _run(session: Session, env: Environment, definition: ActiveDefinition, data: Mapping[str, Any]) -> None:
    instance_id = env.new_id()
    step = _advance(env, definition, instance_id, data)
    for effect in step.effects:
        handler = OFFICE_HANDLERS.get(effect.handler)
        if handler is None:
            raise _fault(
                definition, instance_id, f"{effect.handler!r} needs a case", effect.element.element_id
            )
        handler(session, env, instance_id, data)
    now = env.clock.now()
    session.execute(
        insert(ProcessInstance).values(
            id=instance_id,
            case_id=None,
            definition_id=definition.id,
            deployment_hash=definition.deployment_hash,
            process_id=definition.key,
            main=False,
            status=step.status.value,
            outcome=None,
            version=1,
            state=step.state,
            depth=step.depth,
            task_count=step.task_count,
            started_at=now,
            ended_at=now,
        )
    )


def _advance(
    env: Environment, definition: ActiveDefinition, instance_id: str, data: Mapping[str, Any]
) -> Step:
    now = env.clock.now()
    deployment = env.deployments.get(definition.deployment_hash)

    def due(clock: str, values: Mapping[str, Any]) -> datetime:
        return now

    try:
        start = StartProcess(definition.key, data)
        step = advance(deployment, None, start, now=now, facts={}, due_at=due)
        for timer in step.opened_timers:
            fire = FireTimer(timer.task_id)
            step = advance(deployment, step.state, fire, now=now, facts={}, due_at=due)
    except EngineError as error:
        raise _fault(definition, instance_id, str(error), getattr(error, "element_id", None)) from error
    if step.status is not InstanceStatus.COMPLETED:
        raise _fault(definition, instance_id, "a process without a case must end within one step", None)
    return step


def _fault(
    definition: ActiveDefinition, instance_id: str, cause: str, element_id: str | None
) -> FaultedError:
    return FaultedError(
        case_id=None,
        instance_id=None,
        element_id=element_id,
        cause=f"{definition.key}: {cause}",
        command="ScheduledStart",
        process_id=definition.key,
    )


def _freeze_month(session: Session, env: Environment, instance_id: str, data: Mapping[str, Any]) -> None:
    freeze(session, env, str(data["month"]), instance_id=instance_id)


OFFICE_HANDLERS: Mapping[str, OfficeHandler] = {"freeze_month": _freeze_month}
"""Handlers of processes without a case."""
