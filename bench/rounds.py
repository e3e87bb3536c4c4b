"""A case re-opened 50 and 500 times: what the last round costs against the first, and how large its state is."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from bench.complaint import Rounds, without_round_limit
from bench.figures import Figure, at_most, beside
from bench.place import Place
from bench.step import spare_the_collector, timed
from cases.ports import FixedClock
from support.office import START, Desk

SOME, MANY, ENDS = 50, 500, 5


def measure(place: Place) -> Iterator[Figure]:
    """Go round, and compare the middle one of the first rounds with the middle one of the last."""
    some, many = place.some(SOME, 6), place.some(MANY, 12)
    clock = FixedClock(START)
    with place.office(clock=clock) as office:
        without_round_limit(office)
        case = Rounds(Desk(office, clock))
        case.answer(lambda work: work())
        _warm_up(Desk(office, clock))
        spare_the_collector()
        cpu, wall, sizes = _go(case, many)
    ends = min(ENDS, some // 2)
    first, first_wall = statistics.median(cpu[:ends]), statistics.median(wall[:ends])
    yield beside("round_first_cpu", first, "ms")
    yield at_most(f"round_{SOME}_cpu", _last(cpu, some, ends), "ms", 1.5 * first, floor=first, times=1.5)
    yield beside(f"round_{SOME}_wall", _last(wall, some, ends), "ms", floor=first_wall)
    yield at_most(f"round_{MANY}_cpu", _last(cpu, many, ends), "ms", 1.5 * first, floor=first, times=1.5)
    yield beside(f"round_{MANY}_wall", _last(wall, many, ends), "ms", floor=first_wall)
    yield beside(f"main_state_{SOME}", sizes[some - 1], "bytes", floor=sizes[0])
    # Counters and dates in the state grow by a digit; a task for each round would be kilobytes.
    yield at_most(f"main_state_{MANY}", sizes[-1], "bytes", sizes[0] * 1.05, floor=sizes[0], times=1.05)


def _last(found: list[float], rounds: int, ends: int) -> float:
    return statistics.median(found[rounds - ends : rounds])


def _warm_up(desk: Desk) -> None:
    other = Rounds(desk)
    other.answer(lambda work: work())
    for _ in range(3):
        other.once_more(lambda work: work())


def _go(case: Rounds, rounds: int) -> tuple[list[float], list[float], list[int]]:
    cpu, wall, sizes = [], [], []
    for _ in range(rounds):
        took: list[tuple[float, float]] = []

        def note(work: Callable[[], Any], took: list[tuple[float, float]] = took) -> None:
            took.append(timed(work)[:2])

        case.once_more(note)
        wall.append(sum(one for one, _ in took))
        cpu.append(sum(one for _, one in took))
        sizes.append(case.state_size())
    return cpu, wall, sizes
