"""On random diagrams: stored by our codec, an instance behaves as stored by the library, never stuck."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from engine.codec import decode, encode
from engine.deployment import Deployment, load
from engine.model import (
    Command,
    CompleteJob,
    CompleteTask,
    DeliverMessage,
    FireTimer,
    InstanceStatus,
    StartProcess,
)
from engine.runtime import advance
from engine.session import Numbers
from engine.snapshot import Openings
from support.diagram_text import bpmn
from support.library_codec import NOW, LibraryWorld, live_data
from support.random_diagrams import START, diagrams

STEPS = 14
"""Steps that are drawn by lot; after them the instance is led to its end."""

TO_THE_END = 80
LEAVING = {"pick": 0, "again": False}
"""Answers under which every loop of a random diagram ends."""


def commands(openings: Openings, answers: dict) -> list[Command]:
    """List everything that could happen next."""
    found: list[Command] = [
        CompleteTask(task_id, {**answers, f"v_{task.element.element_id}": answers["pick"]})
        for task_id, task in openings.tasks.items()
    ]
    found += [FireTimer(task_id) for task_id in openings.timers]
    found += [DeliverMessage(task_id, name, {"pick": 3}) for task_id, name in openings.messages]
    found += [CompleteJob(task_id, {"sent": True, "shared": {"list": [2]}}) for task_id in openings.jobs]
    return found


answers = st.fixed_dictionaries(
    {"pick": st.integers(0, 3), "again": st.booleans()},
    optional={
        "shared": st.sampled_from([{"list": []}, {"map": {"x": 1.0}}, {"map": {"x": True}}, None]),
        "typename": st.nothing(),
    },
)


@dataclass
class Twins:
    """One instance stored by our codec and the same one stored by the library: alike after every command."""

    deployment: Deployment
    state: bytes | None = None
    library: LibraryWorld | None = None

    def do(self, command: Command) -> Openings:
        """Carry out a command on both, compare everything that is stored, and answer what is open."""
        step = advance(
            self.deployment, self.state, command, now=NOW, facts={}, due_at=lambda _clock, _data: NOW
        )
        restored = decode(self.deployment.specs, step.state)
        if self.library is None:
            self.library = LibraryWorld(self.deployment, "main", Numbers(restored.numbers.seed))
        openings, path = self.library.do(command)
        assert step.status is self.library.status
        assert [(change.element_id, change.after) for change in step.transitions] == path
        assert live_data(restored.workflow) == self.library.live
        assert encode(restored).state == step.state
        self.state = step.state
        return openings

    @property
    def completed(self) -> bool:
        return self.library is not None and self.library.status is InstanceStatus.COMPLETED


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
