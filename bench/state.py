"""How many bytes of engine state the open cases of a living office keep."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import func, select

from bench.figures import Figure, at_most, beside, quantile
from bench.place import Place
from cases.ports import FixedClock
from storage.tables import Case, ProcessInstance
from support.office import config_for
from tuntas.database import make_engine, migrate
from tuntas.office import build
from tuntas.seed import seed_office

CASES = 120


def measure(place: Place) -> Iterator[Figure]:
    """Let an office live for eleven weeks and measure what runs for its open cases, together for each."""
    with place.database("sqlite") as url:
        migrate(url)
        engine = make_engine(url)
        office = build(config_for(url, place.folder / "var"), engine, clock=FixedClock(datetime.now(UTC)))
        seed_office(office, cases=place.some(CASES, 12), progress=lambda done, total: None)
        query = (
            select(func.sum(func.length(ProcessInstance.state)))
            .join(Case, Case.id == ProcessInstance.case_id)
            .where(Case.stage != "closed", ProcessInstance.status == "running")
            .group_by(Case.id)
        )
        sizes = [int(size) for size in office.work.read(lambda session: session.scalars(query).all())]
        engine.dispose()
    yield beside("open_cases", len(sizes), "cases")
    yield at_most("state_median", statistics.median(sizes), "bytes", 2500)
    yield beside("state_p95", quantile(sizes, 0.95), "bytes")
