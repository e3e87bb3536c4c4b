"""A join waits for the tokens of its own round, and no second token makes open tasks vanish."""

from __future__ import annotations

from itertools import permutations

import pytest

from support.diagram_text import bpmn
from support.engine_world import World, deploy, play

ROUNDS = """p
start s
xor enter
and split
user x
user y
and join
user review
xor decide
end e
s -> enter -> split -> x -> join
split -> y -> join -> review -> decide
decide -> enter if again
decide -> e default"""

REMINDED = """p
start s
user u
boundary r on=u interrupting=false cycle=R3/P1D
and split
user x
user y
and join
user look
end looked
end e
s -> u -> e
r -> split -> x -> join
split -> y -> join -> look -> looked"""

TWICE = """p
start s
and first
user x
user y
xor together
and second
user a
user b
end left
end right
s -> first -> x -> together
first -> y -> together -> second -> a -> left
second -> b -> right"""


def drawn(text: str) -> World:
    world = play(deploy(p=bpmn(text)))
    world.start("p")
    return world


@pytest.mark.parametrize("first", list(permutations("xy")))
@pytest.mark.parametrize("second", list(permutations("xy")))
def test_a_join_in_a_loop_waits_for_both_branches_in_every_round(
    first: tuple[str, str], second: tuple[str, str]
):
    world = drawn(ROUNDS)
    for order in (first, second, first):
        early, late = order
        world.complete(early, **{early: len(world.steps)})
        assert world.open == [late]
        world.complete(late, **{late: len(world.steps)})
        assert world.open == ["review"]
        world.complete("review", again=True)
    assert world.open == ["x", "y"]


def test_a_join_brings_in_nothing_of_an_earlier_round():
    world = drawn(ROUNDS)
    world.complete("x", said="round 1 x")
    world.complete("y")
    world.complete("review", again=True, said="review")
    world.complete("y")
    world.complete("x")
    assert world.complete("review", again=False).data["said"] == "review"
    assert world.completed


def test_a_second_token_through_a_fork_leaves_the_tasks_of_the_first_open():
    world = drawn(TWICE)
    world.complete("x")
    assert world.open == ["a", "b", "y"]
    step = world.complete("y")
    assert len(step.closed_tasks) == 1
    assert world.open == ["a", "a", "b", "b"]
    for element in world.open:
        world.complete(element)
    assert world.completed


def test_each_reminder_forks_and_joins_for_itself():
    world = drawn(REMINDED)
    for _ in range(2):
        world.fire("r")
        world.complete("y")
        assert world.open == ["u", "x"]
        world.complete("x")
        assert world.open == ["look", "u"]
        world.complete("look")
    world.complete("u")
    assert world.completed


def test_a_second_reminder_does_not_close_what_the_first_has_opened():
    world = drawn(REMINDED)
    world.fire("r")
    world.complete("y")
    world.complete("x")
    world.fire("r")
    assert world.open == ["look", "u", "x", "y"]
    world.complete("x")
    world.complete("y")
    assert world.open == ["look", "look", "u"]
