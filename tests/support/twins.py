"""Plays one instance twice, stored by our codec and stored by the library, and compares all that is stored."""

from __future__ import annotations

from dataclasses import dataclass

from engine.codec import decode, encode
from engine.deployment import Deployment
from engine.model import (
    Command,
    CompleteJob,
    CompleteTask,
    DeliverMessage,
    FireTimer,
    InstanceStatus,
)
from engine.runtime import advance
from engine.session import Numbers
from engine.snapshot import Openings
from support.library_codec import NOW, LibraryWorld, live_data


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
    def unchanged(self) -> bool:
        """Whether both still hold the same, as after a command that was refused."""
        assert self.state is not None
        assert self.library is not None
        return live_data(decode(self.deployment.specs, self.state).workflow) == self.library.live

    @property
    def completed(self) -> bool:
        return self.library is not None and self.library.status is InstanceStatus.COMPLETED
