"""Writes incidents: what failed, where, with which data and at which place of the program."""

import hashlib
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, insert, null, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.incidents.faults import FaultedError, calendar_gap
from cases.masking import mask_numbers
from engine.errors import EngineError
from engine.runtime import inspect
from storage.queries.changed import count_changed
from storage.tables import (
    Base,
    Case,
    Deadline,
    Incident,
    Job,
    OutboxMessage,
    ProcessInstance,
    ScheduledStart,
    Subscription,
    Timer,
    UserTask,
)

ROOT = Path(__file__).resolve().parents[2]
LONGEST_STACK = 20_000
LEFT_ALONE: tuple[tuple[str, type[Base], Any, Mapping[str, Any]], ...] = (
    ("timer", Timer, Timer.task_id, {"failed": True}),
    ("job", Job, Job.id, {"failed": True}),
    ("alert", Deadline, Deadline.id, {"next_alert_at": None, "attempts": 0}),
)
"""What a worker would try for ever: its table, its key, and how it is kept from being tried."""
NOTHING_KEPT: Mapping[str, Any] = {"data": null(), "submitted": null()}
"""An incident that is over keeps no value of its case."""


def record_incident(session: Session, env: Environment, fault: FaultedError) -> str:
    """Store the incident and keep the timer, job or alert that caused it from being tried for ever."""
    incident_id, gap = env.new_id(), calendar_gap(fault)
    # The case may have been rolled back with the rest: then the incident stands alone.
    known = (
        fault.case_id is not None
        and session.scalar(select(Case.id).where(Case.id == fault.case_id)) is not None
    )
    instance = _instance(session, fault.instance_id)
    process_id = fault.process_id if instance is None else instance.process_id
    error = error_class(fault)
    if fault.submitted is not None:
        _forget_attempts(session, env, fault)
    session.execute(
        insert(Incident).values(
            id=incident_id,
            case_id=fault.case_id if known else None,
            instance_id=fault.instance_id if known else None,
            process_id=process_id,
            element_id=fault.element_id,
            task_id=fault.task_id,
            subject=_leave_alone(session, fault),
            cause=mask_numbers(fault.cause)[:2000],
            missing_day=gap.day if gap else None,
            command=fault.command,
            error=error[:80],
            kind=kind_of(fault.command, process_id, fault.element_id, error),
            data=_data(env, instance),
            submitted=fault.submitted if known else None,
            stack=stack_of(fault),
            at=env.clock.now(),
        )
    )
    return incident_id


def kind_of(command: str, process_id: str | None, element_id: str | None, error: str) -> str:
    """The same 16 hexadecimal digits for incidents alike, whatever the case and its values."""
    parts = "\n".join((command, process_id or "", element_id or "", error))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def error_class(fault: BaseException) -> str:
    """The class of the error at the bottom of the chain of causes."""
    while fault.__cause__ is not None:
        fault = fault.__cause__
    return "Fault" if isinstance(fault, FaultedError) else type(fault).__name__


def stack_of(fault: BaseException) -> str:
    """Where the program was, cause by cause: classes, files, lines and functions; neither messages nor values."""
    lines: list[str] = []
    error: BaseException | None = fault
    while error is not None:
        lines.append(type(error).__name__)
        frames = traceback.extract_tb(error.__traceback__)
        lines += [f"  {_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        error = error.__cause__ or error.__context__
    return "\n".join(lines)[:LONGEST_STACK]


def _place(filename: str) -> str:
    """The file within the product or within its package: where things are installed is nobody's business."""
    _, packaged, rest = filename.rpartition("site-packages/")
    if packaged:
        return rest
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def _forget_attempts(session: Session, env: Environment, fault: FaultedError) -> None:
    """A task that fails again takes the place of its earlier incident: what was entered last counts."""
    earlier = (Incident.task_id == fault.task_id) & (Incident.case_id == fault.case_id)
    session.execute(
        update(Incident)
        .where(earlier, Incident.resolved_at.is_(None))
        .values(resolved_at=env.clock.now(), resolution="repeated", **NOTHING_KEPT)
    )


def _leave_alone(session: Session, fault: FaultedError) -> str:
    """Keep from being tried again what failed, and answer of what kind it is."""
    if fault.task_id is None:
        return "start" if fault.command == ScheduledStart.__name__ else "case"
    for subject, table, key, values in LEFT_ALONE:
        if count_changed(session, update(table).where(key == fault.task_id).values(**values)):
            return subject
    if _exists(session, UserTask.id == fault.task_id):
        return "task"
    if _exists(session, OutboxMessage.id == fault.task_id):
        return "outbox"
    return "message" if _exists(session, Subscription.task_id == fault.task_id) else "case"


def _exists(session: Session, condition: ColumnElement[bool]) -> bool:
    return session.execute(select(1).where(condition).limit(1)).first() is not None


def _instance(session: Session, instance_id: str | None) -> Any:
    if instance_id is None:
        return None
    columns = (ProcessInstance.process_id, ProcessInstance.deployment_hash, ProcessInstance.state)
    return session.execute(select(*columns).where(ProcessInstance.id == instance_id)).one_or_none()


def _data(env: Environment, instance: Any) -> dict[str, Any] | None:
    if instance is None:
        return None
    try:
        return dict(inspect(env.deployments.get(instance.deployment_hash), instance.state).data)
    except EngineError:
        return None  # The state itself cannot be read: that is what the incident is about.
