"""Writes down every change of state of every drawn element, in order, while a step runs."""

from dataclasses import replace
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from engine.errors import ProcessFaultError
from engine.expressions import ExpressionFailedError, ExpressionRefusedError, compile_expression
from engine.model import Data, Element, Transition
from engine.session import Change, LibraryTask, Session
from engine.vocabulary import vocabulary

_PREDICTED = TaskState.PREDICTED_MASK | TaskState.FUTURE
_ENTERED = TaskState.READY | TaskState.WAITING | TaskState.STARTED
_ABSENT = object()
_READY = "ready"
_NAMES = {1 << bit: name.lower() for bit, name in enumerate(TaskState._names)}


def record(session: Session, task: LibraryTask, before: int | None, after: int) -> None:
    """Note a change of state, unless of what is only predicted or of the library's invisible helpers."""
    if task.task_spec.bpmn_id is None or after & _PREDICTED:
        return
    predicted = before is None or bool(before & _PREDICTED)
    if predicted and after & TaskState.CANCELLED:
        return
    element: Element = session.describe(task)
    if predicted and after & _ENTERED and element.stage:
        session.stage = element.stage
    if after & TaskState.COMPLETED:
        session.last_task = task
        if isinstance(task.task_spec, EndEvent) and task.workflow.parent_task_id is None:
            session.ended.append(_with_outcome(session, task, element))
    session.changes.append(
        Change(
            task,
            element,
            before=None if predicted else _NAMES[before or 0],
            after=_NAMES[after],
            came_from=_came_from(task) if predicted else None,
        )
    )


def _came_from(task: LibraryTask) -> str | None:
    """Answer the drawn element before this one; the library's invisible helpers between them are passed over."""
    before = task.parent
    while before is not None and before.task_spec.bpmn_id is None:
        before = before.parent
    return None if before is None else str(before.task_spec.bpmn_id)


def transitions(session: Session) -> tuple[Transition, ...]:
    """Answer the history of the step.

    What an activity changed is computed last, because scripts and output mappings still run when its state is
    already ``completed``.
    """
    return tuple(_transition(session, change) for change in _lasting(session.changes))


def _lasting(changes: list[Change]) -> list[Change]:
    """Leave out readiness that ended in the same step: what is automatic says once that it is over."""
    entered: dict[Any, Change] = {}
    left: set[int] = set()
    for change in changes:
        if change.after == _READY:
            entered[change.task.id] = change
        elif change.before == _READY and (ready := entered.pop(change.task.id, None)) is not None:
            change.before, change.came_from = ready.before, ready.came_from
            left.add(id(ready))
    return [change for change in changes if id(change) not in left]


def _transition(session: Session, change: Change) -> Transition:
    element = change.element
    return Transition(
        task_id=session.numbers.text(change.task.id),
        process_id=element.process_id,
        element_id=element.element_id,
        kind=element.kind,
        name=element.name,
        lane=element.lane,
        before=change.before,
        after=change.after,
        delta=_changed(change.task) if change.after == "completed" else {},
        came_from=change.came_from,
    )


def strictly_equal(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are the same, where ``1``, ``1.0`` and ``True`` are three."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(strictly_equal(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(strictly_equal, left, right))
    return bool(left == right)


def updates(base: Data, data: Data) -> dict[str, Any]:
    """Answer what ``data`` adds to or changes in ``base``."""
    return {
        key: value
        for key, value in data.items()
        if (before := base.get(key, _ABSENT)) is not value and not strictly_equal(before, value)
    }


def _changed(task: LibraryTask) -> dict[str, Any]:
    if task.parent is None or isinstance(task.task_spec, UnstructuredJoin):
        # A join brings together what its branches changed; they have said so themselves.
        return {}
    return updates(task.parent.data, task.data)


def _with_outcome(session: Session, task: LibraryTask, element: Element) -> Element:
    text = element.outcome
    if not text or text in vocabulary().outcomes:
        return element
    try:
        value = compile_expression(text).evaluate(task.data, case=session.facts, now=session.now)
    except (ExpressionFailedError, ExpressionRefusedError) as error:
        raise ProcessFaultError(element.element_id, f"in the outcome {text!r}: {error}") from error
    return replace(element, outcome=None if value is None else str(value))
