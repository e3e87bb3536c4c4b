"""Carries out one command on an instance in memory; what the command may meet is checked here."""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from engine.codec import LibraryWorkflow, live_workflows
from engine.data import plain
from engine.errors import NotWaitingError, TaskNotReadyError
from engine.events import CycleTimer, RoutedMessage, ScopedError, WaitTimer, fault, raise_to_boundary
from engine.model import CompleteJob, CompleteTask, DeliverMessage, FailJob, FireTimer
from engine.session import LibraryTask, Session
from engine.snapshot import definitions
from engine.spec_classes import HandlerTask


def find_task(session: Session, top: LibraryWorkflow, task_id: str) -> LibraryTask:
    """Answer the task with this id in the running part of the instance, or None."""
    wanted = session.numbers.number(task_id)
    for workflow in live_workflows(top):
        if wanted in workflow.tasks:
            return workflow.tasks[wanted]
    return None


def complete_task(session: Session, top: LibraryWorkflow, command: CompleteTask) -> None:
    """Merge the answers into the process data and go on; lists and mappings are replaced as a whole."""
    task = find_task(session, top, command.task_id)
    if task is None or task._state != TaskState.READY or not task.task_spec.manual:
        raise TaskNotReadyError
    session.current = task
    task.data.update(plain(command.data))
    task.run()


def deliver_message(session: Session, top: LibraryWorkflow, command: DeliverMessage) -> None:
    """Hand the message to the task that waits for it, and to no other."""
    task = _waiting_event(session, top, command.task_id)
    payload = plain(command.payload, scalars_only=True)
    for definition, _ in definitions(task):
        if isinstance(definition, RoutedMessage) and definition.name == command.name:
            session.current = task
            catch(task, definition, payload)
            return
    raise NotWaitingError


def catch(task: LibraryTask, definition: Any, payload: dict[str, Any]) -> None:
    """Let a waiting event catch ``definition``."""
    task.task_spec.catch(task, BpmnEvent(definition, payload=payload))
    task.task_spec._update(task)


def fire_timer(session: Session, top: LibraryWorkflow, command: FireTimer) -> None:
    """Fire the timer of this task, whatever its stored due instant says."""
    task = _waiting_event(session, top, command.task_id)
    timers = [definition for definition, _ in definitions(task) if isinstance(definition, WaitTimer)]
    if not timers or timers[0].due_at(task) is None:
        raise NotWaitingError
    session.current = task
    timer = timers[0]
    if timer is not task.task_spec.event_definition:
        catch(task, timer, {})
        return
    timer.fire(task)
    if not isinstance(timer, CycleTimer):
        task.task_spec._update(task)
    elif timer.due_at(task) is None:
        _finish_cycle(task)


def _finish_cycle(task: LibraryTask) -> None:
    # Completing it the library's way would enter everything that its firings started a second time.
    task.workflow.top_workflow.event_manager.remove_task(task)
    task._set_state(TaskState.COMPLETED)
    task.workflow._task_completed_notify(task)


def _waiting_event(session: Session, top: LibraryWorkflow, task_id: str) -> LibraryTask:
    task = find_task(session, top, task_id)
    if task is None or task._state != TaskState.WAITING or not isinstance(task.task_spec, CatchingEvent):
        raise NotWaitingError
    return task


def complete_job(session: Session, top: LibraryWorkflow, command: CompleteJob) -> None:
    """Merge the job's result into the process data and go on."""
    task = _running_job(session, top, command.task_id)
    session.current = task
    task.data.update(plain(command.result))
    task.internal_data.pop("arguments", None)
    task.complete()


def fail_job(session: Session, top: LibraryWorkflow, command: FailJob) -> None:
    """Raise the error at the service task; without a boundary event that catches it, it is a fault."""
    task = _running_job(session, top, command.task_id)
    session.current = task
    if not raise_to_boundary(task, ScopedError(command.error_code, code=command.error_code)):
        raise fault(task, f"nothing catches the error {command.error_code}")


def _running_job(session: Session, top: LibraryWorkflow, task_id: str) -> LibraryTask:
    task = find_task(session, top, task_id)
    if task is None or task._state != TaskState.STARTED or not isinstance(task.task_spec, HandlerTask):
        raise NotWaitingError
    return task


def run_automatic(session: Session, top: LibraryWorkflow) -> None:
    """Run everything that needs nobody, sub-processes first, until only waiting is left.

    The library's own loop would also run a task that was cancelled by the one before it in the same round.
    """
    busy = True
    while busy:
        busy = False
        active = top.get_active_subprocesses()
        for workflow in sorted(active, key=lambda scope: scope.depth, reverse=True):
            while _run_ready(session, workflow):
                busy = True
            activity = top.get_task_from_id(workflow.parent_task_id)
            activity.task_spec._update(activity)
        busy = _run_ready(session, top) or busy or len(top.get_active_subprocesses()) > len(active)


def _run_ready(session: Session, workflow: LibraryWorkflow) -> bool:
    ready = [
        task
        for task in workflow.tasks.values()
        if task._state == TaskState.READY and not task.task_spec.manual
    ]
    if len(ready) > 1:
        # Walking the tree is what a step spends its time on; it matters only where there is an order to keep.
        ready = workflow.get_tasks(state=TaskState.READY, manual=False, skip_subprocesses=True)
    for task in ready:
        if task._state == TaskState.READY:
            session.stepping(task)
            task.run()
    return bool(ready)


def begin(session: Session, top: LibraryWorkflow, message: str | None) -> None:
    """Run a new instance; one whose only start events are messages is begun by ``message``, or else by the first.

    The other start events are none of this instance's: they are dropped without a trace. Raises
    ``NotWaitingError`` for a message that begins nothing here.
    """
    run_automatic(session, top)
    starts = [task for task in top.tasks.values() if isinstance(task.task_spec, StartEvent)]
    if any(not task._state & TaskState.WAITING for task in starts):
        return
    waiting = [task for task in starts if isinstance(task.task_spec.event_definition, RoutedMessage)]
    if not waiting:
        return
    chosen = next((task for task in waiting if message in {None, task.task_spec.event_definition.name}), None)
    if chosen is None:
        raise NotWaitingError(f"The process does not start with {message}.")
    unused = [task for task in starts if task is not chosen]
    for task in unused:
        task.cancel()
    session.changes[:] = [change for change in session.changes if change.task not in unused]
    catch(chosen, chosen.task_spec.event_definition, {})
    run_automatic(session, top)
