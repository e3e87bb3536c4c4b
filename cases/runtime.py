"""Composes the engine with the tables: moves a process instance and gathers what that changes on the case."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from cases.body_tasks import WHOLE_BODY, unit_of_body_task
from cases.deadlines.events import AT_CLOSURE, due_at, enter_stage, final_clock, happened, show_waiting
from cases.definitions import deployed
from cases.errors import SuspendedError
from cases.handlers import HANDLERS, CloseCase, Request
from cases.incidents import FaultedError, faults
from cases.model import Outcome, Stage
from cases.rules.handling import FINAL
from cases.rules.retention import retain_until
from cases.work import CaseWork, RunningInstance
from engine.errors import EngineError, NotWaitingError, ProcessFaultError, TaskNotReadyError
from engine.model import (
    CancelInstance,
    Command,
    DeliverMessage,
    Effect,
    InstanceStatus,
    JobWait,
    OpenTask,
    StartProcess,
    Step,
    Transition,
)
from engine.runtime import advance
from storage.tables import Job, Subscription, Timer, Unit, UserTask

MAIN_STARTS_WITH = "case_opened"
"""The start message of the process whose end closes the case."""

CASCADE = 50
"""Process moves that one command may cause in turn; more is a fault of the diagrams."""


def start_process(
    work: CaseWork,
    key: str,
    data: Mapping[str, Any],
    *,
    message: str | None = None,
    instance_id: str | None = None,
) -> RunningInstance:
    """Start the newest active version of a process for the case. Raises RefusedByRuleError when there is none.

    ``message`` says which of several start events begins it. ``instance_id`` is given by who must name the instance
    before it runs: the request that it handles.
    """
    definition = deployed(work.definitions, key)
    instance = RunningInstance(
        id=instance_id or work.env.new_id(),
        definition_id=definition.id,
        deployment_hash=definition.deployment_hash,
        process_id=key,
        main=definition.start_message == MAIN_STARTS_WITH,
        state=None,
        stored_version=0,
    )
    work.instances[instance.id] = instance
    work.record(
        "process:instance:started",
        data={"definition": key, "version": definition.version},
        instance_id=instance.id,
        process_id=key,
    )
    move(work, instance, StartProcess(key, data, message))
    return instance


def deliver(work: CaseWork, message: str, payload: Mapping[str, Any]) -> bool:
    """Hand a message to the activity of this case that waits for it; False when none does."""
    waiting = work.find_waiting(message)
    if waiting is None:
        return False
    instance_id, task_id = waiting
    move(work, work.instance(instance_id), DeliverMessage(task_id, message, payload))
    return True


def run_queue(work: CaseWork) -> None:
    """Carry out what handlers asked for, in order, until nothing is left."""
    for _ in range(CASCADE):
        if not work.queue:
            return
        work.queue.popleft()()
    raise FaultedError(
        case_id=work.case["id"],
        instance_id=None,
        element_id=None,
        cause="processes start each other",
        command="queue",
    )


def move(work: CaseWork, instance: RunningInstance, command: Command) -> None:
    """Advance an instance and gather what happened. Raises FaultedError; TaskNotReadyError and NotWaitingError pass.

    Raises SuspendedError for a case that is to rest.
    """
    if work.case["suspended_at"] is not None and not work.mending:
        raise SuspendedError
    step = _advance(work, instance, command)
    instance.state = step.state
    instance.status = step.status.value
    instance.depth = step.depth
    instance.task_count = step.task_count
    instance.dirty = True
    _record_transitions(work, instance, step.transitions)
    _close(work, step)
    _open(work, instance, step)
    if step.stage:
        enter_stage(work, Stage(step.stage))
    for effect in step.effects:
        _apply_effect(work, instance, effect)
    if step.status is not InstanceStatus.RUNNING:
        _ended(work, instance, step)


def _advance(work: CaseWork, instance: RunningInstance, command: Command) -> Step:
    def due(clock: str, data: Mapping[str, Any]) -> datetime:
        return due_at(work, clock, instance.id)

    try:
        return advance(
            work.env.deployments.get(instance.deployment_hash),
            instance.state,
            command,
            now=work.now,
            facts=work.facts(),
            due_at=due,
        )
    except (TaskNotReadyError, NotWaitingError):
        raise
    except EngineError as error:
        if (database := _of_database(error)) is not None:
            raise database from None
        element_id = error.element_id if isinstance(error, ProcessFaultError) else None
        raise FaultedError(
            case_id=work.case["id"],
            instance_id=instance.id,
            element_id=element_id,
            cause=str(error),
            command=type(command).__name__,
            task_id=getattr(command, "task_id", None),
            process_id=instance.process_id,
        ) from error


def _of_database(error: BaseException | None) -> DBAPIError | None:
    """What the database said when a step asked it for a fact or a date: no fault of the process."""
    while error is not None and not isinstance(error, DBAPIError):
        error = error.__cause__ or error.__context__
    return error


def _record_transitions(
    work: CaseWork, instance: RunningInstance, transitions: tuple[Transition, ...]
) -> None:
    for transition in transitions:
        data: dict[str, Any] = {"kind": transition.kind}
        if transition.delta:
            data["changed"] = dict(transition.delta)
        work.record(
            f"process:activity:{transition.after}",
            data=data,
            instance_id=instance.id,
            process_id=transition.process_id,
            task_id=transition.task_id,
            element_id=transition.element_id,
            element_name=transition.name[:200] if transition.name else None,
        )


def _close(work: CaseWork, step: Step) -> None:
    done = {move.task_id for move in step.transitions if move.after == "completed"}
    work.close_tasks(tuple(task for task in step.closed_tasks if task in done), "completed")
    work.close_tasks(tuple(task for task in step.closed_tasks if task not in done), "cancelled")
    work.drop(Timer, "task_id", step.closed_timers)
    work.drop(Subscription, "task_id", step.closed_messages)
    work.drop(Job, "id", step.closed_jobs)


def _open(work: CaseWork, instance: RunningInstance, step: Step) -> None:
    where = {"instance_id": instance.id, "case_id": work.case["id"]}
    for timer in step.opened_timers:
        work.add(
            Timer,
            task_id=timer.task_id,
            element_id=timer.element.element_id,
            clock=timer.clock,
            due_at=timer.due_at,
            held=work.case["suspended_at"] is not None,
            **where,
        )
        if timer.clock:
            # After the effects of this step: one of them usually begins the clock itself.
            work.queue.append(partial(show_waiting, work, timer.clock, timer.due_at))
    for wait in step.opened_messages:
        work.add(
            Subscription,
            task_id=wait.task_id,
            message=wait.message,
            element_id=wait.element.element_id,
            **where,
        )
    for job in step.opened_jobs:
        _open_job(work, instance, job)
    for task in step.opened_tasks:
        # The unit is that of the case after every effect of this step (a disposition may still move it).
        work.queue.append(partial(_open_task, work, instance, task))


def _open_job(work: CaseWork, instance: RunningInstance, job: JobWait) -> None:
    work.add(
        Job,
        id=job.task_id,
        instance_id=instance.id,
        case_id=work.case["id"],
        handler=job.handler,
        arguments=dict(job.arguments),
        created_at=work.now,
        run_at=work.now,
        held=work.case["suspended_at"] is not None,
    )


def _open_task(work: CaseWork, instance: RunningInstance, task: OpenTask) -> None:
    element = task.element
    clock = final_clock(work) if element.clock == FINAL else element.clock
    if work.case["stage"] == Stage.CLOSED:
        work.set(work_left=True)
    work.add(
        UserTask,
        id=task.task_id,
        instance_id=instance.id,
        case_id=work.case["id"],
        element_id=element.element_id,
        name=element.name[:200],
        form_key=element.form_key or "",
        role=element.role or "",
        unit_id=_unit_of(work, task),
        state="open",
        version=1,
        clock=clock,
        due_at=due_at(work, clock, instance.id) if clock else work.deadlines.due(final_clock(work)),
        created_at=work.now,
    )


def _unit_of(work: CaseWork, task: OpenTask) -> str | None:
    """The unit whose people may own a task; None stands for the whole organisation."""
    unit = task.element.unit
    if unit in WHOLE_BODY:
        return unit_of_body_task(work, task.element.role or "")
    if unit == "supporting_unit":
        return str(task.item)
    lead: str | None = work.case["lead_unit_id"]
    if unit == "lead_unit_parent" and lead is not None:
        return work.session.scalar(select(Unit.parent_id).where(Unit.id == lead))
    return lead


def _apply_effect(work: CaseWork, instance: RunningInstance, effect: Effect) -> None:
    handler = HANDLERS.get(effect.handler)
    if handler is None:
        raise FaultedError(
            case_id=work.case["id"],
            instance_id=instance.id,
            element_id=effect.element.element_id,
            cause=f"no handler {effect.handler!r}",
            command="effect",
        )
    with faults(
        case_id=work.case["id"],
        instance_id=instance.id,
        element_id=effect.element.element_id,
        command=effect.handler,
    ):
        request = handler(work, instance, effect.arguments)
    if request is not None:
        work.queue.append(lambda: _carry_out(work, instance, effect, request))


def _carry_out(work: CaseWork, instance: RunningInstance, effect: Effect, request: Request) -> None:
    if isinstance(request, StartProcess):
        start_process(work, request.process_id, request.data)
    elif isinstance(request, CloseCase):
        close_case(work, Outcome(request.outcome))
    elif not deliver(work, request.message, request.payload):
        raise FaultedError(
            case_id=work.case["id"],
            instance_id=instance.id,
            element_id=effect.element.element_id,
            cause=f"no process of the case waits for {request.message!r}",
            command="effect",
        )


def _ended(work: CaseWork, instance: RunningInstance, step: Step) -> None:
    outcome = step.ended[-1].outcome if step.ended else None
    instance.outcome = outcome
    if any(rule.process == instance.process_id for rule in work.rules.clocks.values()):
        work.deadlines.stop_instance(instance.id)
    work.record(
        f"process:instance:{step.status.value}",
        data={"outcome": outcome} if outcome else {},
        instance_id=instance.id,
        process_id=instance.process_id,
    )
    if instance.main and step.status is InstanceStatus.COMPLETED:
        work.queue.append(lambda: close_case(work, Outcome(outcome) if outcome else Outcome.RESOLVED))


def close_case(work: CaseWork, outcome: Outcome) -> None:
    """Close the case: its clocks stop, what still runs for it is cancelled, merged cases are told.

    Processes that outlive their case go on: a letter of the Ombudsman is answered whether or not it is settled.
    """
    outliving = []
    for other in work.running_instances():
        if outlives_case(work, other):
            outliving.append(other)
        else:
            move(work, other, CancelInstance(reason=f"case closed: {outcome.value}"))
    enter_stage(work, Stage.CLOSED)
    kept = retain_until(
        work.rules,
        case_class=work.case["case_class"],
        outcome=outcome.value,
        closed_on=work.calendar.local_day(work.now),
    )
    work.set(outcome=outcome.value, closed_at=work.now, retain_until=kept, work_left=bool(outliving))
    happened(work, AT_CLOSURE)
    work.deadlines.stop_all()
    work.record("case:case:closed", data={"outcome": outcome.value, "reason": work.case["outcome_reason"]})
    work.send("case:closed", {"outcome": outcome.value})


def outlives_case(work: CaseWork, instance: RunningInstance) -> bool:
    """Whether the instance goes on when its case is closed, by its diagram."""
    deployment = work.env.deployments.get(instance.deployment_hash)
    return deployment.processes[instance.process_id].outlives_case
