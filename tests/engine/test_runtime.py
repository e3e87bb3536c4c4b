"""Each BPMN behaviour the product relies on, played through ``advance`` with the state stored after every step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.diagram_text import bpmn, dmn
from support.engine_world import MONDAY, deploy, play

from engine.errors import (
    DataRefusedError,
    LimitExceededError,
    NotWaitingError,
    ProcessFaultError,
    TaskNotReadyError,
)
from engine.model import (
    CancelInstance,
    CompleteJob,
    CompleteTask,
    DeliverMessage,
    FireTimer,
    InstanceStatus,
    Limits,
    StartProcess,
)


def test_a_started_process_opens_its_first_task_and_enters_its_stage():
    step = play(deploy("user_task")).start("user_task", channel="web")
    assert [task.element.form_key for task in step.opened_tasks] == ["t/verify"]
    assert step.stage == "verification"
    assert step.status is InstanceStatus.RUNNING
    assert step.data == {"channel": "web"}


def test_the_last_task_closes_and_the_end_event_gives_the_outcome():
    world = play(deploy("user_task"))
    task_id = world.start("user_task").opened_tasks[0].task_id
    step = world.complete("verify", verdict="accepted")
    assert step.closed_tasks == (task_id,)
    assert [end.outcome for end in step.ended] == ["resolved"]
    assert step.status is InstanceStatus.COMPLETED
    assert step.data == {"verdict": "accepted"}


def test_an_outcome_may_be_computed_from_the_data():
    world = play(deploy("outcome_expression"))
    world.start("outcome_expression")
    assert world.complete("verify", verdict="archived").ended[0].outcome == "archived"


def test_the_same_state_and_command_give_the_same_step():
    world = play(deploy("user_task"))
    world.start("user_task")
    state = world.state
    first = world.complete("verify", verdict="accepted")
    world.state = state
    assert world.complete("verify", verdict="accepted") == first


def test_a_task_cannot_be_completed_twice():
    world = play(deploy("parallel"))
    world.start("parallel")
    left = world.task("left")
    world.do(CompleteTask(left))
    with pytest.raises(TaskNotReadyError):
        world.do(CompleteTask(left))


@pytest.mark.parametrize("task_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_task_is_not_ready(task_id: str):
    world = play(deploy("user_task"))
    world.start("user_task")
    with pytest.raises(TaskNotReadyError):
        world.do(CompleteTask(task_id))


def test_a_waiting_task_cannot_be_completed_as_a_person_would():
    world = play(deploy("timer_catch"))
    wait = world.start("timer_catch").opened_timers[0]
    with pytest.raises(TaskNotReadyError):
        world.do(CompleteTask(wait.task_id))


@pytest.mark.parametrize(("amount", "expected"), [(4, "big"), (3, "small")])
def test_an_exclusive_gateway_takes_the_branch_that_holds(amount: int, expected: str):
    world = play(deploy("choice"))
    world.start("choice", amount=amount)
    assert world.open == [expected]


def test_a_missing_variable_is_a_fault_that_names_element_and_variable():
    with pytest.raises(ProcessFaultError, match="the variable amount is missing") as caught:
        play(deploy("choice")).start("choice")
    assert caught.value.element_id == "decide"


def test_a_parallel_join_waits_for_all_branches_and_keeps_what_each_of_them_said():
    world = play(deploy("parallel"))
    world.start("parallel", given=[1])
    world.complete("middle", b=2)
    world.complete("left", a=1)
    assert world.open == ["right"]
    world.complete("right", c={"x": [1, True, 1.0]})
    assert world.open == ["review"]
    assert world.complete("review").data == {"given": [1], "a": 1, "b": 2, "c": {"x": [1, True, 1.0]}}
    assert world.completed


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"a": True, "b": True}, ["left", "right"]),
        ({"a": True, "b": False}, ["left"]),
        ({"a": False, "b": False}, ["other"]),
    ],
)
def test_an_inclusive_gateway_opens_every_branch_that_holds_and_joins_them(data: dict, expected: list):
    world = play(deploy("inclusive"))
    world.start("inclusive", **data)
    assert world.open == expected
    for element in expected:
        world.complete(element)
    assert world.open == ["review"]


def test_a_script_assigns_in_order():
    step = play(deploy("script")).start("script", rounds=1)
    assert step.data == {"rounds": 2, "label": "round 2"}


def test_a_rework_loop_comes_back_to_its_task_as_often_as_needed():
    world = play(deploy("rework_loop"))
    world.start("rework_loop")
    for _ in range(12):
        world.complete("work", again=True)
    world.complete("work", again=False)
    assert world.completed
    assert world.path.count("work") == 13


def test_a_call_activity_runs_the_other_process_with_the_data_and_brings_its_data_back():
    world = play(deploy("call_activity"))
    world.start("outer", case_no="x")
    world.complete("before")
    world.complete("accept", accepted=True)
    step = world.complete("work", answer="done")
    assert [task.element.process_id for task in step.opened_tasks] == ["outer"]
    assert world.complete("after").data == {"case_no": "x", "accepted": True, "answer": "done"}
    assert world.completed


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


def test_a_timer_that_fired_cannot_fire_again():
    world = play(deploy("timer_catch"))
    wait = world.start("timer_catch").opened_timers[0]
    world.fire()
    with pytest.raises(NotWaitingError):
        world.do(FireTimer(wait.task_id))


def test_a_process_with_a_message_start_is_started_directly():
    step = play(deploy("message_start")).start("message_start", channel="web")
    assert [task.element.element_id for task in step.opened_tasks] == ["verify"]
    assert step.data == {"channel": "web"}


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


def test_a_message_reaches_only_who_waits_for_it_by_that_name():
    world = play(deploy("messages"))
    withdraw = next(wait for wait in world.start("messages").opened_messages if wait.message == "withdraw")
    with pytest.raises(NotWaitingError):
        world.do(DeliverMessage(withdraw.task_id, "reply"))


@pytest.mark.parametrize(
    "payload",
    [{"_x": 1}, {"case": 1}, {"typename": "x"}, {"a": [1]}, {"a": {}}, {"a": MONDAY}, {"a": float("nan")}],
)
def test_a_message_with_reserved_names_or_more_than_single_values_is_refused(payload: dict):
    world = play(deploy("messages"))
    world.start("messages")
    with pytest.raises(DataRefusedError):
        world.send("reply", **payload)


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


ROUTING = {"category": "category", "amount": "amount"}


def test_a_decision_sets_its_outputs():
    rules = [
        ['"road", "bridge"', "", '"public_works"'],
        ['"waste"', "> 3", '"environment"'],
        ["", "<= 3", '"desk"'],
    ]
    table = dmn("routing", ROUTING, ["unit"], rules, "FIRST")
    world = play(deploy("decision", routing=table))
    assert world.start("decision", category="bridge", amount=9).data["unit"] == "public_works"


def test_a_unique_table_with_two_matching_rules_is_a_fault_that_names_both():
    table = dmn("routing", ROUTING, ["unit"], [["", "> 1", '"a"'], ["", "> 2", '"b"']])
    with pytest.raises(ProcessFaultError, match="rules 1, 2 of the decision table routing match together"):
        play(deploy("decision", routing=table)).start("decision", category="x", amount=3)


def test_a_table_without_a_matching_rule_is_a_fault_that_names_it():
    table = dmn("routing", ROUTING, ["unit"], [["", "> 3", '"a"']])
    with pytest.raises(ProcessFaultError, match="no rule of the decision table routing matches"):
        play(deploy("decision", routing=table)).start("decision", category="x", amount=3)


def test_a_collecting_table_gives_lists():
    table = dmn("routing", ROUTING, ["unit"], [["", "? > 1", '"a"'], ["", "2 < ? < 9", '"b"']], "COLLECT")
    assert play(deploy("decision", routing=table)).start("decision", category="x", amount=3).data["unit"] == [
        "a",
        "b",
    ]


def test_parallel_instances_collect_their_answers_in_place():
    world = play(deploy("each_parallel"))
    world.start("each_parallel", units=["a", "b", "c"])
    assert world.open == ["opinion"] * 3
    for verdict in (1, 2, 3):
        world.complete("opinion", verdict=verdict)
    assert world.open == ["look"]
    assert world.complete("look").data == {"units": ["a", "b", "c"], "verdicts": [1, 2, 3]}


def test_sequential_instances_come_one_after_the_other():
    world = play(deploy("each_sequential"))
    world.start("each_sequential", units=["a", "b"])
    assert world.open == ["opinion"]
    world.complete("opinion", verdict=1)
    world.complete("opinion", verdict=2)
    assert world.complete("look").data["verdicts"] == [1, 2]


def test_called_processes_can_be_repeated_and_an_error_in_one_ends_them_all():
    world = play(deploy("each_call"))
    world.start("each_call", units=["a", "b", "c"])
    world.complete("reply", verdict="yes")
    world.complete("reply", verdict="no")
    assert world.open == ["mend"]
    world.complete("mend")
    assert world.completed


def test_a_loop_repeats_until_its_condition_ends_it():
    world = play(deploy("standard_loop"))
    world.start("standard_loop", done=False)
    world.complete("attempt", done=False)
    world.complete("attempt", done=True)
    assert world.completed


def test_an_escalation_from_a_called_process_opens_work_beside_it():
    world = play(deploy("escalation"))
    world.start("escalation_outer")
    world.fire("slow")
    assert world.open == ["superior", "work"]
    world.complete("superior")
    world.complete("work")
    assert world.completed


def test_a_terminate_end_closes_everything():
    world = play(deploy("terminate"))
    world.start("terminate")
    step = world.complete("right")
    assert step.status is InstanceStatus.COMPLETED
    assert step.ended[-1].outcome == "withdrawn"
    assert len(step.closed_tasks) == 2


def test_a_signal_reaches_what_waits_in_the_same_instance():
    world = play(deploy("signal"))
    world.start("signal")
    world.complete("send")
    assert world.open == ["heard"]


def test_a_dead_end_is_a_fault_and_never_a_completed_process():
    world = play(deploy("dead_end"))
    world.start("dead_end")
    with pytest.raises(ProcessFaultError, match="no end event was reached"):
        world.complete("verify")


def test_a_cancelled_instance_closes_all_and_accepts_nothing_more():
    world = play(deploy("call_activity"))
    world.start("outer")
    world.complete("before")
    accept = world.task("accept")
    step = world.cancel()
    assert step.status is InstanceStatus.CANCELLED
    assert step.closed_tasks == (accept,)
    assert [change.after for change in step.transitions if change.element_id == "accept"] == ["cancelled"]
    for command in (CompleteTask(accept), CancelInstance("again")):
        with pytest.raises((TaskNotReadyError, NotWaitingError)):
            world.do(command)


@pytest.mark.parametrize(
    "data", [{"_x": 1}, {"case": {}}, {"a": MONDAY}, {"a": {1: 2}}, {"a": (1,)}, {"a": "\ud800"}]
)
def test_a_task_with_reserved_names_or_foreign_values_is_refused(data: dict):
    world = play(deploy("user_task"))
    world.start("user_task")
    with pytest.raises(DataRefusedError):
        world.complete("verify", **data)


def test_an_unknown_process_and_a_second_start_are_refused():
    world = play(deploy("user_task"))
    with pytest.raises(NotWaitingError):
        world.start("other")
    world.start("user_task")
    with pytest.raises(NotWaitingError):
        world.do(StartProcess("user_task"))


def test_facts_are_read_and_never_stored():
    diagram = bpmn(
        'p\nstart s\nxor g\nuser a\nuser b\nend e\ns -> g\ng -> a if case.kind == "x"\ng -> b default\na -> e\nb -> e'
    )
    world = play(deploy(p=diagram), facts={"kind": "x"})
    step = world.start("p")
    assert world.open == ["a"]
    assert step.data == {}


ENDLESS = "p\nstart s\nxor a\nscript c script=n=n+1\nend e\ns -> a\na -> c if n >= 0\na -> e default\nc -> a"


def test_an_endless_loop_runs_into_the_cap_on_steps():
    with pytest.raises(LimitExceededError, match="more than 500 automatic activities"):
        play(deploy(p=bpmn(ENDLESS))).start("p", n=0)


def test_a_step_that_takes_too_long_is_ended():
    with pytest.raises(LimitExceededError, match="longer than 0"):
        play(deploy(p=bpmn(ENDLESS)), limits=Limits(steps=10**9, seconds=0.0)).start("p", n=0)


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(tasks=20), "20 activities"), (Limits(depth=15), "15 activities one after")]
)
def test_a_process_that_grows_beyond_the_cap_is_ended(limits: Limits, said: str):
    world = play(deploy("rework_loop"), limits=limits)
    world.start("rework_loop")
    with pytest.raises(LimitExceededError, match=said):
        for _ in range(20):
            world.complete("work", again=True)


def test_too_much_data_is_refused():
    world = play(deploy("user_task"))
    world.start("user_task")
    with pytest.raises(LimitExceededError, match="64000 bytes"):
        world.complete("verify", text="x" * 70_000)


def test_instances_that_an_event_ends_are_recorded_as_cancelled():
    world = play(deploy("each_call"))
    world.start("each_call", units=["a", "b", "c"])
    step = world.complete("reply", verdict="no")
    cancelled = [change.element_id for change in step.transitions if change.after == "cancelled"]
    assert cancelled.count("reply") == 2


def test_work_that_a_reminder_has_begun_goes_on_when_the_activity_is_done():
    diagram = bpmn(
        "p\nstart s\nuser u\nboundary r on=u interrupting=false cycle=R/P1D\nuser call\nend e\nend f\ns -> u -> e\nr -> call -> f"
    )
    world = play(deploy(p=diagram))
    world.start("p")
    world.fire("r")
    world.complete("u")
    assert world.open == ["call"]
    assert not world.look.timers
    world.complete("call")
    assert world.completed
