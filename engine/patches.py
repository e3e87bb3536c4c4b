"""Bends the pinned library where it must: walkers without recursion, ids and order from the step, recorder.

Outside of a step even ids and times are the library's own. Some replacements differ from it in what comes of
a step, and say why: ``_leave_children`` and those of ``engine.merging``.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from SpiffWorkflow.bpmn.specs.event_definitions.conditional import ConditionalEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.parallel_gateway import ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.bpmn.util.task import BpmnTaskIterator
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.deep_merge import DeepMerge
from SpiffWorkflow.util.task import TaskIterator, TaskState
from SpiffWorkflow.workflow import Workflow

from engine import recorder
from engine.events import CycleTimer
from engine.merging import join, may_join, merge
from engine.session import active

SUPPORTED = "3.2.0"
"""The one version whose private parts these patches were written and tested against."""

_DEFAULT_DEPTH = 1_000
"""The library's own limit, at which it silently stops looking: a case would seem completed."""


def _task_init(  # noqa: PLR0917 - the library calls it by position
    self: Any,
    workflow: Any,
    task_spec: Any,
    parent: Any = None,
    state: int = TaskState.MAYBE,
    id: Any = None,  # noqa: A002
) -> None:
    session = active()
    if id is None:
        id = session.numbers.task_number() if session else uuid4()  # noqa: A001 - the library's name
    self.id = id
    workflow.tasks[self.id] = self
    self.workflow = workflow
    self._parent = parent.id if parent is not None else None
    self._children = []
    self._state = state
    self.triggered = False
    self.task_spec = task_spec
    self.thread_id = Task.thread_id_pool
    self.data = {}
    self.internal_data = {}
    self.last_state_change = session.numbers.tick() if session else time.time()
    if parent is not None:
        parent._child_added_notify(self)
    if session is not None and session.recording:
        session.created()
        recorder.record(session, self, None, state)


def _set_state(self: Any, value: int) -> None:
    before = self._state
    if value == before:
        return
    session = active()
    self._state = value
    self.last_state_change = session.numbers.tick() if session else time.time()
    if session is not None and session.recording:
        recorder.record(session, self, before, value)


def _is_descendant_of(self: Any, task: Any) -> bool:
    ancestor = self.parent
    while ancestor is not None:
        if ancestor == task:
            return True
        ancestor = ancestor.parent
    return False


def _find_ancestor(self: Any, spec_name: str) -> Any:
    ancestor = self.parent
    while ancestor is not None and ancestor.task_spec.name != spec_name:
        ancestor = ancestor.parent
    return ancestor


def _cancel(self: Any) -> None:
    stack = [self]
    while stack:
        task = stack.pop()
        if task._state & TaskState.FINISHED_MASK:
            stack.extend(reversed(task.children))
        else:
            task._set_state(TaskState.CANCELLED)
            _leave_children(task)
            task.task_spec._on_cancel(task)


def _leave_children(task: Any) -> None:
    """Part from the children of a cancelled task.

    The library drops them. That is right for predictions, but the instances of a multi-instance would
    vanish without a trace, leaving their sub-processes behind, and so would work that a repeating reminder
    has begun, which goes on in BPMN. Instances are cancelled and begun work is left alone instead.
    """
    if isinstance(task.task_spec, LoopTask):
        for child in task.children:
            child.cancel()
    elif isinstance(getattr(task.task_spec, "event_definition", None), CycleTimer):
        return
    task._drop_children()


def _drop_children(self: Any, force: bool = False) -> None:
    drop = []
    stack = [(self, force)]
    while stack:
        task, everything = stack.pop()
        for child in task.children:
            if everything or child._state & TaskState.NOT_FINISHED_MASK:
                drop.append(child)
            else:
                stack.append((child, False))
    for task in drop:
        self.workflow._remove_task(task.id)


def _remove_task(self: Any, task_id: Any) -> None:
    found = []
    stack = [self.tasks[task_id]]
    while stack:
        task = stack.pop()
        found.append(task)
        stack.extend(task.children)
    for task in reversed(found):
        task.parent._children.remove(task.id)
        self.tasks.pop(task.id)
        self._task_removed_notify(task)


def _update_waiting_tasks(self: Any) -> None:
    """Update what waits, skipping the walk through the tree wherever its order cannot matter.

    The library does this after every single completion. Events that wait to be told do nothing on an
    update, and of what is left, joins mostly, there is rarely more than one.
    """
    waiting = [
        task for task in self.tasks.values() if task._state == TaskState.WAITING and _listens(task.task_spec)
    ]
    if len(waiting) > 1:
        _ORIGINALS[Workflow, "update_waiting_tasks"](self)
    elif waiting:
        waiting[0].task_spec._update(waiting[0])


def _listens(spec: Any) -> bool:
    return not isinstance(spec, CatchingEvent) or isinstance(
        spec.event_definition, ConditionalEventDefinition
    )


def _next_plain(self: Any) -> Any:
    if self.max_depth != _DEFAULT_DEPTH or not self.depth_first:
        return _ORIGINALS[TaskIterator, "__next__"](self)
    # The list is kept in reverse, so that taking the next task does not copy it.
    stack, wanted, least = self.task_list, self.task_filter.state, self.min_state
    while stack:
        task = stack.pop()
        state = task._state
        if task._children and state >= least and task.task_spec.name != self.end_at_spec:
            tasks = task.workflow.tasks
            stack.extend([tasks.get(child) for child in reversed(task._children)])
        if state & wanted and self.task_filter.matches(task):
            return task
    raise StopIteration


def _next_bpmn(self: Any) -> Any:
    if self.max_depth != _DEFAULT_DEPTH or not self.depth_first:
        return _ORIGINALS[TaskIterator, "__next__"](self)
    stack, wanted, least = self.task_list, self.task_filter.state, self.min_state
    while stack:
        task = stack.pop()
        state = task._state
        subprocess = task.workflow.top_workflow.subprocesses.get(task.id)
        descend = subprocess is not None or (task._children and state >= least)
        if descend and task.task_spec.name != self.end_at_spec:
            tasks = task.workflow.tasks
            stack.extend([tasks.get(child) for child in reversed(task._children)])
            if subprocess is not None and not self.skip_subprocesses:
                stack.append(subprocess.task_tree)
        if state & wanted and self.task_filter.matches(task):
            return task
    raise StopIteration


_REPLACEMENTS: dict[tuple[Any, str], Callable[..., Any]] = {
    (Task, "__init__"): _task_init,
    (Task, "_set_state"): _set_state,
    (Task, "is_descendant_of"): _is_descendant_of,
    (Task, "find_ancestor"): _find_ancestor,
    (Task, "cancel"): _cancel,
    (Task, "_drop_children"): _drop_children,
    (Workflow, "_remove_task"): _remove_task,
    (Workflow, "update_waiting_tasks"): _update_waiting_tasks,
    (TaskIterator, "__next__"): _next_plain,
    (BpmnTaskIterator, "__next__"): _next_bpmn,
    (DeepMerge, "merge"): merge,
    (ParallelGateway, "_check_threshold_unstructured"): may_join,
    (UnstructuredJoin, "_run_hook"): join,
}

_ORIGINALS: dict[tuple[Any, str], Any] = {
    (owner, name): owner.__dict__.get(name, getattr(owner, name)) for owner, name in _REPLACEMENTS
}

_LOGGERS = ("spiff.task", "spiff.workflow", "spiff.data", "spiff.dmn")


def apply() -> None:
    """Put the replacements in place; refuses any other version of the library than ``SUPPORTED``."""
    found = version("SpiffWorkflow")
    if found != SUPPORTED:
        raise RuntimeError(f"SpiffWorkflow {found} is installed, the engine's patches are for {SUPPORTED}")
    for (owner, name), replacement in _REPLACEMENTS.items():
        setattr(owner, name, replacement)
    for name in _LOGGERS:
        # The library gathers its log records' extras even when nobody listens.
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def without() -> Iterator[None]:
    """Run with the library as it came, for tests that compare the two."""
    for (owner, name), original in _ORIGINALS.items():
        setattr(owner, name, original)
    try:
        yield
    finally:
        apply()


apply()
