"""What an idle worker asks of the database, and how many rows that looks at, with few open cases and with many."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench import serving
from bench.clones import clone
from bench.eight import deploy_waiting, start_cases
from bench.figures import Figure, at_most, beside
from bench.place import Place
from bench.proxy import proxied
from cases.due import next_due
from storage.tables import WorkerProcess
from support.office import config_for
from support.processes import wait_until
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.worker import Worker

FEW, MANY, LOOKS, SECONDS = 20, 20_000, 100, 10
ROWS = text(
    "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) + "
    "(SELECT sum(idx_tup_read) FROM pg_stat_user_indexes) FROM pg_stat_user_tables"
)
FLUSH = text("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")


def _has_started(office: Tuntas) -> bool:
    return bool(
        office.work.read(lambda session: session.scalar(select(func.count()).select_from(WorkerProcess)))
    )


@dataclass(frozen=True)
class Look:
    """What one look of an idle worker costs."""

    trips: float
    rows: float


def measure(place: Place) -> Iterator[Figure]:
    """Look at an office with few open cases, then at the same with many; none has anything due."""
    number = place.some(MANY, FEW * 2)
    with place.office() as office:
        deploy_waiting(office, "P1D")
        ids = start_cases(office, FEW)
        Worker(office, prints=False).run_until_idle()
        few = _look(place, office.config.database_url)
        clone(office.config.database_url, ids[0], number - FEW)
        many = _look(place, office.config.database_url)
        with serving.workers(place, office.config.database_url, 1) as pids:
            wait_until(lambda: _has_started(office), "a worker", seconds=60)
            time.sleep(5)
            before = serving.cpu_seconds(pids[0])
            time.sleep(place.seconds(SECONDS))
            cpu = (serving.cpu_seconds(pids[0]) - before) * 1000 / place.seconds(SECONDS)
    yield beside("idle_trips", many.trips, "per look", floor=few.trips)
    yield beside("idle_rows_few_cases", few.rows, "per look")
    # The heads of the queues: one row and one entry of an index for each, whatever the number of cases.
    yield at_most("idle_rows_many_cases", many.rows, "per look", 20)
    yield at_most("idle_worker_cpu", cpu, "ms/s", 20)


def _look(place: Place, url: str) -> Look:
    """Let a worker look many times."""
    with proxied(url) as (through, proxy):
        engine = make_engine(through)
        office = build(config_for(through, place.folder / "var"), engine)
        worker = Worker(office, prints=False)
        _once(worker, office)
        before, trips = _rows(office), proxy.trips
        for _ in range(LOOKS):
            _once(worker, office)
        trips = proxy.trips - trips
        rows = _rows(office) - before
        engine.dispose()
    return Look(trips / LOOKS, rows / LOOKS)


def _once(worker: Worker, office: Tuntas) -> None:
    """What ``Worker.run`` does before it rests."""
    if worker.run_once():
        raise RuntimeError("something was due")
    office.work.read(next_due)


def _rows(office: Tuntas) -> int:
    """Rows and entries of indexes read so far, as PostgreSQL counts them."""

    def read(session: Session) -> int:
        session.execute(FLUSH)
        session.execute(text("SELECT 1"))
        return int(session.execute(ROWS).scalar_one())

    return office.work.read(read)
