"""The engine's one door: ``advance`` takes a stored state and a command and answers what happened."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException, WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import commands, patches, recorder
from engine.administration import administer
from engine.codec import Instance, LibraryWorkflow, Stored, decode, encode, live_workflows, take_apart
from engine.data import plain
from engine.errors import (
    EngineError,
    LimitExceededError,
    NotWaitingError,
    ProcessFaultError,
    TaskNotReadyError,
)
from engine.model import (
    Administration,
    CancelInstance,
    Command,
    CompleteJob,
    CompleteTask,
    Data,
    DeliverMessage,
    DueDates,
    Element,
    FailJob,
    FireTimer,
    InstanceStatus,
    Limits,
    MoveActivity,
    SetData,
    SkipActivity,
    StartProcess,
    Step,
)
from engine.script_engine import SafeEngine
from engine.session import LibraryTask, Numbers, Session, running
from engine.snapshot import Openings, Snapshot, look, open_tasks
from engine.specs import Specs

__all__ = ["Deployed", "Snapshot", "advance", "inspect"]

_PATCHED = patches.SUPPORTED
_OF_PEOPLE = CompleteTask | Administration
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Deployed(Protocol):
    """What the runtime reads of a deployment."""

    @property
    def behind_tasks(self) -> Mapping[tuple[str, str], Element]: ...
    @property
    def specs(self) -> Specs: ...
    @property
    def handler_modes(self) -> Mapping[str, str]: ...


def advance(
    deployment: Deployed,
    state: bytes | None,
    command: Command,
    *,
    now: datetime,
    facts: Data,
    due_at: DueDates,
    limits: Limits | None = None,
) -> Step:
    """Carry out ``command`` and run everything automatic behind it.

    ``state`` is None for ``StartProcess`` and only then. Raises ``TaskNotReadyError``, ``NotWaitingError``,
    ``ActivityRefusedError``, ``DataRefusedError`` and ``StateUnreadableError`` for what the caller did,
    ``ProcessFaultError`` with the element for what the process did, and nothing of the library's. After an
    error the given state is still the valid one.
    """
    session = _session(deployment, now, facts, due_at, limits or Limits())
    with running(session):
        try:
            return _advance(deployment, session, state, command)
        except EngineError:
            raise
        except RecursionError as error:
            cause = "the diagram or the data is nested too deeply"
            raise LimitExceededError(_element_of(session.current), cause) from error
        except Exception as error:
            raise ProcessFaultError(_culprit(session, error), _cause(error)) from error


def inspect(deployment: Deployed, state: bytes) -> Snapshot:
    """Answer where a stored instance stands, without changing it."""
    session = _session(deployment, _EPOCH, {}, _no_clock, Limits())
    with running(session):
        instance = decode(deployment.specs, state)
        session.numbers = instance.numbers
        openings = look(session, open_tasks(instance.workflow))
        stored = encode(instance)
    last = instance.workflow.last_task
    return Snapshot(
        status=instance.status,
        tasks=tuple(openings.tasks.values()),
        timers=tuple(openings.timers.values()),
        messages=tuple(openings.messages.values()),
        jobs=tuple(openings.jobs.values()),
        data=dict(last.data) if last is not None else {},
        depth=stored.depth,
        task_count=stored.task_count,
    )


def _no_clock(clock: str, data: Data) -> datetime:
    raise ProcessFaultError(None, f"the clock {clock} is asked while a state is only looked at")


def _session(deployment: Deployed, now: datetime, facts: Data, due_at: DueDates, limits: Limits) -> Session:
    if now.tzinfo is None:
        raise ValueError("now must be an aware time")
    behind_tasks = deployment.behind_tasks

    def describe(task: LibraryTask, spec: Any = None) -> Element:
        """Answer the element of ``task``, or of another specification of the same process."""
        return behind_tasks[task.workflow.spec.name, (spec or task.task_spec).name]

    # The seed is the one thing about an instance that is drawn by lot; a stored state brings its own.
    numbers = Numbers(os.urandom(10))
    return Session(now.astimezone(UTC), facts, due_at, deployment.handler_modes, numbers, describe, limits)


def _advance(deployment: Deployed, session: Session, state: bytes | None, command: Command) -> Step:
    before = Openings()
    if isinstance(command, StartProcess):
        instance = _start(deployment, session, state, command)
    else:
        instance = decode(deployment.specs, state or b"")
        session.numbers = instance.numbers
        before = look(session, open_tasks(instance.workflow))
        session.recording = True
        _carry_out(session, instance, command)
    _check_tasks(session, instance.workflow)
    left = list(open_tasks(instance.workflow))
    after = look(session, left)
    if instance.status is InstanceStatus.RUNNING:
        instance.status = _status(session, instance.workflow, after, left)
    stored = encode(instance)
    _check_limits(session, left, stored)
    step = _step(session, instance, stored, before, after)
    take_apart(instance)
    return step


def _start(deployment: Deployed, session: Session, state: bytes | None, command: StartProcess) -> Instance:
    if state is not None:
        raise NotWaitingError("The instance has begun already.")
    specs = deployment.specs
    if command.process_id not in specs.by_id or specs.owner(command.process_id) != command.process_id:
        raise NotWaitingError(f"The deployment has no process {command.process_id}.")
    session.recording = True
    workflow = BpmnWorkflow(specs.process(command.process_id), specs.by_id, script_engine=SafeEngine())
    workflow.task_tree.data.update(plain(command.data))
    commands.begin(session, workflow, command.message)
    return Instance(workflow, session.numbers, InstanceStatus.RUNNING)


def _carry_out(session: Session, instance: Instance, command: Command) -> None:
    top = instance.workflow
    if instance.status is not InstanceStatus.RUNNING:
        raise TaskNotReadyError if isinstance(command, _OF_PEOPLE) else NotWaitingError
    match command:
        case CompleteTask():
            commands.complete_task(session, top, command)
        case DeliverMessage():
            commands.deliver_message(session, top, command)
        case FireTimer():
            commands.fire_timer(session, top, command)
        case CompleteJob():
            commands.complete_job(session, top, command)
        case FailJob():
            commands.fail_job(session, top, command)
        case MoveActivity() | SkipActivity() | SetData():
            administer(session, top, command)
        case CancelInstance():
            top.cancel()
            instance.status = InstanceStatus.CANCELLED
            return
    commands.run_automatic(session, top)


def _status(
    session: Session, top: LibraryWorkflow, openings: Openings, still_open: list[LibraryTask]
) -> InstanceStatus:
    """Answer where the instance stands; what the library calls completed counts only if nothing is left."""
    left = [task for task in still_open if task.task_spec.bpmn_id is not None]
    if top.completed:
        if left:
            raise ProcessFaultError(_element_of(left[0]), "the process ended with this activity still open")
        reached = any(
            isinstance(task.task_spec, EndEvent) and task._state == TaskState.COMPLETED
            for task in top.tasks.values()
        )
        if reached:
            return InstanceStatus.COMPLETED
    elif openings:
        return InstanceStatus.RUNNING
    stuck = left[0] if left else session.last_task
    cause = "the process cannot go on: nothing is left to wait for, and no end event was reached"
    raise ProcessFaultError(_element_of(stuck), cause)


def _check_tasks(session: Session, top: LibraryWorkflow) -> None:
    """Refuse what has grown too large before time is spent on writing it down."""
    most = session.limits.tasks
    if sum(len(workflow.tasks) for workflow in live_workflows(top)) > most:
        raise LimitExceededError(_element_of(session.last_task), f"more than {most} activities")


def _check_limits(session: Session, left: list[LibraryTask], stored: Stored) -> None:
    limits = session.limits
    element = _element_of(session.last_task)
    session.check_time()
    if stored.depth > limits.depth:
        raise LimitExceededError(element, f"more than {limits.depth} activities one after the other")
    for task in [session.last_task, *left]:
        if task is not None and len(orjson.dumps(task.data)) > limits.data_bytes:
            raise LimitExceededError(
                _element_of(task), f"more than {limits.data_bytes} bytes of process data"
            )


def _step(session: Session, instance: Instance, stored: Stored, before: Openings, after: Openings) -> Step:
    last = session.last_task or instance.workflow.last_task
    return Step(
        state=stored.state,
        status=instance.status,
        transitions=recorder.transitions(session),
        opened_tasks=tuple(item for key, item in after.tasks.items() if key not in before.tasks),
        closed_tasks=tuple(key for key in before.tasks if key not in after.tasks),
        # A cycle that fired keeps its task and gets another due instant: the old wait closes, a new one
        # opens.
        opened_timers=tuple(item for key, item in after.timers.items() if before.timers.get(key) != item),
        closed_timers=tuple(key for key, item in before.timers.items() if after.timers.get(key) != item),
        opened_messages=tuple(item for key, item in after.messages.items() if key not in before.messages),
        closed_messages=tuple(dict.fromkeys(key[0] for key in before.messages if key not in after.messages)),
        opened_jobs=tuple(item for key, item in after.jobs.items() if key not in before.jobs),
        closed_jobs=tuple(key for key in before.jobs if key not in after.jobs),
        effects=tuple(session.effects),
        thrown=tuple(session.thrown),
        stage=session.stage,
        ended=tuple(session.ended),
        data=dict(last.data) if last is not None else {},
        depth=stored.depth,
        task_count=stored.task_count,
    )


def _element_of(task: LibraryTask) -> str | None:
    return None if task is None else task.task_spec.bpmn_id or task.task_spec.name


def _culprit(session: Session, error: Exception) -> str | None:
    spec = getattr(error, "task_spec", None) if isinstance(error, WorkflowException) else None
    if spec is not None and getattr(spec, "name", None):
        return str(getattr(spec, "bpmn_id", None) or spec.name)
    return _element_of(session.current)


def _cause(error: Exception) -> str:
    text = str(error.args[0]) if isinstance(error, SpiffWorkflowException) and error.args else str(error)
    return text or type(error).__name__
