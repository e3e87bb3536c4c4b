"""Reads what an instance waits for: people, timers, messages and jobs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.util.task import TaskState

from engine.codec import LibraryWorkflow, live_workflows
from engine.events import RoutedMessage, WaitTimer
from engine.model import Data, Element, InstanceStatus, JobWait, MessageWait, OpenTask, TimerWait
from engine.session import LibraryTask, Session
from engine.spec_classes import HandlerTask

_OPEN = TaskState.READY | TaskState.WAITING | TaskState.STARTED


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where an instance stands, for administration and for tests."""

    status: InstanceStatus
    tasks: tuple[OpenTask, ...] = ()
    timers: tuple[TimerWait, ...] = ()
    messages: tuple[MessageWait, ...] = ()
    jobs: tuple[JobWait, ...] = ()
    data: Data = field(default_factory=dict)
    """Process data of the activity that ran last on the top level."""
    depth: int = 0
    task_count: int = 0


@dataclass(slots=True)
class Openings:
    """What an instance waits for, by key; equal values under one key mean that nothing changed."""

    tasks: dict[str, OpenTask] = field(default_factory=dict)
    timers: dict[str, TimerWait] = field(default_factory=dict)
    messages: dict[tuple[str, str], MessageWait] = field(default_factory=dict)
    jobs: dict[str, JobWait] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tasks or self.timers or self.messages or self.jobs)


def open_tasks(top: LibraryWorkflow) -> Iterator[LibraryTask]:
    """Walk the tasks at which the instance stands, those of running sub-processes included."""
    for workflow in live_workflows(top):
        for task in workflow.tasks.values():
            if task._state & _OPEN:
                yield task


def look(session: Session, tasks: Iterable[LibraryTask]) -> Openings:
    """Answer what the instance waits for at its open tasks."""
    openings = Openings()
    for task in tasks:
        spec = task.task_spec
        task_id = session.numbers.text(task.id)
        if task._state == TaskState.READY:
            if spec.manual:
                openings.tasks[task_id] = OpenTask(task_id, session.describe(task), _item(task))
        elif task._state == TaskState.WAITING:
            if isinstance(spec, CatchingEvent):
                _look_at_event(session, task, task_id, openings)
        elif isinstance(spec, HandlerTask):
            arguments = task.internal_data.get("arguments", {})
            openings.jobs[task_id] = JobWait(task_id, session.describe(task), spec.handler, arguments)
    return openings


def _item(task: LibraryTask) -> Any:
    """Answer the member of the list that one instance of a repeated task is for."""
    around = getattr(task.parent, "task_spec", None)
    item = around.input_item if isinstance(around, MultiInstanceTask) else None
    return task.data.get(item.bpmn_id) if item is not None else None


def definitions(task: LibraryTask) -> list[tuple[Any, Any]]:
    """Answer the events a task waits for, each with the specification of the element that draws it.

    An event-based gateway waits in place of the events behind it.
    """
    definition = task.task_spec.event_definition
    if not isinstance(definition, MultipleEventDefinition):
        return [(definition, task.task_spec)]
    outputs = task.task_spec.outputs
    if len(outputs) != len(definition.event_definitions):
        return [(single, task.task_spec) for single in definition.event_definitions]
    return list(zip(definition.event_definitions, outputs, strict=True))


def _look_at_event(session: Session, task: LibraryTask, task_id: str, openings: Openings) -> None:
    for definition, spec in definitions(task):
        if isinstance(definition, RoutedMessage):
            element: Element = session.describe(task, spec)
            openings.messages[task_id, definition.name] = MessageWait(task_id, element, definition.name)
        elif isinstance(definition, WaitTimer):
            due = definition.due_at(task)
            if due is not None:
                element = session.describe(task, spec)
                openings.timers[task_id] = TimerWait(task_id, element, due, definition.read(task).clock)
