"""The engine, stored after every command, plays as a small pure model of tokens on a graph does."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import NotWaitingError, TaskNotReadyError
from engine.model import (
    CompleteTask,
    DeliverMessage,
    FireTimer,
    InstanceStatus,
    MoveActivity,
    SetData,
    SkipActivity,
)
from support.engine_world import World, deploy, play
from support.token_game import Game, draw_game

RUNS = int(os.environ.get("TUNTAS_TEST_MODEL_RUNS") or 30)
"""How many processes are played; before a change of the engine is shared, a thousand or more."""
T = TypeVar("T")
CHOICE = st.integers(0, 9)
PICK = st.sampled_from([1, 1, 0])


def chosen(among: Sequence[T], choice: int) -> T:
    """One of some, whatever their number."""
    return among[choice % len(among)]


def elements(waits: Iterable[Any]) -> Counter[str]:
    return Counter(wait.element.element_id for wait in waits)


class Playing(RuleBasedStateMachine):
    """Both play the same process; after every rule what is open must be the same."""

    game: Game
    world: World

    @initialize(game=draw_game(), pick=st.integers(0, 1))
    def begin(self, game: Game, pick: int) -> None:
        note(game.diagram.decode())
        self.game, self.world = game, play(deploy(main=game.diagram))
        self.world.start("main", pick=pick)
        game.start(pick)

    @precondition(lambda self: self.game.open("user"))
    @rule(choice=CHOICE, pick=PICK)
    def complete(self, choice: int, pick: int) -> None:
        task = chosen(self.world.look.tasks, choice)
        self.world.do(CompleteTask(task.task_id, {"pick": pick}))
        self.game.leave(task.element.element_id, pick)
        with pytest.raises(TaskNotReadyError):
            self.world.do(CompleteTask(task.task_id, {"pick": pick}))

    @precondition(lambda self: not self.game.over)
    @rule(act=st.sampled_from(["skip", "move", "set data"]), choice=CHOICE, to=CHOICE, pick=PICK)
    def administer(self, act: str, choice: int, to: int, pick: int) -> None:
        task_id, name = chosen(self.activities(), choice)
        if act == "skip":
            self.world.do(SkipActivity(task_id))
            self.game.leave(name)
        elif act == "move":
            target = chosen(self.game.targets(name), to)
            self.world.do(MoveActivity(task_id, target))
            self.game.move(name, target)
        else:
            self.world.do(SetData({"pick": pick}))
            self.game.say(pick)

    def activities(self) -> list[tuple[str, str]]:
        """What an administrator may choose: tasks, waits on the way, and sub-processes that run."""
        look = self.world.look
        waits: Iterable[Any] = (*look.tasks, *look.timers, *look.messages)
        found = [(one.task_id, one.element.element_id) for one in waits]
        changes = [change for step in self.world.steps for change in step.transitions]
        running = {change.element_id: change.task_id for change in changes}
        found += [(running[name], name) for name in self.game.open("sub")]
        return [one for one in found if not one[1].startswith("boundary")]

    @precondition(lambda self: self.game.waiting("duration"))
    @rule(choice=CHOICE)
    def fire(self, choice: int) -> None:
        timer = chosen(self.world.look.timers, choice)
        name = timer.element.element_id
        self.world.do(FireTimer(timer.task_id))
        self.happen(name)
        with pytest.raises(NotWaitingError):
            self.world.do(FireTimer(timer.task_id))

    @precondition(lambda self: self.game.waiting("message"))
    @rule(choice=CHOICE)
    def send(self, choice: int) -> None:
        wait = chosen(self.world.look.messages, choice)
        command = DeliverMessage(wait.task_id, wait.message)
        self.world.do(command)
        self.happen(wait.element.element_id)
        with pytest.raises(NotWaitingError):
            self.world.do(command)

    def happen(self, name: str) -> None:
        """What was waited for has come, on the way or at the border of an activity."""
        (self.game.fire if name.startswith("boundary") else self.game.leave)(name)

    @precondition(lambda self: self.game.over)
    @rule()
    def rest(self) -> None:
        """Nothing more can happen to a process that is over."""

    @invariant()
    def both_stand_alike(self) -> None:
        look = self.world.look
        assert elements(look.tasks) == self.game.open("user")
        assert elements(look.timers) == self.game.waiting("duration")
        assert elements(look.messages) == self.game.waiting("message")
        assert (look.status is InstanceStatus.COMPLETED) is self.game.over

    @invariant()
    def what_steps_say_adds_up_to_what_is_open(self) -> None:
        steps = self.world.steps
        opened = {task.task_id for step in steps for task in step.opened_tasks}
        closed = [task_id for step in steps for task_id in step.closed_tasks]
        assert len(closed) == len(set(closed))
        assert opened - set(closed) == {task.task_id for task in self.world.look.tasks}


TestPlaying = Playing.TestCase
TestPlaying.settings = settings(
    max_examples=RUNS, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
