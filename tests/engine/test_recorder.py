"""Every change of state of every drawn element reaches the transitions, in order, with what it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.recorder import strictly_equal
from support.engine_world import deploy, play


def changes(step) -> list[tuple[str, str | None, str]]:
    return [(change.element_id, change.before, change.after) for change in step.transitions]


def test_a_start_records_what_ran_once_and_what_opened():
    step = play(deploy("user_task")).start("user_task")
    assert changes(step) == [("begin", None, "completed"), ("verify", None, "ready")]
    assert [change.came_from for change in step.transitions] == [None, "begin"]


def test_what_ran_in_the_same_step_still_says_where_it_came_from():
    step = play(deploy("parallel")).start("parallel")
    came = {change.element_id: change.came_from for change in step.transitions if change.after == "completed"}
    assert came == {"begin": None, "split": "begin"}


def test_restoring_a_state_records_nothing():
    world = play(deploy("user_task"))
    world.start("user_task")
    assert changes(world.complete("verify"))[0] == ("verify", "ready", "completed")


def test_boundary_events_are_recorded_as_waiting_and_as_cancelled():
    world = play(deploy("boundary_timers"), clocks={"verification": timedelta(days=5)})
    assert ("deadline", None, "waiting") in changes(world.start("boundary_timers"))
    step = world.fire("deadline")
    assert ("verify", "ready", "cancelled") in changes(step)
    assert ("remind", "waiting", "cancelled") in changes(step)
    assert ("deadline", "waiting", "completed") in changes(step)


def test_a_called_process_is_recorded_with_its_own_id_and_a_sub_process_with_its_process():
    world = play(deploy("call_activity"))
    world.start("outer")
    step = world.complete("before")
    assert {change.process_id for change in step.transitions if change.element_id == "accept"} == {"inner"}
    assert ("handle", None, "started") in changes(step)
    inside = play(deploy("sub_process")).start("sub_process")
    assert {change.process_id for change in inside.transitions} == {"sub_process"}


def test_an_activity_says_what_it_changed_and_a_join_does_not_repeat_it():
    world = play(deploy("parallel"))
    world.start("parallel", kept=1)
    world.complete("left", a=1, kept=1)
    world.complete("middle", b=2)
    step = world.complete("right", c=3)
    deltas = {change.element_id: change.delta for change in step.transitions if change.after == "completed"}
    assert deltas == {"right": {"c": 3}, "join": {}}


def test_a_changed_type_counts_as_a_change():
    world = play(deploy("user_task"))
    world.start("user_task", flag=1)
    step = world.complete("verify", flag=True)
    assert step.transitions[0].delta == {"flag": True}
    assert step.data["flag"] is True


def test_a_script_is_recorded_with_what_it_assigned():
    step = play(deploy("script")).start("script", rounds=1)
    deltas = {change.element_id: change.delta for change in step.transitions if change.after == "completed"}
    assert deltas["count"] == {"rounds": 2, "label": "round 2"}


def test_predictions_and_the_librarys_helpers_are_no_part_of_history():
    step = play(deploy("boundary_timers"), clocks={"verification": timedelta(days=5)}).start(
        "boundary_timers"
    )
    assert {change.element_id for change in step.transitions} == {"begin", "verify", "remind", "deadline"}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1, True),
        (1, True, False),
        (1, 1.0, False),
        ([1, [True]], [1, [True]], True),
        ([1, [True]], [1, [1]], False),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, True),
        ({"a": {"b": 1}}, {"a": {"b": 1.0}}, False),
        ({"a": 1}, {"b": 1}, False),
        (None, False, False),
    ],
)
def test_values_are_compared_with_their_types(left: object, right: object, expected: bool):
    assert strictly_equal(left, right) is expected
