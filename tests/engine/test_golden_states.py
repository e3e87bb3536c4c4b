"""States that earlier releases stored are read as they were meant, and can be brought to their end."""

from __future__ import annotations

import pytest

from engine.model import InstanceStatus
from engine.runtime import inspect
from support.golden_states import Golden, described, finish, golden_states

GOLDEN = pytest.mark.parametrize("golden", golden_states(), ids=lambda golden: golden.folder.name)


def test_there_are_states_of_the_first_release():
    assert len([golden for golden in golden_states() if golden.folder.parent.name == "v1"]) >= 16


@GOLDEN
def test_a_golden_state_says_what_it_said_when_it_was_stored(golden: Golden):
    assert described(inspect(golden.deployment, golden.state)) == golden.expected


@GOLDEN
def test_a_golden_state_can_be_finished(golden: Golden):
    world = golden.world
    finish(world)
    assert world.look.status is not InstanceStatus.RUNNING
