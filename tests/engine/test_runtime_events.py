"""Timers, messages, errors, escalations and jobs, played with the state stored at every step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import (
    NotWaitingError,
    ProcessFaultError,
)
from engine.lint.trial import run
from engine.model import (
    CompleteJob,
    FireTimer,
    InstanceStatus,
    StartProcess,
)
from support.diagram_text import bpmn
from support.engine_world import MONDAY, deploy, play


def test_the_last_task_closes_and_the_end_event_gives_the_outcome():
    world = play(deploy("user_task"))
    task_id = world.start("user_task").opened_tasks[0].task_id
    step = world.complete("verify", verdict="accepted")
    assert step.closed_tasks == (task_id,)
    assert [end.outcome for end in step.ended] == ["resolved"]
    assert step.status is InstanceStatus.COMPLETED
    assert step.data == {"verdict": "accepted"}


def test_an_error_end_in_a_called_process_takes_the_boundary_path_only():
    world = play(deploy("call_activity"))
    world.start("outer")
    world.complete("before")
    world.complete("accept", accepted=False)
    assert world.open == ["again"]
    world.complete("again")
    assert world.completed
    assert "after" not in world.path


def test_an_error_is_caught_by_the_call_activity_in_which_it_was_raised_and_by_no_other():
    world = play(deploy("twin_calls"))
    world.start("twin_calls")
    first = world.complete("reply", back=True)
    assert [change.element_id for change in first.transitions if change.after == "completed"].count(
        "second_back"
    ) == 0
    assert world.open == ["reply"]


def test_an_uncaught_error_is_a_fault():
    inner = bpmn("p\nstart s\nuser u\nend e error=LOST\ns -> u -> e")
    world = play(deploy(p=inner))
    world.start("p")
    with pytest.raises(ProcessFaultError, match="nothing catches the error LOST"):
        world.complete("u")


def test_a_boundary_timer_interrupts_an_embedded_sub_process():
    world = play(deploy("sub_process"))
    step = world.start("sub_process")
    assert step.opened_tasks[0].element.process_id == "sub_process"
    assert step.opened_timers[0].due_at == MONDAY + timedelta(days=3)
    work = world.task("work")
    step = world.fire("late")
    assert world.open == ["hurry"]
    assert step.closed_tasks == (work,)
    world.complete("hurry")
    assert world.completed


def test_a_finished_sub_process_closes_its_boundary_timer():
    world = play(deploy("sub_process"))
    timer = world.start("sub_process").opened_timers[0].task_id
    assert world.complete("work").closed_timers == (timer,)
    assert world.completed


def test_a_clock_is_asked_for_its_due_instant_and_named():
    world = play(deploy("boundary_timers"), clocks={"verification": timedelta(days=5)})
    step = world.start("boundary_timers")
    assert {(wait.element.element_id, wait.clock, wait.due_at) for wait in step.opened_timers} == {
        ("remind", None, MONDAY + timedelta(days=1)),
        ("deadline", "verification", MONDAY + timedelta(days=5)),
    }


def test_a_cycle_fires_as_often_as_drawn_and_says_when_it_is_due_next():
    world = play(deploy("boundary_timers"), clocks={"verification": timedelta(days=5)})
    world.start("boundary_timers")
    step = world.fire("remind")
    assert [(e.handler, e.arguments) for e in step.effects] == [
        ("escalate", {"level": 1, "clock": "verification"})
    ]
    assert step.opened_timers[0].due_at == MONDAY + timedelta(days=2)
    assert step.closed_timers == (step.opened_timers[0].task_id,)
    world.fire("remind")
    step = world.fire("remind")
    assert not step.opened_timers
    assert len(step.closed_timers) == 1
    assert world.open == ["verify"]
    world.complete("verify")
    assert world.completed


def test_a_cycle_that_is_long_overdue_fires_once_and_then_looks_ahead():
    world = play(deploy("boundary_timers"), clocks={"verification": timedelta(days=50)})
    world.start("boundary_timers")
    world.now = MONDAY + timedelta(days=30, hours=1)
    step = world.fire("remind")
    assert len(step.effects) == 1
    assert step.opened_timers[0].due_at == MONDAY + timedelta(days=31)


def test_a_timer_fires_when_told_even_before_its_due_instant():
    world = play(deploy("timer_catch"))
    wait = world.start("timer_catch").opened_timers[0]
    world.do(FireTimer(wait.task_id))
    assert world.open == ["look"]


def test_a_process_with_a_message_start_is_started_directly():
    step = play(deploy("message_start")).start("message_start", channel="web")
    assert [task.element.element_id for task in step.opened_tasks] == ["verify"]
    assert step.data == {"channel": "web"}


TWO_WAYS_IN = bpmn("""two_ways_in
start by_web message=reply
start by_letter message=completion
script read_letter script=divided=1/pages
xor merge
user verify
end finish
by_web -> merge
by_letter -> read_letter -> merge
merge -> verify -> finish""")


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (None, ["by_web", "merge"]),
        ("reply", ["by_web", "merge"]),
        ("completion", ["by_letter", "read_letter", "merge"]),
    ],
)
def test_one_of_several_start_messages_begins_the_process_and_the_others_leave_no_trace(
    message: str | None, path: list[str]
):
    world = play(deploy(p=TWO_WAYS_IN))
    step = world.do(StartProcess("two_ways_in", {"pages": 2}, message))
    assert world.path == path
    assert {change.element_id for change in step.transitions} == {*path, "verify"}
    assert not step.opened_messages


def test_a_message_that_begins_nothing_is_refused():
    with pytest.raises(NotWaitingError, match="does not start with confirm"):
        play(deploy(p=TWO_WAYS_IN)).do(StartProcess("two_ways_in", {}, "confirm"))


def test_the_trial_run_takes_every_way_into_a_process():
    (finding,) = run(deploy(p=TWO_WAYS_IN))
    assert (finding.rule, finding.element_id) == ("trial-data-missing", "read_letter")


def test_an_interrupting_message_closes_the_task_it_stands_on():
    world = play(deploy("messages"))
    step = world.start("messages")
    assert {wait.message for wait in step.opened_messages} == {"withdraw", "reply"}
    step = world.send("withdraw", reason="solved")
    assert len(step.closed_tasks) == 1
    assert len(step.closed_messages) == 2
    assert step.ended[0].outcome == "withdrawn"
    assert step.data == {"reason": "solved"}


def test_a_message_beside_a_task_leaves_the_task_open():
    world = play(deploy("messages"))
    world.start("messages")
    world.send("reply", text_id="t1")
    assert world.open == ["answer", "verify"]


def test_a_receive_task_waits_and_a_send_task_hands_its_message_out():
    world = play(deploy("messages"))
    world.start("messages")
    step = world.complete("verify")
    assert [(wait.message, wait.element.element_id) for wait in step.opened_messages] == [
        ("completion", "wait")
    ]
    step = world.send("completion", complete=True)
    assert [(message.name, message.element.element_id) for message in step.thrown] == [
        ("case_opened", "thank")
    ]
    assert world.completed


def test_an_event_gateway_reports_its_messages_and_its_timer_under_one_task():
    step = play(deploy("event_gateway")).start("event_gateway")
    task_ids = {wait.task_id for wait in (*step.opened_messages, *step.opened_timers)}
    assert len(task_ids) == 1
    assert [wait.message for wait in step.opened_messages] == ["confirm", "not_satisfied"]
    assert step.opened_timers[0].due_at == MONDAY + timedelta(days=14)
    assert step.stage == "responded"


@pytest.mark.parametrize(("message", "expected"), [("confirm", []), ("not_satisfied", ["again"])])
def test_an_event_gateway_follows_the_message_that_came(message: str, expected: list):
    world = play(deploy("event_gateway"))
    world.start("event_gateway")
    step = world.send(message, rating=2)
    assert world.open == expected
    assert step.data["rating"] == 2
    assert len(step.closed_messages) == len(step.closed_timers) == 1


def test_an_event_gateway_follows_its_timer():
    world = play(deploy("event_gateway"))
    world.start("event_gateway")
    assert world.fire().ended[0].outcome == "auto_closed"


def test_effects_come_in_order_with_their_arguments_and_a_job_waits():
    world = play(deploy("handlers"))
    step = world.start("handlers", template="received")
    assert [(effect.handler, effect.arguments) for effect in step.effects] == [
        ("issue_receipt", {}),
        ("notify_complainant", {"template": "received"}),
    ]
    assert [(job.handler, job.arguments) for job in step.opened_jobs] == [
        ("deliver_notice", {"template": "out/received"})
    ]


def test_a_finished_job_brings_its_result_and_goes_on():
    world = play(deploy("handlers"))
    job = world.start("handlers", template="received").opened_jobs[0]
    step = world.finish_job(sent=True)
    assert step.closed_jobs == (job.task_id,)
    assert step.data == {"template": "received", "sent": True}
    assert world.completed
    with pytest.raises(NotWaitingError):
        world.do(CompleteJob(job.task_id))


def test_a_failed_job_takes_the_error_path():
    world = play(deploy("handlers"))
    world.start("handlers", template="received")
    step = world.fail_job("BOUNCED")
    assert world.open == ["call_them"]
    assert len(step.closed_jobs) == 1


def test_a_failed_job_that_nothing_catches_is_a_fault():
    world = play(deploy("handlers"))
    world.start("handlers", template="received")
    with pytest.raises(ProcessFaultError, match="nothing catches the error OTHER"):
        world.fail_job("OTHER")


def test_called_processes_can_be_repeated_and_an_error_in_one_ends_them_all():
    world = play(deploy("each_call"))
    world.start("each_call", units=["a", "b", "c"])
    world.complete("reply", verdict="yes")
    world.complete("reply", verdict="no")
    assert world.open == ["mend"]
    world.complete("mend")
    assert world.completed


def test_an_escalation_from_a_called_process_opens_work_beside_it():
    world = play(deploy("escalation"))
    world.start("escalation_outer")
    world.fire("slow")
    assert world.open == ["superior", "work"]
    world.complete("superior")
    world.complete("work")
    assert world.completed


def test_a_signal_reaches_what_waits_in_the_same_instance():
    world = play(deploy("signal"))
    world.start("signal")
    world.complete("send")
    assert world.open == ["heard"]


def test_instances_that_an_event_ends_are_recorded_as_cancelled():
    world = play(deploy("each_call"))
    world.start("each_call", units=["a", "b", "c"])
    step = world.complete("reply", verdict="no")
    cancelled = [change.element_id for change in step.transitions if change.after == "cancelled"]
    assert cancelled.count("reply") == 2


def test_work_that_a_reminder_has_begun_goes_on_when_the_activity_is_done():
    remind = "boundary r on=u interrupting=false cycle=R/P1D\nuser call\nend f\nr -> call -> f"
    world = play(deploy(p=bpmn(f"p\nstart s\nuser u\n{remind}\nend e\ns -> u -> e")))
    world.start("p")
    world.fire("r")
    world.complete("u")
    assert world.open == ["call"]
    assert not world.look.timers
    world.complete("call")
    assert world.completed
