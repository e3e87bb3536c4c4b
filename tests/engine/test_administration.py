"""An administrator gets a stuck process going again: moves its token, skips an activity, sets its data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import ActivityRefusedError, DataRefusedError, ProcessFaultError, TaskNotReadyError
from engine.model import MoveActivity, SetData, SkipActivity, Step
from support.diagram_text import bpmn
from support.engine_world import World, deploy, play


def begun(*names: str, process: str | None = None, **data: object) -> World:
    """Play the first committed diagram of ``names`` from its start."""
    world = play(deploy(*names), clocks={"verification": timedelta(days=5)})
    world.start(process or names[0], **data)
    return world


def drawn(text: str, **data: object) -> World:
    """Play a process that the test draws."""
    world = play(deploy(main=bpmn(text)))
    world.start(text.split(maxsplit=1)[0], **data)
    return world


def move(world: World, element: str, to: str) -> Step:
    return world.do(MoveActivity(world.task(element), to))


def skip(world: World, element: str) -> Step:
    return world.do(SkipActivity(world.task(element)))


def happened(step: Step) -> list[tuple[str, str]]:
    return [(change.element_id, change.after) for change in step.transitions]


def activity(world: World, element: str) -> str:
    """Answer the task id that the history knows of an activity without a task of its own, such as a call."""
    changes = [change for step in world.steps for change in step.transitions]
    return next(change.task_id for change in reversed(changes) if change.element_id == element)


# Moving.


def test_a_moved_token_arrives_at_the_other_element_and_nowhere_else():
    world = begun("call_activity", process="outer", case_no="x")
    closed = world.task("before")
    step = move(world, "before", "after")
    assert happened(step) == [("before", "cancelled"), ("after", "ready")]
    assert step.transitions[1].came_from == "before"
    assert (step.closed_tasks, [task.element.element_id for task in step.opened_tasks]) == (
        (closed,),
        ["after"],
    )
    assert world.open == ["after"]
    assert world.complete("after").data == {"case_no": "x"}
    assert world.completed


def test_a_dry_run_says_what_the_command_does():
    world = begun("parallel")
    state = world.state
    first = move(world, "left", "review")
    world.state = state
    assert move(world, "left", "review") == first


def test_a_token_can_go_back_and_start_its_activity_anew_with_its_clocks():
    world = begun("boundary_timers")
    before = {wait.task_id for wait in world.look.timers}
    step = move(world, "verify", "verify")
    assert set(step.closed_timers) == before
    assert sorted(wait.element.element_id for wait in step.opened_timers) == ["deadline", "remind"]
    world.fire("remind")
    world.complete("verify")
    assert world.completed


def test_boundary_events_stop_to_watch_an_activity_that_the_token_has_left():
    world = begun("boundary_timers")
    step = move(world, "verify", "superior")
    assert sorted(element for element, after in happened(step) if after == "cancelled") == [
        "deadline",
        "remind",
        "verify",
    ]
    assert (world.look.timers, world.open) == ((), ["superior"])
    world.complete("superior")
    assert world.completed


def test_what_a_reminder_has_begun_goes_on_when_the_token_leaves():
    world = begun("messages")
    world.send("reply")
    assert world.open == ["answer", "verify"]
    move(world, "verify", "wait")
    assert world.open == ["answer"]
    world.complete("answer")
    world.send("completion")
    assert world.completed


def test_a_token_in_a_sub_process_moves_within_it_and_the_process_goes_on():
    world = begun("sub_process")
    move(world, "work", "done")
    assert world.completed
    assert ("follow_up", "completed") in happened(world.step)


def test_a_token_leaves_a_called_process_when_the_call_itself_is_moved():
    world = begun("call_activity", process="outer", case_no="x")
    world.complete("before")
    world.complete("accept", accepted=True)
    world.do(MoveActivity(activity(world, "handle"), "again"))
    assert world.open == ["again"]
    world.complete("again")
    assert world.completed


def test_a_token_in_a_branch_still_comes_together_with_the_others():
    text = "p\nstart s\nand split\nuser a\nuser b\nuser more\nand join\nend e\n"
    text += "s -> split -> a -> more -> join -> e\nsplit -> b -> join"
    world = drawn(text, given=1)
    world.complete("b", b=2)
    move(world, "a", "more")
    assert world.open == ["more"]
    assert world.complete("more", a=3).data == {"given": 1, "a": 3, "b": 2}
    assert world.completed


def test_a_branch_whose_token_is_moved_to_the_end_leaves_the_join_without_it():
    world = begun("parallel")
    world.complete("left")
    world.complete("middle")
    with pytest.raises(ProcessFaultError, match="nothing is left to wait for") as caught:
        move(world, "right", "finish")
    assert caught.value.element_id == "join"
    assert world.open == ["right"]


def test_an_inclusive_join_goes_on_when_the_token_it_waited_for_is_moved_behind_it():
    world = begun("inclusive", a=True, b=True)
    world.complete("left")
    move(world, "right", "review")
    assert world.open == ["review", "review"]
    world.complete("review")
    world.complete("review")
    assert world.completed


@pytest.mark.parametrize("diagram", ["each_parallel", "each_sequential"])
def test_a_repeated_activity_is_moved_as_a_whole_and_drops_what_it_has_collected(diagram: str):
    world = begun(diagram, units=["a", "b", "c"])
    world.complete("opinion", verdict=1)
    move(world, "opinion", "look")
    assert world.open == ["look"]
    assert world.complete("look").data == {"units": ["a", "b", "c"]}
    assert world.completed


@pytest.mark.parametrize("diagram", ["each_parallel", "each_sequential"])
def test_a_repeated_activity_can_begin_anew(diagram: str):
    world = begun(diagram, units=["a", "b"])
    world.complete("opinion", verdict=1)
    move(world, "opinion", "opinion")
    world.complete("opinion", verdict=2)
    world.complete("opinion", verdict=3)
    assert world.complete("look").data == {"units": ["a", "b"], "verdicts": [2, 3]}


def test_a_job_and_a_wait_can_be_moved():
    world = begun("handlers", template="x")
    (job,) = world.look.jobs
    step = world.do(MoveActivity(job.task_id, "call_them"))
    assert step.closed_jobs == (job.task_id,)
    assert world.open == ["call_them"]
    waiting = begun("event_gateway")
    step = waiting.do(MoveActivity(waiting.look.timers[0].task_id, "again"))
    assert (len(step.closed_timers), len(step.closed_messages)) == (1, 1)
    waiting.complete("again")
    assert waiting.completed


TARGETS = [
    ("parallel", "left", "join", "waits for several flows"),
    ("boundary_timers", "verify", "remind", "watches an activity"),
    ("parallel", "left", "begin", "Nothing leads to begin"),
    ("parallel", "left", "nowhere", "is not in the diagram"),
    ("sub_process", "work", "hurry", "lies outside of"),
    ("call_activity", "before", "accept", "lies outside of"),
    ("call_activity", "before", "Start", "is not in the diagram"),
]


@pytest.mark.parametrize(("diagram", "element", "target", "said"), TARGETS)
def test_a_token_goes_only_where_one_can_arrive(diagram: str, element: str, target: str, said: str):
    world = begun(diagram, process="outer" if diagram == "call_activity" else None)
    with pytest.raises(ActivityRefusedError, match=said):
        move(world, element, target)


def test_an_event_behind_an_event_gateway_is_no_place_of_its_own():
    world = begun("event_gateway")
    world.send("not_satisfied")
    with pytest.raises(ActivityRefusedError, match="one choice of respond"):
        move(world, "again", "silence")
    move(world, "again", "respond")
    world.send("confirm")
    assert world.completed


@pytest.mark.parametrize("kind", [lambda task: MoveActivity(task, "finish"), SkipActivity])
def test_what_is_no_open_activity_is_neither_moved_nor_skipped(kind: type):
    world = begun("boundary_timers")
    done = world.task("verify")
    for task_id in ("", "nonsense", activity(world, "begin")):
        with pytest.raises(TaskNotReadyError):
            world.do(kind(task_id))
    with pytest.raises(ActivityRefusedError, match="Choose the activity itself"):
        world.do(kind(activity(world, "remind")))
    world.complete("verify")
    with pytest.raises(TaskNotReadyError):
        world.do(kind(done))


def test_a_waiting_join_is_no_activity():
    world = begun("parallel")
    world.complete("left")
    with pytest.raises(ActivityRefusedError, match="join is no open activity"):
        world.do(SkipActivity(activity(world, "join")))


# Skipping.


def test_a_skipped_activity_is_completed_without_answers_and_scripts():
    text = "p\nstart s\nuser u postScript=verdict=answer\nuser v\nend e\ns -> u -> v -> e"
    world = drawn(text, given=1)
    step = skip(world, "u")
    assert happened(step) == [("u", "completed"), ("v", "ready")]
    assert step.transitions[0].delta == {}
    assert world.complete("v").data == {"given": 1}
    assert world.completed


def test_skipping_closes_the_clocks_of_the_activity():
    world = begun("boundary_timers")
    step = skip(world, "verify")
    assert len(step.closed_timers) == 2
    assert world.completed


def test_skipping_in_a_branch_brings_the_branches_together():
    world = begun("parallel", given=[1])
    world.complete("left", a=1)
    skip(world, "middle")
    skip(world, "right")
    assert world.complete("review").data == {"given": [1], "a": 1}


def test_skipping_in_a_sub_process_ends_it_and_skipping_the_call_ends_all_of_it():
    world = begun("sub_process")
    skip(world, "work")
    assert world.completed
    world = begun("call_activity", process="outer", case_no="x")
    world.complete("before")
    world.complete("accept", accepted=True)
    step = world.do(SkipActivity(activity(world, "handle")))
    assert ("work", "cancelled") in happened(step)
    assert world.complete("after").data == {"case_no": "x"}
    assert world.completed


@pytest.mark.parametrize("diagram", ["each_parallel", "each_sequential"])
def test_a_skipped_instance_gives_no_answer_and_the_others_count(diagram: str):
    world = begun(diagram, units=["a", "b", "c"])
    world.complete("opinion", verdict=1)
    skip(world, "opinion")
    world.complete("opinion", verdict=3)
    assert world.complete("look").data == {"units": ["a", "b", "c"], "verdicts": [1, 3]}
    assert world.completed


@pytest.mark.parametrize("diagram", ["each_parallel", "each_sequential"])
def test_a_repetition_whose_instances_are_all_skipped_goes_on(diagram: str):
    world = begun(diagram, units=["a", "b"])
    skip(world, "opinion")
    skip(world, "opinion")
    assert world.complete("look").data == {"units": ["a", "b"], "verdicts": []}


def test_a_repetition_is_skipped_as_a_whole_by_its_own_id():
    world = begun("each_parallel", units=["a", "b"])
    changes = [change for change in world.step.transitions if change.element_id == "opinion"]
    whole = next(change.task_id for change in changes if change.after == "started")
    step = world.do(SkipActivity(whole))
    assert len(step.closed_tasks) == 2
    assert world.open == ["look"]


def test_a_skipped_round_of_a_loop_asks_the_condition_again():
    world = begun("standard_loop", done=False)
    skip(world, "attempt")
    assert world.open == ["attempt"]
    world.do(SetData({"done": True}))
    skip(world, "attempt")
    assert world.completed


def test_a_skipped_job_a_skipped_message_and_a_skipped_timer_let_the_process_go_on():
    world = begun("handlers", template="x")
    step = world.do(SkipActivity(world.look.jobs[0].task_id))
    assert len(step.closed_jobs) == 1
    assert world.completed
    world = begun("messages")
    world.complete("verify")
    step = world.do(SkipActivity(world.look.messages[0].task_id))
    assert len(step.closed_messages) == 1
    assert world.completed
    world = begun("timer_catch")
    world.do(SkipActivity(world.look.timers[0].task_id))
    assert world.look.timers == ()


def test_a_wait_for_one_of_several_events_cannot_be_skipped():
    world = begun("event_gateway")
    with pytest.raises(ActivityRefusedError, match="Move it"):
        world.do(SkipActivity(world.look.timers[0].task_id))


# Setting data.


def test_set_data_is_read_by_what_follows_and_is_not_said_to_be_the_work_of_a_task():
    world = begun("user_task", verdict="unknown")
    step = world.do(SetData({"verdict": "accepted", "notes": {"n": [1]}}))
    assert (step.transitions, step.opened_tasks, step.closed_tasks) == ((), (), ())
    assert step.data == {"verdict": "accepted", "notes": {"n": [1]}}
    done = skip(world, "verify")
    assert done.transitions[0].delta == {}
    assert done.data == step.data


def test_a_fault_is_mended_by_the_missing_value():
    text = "p\nstart s\nuser u\nxor g\nend yes\nend no\ns -> u -> g\ng -> yes if amount > 3\ng -> no default"
    world = drawn(text)
    with pytest.raises(ProcessFaultError, match="the variable amount is missing"):
        world.complete("u")
    world.do(SetData({"amount": 9}))
    assert [end.element_id for end in world.complete("u").ended] == ["yes"]


def test_set_data_counts_at_a_join_whatever_branches_have_said_before():
    world = begun("parallel", rows=[1])
    world.complete("left", rows=[1, 2], a=1)
    world.do(SetData({"rows": [], "a": 5}))
    world.complete("middle")
    world.complete("right")
    assert world.complete("review").data == {"rows": [], "a": 5}


@pytest.mark.parametrize("diagram", ["sub_process", "each_call"])
def test_set_data_reaches_into_every_scope_that_runs(diagram: str):
    world = begun(diagram, units=["a", "b"])
    world.do(SetData({"found": 1}))
    element = world.open[0]
    while world.open == [element] * len(world.open) and not world.completed:
        world.complete(element, verdict="yes")
    assert world.step is not None
    assert world.step.data["found"] == 1


def test_set_data_reaches_a_data_object():
    world = begun("data_object")
    world.complete("verify", verdict="refused")
    world.do(SetData({"verdict": "accepted"}))
    step = world.complete("look")
    assert [end.element_id for end in step.ended] == ["yes"]
    assert "verdict" not in step.data


@pytest.mark.parametrize("values", [{"_x": 1}, {"case": {}}, {"a": {1: 2}}, {"a": 2**60}, {"unit": "z"}])
def test_set_data_refuses_reserved_names_foreign_values_and_what_a_repetition_hands_out(values: dict):
    world = begun("each_parallel", units=["a", "b"])
    with pytest.raises(DataRefusedError):
        world.do(SetData(values))


def test_an_ended_instance_takes_no_command_of_an_administrator():
    world = begun("user_task")
    task = world.task("verify")
    world.cancel()
    for command in (MoveActivity(task, "verify"), SkipActivity(task), SetData({"a": 1})):
        with pytest.raises(TaskNotReadyError):
            world.do(command)
