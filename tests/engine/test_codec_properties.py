"""On random diagrams: stored by our codec, an instance behaves as stored by the library, never stuck."""

from __future__ import annotations

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from engine.deployment import load
from engine.errors import ActivityRefusedError, ProcessFaultError
from engine.model import Command, CompleteTask, FireTimer, MoveActivity, SetData, SkipActivity, StartProcess
from engine.snapshot import Openings
from support.diagram_text import bpmn
from support.random_diagrams import START, diagrams
from support.twins import Twins, commands

STEPS = 14
"""Steps that are drawn by lot; after them the instance is led to its end."""

TO_THE_END = 80
LEAVING = {"pick": 0, "again": False}
"""Answers under which every loop of a random diagram ends."""


answers = st.fixed_dictionaries(
    {"pick": st.integers(0, 3), "again": st.booleans()},
    optional={
        "shared": st.sampled_from([{"list": []}, {"map": {"x": 1.0}}, {"map": {"x": True}}, None]),
        "typename": st.nothing(),
    },
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=diagrams(), choices=st.data())
def test_a_stored_instance_behaves_as_the_library_would_and_is_never_stuck(
    content: bytes, choices: st.DataObject
):
    note(content.decode())
    twins = Twins(load({"bpmn/main.bpmn": content}, "test"))
    command: Command = StartProcess("main", START)
    for number in range(STEPS + TO_THE_END):
        openings = twins.do(command)
        leaving = number >= STEPS
        possible = commands(openings, LEAVING if leaving else choices.draw(answers))
        if twins.completed:
            assert not possible
            return
        assert possible
        command = possible[0] if leaving else choices.draw(st.sampled_from(possible))
    raise AssertionError("the instance did not come to its end")


def administration(twins: Twins, openings: Openings) -> st.SearchStrategy[Command]:
    """Draw what an administrator might ask for: any open activity to any element, also where none can arrive."""
    open_ids = [*openings.tasks, *openings.timers, *openings.jobs, *(key[0] for key in openings.messages)]
    elements = sorted(element for _, element in twins.deployment.elements)
    return st.one_of(
        st.builds(MoveActivity, st.sampled_from(open_ids), st.sampled_from(elements)),
        st.builds(SkipActivity, st.sampled_from(open_ids)),
        st.builds(SetData, answers),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=diagrams(), choices=st.data())
def test_an_administrator_leaves_an_instance_that_the_library_reads_alike(
    content: bytes, choices: st.DataObject
):
    note(content.decode())
    twins = Twins(load({"bpmn/main.bpmn": content}, "test"))
    openings = twins.do(StartProcess("main", START))
    for number in range(STEPS):
        if twins.completed:
            return
        assert openings
        usual = st.sampled_from(commands(openings, choices.draw(answers)))
        command = choices.draw(administration(twins, openings) if number % 2 else usual)
        note(repr(command))
        try:
            openings = twins.do(command)
        except (ActivityRefusedError, ProcessFaultError):
            # A token that is taken from a branch may leave a join without it; the stored state still holds.
            assert twins.unchanged


REMINDED = """main
start begin
xor enter
user check
boundary remind on=check interrupting=false duration=P1D
user look
end looked
xor decide
end finish
begin -> enter -> check -> decide
decide -> enter if again
decide -> finish default
remind -> look -> looked"""


def test_finished_branches_that_are_pruned_come_together_as_the_library_brings_them_together():
    """Found by lot: between the three branches that end here, our state keeps no task that two of them share."""
    twins = Twins(load({"bpmn/main.bpmn": bpmn(REMINDED)}, "test"))

    openings = twins.do(StartProcess("main", START))
    openings = twins.do(FireTimer(next(iter(openings.timers))))
    openings = twins.do(CompleteTask(task_of(openings, "look")))
    openings = twins.do(CompleteTask(task_of(openings, "check"), {"again": True, "shared": {"list": []}}))
    openings = twins.do(FireTimer(next(iter(openings.timers))))
    openings = twins.do(CompleteTask(task_of(openings, "check"), LEAVING))
    twins.do(CompleteTask(task_of(openings, "look")))
    assert twins.completed


def task_of(openings: Openings, element: str) -> str:
    """Answer the id of the one open task of an element."""
    (found,) = (task_id for task_id, task in openings.tasks.items() if task.element.element_id == element)
    return found
