"""Plays process instances through ``advance`` as the product does: bytes in and out at every step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.deployment import Deployment, load
from engine.model import (
    CancelInstance,
    Command,
    CompleteJob,
    CompleteTask,
    DeliverMessage,
    FailJob,
    FireTimer,
    InstanceStatus,
    Limits,
    StartProcess,
    Step,
)
from engine.runtime import Snapshot, advance, inspect

DIAGRAMS = Path(__file__).resolve().parent.parent / "engine" / "diagrams"
MONDAY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


def deploy(*names: str, **files: bytes) -> Deployment:
    """Deploy committed diagrams by name and files made up by the test, without the lint rules."""
    found = {f"bpmn/{name}.bpmn": (DIAGRAMS / f"{name}.bpmn").read_bytes() for name in names}
    for name, content in files.items():
        suffix = "dmn" if b"<decision " in content else "bpmn"
        found[f"{suffix}/{name}.{suffix}"] = content
    return load(found, "test")


@dataclass
class World:
    """One process instance with a clock of its own, and the last step taken."""

    deployment: Deployment
    now: datetime = MONDAY
    facts: dict[str, Any] = field(default_factory=dict)
    clocks: dict[str, timedelta] = field(default_factory=dict)
    limits: Limits | None = None
    state: bytes | None = None
    step: Step | None = None
    steps: list[Step] = field(default_factory=list)

    def do(self, command: Command) -> Step:
        """Carry out one command on the stored state."""
        step = advance(
            self.deployment,
            self.state,
            command,
            now=self.now,
            facts=self.facts,
            due_at=lambda clock, _data: self.now + self.clocks[clock],
            limits=self.limits,
        )
        self.state, self.step = step.state, step
        self.steps.append(step)
        return step

    def start(self, process: str, **data: Any) -> Step:
        return self.do(StartProcess(process, data))

    def do_start(self, process: str, data: dict[str, Any]) -> Step:
        """Start with data whose names are no Python names."""
        return self.do(StartProcess(process, data))

    def do_complete(self, element: str, data: dict[str, Any]) -> Step:
        """Complete a task with data whose names are no Python names."""
        return self.do(CompleteTask(self.task(element), data))

    def complete(self, element: str, **data: Any) -> Step:
        """Complete the first open task of an element."""
        return self.do(CompleteTask(self.task(element), data))

    def fire(self, element: str | None = None) -> Step:
        """Fire a timer, at the instant at which it is due."""
        timers = [wait for wait in self.look.timers if element in {None, wait.element.element_id}]
        self.now = max(self.now, timers[0].due_at)
        return self.do(FireTimer(timers[0].task_id))

    def send(self, message: str, **payload: Any) -> Step:
        """Deliver a message to the first activity that waits for it."""
        waits = [wait for wait in self.look.messages if wait.message == message]
        return self.do(DeliverMessage(waits[0].task_id, message, payload))

    def finish_job(self, **result: Any) -> Step:
        return self.do(CompleteJob(self.look.jobs[0].task_id, result))

    def fail_job(self, code: str) -> Step:
        return self.do(FailJob(self.look.jobs[0].task_id, code))

    def cancel(self) -> Step:
        return self.do(CancelInstance("withdrawn"))

    def task(self, element: str) -> str:
        """Answer the id of an open task of an element, one that the last step opened if there is one."""
        for task in self.step.opened_tasks if self.step else ():
            if task.element.element_id == element:
                return task.task_id
        return next(task.task_id for task in self.look.tasks if task.element.element_id == element)

    @property
    def look(self) -> Snapshot:
        """Where the stored state stands."""
        assert self.state is not None
        return inspect(self.deployment, self.state)

    @property
    def open(self) -> list[str]:
        """Elements of the open tasks."""
        return sorted(task.element.element_id for task in self.look.tasks)

    @property
    def completed(self) -> bool:
        return self.look.status is InstanceStatus.COMPLETED

    @property
    def path(self) -> list[str]:
        """Elements completed so far, in order."""
        changes = [change for step in self.steps for change in step.transitions]
        return [change.element_id for change in changes if change.after == "completed"]


def play(deployment: Deployment, **options: Any) -> World:
    """Begin a world for one deployment."""
    return World(deployment, **options)
