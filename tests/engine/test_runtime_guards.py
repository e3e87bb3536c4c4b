"""What ``advance`` refuses, and the caps on what one step may do."""

from __future__ import annotations

import pytest

from engine.errors import (
    DataRefusedError,
    LimitExceededError,
    NotWaitingError,
    ProcessFaultError,
    TaskNotReadyError,
)
from engine.model import (
    CancelInstance,
    CompleteTask,
    DeliverMessage,
    FireTimer,
    InstanceStatus,
    Limits,
    StartProcess,
)
from support.diagram_text import bpmn
from support.engine_world import MONDAY, deploy, play


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


def test_a_timer_that_fired_cannot_fire_again():
    world = play(deploy("timer_catch"))
    wait = world.start("timer_catch").opened_timers[0]
    world.fire()
    with pytest.raises(NotWaitingError):
        world.do(FireTimer(wait.task_id))


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


ENDLESS = "p\nstart s\nxor a\nscript c script=n=n+1\nend e\ns -> a\na -> c if n >= 0\na -> e default\nc -> a"


def test_an_endless_loop_runs_into_the_cap_on_steps():
    with pytest.raises(LimitExceededError, match="more than 500 automatic activities"):
        play(deploy(p=bpmn(ENDLESS))).start("p", n=0)


def test_a_step_that_takes_too_long_is_ended():
    with pytest.raises(LimitExceededError, match="computed longer than 0"):
        play(deploy(p=bpmn(ENDLESS)), limits=Limits(steps=10**9, seconds=0.0)).start("p", n=0)


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(tasks=20), "20 activities"), (Limits(depth=15), "15 activities one after")]
)
def test_a_process_that_grows_beyond_the_cap_is_ended(limits: Limits, said: str):
    world = play(deploy("rework_loop"), limits=limits)
    world.start("rework_loop")

    def go_on() -> None:
        for _ in range(20):
            world.complete("work", again=True)

    with pytest.raises(LimitExceededError, match=said):
        go_on()


def test_too_much_data_is_refused():
    world = play(deploy("user_task"))
    world.start("user_task")
    with pytest.raises(LimitExceededError, match="64000 bytes"):
        world.complete("verify", text="x" * 70_000)


def test_a_join_that_can_never_be_complete_is_a_fault():
    deadlock = (
        "xor g\nuser a\nuser b\nand j\nend e\ns -> g\ng -> a if pick\ng -> b default\na -> j\nb -> j\nj -> e"
    )
    world = play(deploy(p=bpmn(f"p\nstart s\n{deadlock}")))
    world.start("p", pick=True)
    with pytest.raises(ProcessFaultError, match="nothing is left to wait for") as caught:
        world.complete("a")
    assert caught.value.element_id == "j"


def test_a_fault_leaves_the_stored_state_as_it_was():
    world = play(deploy("rework_loop"))
    world.start("rework_loop")
    with pytest.raises(ProcessFaultError):
        world.complete("work")
    assert world.open == ["work"]
    world.complete("work", again=False)
    assert world.completed


def test_a_cycle_that_interrupts_is_a_fault():
    diagram = bpmn("p\nstart s\nuser u\nboundary r on=u cycle=R/P1D\nend e\nend f\ns -> u -> e\nr -> f")
    with pytest.raises(ProcessFaultError, match="happens once"):
        play(deploy(p=diagram)).start("p")


def test_a_time_without_a_zone_is_no_now():
    with pytest.raises(ValueError, match="aware"):
        play(deploy("user_task"), now=MONDAY.replace(tzinfo=None)).start("user_task")
