"""Stores this release's golden states: ``PYTHONPATH=.:tests python tests/engine/write_golden_states.py``.

Run it when the codec's version rises, and only then. States that are there already are never written again:
they stand for the cases of offices that have not been upgraded yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from engine.codec import VERSION
from support.diagram_text import dmn
from support.engine_world import World, deploy, play
from support.golden_states import CLOCKS, FOLDER, described

ROUTING = dmn(
    "routing",
    {"category": "category"},
    ["unit"],
    [['"road"', '"public_works"'], ['"waste"', '"environment"']],
)


def each(name: str, process: str) -> World:
    world = play(deploy(name))
    world.start(process, units=["a", "b", "c"])
    return world


def middle_of_a_call() -> World:
    world = play(deploy("call_activity"))
    world.start("outer", case_no="x", nested={"a": [1, True, 1.0, None, "é"]})
    world.complete("before", kept=1)
    world.complete("accept", accepted=True)
    return world


def half_joined() -> World:
    world = play(deploy("parallel"))
    world.start("parallel", given=[1])
    world.complete("left", a=1)
    world.complete("right", b={"c": 2})
    return world


def half_joined_inclusive() -> World:
    world = play(deploy("inclusive"))
    world.start("inclusive", a=True, b=True)
    world.complete("left", x=1)
    return world


def middle_of_parallel_instances() -> World:
    world = each("each_parallel", "each_parallel")
    world.complete("opinion", verdict="no")
    return world


def middle_of_sequential_instances() -> World:
    world = each("each_sequential", "each_sequential")
    world.complete("opinion", verdict="no")
    return world


def middle_of_called_instances() -> World:
    world = each("each_call", "each_call")
    world.complete("reply", verdict="yes")
    return world


def after_a_reminder() -> World:
    world = play(deploy("boundary_timers"), clocks=CLOCKS)
    world.start("boundary_timers")
    world.fire("remind")
    return world


def waiting_for_an_answer() -> World:
    world = play(deploy("event_gateway"))
    world.start("event_gateway", channel="web")
    return world


def waiting_for_a_job() -> World:
    world = play(deploy("handlers"))
    world.start("handlers", template="received")
    return world


def inside_a_sub_process() -> World:
    world = play(deploy("sub_process"))
    world.start("sub_process")
    return world


def beside_an_escalation() -> World:
    world = play(deploy("escalation"))
    world.start("escalation_outer")
    world.fire("slow")
    return world


def in_a_third_round() -> World:
    world = play(deploy("rework_loop"))
    world.start("rework_loop")
    world.complete("work", again=True)
    world.complete("work", again=True)
    return world


def in_a_loop_task() -> World:
    world = play(deploy("standard_loop"))
    world.start("standard_loop", done=False)
    world.complete("attempt", done=False)
    return world


def after_a_decision() -> World:
    world = play(deploy("decision", routing=ROUTING))
    world.start("decision", category="road")
    return world


def completed() -> World:
    world = play(deploy("user_task"))
    world.start("user_task")
    world.complete("verify", verdict="accepted")
    return world


def cancelled() -> World:
    world = play(deploy("messages"))
    world.start("messages")
    world.cancel()
    return world


STATES: list[Callable[[], World]] = [
    middle_of_a_call,
    half_joined,
    half_joined_inclusive,
    middle_of_parallel_instances,
    middle_of_sequential_instances,
    middle_of_called_instances,
    after_a_reminder,
    waiting_for_an_answer,
    waiting_for_a_job,
    inside_a_sub_process,
    beside_an_escalation,
    in_a_third_round,
    in_a_loop_task,
    after_a_decision,
    completed,
    cancelled,
]


def main() -> None:
    for make in STATES:
        folder = FOLDER / f"v{VERSION}" / make.__name__
        if folder.exists():
            continue
        world = make()
        folder.mkdir(parents=True)
        for path, content in world.deployment.files.items():
            (folder / Path(path).name).write_bytes(content)
        (folder / "state.bin").write_bytes(world.state or b"")
        text = json.dumps(described(world.look), indent=2, ensure_ascii=False)
        (folder / "snapshot.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
