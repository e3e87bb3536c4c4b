"""On random diagrams: stored by our codec, an instance behaves as stored by the library, never stuck."""

from __future__ import annotations

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from engine.codec import decode, encode
from engine.deployment import load
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


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=diagrams(), choices=st.data())
def test_a_stored_instance_behaves_as_the_library_would_and_is_never_stuck(
    content: bytes, choices: st.DataObject
):
    note(content.decode())
    deployment = load({"bpmn/main.bpmn": content}, "test")
    clock = {"now": NOW, "facts": {}, "due_at": lambda _clock, _data: NOW}
    command: Command = StartProcess("main", START)
    state = None
    library: LibraryWorld | None = None
    for number in range(STEPS + TO_THE_END):
        step = advance(deployment, state, command, **clock)
        restored = decode(deployment.specs, step.state)
        if library is None:
            library = LibraryWorld(deployment, "main", Numbers(restored.numbers.seed))
        openings, path = library.do(command)
        assert step.status is library.status
        assert [(change.element_id, change.after) for change in step.transitions] == path
        assert live_data(restored.workflow) == library.live
        assert encode(restored).state == step.state
        state = step.state
        leaving = number >= STEPS
        possible = commands(openings, LEAVING if leaving else choices.draw(answers))
        if step.status is InstanceStatus.COMPLETED:
            assert not possible
            return
        assert possible
        command = possible[0] if leaving else choices.draw(st.sampled_from(possible))
    raise AssertionError("the instance did not come to its end")
