"""One case driven through the seed diagrams by the engine alone: does what cases do with the effects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.deployment import Deployment
from engine.model import (
    Command,
    CompleteTask,
    DeliverMessage,
    Files,
    FireTimer,
    InstanceStatus,
    StartProcess,
    Step,
)
from engine.runtime import advance, inspect

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)


def seed_files() -> Files:
    """The set that the product ships: diagrams, decisions and their forms."""
    files = {}
    for path in sorted((ROOT / "processes").glob("*/*")):
        files[f"{path.parent.name}/{path.name}"] = path.read_bytes()
    for path in sorted((ROOT / "forms").rglob("*.json")):
        files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    return files


def usual_facts() -> dict[str, Any]:
    """An ordinary complaint with identity from the web."""
    return {
        "kind": "complaint",
        "case_class": "ordinary",
        "sensitivity": "normal",
        "priority": "normal",
        "channel": "web",
        "stage": "received",
        "round": 1,
        "returns": 0,
        "category": "pekerjaan_umum_jalan_berlubang",
        "has_identity": True,
        "anonymous": False,
        "confidential": False,
        "emergency": False,
        "lead_unit": "pupr",
    }


@dataclass
class Instance:
    """One process instance of the case."""

    process_id: str
    state: bytes = b""
    status: InstanceStatus = InstanceStatus.RUNNING
    ended: list[str] = field(default_factory=list)
    outcome: str | None = None


@dataclass
class SeedCase:
    """A case: its facts, its process instances, and what it told the complainant."""

    deployment: Deployment
    facts: dict[str, Any] = field(default_factory=usual_facts)
    instances: list[Instance] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    escalations: list[tuple[str, int]] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    clocks: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, deployment: Deployment, process_id: str, **facts: Any) -> SeedCase:
        """Start a case whose first process is ``process_id``."""
        case = cls(deployment, usual_facts() | facts)
        case._start(process_id)
        return case

    @property
    def main(self) -> Instance:
        """The complaint's own instance."""
        return next(instance for instance in self.instances if instance.process_id == "complaint")

    @property
    def open_tasks(self) -> set[str]:
        """Element ids of every open user task."""
        return {task.element.element_id for _, task in self._openings("tasks")}

    @property
    def awaited(self) -> set[str]:
        """Messages that something waits for."""
        return {wait.message for _, wait in self._openings("messages")}

    @property
    def timers(self) -> set[str]:
        """Element ids of the timers that wait."""
        return {timer.element.element_id for _, timer in self._openings("timers")}

    def complete(self, element_id: str, **data: Any) -> None:
        """A person finishes a task."""
        instance, task = self._find("tasks", element_id)
        self._advance(instance, CompleteTask(task.task_id, data))

    def tell(self, message: str, **payload: Any) -> None:
        """A message arrives for whoever waits for it."""
        instance, wait = next(pair for pair in self._openings("messages") if pair[1].message == message)
        self._advance(instance, DeliverMessage(wait.task_id, message, payload))

    def expire(self, element_id: str) -> None:
        """The timer is due."""
        instance, timer = self._find("timers", element_id)
        self._advance(instance, FireTimer(timer.task_id))

    def _openings(self, kind: str) -> list[tuple[Instance, Any]]:
        running = [instance for instance in self.instances if instance.status is InstanceStatus.RUNNING]
        return [
            (instance, opening)
            for instance in running
            for opening in getattr(inspect(self.deployment, instance.state), kind)
        ]

    def _find(self, kind: str, element_id: str) -> tuple[Instance, Any]:
        return next(pair for pair in self._openings(kind) if pair[1].element.element_id == element_id)

    def _start(self, process_id: str) -> None:
        instance = Instance(process_id)
        self.instances.append(instance)
        self._advance(instance, StartProcess(process_id))

    def _advance(self, instance: Instance, command: Command) -> None:
        step = advance(
            self.deployment,
            instance.state or None,
            command,
            now=NOW,
            facts=dict(self.facts),
            due_at=lambda clock, data: NOW + timedelta(days=10),
        )
        instance.state, instance.status = step.state, step.status
        instance.ended += [element.element_id for element in step.ended]
        if step.status is InstanceStatus.COMPLETED and step.ended:
            instance.outcome = step.ended[-1].outcome
        if step.stage:
            self.facts["stage"] = step.stage
        self.clocks += [timer.clock for timer in step.opened_timers if timer.clock]
        self._apply(step)

    def _apply(self, step: Step) -> None:
        later = []
        for effect in step.effects:
            self.effects.append(effect.handler)
            if effect.handler == "notify_complainant":
                self.notices.append(effect.arguments["template"])
            elif effect.handler == "escalate":
                self.escalations.append((effect.arguments["clock"], effect.arguments["level"]))
            elif effect.handler == "count_round":
                self.facts["round"] += 1
            elif effect.handler == "count_return":
                self.facts["returns"] += 1
            elif effect.handler in {"start_process", "send_to_main"}:
                later.append(effect)
        for effect in later:
            if effect.handler == "start_process":
                self._start(effect.arguments["process"])
            else:
                self.tell(effect.arguments["message"], verdict=effect.arguments["verdict"])


def opened(deployment: Deployment, **facts: object) -> SeedCase:
    """A case whose verification is open."""
    return SeedCase.begin(deployment, "complaint", **facts)


def followed_up(deployment: Deployment, **facts: object) -> SeedCase:
    """A case that was accepted and disposed; the unit has not answered yet."""
    case = opened(deployment, **facts)
    case.complete("verify_complaint", decision="accept")
    case.complete("dispose_complaint", lead_unit="pupr")
    return case


def answer(case: SeedCase, kind: str = "action_taken") -> None:
    """The unit accepts, works, drafts and has its response approved."""
    if "accept_disposition" in case.open_tasks:
        case.complete("accept_disposition", decision="accept")
    case.complete("work_on_complaint")
    case.complete("draft_response", response_kind=kind)
    case.complete("approve_response", decision="approve")


def responded(deployment: Deployment, **facts: object) -> SeedCase:
    """A case that waits for its complainant's word."""
    case = followed_up(deployment, **facts)
    answer(case)
    return case


def assert_closed(case: SeedCase, outcome: str) -> None:
    """The case ended with the outcome, and nobody waits for a withdrawal any more."""
    assert case.main.status is InstanceStatus.COMPLETED
    assert case.main.outcome == outcome
    assert "withdraw" not in case.awaited
