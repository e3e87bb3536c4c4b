"""Commands with which an administrator gets a process going again: move a token, skip an activity, set data."""

from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent, EventBasedGateway
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import (
    LoopTask,
    MultiInstanceTask,
    SequentialMultiInstanceTask,
    StandardLoopTask,
)
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import EventSubprocess, SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from engine.codec import LibraryWorkflow, live_workflows, readable_tasks
from engine.commands import find_task
from engine.data import plain
from engine.errors import ActivityRefusedError, DataRefusedError, TaskNotReadyError
from engine.model import Administration, MoveActivity, SetData, SkipActivity, Text
from engine.session import LibraryTask, Session
from engine.spec_classes import HandlerTask


def administer(session: Session, top: LibraryWorkflow, command: Administration) -> None:
    """Carry out an administrator's command."""
    match command:
        case MoveActivity():
            move_activity(session, top, command)
        case SkipActivity():
            skip_activity(session, top, command)
        case SetData():
            set_data(top, command)


def move_activity(session: Session, top: LibraryWorkflow, command: MoveActivity) -> None:
    """End an open activity without its work and let its token arrive at another element of the same scope.

    A repeated activity holds one token: all of its instances end, and what they have collected is dropped. A
    boundary event that has fired goes its own way on, as when its activity is completed.
    """
    task = _open_activity(session, top, command.task_id)
    workflow = task.workflow
    target = _arrival(top, workflow, command.to_element)
    token = task.parent if _is_instance(task) else task
    session.current = task
    _forget_collected(token)
    token.cancel()
    if isinstance(token.parent.task_spec, BoundaryEventSplit):
        _stop_watching(token.parent)
    arrived = token._add_child(target, TaskState.FUTURE)
    arrived.triggered = True
    target._predict(arrived, mask=TaskState.NOT_FINISHED_MASK)
    target._update(arrived)
    # An inclusive join may have waited for this token; it decides anew, now that the token is elsewhere.
    workflow.update_waiting_tasks()


def skip_activity(session: Session, top: LibraryWorkflow, command: SkipActivity) -> None:
    """Complete an open activity without its work: nothing is answered, called, collected or scripted.

    One instance of a repeated activity is skipped alone. The other paths of an event-based gateway make the
    way on ambiguous: such a wait can be moved only.
    """
    task = _open_activity(session, top, command.task_id)
    if isinstance(task.task_spec, EventBasedGateway):
        raise _refused(
            f"{_name(task)} menunggu salah satu dari beberapa kejadian. Pindahkan ke langkah sesudah salah satunya.",
            f"{_name(task)} waits for one of several events. Move it to what follows one of them.",
        )
    session.current = task
    _put_down(top, task)
    for copied in task.task_spec.data_input_associations:
        task.data.pop(copied.bpmn_id, None)
    task._set_state(TaskState.COMPLETED)
    if _is_instance(task):
        _go_round(task)
    for child in task.children:
        if not child._state & TaskState.FINISHED_MASK:
            child.task_spec._update(child)
    task.workflow._task_completed_notify(task)


def set_data(top: LibraryWorkflow, command: SetData) -> None:
    """Set process data wherever the instance may still read it; raises ``DataRefusedError`` for taken names."""
    values = plain(command.values)
    for workflow in live_workflows(top):
        _check_names(workflow, values)
    shared = {name for workflow in live_workflows(top) for name in workflow.data_objects}
    for workflow in live_workflows(top):
        for name in workflow.data_objects.keys() & values.keys():
            workflow.data["data_objects"][name] = deepcopy(values[name])
        for task in readable_tasks(workflow):
            # Each task gets lists and mappings of its own: repetitions add to theirs in place.
            found = deepcopy(values)
            task.data.update({key: found[key] for key in found if key not in shared or key in task.data})


def _open_activity(session: Session, top: LibraryWorkflow, task_id: str) -> LibraryTask:
    task = find_task(session, top, task_id)
    if task is None or task._state & TaskState.FINISHED_MASK:
        raise TaskNotReadyError
    spec = task.task_spec
    person = task._state == TaskState.READY and spec.manual
    event = task._state == TaskState.WAITING and isinstance(spec, CatchingEvent)
    running = task._state == TaskState.STARTED and isinstance(spec, HandlerTask | SubWorkflowTask | LoopTask)
    if not (person or event or running) or isinstance(spec, StartEvent | EventSubprocess):
        raise _refused(
            f"{_name(task)} bukan langkah yang terbuka. Pilih tugas, penantian, atau pekerjaan otomatis.",
            f"{_name(task)} is no open activity. Choose a task, a wait or a job.",
        )
    if isinstance(spec, BoundaryEvent):
        raise _refused(
            f"{_name(task)} mengawasi sebuah langkah. Pilih langkah itu sendiri.",
            f"{_name(task)} watches an activity. Choose the activity itself.",
        )
    return task


def _arrival(top: LibraryWorkflow, workflow: LibraryWorkflow, element_id: str) -> Any:
    """Answer the specification at which a token arrives that goes to this element."""
    spec = workflow.spec.task_specs.get(element_id)
    if spec is None or not _drawn(workflow.spec, element_id):
        known = any(_drawn(other, element_id) for other in top.subprocess_specs.values())
        name = workflow.spec.name
        where = f"berada di luar {name}" if known else "tidak ada dalam diagram"
        place = f"lies outside of {name}" if known else "is not in the diagram"
        raise _refused(
            f"{element_id} {where}. Pilih langkah di bagian yang sama dengan langkah yang terbuka.",
            f"{element_id} {place}. Choose an element beside the open activity.",
        )
    _check_target(spec)
    return workflow.spec.task_specs.get(f"{element_id}.BoundaryEventSplit", spec)


def _drawn(process: Any, element_id: str) -> bool:
    """Tell whether a process draws this element; the library's helpers bear names too, but no id."""
    spec = process.task_specs.get(element_id)
    return spec is not None and spec.bpmn_id == element_id


def _check_target(spec: Any) -> None:
    gateways = [source.bpmn_id for source in spec.inputs if isinstance(source, EventBasedGateway)]
    if isinstance(spec, BoundaryEvent):
        raise _refused(
            f"{spec.bpmn_id} mengawasi sebuah langkah. Pilih langkah itu, atau yang mengikutinya.",
            f"{spec.bpmn_id} watches an activity. Choose the activity, or what follows it.",
        )
    if isinstance(spec, StartEvent | EventSubprocess) or not spec.inputs:
        raise _refused(
            f"Tidak ada alur yang menuju {spec.bpmn_id}. Pilih langkah yang dimasuki sebuah alur.",
            f"Nothing leads to {spec.bpmn_id}. Choose an element that a flow enters.",
        )
    if isinstance(spec, UnstructuredJoin) and len(spec.inputs) > 1:
        raise _refused(
            f"{spec.bpmn_id} menunggu beberapa alur. Pilih langkah sebelum atau sesudahnya.",
            f"{spec.bpmn_id} waits for several flows. Choose what comes before or after it.",
        )
    if gateways:
        raise _refused(
            f"{spec.bpmn_id} adalah salah satu pilihan {gateways[0]}. Pilih gerbang itu sendiri.",
            f"{spec.bpmn_id} is one choice of {gateways[0]}. Choose the gateway itself.",
        )


def _refused(indonesian: str, english: str) -> ActivityRefusedError:
    return ActivityRefusedError(Text(id=indonesian, en=english))


def _is_instance(task: LibraryTask) -> bool:
    around = task.parent
    return (
        around is not None
        and isinstance(around.task_spec, LoopTask)
        and around.task_spec.task_spec == task.task_spec.name
    )


def _stop_watching(split: LibraryTask) -> None:
    """Close the boundary events of an activity that has ended without being completed."""
    for event in split.children:
        if not isinstance(event.task_spec, BoundaryEvent):
            continue
        if event._state == TaskState.WAITING:
            event.cancel()
        for join in event.children:
            # One that has fired without interrupting is done as soon as its activity is.
            if isinstance(join.task_spec, BoundaryEventJoin) and join._state == TaskState.WAITING:
                join.task_spec._update(join)


def _forget_collected(token: LibraryTask) -> None:
    output = getattr(token.task_spec, "data_output", None)
    if not isinstance(token.task_spec, MultiInstanceTask) or output is None:
        return
    before = token.parent.data
    if output.bpmn_id in before:
        token.data[output.bpmn_id] = deepcopy(before[output.bpmn_id])
    else:
        token.data.pop(output.bpmn_id, None)


def _put_down(top: LibraryWorkflow, task: LibraryTask) -> None:
    """End what an open activity has under way."""
    spec = task.task_spec
    if isinstance(spec, CatchingEvent):
        top.event_manager.remove_task(task)
    elif isinstance(spec, SubWorkflowTask):
        spec._on_cancel(task)
    elif isinstance(spec, LoopTask):
        for instance in spec._instances(task):
            instance.cancel()
    task.internal_data.pop("arguments", None)


def _go_round(instance: LibraryTask) -> None:
    """Let a repetition go on behind an instance that has given no answer."""
    around = instance.parent
    spec = around.task_spec
    if isinstance(spec, StandardLoopTask):
        spec.merge_child(instance.workflow, instance)
    elif spec.children_complete(around):
        around._set_state(TaskState.READY)
    elif isinstance(spec, SequentialMultiInstanceTask):
        spec.add_next_child(around)


def _check_names(workflow: LibraryWorkflow, values: dict[str, Any]) -> None:
    for task in workflow.tasks.values():
        if task._state != TaskState.STARTED or not isinstance(task.task_spec, MultiInstanceTask):
            continue
        for part in (task.task_spec.input_item, task.task_spec.output_item):
            if part is not None and part.bpmn_id in values:
                name, around = part.bpmn_id, _name(task)
                raise DataRefusedError(
                    Text(
                        id=f"{name} milik setiap ulangan {around} selama masih berjalan. Pakai nama lain.",
                        en=f"{name} belongs to each instance of {around} while it runs. Use another name.",
                    )
                )


def _name(task: LibraryTask) -> str:
    return str(task.task_spec.bpmn_id or task.task_spec.name)
