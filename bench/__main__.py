"""Measures one step of a case, in process, on both databases, against the bare rate of commits.

A step is what the product does for one completed user task: read and decode the state, advance it, write
state, history and tasks, commit. The ratio to a commit of one small row on the same database tells what the
product itself costs, and can be compared between machines where the milliseconds cannot.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

# The tests' instruments start the servers and speak for the people of the living office.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from cases.ports import FixedClock
from cases.tasks import complete_task
from support.office import START, Desk, actor_named, config_for
from support.postgres import postgresql_server
from tuntas.database import make_engine, migrate
from tuntas.found import found_office
from tuntas.office import build

COMMITS = 400
CASES = 60
WARM_UP = 5
ACCEPTED = {"decision": "accept", "case_class": "ordinary", "category": "pekerjaan_umum_jalan_berlubang"}


def milliseconds(work: Callable[[int], object], times: int) -> list[float]:
    """Time each call of the work, leaving out the first ones."""
    taken = []
    for number in range(times + WARM_UP):
        began = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - began) * 1000)
    return taken[WARM_UP:]


def measure(url: str, var: Path) -> dict[str, list[float]]:
    """Measure the bare commit, the start of a case and one completed task on one database."""
    migrate(url)
    engine, clock = make_engine(url), FixedClock(START)
    office = build(config_for(url, var), engine, clock=clock)
    found_office(office)
    desk = Desk(office, clock)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE bare (number INTEGER)"))

    def commit(number: int) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO bare VALUES (:number)"), {"number": number})

    cases: list[str] = []
    started = milliseconds(lambda _: cases.append(desk.register().id), CASES)
    # Finding the task and the person is the pages' work, not the step's.
    tasks, by = (
        [desk.task(case, "verify_complaint").id for case in cases],
        actor_named(office, "admin.instansi"),
    )

    def complete(number: int) -> None:
        office.work.write(lambda session: complete_task(session, office.env, tasks[number], ACCEPTED, by=by))

    found = {
        "bare commit": milliseconds(commit, COMMITS),
        "start a case": started,
        "complete a task": milliseconds(complete, CASES),
    }
    engine.dispose()
    return found


@contextmanager
def databases(folder: Path) -> Iterator[Iterator[tuple[str, str]]]:
    """Yield the name and URL of each database to measure; PostgreSQL waits for the disk as in service."""
    with postgresql_server(durable=True) as server:
        yield iter([("SQLite", f"sqlite:///{folder / 'bench.db'}"), ("PostgreSQL", server.create("bench"))])
        server.drop("bench")


def report(name: str, found: dict[str, list[float]]) -> None:
    """Print one line for each thing measured."""
    bare = statistics.median(found["bare commit"])
    for what, taken in found.items():
        middle, slow = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        print(f"{name:<12}{what:<18}{middle:>9.2f}{slow:>9.2f}{middle / bare:>9.1f}")  # noqa: T201


def main() -> int:
    """Measure everything and print a table."""
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}; milliseconds")  # noqa: T201
    print(f"{'database':<12}{'step':<18}{'median':>9}{'95 %':>9}{'ratio':>9}")  # noqa: T201
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with databases(folder) as found:
            for database, url in found:
                report(database, measure(url, folder / database))
    return 0


if __name__ == "__main__":
    sys.exit(main())
