"""Reads and describes the states that a release stored and every later one must load and finish."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.deployment import Deployment, load
from engine.model import InstanceStatus
from engine.runtime import Snapshot
from support.engine_world import World

FOLDER = Path(__file__).resolve().parent.parent / "engine" / "fixtures" / "states"
CLOCKS = {"verification": timedelta(days=5)}


@dataclass(frozen=True)
class Golden:
    """A stored state, the files it was stored under, and what it says."""

    folder: Path

    @property
    def state(self) -> bytes:
        return (self.folder / "state.bin").read_bytes()

    @property
    def expected(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "snapshot.json").read_text()))

    @property
    def deployment(self) -> Deployment:
        drawn = [path for path in sorted(self.folder.iterdir()) if path.suffix in {".bpmn", ".dmn"}]
        files = {path.name: path.read_bytes() for path in drawn}
        return load(files, self.folder.name)

    @property
    def world(self) -> World:
        return World(self.deployment, clocks=CLOCKS, state=self.state)


def golden_states() -> list[Golden]:
    return [Golden(folder) for folder in sorted(FOLDER.glob("v*/*")) if folder.is_dir()]


def described(snapshot: Snapshot) -> dict[str, Any]:
    """Write a snapshot as JSON, with ids and instants in full."""
    return {
        "status": snapshot.status.value,
        "tasks": [[wait.task_id, wait.element.element_id] for wait in snapshot.tasks],
        "timers": [
            [wait.task_id, wait.element.element_id, wait.due_at.isoformat()] for wait in snapshot.timers
        ],
        "messages": [[wait.task_id, wait.element.element_id, wait.message] for wait in snapshot.messages],
        "jobs": [[wait.task_id, wait.handler, wait.arguments] for wait in snapshot.jobs],
        "data": snapshot.data,
    }


def finish(world: World) -> None:
    """Do whatever is open, people first, until the instance is completed."""
    for _ in range(60):
        look = world.look
        if look.status is not InstanceStatus.RUNNING:
            return
        if look.tasks:
            answers = {"verdict": "yes", "accepted": True, "again": False, "done": True, "back": False}
            world.do_complete(look.tasks[0].element.element_id, answers)
        elif look.jobs:
            world.finish_job(sent=True)
        elif look.messages:
            world.send(look.messages[0].message)
        else:
            world.fire()
    raise AssertionError("the instance does not come to its end")
