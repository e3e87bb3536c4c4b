"""Hostile diagrams and data end as faults, after a bounded number of steps and tasks, and never as a silent end."""

from __future__ import annotations

import time

import pytest

from engine import session as sessions
from engine.errors import LimitExceededError, ProcessFaultError
from engine.expressions import ExpressionFailedError, compile_expression, compile_script
from engine.model import InstanceStatus, Limits
from support.diagram_text import bpmn
from support.engine_world import deploy, play

LEVELS = 30
LOOP = "xor a\nscript c script={script}\nend e\ns -> a\na -> c if True\na -> e default\nc -> a"


def chain(*names: str) -> str:
    return " -> ".join(names)


def blocks(kind: str, join: str) -> str:
    """Draw forks one after the other, each with two branches that come together at ``join``."""
    lines = ["end e"]
    for level in range(LEVELS):
        lines += [
            f"and f{level}",
            f"{kind} x{level} script=n=1",
            f"{kind} y{level} script=n=2",
            f"{join} j{level}",
        ]
        lines += [chain(f"f{level}", branch, f"j{level}") for branch in (f"x{level}", f"y{level}")]
        lines.append(chain(f"j{level}", f"f{level + 1}" if level + 1 < LEVELS else "e"))
    return "\n".join([*lines, "s -> f0"])


def wide(kind: str, count: int) -> str:
    branches = [f"{kind} u{number} script=n=1\nf -> u{number} -> j" for number in range(count)]
    return "\n".join(["and f\nand j\nend e", *branches, "s -> f\nj -> e"])


INNER = "q\nstart qs\nscript qu script=n=1\nend qe\nqs -> qu -> qe"
TASKS = "q\nstart qs\nuser qu each=ys item=y\nend qe\nqs -> qu -> qe"
ITEMS = list(range(5_000))

BOMBS: dict[str, tuple[str, str, dict]] = {
    "a loop without an exit": (LOOP.format(script="n=1"), "", {}),
    "a loop that nests a list": (LOOP.format(script="n=[n]"), "", {"n": 0}),
    "a loop that makes a list longer": (LOOP.format(script="n=n+[1,2,3,4,5,6,7,8,9]"), "", {"n": []}),
    "a loop that doubles a text": (LOOP.format(script="n=n+n"), "", {"n": "xx"}),
    "a loop that squares a number": (LOOP.format(script="n=n*n"), "", {"n": 3}),
    "a repetition without an exit": ("script u loop=True script=n=1\nend e\ns -> u -> e", "", {}),
    "forks in a row that double the prediction": (blocks("script", "and"), "", {}),
    "forks in a row that double the tokens": (blocks("script", "xor"), "", {}),
    "a fork of a thousand branches": (wide("script", 1_000), "", {}),
    "an instance for each of a thousand million": ("user u times=1000000000\nend e\ns -> u -> e", "", {}),
    "an instance for each of five thousand": ("user u each=xs item=x\nend e\ns -> u -> e", "", {"xs": ITEMS}),
    "a call for each of five hundred": (
        "call u process=q each=xs item=x\nend e\ns -> u -> e",
        INNER,
        {"xs": ITEMS[:500]},
    ),
    "a hundred instances in each of a hundred calls": (
        "call u process=q each=xs item=x\nend e\ns -> u -> e",
        TASKS,
        {"xs": ITEMS[:100], "ys": ITEMS[:100]},
    ),
    "a process that calls itself": ("call u process=p\nend e\ns -> u -> e", "", {}),
    "a process that calls itself twice": (
        "and f\ncall u process=p\ncall v process=p\nend e\nend g\ns -> f -> u -> e\nf -> v -> g",
        "",
        {},
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_fault_within_its_steps_tasks_and_computing_time(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    text, called, data = BOMBS[name]
    seen: list[sessions.Session] = []
    check = sessions.Session.check_time
    monkeypatch.setattr(sessions.Session, "check_time", lambda self: (seen.append(self), check(self))[1])
    world = play(deploy(main=bpmn(f"p\nstart s\n{text}", *([called] if called else []))))
    with pytest.raises(ProcessFaultError):
        world.start("p", **data)
    limits = Limits()
    assert seen[-1].steps <= limits.steps + 1
    assert seen[-1].births <= sessions.BIRTHS_PER_TASK * limits.tasks + 1
    assert world.state is None


def test_the_cap_on_time_counts_what_is_computed_and_not_what_a_busy_machine_makes_us_wait(
    monkeypatch: pytest.MonkeyPatch,
):
    world = play(deploy("parallel"))
    monkeypatch.setattr(time, "monotonic", lambda: 1e12)
    world.start("parallel")
    monkeypatch.setattr(time, "thread_time", lambda: 1e12)
    with pytest.raises(LimitExceededError, match="computed longer than"):
        world.complete("left")


@pytest.mark.parametrize(
    "text",
    [
        "round(1, -1000000000)",
        "round(1.5, 1000000000)",
        "round(1, '9')",
        "round(1, True)",
        "9007199254740991 * 9007199254740991",
        "int('" + "9" * 40 + "')",
        "float('1e400')",
        "1e308 * 10",
        "big + big",
        "[text, text, text, text, text, text]",
        "[big, big, big, big, big, big]",
        "(text + text).upper()",
    ],
)
def test_numbers_texts_and_lists_that_grow_are_refused_before_they_are_made(text: str):
    with pytest.raises(ExpressionFailedError):
        compile_expression(text).evaluate({"big": ITEMS, "text": "x" * 99_999})


@pytest.mark.parametrize("operator", ["**", "<<", ">>", "|", "^", "@"])
def test_operators_that_explode_are_no_part_of_the_language(operator: str):
    with pytest.raises(Exception, match="not allowed"):
        compile_script(f"a = 10 {operator} 10")


LOOPING = "p\nstart s\nxor a\nuser work\nxor b\nend e\ns -> a -> work -> b\nb -> a if again\nb -> e default"


def test_a_case_that_loops_250_400_or_1000_times_is_never_silently_completed():
    """The library stops looking at a depth of 1,000: its loop of 250 rounds seems completed without an end."""
    world = play(deploy(main=bpmn(LOOPING)))
    world.start("p")

    def go_round() -> None:
        for _ in range(1_000):
            world.complete("work", again=True)

    with pytest.raises(LimitExceededError, match="one after the other"):
        go_round()
    assert world.look.status is InstanceStatus.RUNNING
    assert world.open == ["work"]
    step = world.complete("work", again=False)
    assert [end.element_id for end in step.ended] == ["e"]


def test_a_thousand_rounds_within_one_step_end_at_their_end_event_when_the_caps_allow_it():
    text = (
        "p\nstart s\nxor a\nscript c script=n=n+1\nend e\ns -> a\na -> c if n < 1000\na -> e default\nc -> a"
    )
    wide_caps = Limits(steps=10_000, tasks=10_000, depth=10_000, seconds=30.0)
    step = play(deploy(main=bpmn(text)), limits=wide_caps).start("p", n=0)
    assert step.status is InstanceStatus.COMPLETED
    assert [end.element_id for end in step.ended] == ["e"]
    assert step.data == {"n": 1000}
