"""The engine, stored after every command, plays as a small pure model of tokens on a graph does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import NotWaitingError, TaskNotReadyError
from engine.model import CompleteTask, DeliverMessage, FireTimer, InstanceStatus, SkipActivity
from support.engine_world import World, deploy, play
from support.token_game import Game, draw_game


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
    @rule(choice=st.integers(0, 9), pick=st.sampled_from([1, 1, 0]))
    def complete(self, choice: int, pick: int) -> None:
        tasks = self.world.look.tasks
        task = tasks[choice % len(tasks)]
        self.world.do(CompleteTask(task.task_id, {"pick": pick}))
        self.game.leave(task.element.element_id, pick)
        with pytest.raises(TaskNotReadyError):
            self.world.do(CompleteTask(task.task_id, {"pick": pick}))

    @precondition(lambda self: self.game.open("user"))
    @rule(choice=st.integers(0, 9))
    def skip(self, choice: int) -> None:
        tasks = self.world.look.tasks
        task = tasks[choice % len(tasks)]
        self.world.do(SkipActivity(task.task_id))
        self.game.leave(task.element.element_id)

    @precondition(lambda self: self.game.waiting("duration"))
    @rule(choice=st.integers(0, 9))
    def fire(self, choice: int) -> None:
        timers = self.world.look.timers
        timer = timers[choice % len(timers)]
        name = timer.element.element_id
        self.world.do(FireTimer(timer.task_id))
        self.happen(name)
        with pytest.raises(NotWaitingError):
            self.world.do(FireTimer(timer.task_id))

    @precondition(lambda self: self.game.waiting("message"))
    @rule(choice=st.integers(0, 9))
    def send(self, choice: int) -> None:
        messages = self.world.look.messages
        wait = messages[choice % len(messages)]
        command = DeliverMessage(wait.task_id, wait.message)
        self.world.do(command)
        self.happen(wait.element.element_id)
        with pytest.raises(NotWaitingError):
            self.world.do(command)

    def happen(self, name: str) -> None:
        """What was waited for has come, on the way or at the border of a task."""
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
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
