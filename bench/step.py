"""One completed task in process, on both databases, beside the bare commit and the library's default arrangement."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa

from bench.eight import LIFECYCLE, NOTE, TASKS, deploy_eight, diagram, open_tasks, start_cases
from bench.figures import Figure, at_least, at_most, beside
from bench.place import ADMIN, Place, learn
from cases.tasks import complete_task
from support.office import actor_named
from tuntas.collector import spare_the_collector
from tuntas.config import ROOT
from tuntas.office import Tuntas

CASES, COMMITS, WARM_UP, TURNS = 150, 400, 10, 5
WANTED = {"sqlite": 700, "postgresql": 400}
"""Steps a second on two free cores."""

CPU = 0.375
"""The goal of 1.5 ms, of the 4.0 ms that the library's arrangement took on the machine for which it was set."""


def measure(place: Place) -> Iterator[Figure]:
    """Measure both databases, the library and ours in turns: the machine may become twice as fast within seconds."""
    for kind in ("sqlite", "postgresql"):
        library, commits, wall, cpu = [], [], [], []
        for _ in range(TURNS):
            library.append(library_steps(place, kind))
            with place.office(kind) as office:
                commits += bare_commits(office, place.some(COMMITS // TURNS, 20))
                turn = steps(office, place.some(CASES // TURNS))
            wall += turn[0]
            cpu += turn[1]
        bare, ours = statistics.median(commits), statistics.median(wall)
        theirs = statistics.median([found for turn in library for found in turn["wall"]])
        floor = statistics.mean([found for turn in library for found in turn["cpu"]])
        yield beside(f"commits_{kind}", 1000 / bare, "/s")
        yield beside(f"library_step_{kind}", 1000 / theirs, "/s")
        yield beside(f"library_cpu_{kind}", floor, "ms")
        memory = statistics.median([turn["memory"] for turn in library])
        yield beside(f"library_memory_cpu_{kind}", memory, "ms")
        yield at_least(f"step_{kind}", 1000 / ours, "/s", WANTED[kind], floor=1000 / theirs, times=4)
        yield beside(f"step_of_commits_{kind}", 1000 / ours, "/s", floor=1000 / bare)
        yield at_most(f"step_cpu_{kind}", statistics.mean(cpu), "ms", 1.5, floor=floor, times=CPU)
        yield beside(f"library_state_{kind}", library[-1]["size"], "bytes")


def steps(
    office: Tuntas, cases: int, *, around: Callable[[], AbstractContextManager[None]] = nullcontext
) -> tuple[list[float], list[float]]:
    """Complete every task of so many cases: milliseconds of wall and of CPU time for each. ``around`` holds them."""
    deploy_eight(office, LIFECYCLE)
    ids = start_cases(office, cases)
    tasks, by = open_tasks(office, ids, TASKS[0]), actor_named(office, ADMIN)
    learn(office.config.database_url)
    spare_the_collector()
    wall, cpu = [], []
    with around():
        for element in TASKS[1:]:
            for position, task in enumerate(tasks):
                took, used, done = timed(lambda task=task: _complete(office, task, by))  # type: ignore[misc]
                wall.append(took)
                cpu.append(used)
                tasks[position] = next(found.id for found in done.next_tasks if found.element_id == element)
    cut = min(WARM_UP, len(wall) // 2)
    return wall[cut:], cpu[cut:]


def _complete(office: Tuntas, task: str, by: Any) -> Any:
    return office.work.write(lambda session: complete_task(session, office.env, task, NOTE, by=by))


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Milliseconds of wall time and of this process's CPU time, and the answer."""
    began, before = time.perf_counter(), time.process_time()
    answer = work()
    return (time.perf_counter() - began) * 1000, (time.process_time() - before) * 1000, answer


def bare_commits(office: Tuntas, times: int) -> list[float]:
    """Milliseconds for a transaction that inserts one small row."""
    engine = office.work.engine
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS bare (number INTEGER)"))
    insert, found = sa.text("INSERT INTO bare VALUES (:number)"), []
    for number in range(times):
        began = time.perf_counter()
        with engine.begin() as connection:
            connection.execute(insert, {"number": number})
        found.append((time.perf_counter() - began) * 1000)
    return found


def library_steps(place: Place, kind: str) -> dict[str, Any]:
    """The same steps in the library's default arrangement, on the same kind of database."""
    path = place.folder / "lifecycle.bpmn"
    path.write_bytes(diagram(LIFECYCLE))
    with place.database(kind) as url:
        cases = place.some(CASES // TURNS // 2, 3)
        command = [sys.executable, "-m", "bench.library", url, str(path), str(cases)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
