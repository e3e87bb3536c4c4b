"""The engine's own event definitions: routed messages, timers that wait to be told, scoped errors."""

from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from engine.errors import ProcessFaultError
from engine.expression_values import ExpressionFailedError
from engine.model import ThrownMessage
from engine.session import required
from engine.timers import TimerText, due_instant, next_firing, read_cycle, read_timer


class RoutedMessage(MessageEventDefinition):  # type: ignore[misc]
    """A message: thrown, it leaves the engine; caught, it was addressed to this very task.

    The library would broadcast within the instance and compare correlation keys. Here the caller's
    subscription table decides who gets it, so that correlation expressions are never evaluated.
    """

    def __init__(self, name: str, payload: str | None = None) -> None:
        super().__init__(name)
        self.payload = payload

    def catches(self, my_task: Any, event: Any) -> bool:
        """Tell whether the event is this message."""
        return bool(self == event.event_definition)

    def catch(self, my_task: Any, event: Any = None) -> None:
        """Note the payload; it reaches the process data when the event runs."""
        my_task.internal_data["payload"] = dict(event.payload or {})
        my_task.internal_data["event_fired"] = True

    def update_task_data(self, my_task: Any) -> None:
        """Merge the payload into the process data."""
        my_task.data.update(my_task.internal_data.pop("payload", {}))

    def update_task(self, my_task: Any) -> None:
        """Do nothing while waiting: there are no correlations to compute."""

    def throw(self, my_task: Any) -> None:
        """Hand the message to the caller."""
        session = required()
        payload = {}
        if self.payload:
            payload = my_task.workflow.script_engine.evaluate(my_task, self.payload)
        if not isinstance(payload, dict):
            raise fault(my_task, f"the payload of the message {self.name} is no mapping")
        session.thrown.append(ThrownMessage(session.describe(my_task), self.name, payload))


class WaitTimer(TimerEventDefinition):  # type: ignore[misc]
    """A date or duration: it computes its due instant on entering and then waits until it is told to fire."""

    def __init__(self, name: str, text: str | None, **kwargs: Any) -> None:
        super().__init__(name, text, **kwargs)
        self.reading: TimerText | None = None

    def read(self, my_task: Any) -> TimerText:
        """Answer what the text says."""
        if self.reading is None:
            engine = my_task.workflow.script_engine
            self.reading = engine.translated(my_task, self.expression, lambda: read_timer(self.expression))
        return self.reading

    def has_fired(self, my_task: Any) -> bool:
        """Tell whether the timer was fired; the first call computes when it is due."""
        if my_task.internal_data.get("event_value") is None:
            self.arm(my_task)
        return bool(my_task.internal_data.get("event_fired", False))

    def arm(self, my_task: Any) -> None:
        """Compute and keep the due instant."""
        my_task.internal_data["event_value"] = self._due(my_task).isoformat()

    def fire(self, my_task: Any) -> None:
        """Let the waiting task go on, whatever the clock says."""
        my_task.internal_data["event_fired"] = True

    def due_at(self, my_task: Any) -> datetime | None:
        """Answer when the waiting task is due, or None when it waits no more."""
        value = my_task.internal_data.get("event_value")
        return None if value is None else datetime.fromisoformat(value)

    def reset(self, my_task: Any) -> None:
        """Forget the due instant, so that a second visit computes a new one."""
        my_task.internal_data.pop("event_value", None)
        super().reset(my_task)

    def _due(self, my_task: Any) -> datetime:
        session = required()
        reading = self.read(my_task)
        try:
            if reading.clock:
                return self._ask(my_task, reading.clock)
            return due_instant(self.text(my_task, reading), session.now)
        except (ExpressionFailedError, OverflowError, ValueError) as error:
            raise fault(my_task, f"in the timer {self.expression!r}: {error}") from error

    def _ask(self, my_task: Any, clock: str) -> datetime:
        try:
            due = required().due_at(clock, dict(my_task.data))
        except Exception as error:
            # Whatever the caller's clock does not know, the incident must name the timer that asked.
            raise ExpressionFailedError(f"the clock {clock} gives no time: {error!r}") from error
        if due.tzinfo is None:
            raise ExpressionFailedError(f"the clock {clock} gave a time without a zone")
        return due.astimezone(UTC)

    def text(self, my_task: Any, reading: TimerText) -> str:
        """Answer the ISO 8601 text, computing it when the diagram gives an expression."""
        if reading.literal is not None:
            return reading.literal
        value = my_task.workflow.script_engine.compute(my_task, reading.expression)
        if not isinstance(value, str):
            raise ExpressionFailedError("the expression does not give a text")
        return value


class CycleTimer(WaitTimer, CycleTimerEventDefinition):  # type: ignore[misc]
    """A repetition: each firing starts the outgoing path once more and sets the next due instant."""

    def update_task(self, my_task: Any) -> None:
        """Do nothing while waiting: only a command fires a timer."""

    def arm(self, my_task: Any) -> None:
        """Keep the first due instant, the period and how often it still fires (-1: without end)."""
        session = required()
        reading = self.read(my_task)
        try:
            if reading.clock:
                raise ExpressionFailedError("a clock is one instant, not a cycle")
            if getattr(my_task.task_spec, "cancel_activity", False):
                raise ExpressionFailedError("what interrupts an activity happens once, not in a cycle")
            cycle = read_cycle(self.text(my_task, reading), session.now)
        except (ExpressionFailedError, OverflowError, ValueError) as error:
            raise fault(my_task, f"in the timer {self.expression!r}: {error}") from error
        left = -1 if cycle.count is None else cycle.count
        my_task.internal_data["event_value"] = {
            "left": left,
            "next": cycle.first.isoformat(),
            "every": cycle.every,
        }
        if left == 0:
            my_task.internal_data["event_fired"] = True

    def fire(self, my_task: Any) -> None:
        """Start the outgoing path, and wait again unless this was the last time."""
        value = my_task.internal_data["event_value"]
        left = value["left"] - 1 if value["left"] > 0 else value["left"]
        following = next_firing(datetime.fromisoformat(value["next"]), value["every"], required().now)
        my_task.internal_data["event_value"] = {**value, "left": left, "next": following.isoformat()}
        for output in my_task.task_spec.outputs:
            child = my_task._add_child(output, TaskState.FUTURE)
            child.task_spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
            child.task_spec._update(child)
        if left == 0:
            my_task.internal_data["event_fired"] = True

    def due_at(self, my_task: Any) -> datetime | None:
        """Answer the next firing."""
        value = my_task.internal_data.get("event_value")
        return None if value is None or value["left"] == 0 else datetime.fromisoformat(value["next"])


class ScopedError(ErrorEventDefinition):  # type: ignore[misc]
    """An error: caught by the nearest enclosing activity that catches it; uncaught, it is a fault."""

    def throw(self, my_task: Any) -> None:
        """Raise the error to the boundary event of the nearest enclosing activity."""
        if not raise_to_boundary(enclosing_activity(my_task.workflow), self):
            raise fault(my_task, f"nothing catches the error {self.code or self.name}")


class ScopedEscalation(EscalationEventDefinition):  # type: ignore[misc]
    """An escalation: caught by the nearest enclosing activity that catches it; uncaught, it passes."""

    def throw(self, my_task: Any) -> None:
        """Raise the escalation to the boundary event of the nearest enclosing activity."""
        raise_to_boundary(enclosing_activity(my_task.workflow), self)


class InstanceSignal(SignalEventDefinition):  # type: ignore[misc]
    """A signal: heard by everything in this instance that waits for it, without data."""

    def throw(self, my_task: Any) -> None:
        """Let every waiting catcher of this instance go on."""
        my_task.workflow.top_workflow.catch(BpmnEvent(self, payload=None))


def enclosing_activity(workflow: Any) -> Any:
    """Answer the activity that a (sub-)process runs for, or None on the top level."""
    if workflow.parent_task_id is None:
        return None
    return workflow.top_workflow.get_task_from_id(workflow.parent_task_id)


def raise_to_boundary(activity: Any, definition: Any) -> bool:
    """Hand an event to the boundary event of ``activity`` or of one around it; tell whether one caught.

    The library broadcasts errors and escalations to every waiting task of the instance instead, so that one
    of two parallel call activities would interrupt the other.
    """
    event = BpmnEvent(definition)
    while activity is not None:
        for boundary in _boundary_events(activity):
            if boundary.task_spec.catches(boundary, event):
                boundary.task_spec.catch(boundary, event)
                boundary.task_spec._update(boundary)
                return True
        activity = enclosing_activity(activity.workflow)
    return False


def _boundary_events(activity: Any) -> list[Any]:
    parent = activity.parent
    if parent is not None and isinstance(parent.task_spec, LoopTask):
        parent = parent.parent
    if parent is None or not isinstance(parent.task_spec, BoundaryEventSplit):
        return []
    return [child for child in parent.children if isinstance(child.task_spec, BoundaryEvent)]


def fault(task: Any, cause: str) -> ProcessFaultError:
    """Build the fault of a task's element."""
    return ProcessFaultError(task.task_spec.bpmn_id or task.task_spec.name, cause)
