"""Many timers that fall due at once, fired by two workers; and how late a single one fires when they are idle."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from bench import serving
from bench.clones import clone
from bench.eight import deploy_waiting, start_cases
from bench.figures import Figure, at_least, at_most, beside
from bench.place import Place, connect
from bench.step import bare_commits
from storage.tables import Timer
from support.processes import wait_until
from tuntas.office import Tuntas

TIMERS, WORKERS, SINGLE, COMMITS = 20_000, 2, 5, 400
SHARE = 0.13
"""500 fired of the 3,830 bare commits a second that two clients reached on the machine for which the goal was set."""
FIRED = "tag = 'case:timer:fired'"


def measure(place: Place) -> Iterator[Figure]:
    """Let the workers idle, let everything fall due, count; then single timers."""
    number = place.some(TIMERS, 40)
    with place.office() as office:
        url = office.config.database_url
        deploy_waiting(office, "P1D")
        clone(url, start_cases(office, 1)[0], number - 1)
        before_them = _connections(url)
        with serving.workers(place, url, WORKERS) as pids:
            wait_until(lambda: _connections(url) >= before_them + WORKERS, "the workers", seconds=90)
            before = sum(serving.cpu_seconds(pid) for pid in pids)
            rate, wrong = _storm(url, number)
            cpu = (sum(serving.cpu_seconds(pid) for pid in pids) - before) * 1000 / number
            late = _singles(office, url)
        with ThreadPoolExecutor(WORKERS) as both:
            bare_commits(office, 1)
            taken = both.map(lambda _: bare_commits(office, place.some(COMMITS, 20)), range(WORKERS))
            commits = sum(1000 / statistics.median(found) for found in taken)
    yield beside("commits_2_clients", commits, "/s")
    yield at_least("timers_fired", rate, "/s", 500, floor=commits, times=SHARE)
    yield beside("timer_worker_cpu", cpu, "ms")
    yield at_most("timers_not_fired_once", wrong, "timers", 0)
    yield beside("timer_lateness_p50", statistics.median(late), "s")
    yield at_most("timer_lateness_most", max(late), "s", 2)


def _connections(url: str) -> int:
    """How many connections there are to the database, this one left out."""
    query = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
    with connect(url) as connection:
        row = connection.execute(query).fetchone()
        return int(str(row[0])) if row else 0


def _storm(url: str, number: int) -> tuple[float, int]:
    """Let all timers fall due at one moment: how many a second were fired, and how many not exactly once."""
    with connect(url) as connection:
        connection.autocommit = True
        connection.execute("UPDATE timers SET due_at = now()")
        began = time.monotonic()

        def done() -> bool:
            row = connection.execute("SELECT NOT EXISTS (SELECT 1 FROM timers)").fetchone()
            return row is not None and bool(row[0])

        wait_until(done, "the timers", seconds=120 + number / 20)
        elapsed = time.monotonic() - began
        fired = f"SELECT case_id, count(*) AS times FROM history_entries WHERE {FIRED} GROUP BY case_id"  # noqa: S608
        once = connection.execute(f"SELECT count(*) FROM ({fired}) AS all_of WHERE times = 1").fetchone()  # noqa: S608
    return number / elapsed, number - int(str(once[0] if once else 0))


def _singles(office: Tuntas, url: str) -> list[float]:
    """Seconds between the moment at which a timer was due and its firing, when nothing else is."""
    deploy_waiting(office, "PT2S")
    late = []
    for _ in range(SINGLE):
        (case_id,) = start_cases(office, 1)
        due = office.work.read(
            lambda session, case_id=case_id: session.scalars(  # type: ignore[misc]
                select(Timer.due_at).where(Timer.case_id == case_id)
            ).one()
        )
        with connect(url) as connection:
            connection.autocommit = True
            query = f"SELECT at FROM history_entries WHERE {FIRED} AND case_id = %s"  # noqa: S608
            found: list[object] = []

            def fired(connection=connection, query=query, case_id=case_id, found=found) -> bool:  # type: ignore[no-untyped-def]
                found[:] = connection.execute(query, [case_id]).fetchone() or []
                return bool(found)

            wait_until(fired, "the timer", seconds=60)
        late.append((found[0] - due).total_seconds())
    return late
