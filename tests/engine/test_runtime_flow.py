"""Gateways, scripts, decisions, calls and repetitions, played with the state stored at every step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.errors import (
    ProcessFaultError,
)
from engine.model import (
    InstanceStatus,
)
from support.diagram_text import bpmn, dmn
from support.engine_world import deploy, play


def test_a_started_process_opens_its_first_task_and_enters_its_stage():
    step = play(deploy("user_task")).start("user_task", channel="web")
    assert [task.element.form_key for task in step.opened_tasks] == ["t/verify"]
    assert step.stage == "verification"
    assert step.status is InstanceStatus.RUNNING
    assert step.data == {"channel": "web"}


def test_an_outcome_may_be_computed_from_the_data():
    world = play(deploy("outcome_expression"))
    world.start("outcome_expression")
    assert world.complete("verify", verdict="archived").ended[0].outcome == "archived"


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


def test_what_the_last_branch_says_counts_at_a_join_however_deep_it_lies():
    world = play(deploy("parallel"))
    said = {"rows": [1], "inner": {"rows": [1], "inner": {"rows": [1]}}, "many": [{"rows": [1]}]}
    world.start("parallel", **said)
    world.complete("left")
    world.complete("middle")
    changed = {"rows": [], "inner": {"rows": [], "inner": {"rows": []}}, "many": [{"rows": []}]}
    world.complete("right", **changed)
    assert world.complete("review").data == changed


TWO_JOINS = """two_joins
start begin
and outer
user apart
and split
user left
user right
and join
user review
and close
end finish
begin -> outer -> apart -> close
outer -> split
split -> left -> join
split -> right -> join
join -> review -> close -> finish"""


def test_a_branch_that_goes_on_keeps_its_data_when_others_come_together():
    world = play(deploy(p=bpmn(TWO_JOINS)))
    world.start("two_joins", shared={"rows": []})
    world.complete("left", shared={"rows": [1]})
    world.complete("right")
    assert world.open == ["apart", "review"]
    assert world.complete("apart").data == {"shared": {"rows": []}}


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


def test_a_loop_repeats_until_its_condition_ends_it():
    world = play(deploy("standard_loop"))
    world.start("standard_loop", done=False)
    world.complete("attempt", done=False)
    world.complete("attempt", done=True)
    assert world.completed


def test_a_terminate_end_closes_everything():
    world = play(deploy("terminate"))
    world.start("terminate")
    step = world.complete("right")
    assert step.status is InstanceStatus.COMPLETED
    assert step.ended[-1].outcome == "withdrawn"
    assert len(step.closed_tasks) == 2


def test_facts_are_read_and_never_stored():
    choice = 'g -> a if case.kind == "x"\ng -> b default\na -> e\nb -> e'
    diagram = bpmn(f"p\nstart s\nxor g\nuser a\nuser b\nend e\ns -> g\n{choice}")
    world = play(deploy(p=diagram), facts={"kind": "x"})
    step = world.start("p")
    assert world.open == ["a"]
    assert step.data == {}


def test_a_data_object_is_stored_apart_from_the_data_and_read_by_conditions():
    world = play(deploy("data_object"))
    world.start("data_object")
    assert "verdict" not in world.complete("verify", verdict="accepted").data
    assert [end.element_id for end in world.complete("look").ended] == ["yes"]


def test_a_decision_replaces_an_earlier_answer():
    table = dmn("routing", ROUTING, ["unit"], [["", "", '["a"]']])
    world = play(deploy("decision", routing=table))
    assert world.start("decision", category="x", amount=1, unit=["b", "c"]).data["unit"] == ["a"]


def test_one_deployment_serves_many_threads_at_once():
    deployment = deploy("boundary_timers", "each_parallel", "call_activity")

    def live(number: int) -> list[str]:
        world = play(deployment, clocks={"verification": timedelta(days=5)})
        world.start("boundary_timers", number=number)
        world.fire("remind")
        step = world.complete("verify")
        assert step.data == {"number": number}
        other = play(deployment)
        other.start("each_parallel", units=[number, 2])
        other.complete("opinion", verdict=number)
        other.complete("opinion", verdict=number)
        assert other.complete("look").data["verdicts"] == [number, number]
        return world.path

    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(live, range(24)))
    assert all(path == paths[0] for path in paths)


def test_instances_go_on_after_a_restart_in_the_middle_of_their_repetitions():
    world = play(deploy("each_parallel"))
    world.start("each_parallel", units=["a", "b"])
    world.complete("opinion", verdict=1)
    world.deployment = deploy("each_parallel")
    world.complete("opinion", verdict=2)
    assert world.open == ["look"]
