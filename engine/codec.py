"""Writes a process instance to compact bytes and back: versioned, strict, without specifications or code.

Version 1: ``TN``, a byte for the version, a byte for the compression, then JSON, one column for each
attribute of the tasks. Tasks stand in the order of their creation. Data is kept only where the library can
still read it, as the difference to the nearest ancestor that keeps its data too.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from operator import sub
from typing import Any

import orjson
import zstandard
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import StateUnreadableError
from engine.merging import copied
from engine.model import InstanceStatus
from engine.recorder import updates
from engine.script_engine import SafeEngine
from engine.session import LibraryTask, Numbers
from engine.specs import Specs

MAGIC = b"TN"
VERSION = 1
_PLAIN, _ZSTD = 0, 1
_WORTH_COMPRESSING = 200
_OPEN = TaskState.READY | TaskState.WAITING | TaskState.STARTED
MAX_BYTES = 64_000_000
"""What a state may unpack to; far above every limit of a step."""

_STATES = tuple(1 << bit for bit in range(9))
_POSITIONS = {state: position for position, state in enumerate(_STATES)}
_JSON = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_FOREIGN = (zstandard.ZstdError, SpiffWorkflowException)
_LOCAL = threading.local()

LibraryWorkflow = Any


@dataclass(slots=True)
class Instance:
    """A process instance in memory."""

    workflow: LibraryWorkflow
    numbers: Numbers
    status: InstanceStatus


@dataclass(frozen=True, slots=True)
class Stored:
    """A written state and its measures."""

    state: bytes
    task_count: int
    depth: int


def live_workflows(top: LibraryWorkflow) -> Iterator[LibraryWorkflow]:
    """Walk the process and those of its sub-processes that still run, parents first."""
    if not top.subprocesses:
        yield top
        return
    waiting = [top]
    while waiting:
        workflow = waiting.pop(0)
        yield workflow
        below = sorted(top.subprocesses.keys() & workflow.tasks.keys())
        waiting += [
            top.subprocesses[number]
            for number in below
            if not workflow.tasks[number]._state & TaskState.FINISHED_MASK
        ]


def encode(instance: Instance) -> Stored:
    """Write ``instance``; raises ``TypeError`` when it holds a value that is no plain JSON."""
    numbers = instance.numbers
    depths: dict[int, int] = {}
    scopes = [_encode_scope(scope, depths) for scope in live_workflows(instance.workflow)]
    document = [numbers.seed.hex(), numbers.next_task, numbers.next_tick, instance.status.value, scopes]
    content = orjson.dumps(document, option=_JSON)
    kind = _PLAIN
    if len(content) > _WORTH_COMPRESSING:
        kind, content = _ZSTD, _compressor().compress(content)
    return Stored(MAGIC + bytes((VERSION, kind)) + content, len(depths), max(depths.values(), default=0))


def _encode_scope(workflow: LibraryWorkflow, depths: dict[int, int]) -> list[Any]:
    tasks = list(workflow.tasks.values())
    ids = [task.id for task in tasks]
    index = dict(zip(ids, range(len(ids)), strict=True))
    ticks = [task.last_state_change for task in tasks]
    specs = [task.task_spec.name for task in tasks]
    names = {name: position for position, name in enumerate(dict.fromkeys(specs))}
    base = depths.get(workflow.parent_task_id, -1)
    parents: list[int] = []
    for position, task in enumerate(tasks):
        parent = task._parent
        depths[task.id] = depths[parent] + 1 if parent is not None else base + 1
        parents.append(position - index[parent] if parent is not None else 0)
    last = workflow.last_task
    return [
        -1 if workflow.parent_task_id is None else workflow.parent_task_id,
        workflow.spec.name,
        int(workflow.completed),
        index.get(last.id, -1) if last is not None else -1,
        workflow.data,
        workflow.correlations,
        list(names),
        _differences(ids),
        parents,
        [_POSITIONS[task._state] for task in tasks],
        [names[name] for name in specs],
        _differences(ticks),
        [index[task.id] for task in tasks if task.triggered],
        _encode_internal(tasks, index),
        _encode_data(tasks, index, last),
    ]


def _differences(numbers: list[int]) -> list[int]:
    return list(map(sub, numbers, [0, *numbers]))


def _encode_internal(tasks: list[LibraryTask], index: Mapping[int, int]) -> list[Any]:
    kept: list[Any] = []
    for task in tasks:
        internal = task.internal_data
        if not internal or task._state & TaskState.FINISHED_MASK:
            continue
        # An event that a gateway has seen is handled in the very step that brought it; the empty list is
        # noise.
        row = {key: value for key, value in internal.items() if key != "seen_events" or value}
        if "merged" in row:
            row["merged"] = [int(child) for child in row["merged"]]
        if row:
            kept += (index[task.id], row)
    return kept


def _encode_data(tasks: list[LibraryTask], index: Mapping[int, int], last: LibraryTask) -> list[Any]:
    kept: dict[int, dict[str, Any]] = {}
    rows: list[Any] = []
    for task in tasks:
        # What has no data is restored without any; predictions are most of what a tree consists of.
        if not task.data or not _is_readable(task, last):
            continue
        base = _nearest(task, kept)
        kept[task.id] = task.data
        changed = updates(base, task.data)
        removed = [key for key in base if key not in task.data]
        rows += (index[task.id], [changed, removed] if removed else changed)
    return rows


def _nearest(task: LibraryTask, kept: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    tasks, above = task.workflow.tasks, task._parent
    while above is not None and above not in kept:
        above = tasks[above]._parent
    return {} if above is None else kept[above]


def _is_readable(task: LibraryTask, last: LibraryTask) -> bool:
    """Tell whether the library may still read the data of a task.

    Those are unfinished tasks and their parents, from which they inherit; the parents of tasks at a join,
    which the join brings together when it fires; and the task that completed last, whose data becomes that
    of the process.
    """
    if task is last or not task._state & TaskState.FINISHED_MASK:
        return True
    return any(
        not child._state & TaskState.FINISHED_MASK or isinstance(child.task_spec, UnstructuredJoin)
        for child in task.children
    )


def readable_tasks(workflow: LibraryWorkflow) -> list[LibraryTask]:
    """List the reached tasks of a (sub-)process whose data is stored, or would be if they had any."""
    last = workflow.last_task
    return [
        task
        for task in workflow.tasks.values()
        if (task._state & _OPEN and not isinstance(task.task_spec, UnstructuredJoin))
        or ((task.data or task._state & TaskState.FINISHED_MASK) and _is_readable(task, last))
    ]


def decode(specs: Specs, state: bytes) -> Instance:
    """Read a stored state with the specifications of its deployment.

    Raises ``StateUnreadableError`` for an unknown version, damaged bytes, or elements that the deployment
    lacks.
    """
    try:
        document = orjson.loads(_unpacked(state))
        seed, next_task, next_tick, status, scopes = document
        numbers = Numbers(bytes.fromhex(seed), int(next_task), int(next_tick))
        top: LibraryWorkflow = None
        for scope in scopes:
            workflow = _decode_scope(specs, scope, top, numbers)
            top = top or workflow
        if top is None:
            raise StateUnreadableError
        return Instance(top, numbers, InstanceStatus(status))
    except StateUnreadableError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, *_FOREIGN) as error:
        raise StateUnreadableError(
            f"The stored state cannot be read: {type(error).__name__}: {error}"
        ) from error


def _unpacked(state: bytes) -> bytes:
    if len(state) < 4 or state[:2] != MAGIC:
        raise StateUnreadableError("The stored state is none of this engine.")
    if state[2] != VERSION:
        raise StateUnreadableError(f"The stored state has version {state[2]}, this release reads {VERSION}.")
    if state[3] == _PLAIN:
        return state[4:]
    if state[3] != _ZSTD:
        raise StateUnreadableError("The stored state is packed in an unknown way.")
    if not 0 <= zstandard.frame_content_size(state[4:]) <= MAX_BYTES:
        raise StateUnreadableError("The stored state is too large.")
    return _decompressor().decompress(state[4:], max_output_size=MAX_BYTES)


def _decode_scope(specs: Specs, scope: list[Any], top: LibraryWorkflow, numbers: Numbers) -> LibraryWorkflow:
    parent, spec_name, completed, last, data, correlations, names, *columns, triggered, internal, rows = scope
    spec = specs.by_id.get(spec_name)
    missing = [name for name in names if spec is None or name not in spec.task_specs]
    if spec is None or missing:
        raise StateUnreadableError(f"The deployment has no {', '.join(missing) or spec_name}.")
    workflow = _new_workflow(specs, spec, parent, top)
    stored = dict(zip(rows[::2], rows[1::2], strict=True))
    tasks = _decode_tasks(workflow, [spec.task_specs[name] for name in names], columns, stored)
    if not tasks or tasks[-1].id >= numbers.next_task:
        raise StateUnreadableError("The stored state has no tasks, or more than it knows of.")
    for position in triggered:
        tasks[position].triggered = True
    for position, row in zip(internal[::2], internal[1::2], strict=True):
        if "merged" in row:
            row["merged"] = [str(number) for number in row["merged"]]
        tasks[position].internal_data = row
    workflow.task_tree = tasks[0]
    workflow.completed = bool(completed)
    workflow.data = data
    workflow.correlations = correlations
    workflow.last_task = tasks[last] if last >= 0 else None
    return workflow


def _new_workflow(specs: Specs, spec: Any, parent: int, top: LibraryWorkflow) -> LibraryWorkflow:
    if top is None:
        return BpmnWorkflow(spec, specs.by_id, script_engine=SafeEngine(), deserializing=True)
    activity = top.get_task_from_id(parent)
    if activity is None or not isinstance(activity.task_spec, SubWorkflowTask):
        raise StateUnreadableError("The stored state has a sub-process without its activity.")
    workflow = BpmnSubWorkflow(spec, parent, top, deserializing=True)
    workflow.completed_event.connect(activity.task_spec._on_subworkflow_completed, activity)
    top.subprocesses[parent] = workflow
    return workflow


def _decode_tasks(
    workflow: LibraryWorkflow, specs: list[Any], columns: list[list[int]], stored: Mapping[int, Any]
) -> list[LibraryTask]:
    tasks: list[LibraryTask] = []
    events = workflow.top_workflow.event_manager
    nearest: list[dict[str, Any]] = []
    steps, backs, states, names, ticks = columns
    ids, changes = accumulate(steps), accumulate(ticks)
    known, pool = workflow.tasks, Task.thread_id_pool
    for position, (number, back, state, name, tick) in enumerate(
        zip(ids, backs, states, names, changes, strict=True)
    ):
        # This is what the library's constructor does, without asking for the step and the clock each time.
        task = Task.__new__(Task)
        task.id, task.workflow, task.task_spec = number, workflow, specs[name]
        task._parent, task._children = None, []
        task._state, task.last_state_change = _STATES[state], tick
        task.triggered, task.thread_id = False, pool
        task.data, task.internal_data = {}, {}
        base: dict[str, Any] = {}
        if back:
            if not 0 < back <= position:
                raise StateUnreadableError("The stored state has a task without its parent.")
            parent = tasks[position - back]
            task._parent = parent.id
            parent._children.append(number)
            base = nearest[position - back]
        if position in stored:
            base = task.data = _decode_data(base, stored[position])
        nearest.append(base)
        tasks.append(task)
        known[number] = task
        if task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            events.add_task(task)
    return tasks


def _decode_data(base: dict[str, Any], row: Any) -> dict[str, Any]:
    changed, removed = row if isinstance(row, list) else (row, ())
    data = {key: copied(value) for key, value in base.items() if key not in removed}
    data.update(changed)
    return data


def take_apart(instance: Instance) -> None:
    """Part the objects of an instance that is no longer used.

    They refer to each other in circles; left to the collector, those of hundreds of steps would lie in memory at
    any time, and each step would begin with cold caches (7 % of a step).
    """
    top = instance.workflow
    for workflow in (*top.subprocesses.values(), top):
        workflow.__dict__.clear()


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_LOCAL, "compressor"):
        _LOCAL.compressor = zstandard.ZstdCompressor(level=3)
    return _LOCAL.compressor  # type: ignore[no-any-return]


def _decompressor() -> zstandard.ZstdDecompressor:
    if not hasattr(_LOCAL, "decompressor"):
        _LOCAL.decompressor = zstandard.ZstdDecompressor()
    return _LOCAL.decompressor  # type: ignore[no-any-return]
