"""At random over the whole set of processes: no case gets stuck, fails, misses a clock or ends without an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cases.deadlines.calendars import store_calendar
from storage.tables import Case
from support.office import Desk
from support.walker import Walker, everybody

STEPS = 40
PATIENCE = 250
"""Steps after which a case that was always worked on must have come to its end."""


@pytest.fixture
def far_desk(desk: Desk) -> Desk:
    """Return the desk of an office whose calendar reaches far: walks follow each other in time."""
    office = desk.office
    calendar = office.work.read(office.env.calendars.current)
    far = replace(calendar, version=calendar.version + 1, last=date(2150, 12, 31))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    office.work.write(
        lambda session: store_calendar(session, far, reason="Kalender jauh", at=at, created_by=None)
    )
    return desk


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # A failure tells its whole story; making it smaller would take very long.
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(data=st.data())
def test_whatever_people_do_every_case_comes_to_its_end(far_desk: Desk, data: st.DataObject) -> None:
    def draw(choices: Sequence[Any]) -> Any:
        return choices[data.draw(st.integers(0, len(choices) - 1))]

    walker = Walker(far_desk, draw, everybody(far_desk))
    walker.register()
    for _ in range(STEPS):
        step = draw(["work", "work", "work", "work", "say", "rest", "rest", "command", "register"])
        if step == "register" and len(walker.cases) < 4:
            walker.register()
        elif step == "work":
            walker.work()
        elif step == "say":
            walker.say()
        elif step == "command":
            walker.command()
        else:
            walker.rest(draw([1, 26, 75, 250]))
        walker.check()
    for _ in range(PATIENCE):
        if not walker.open_cases():
            break
        if not walker.work() and not walker.say():
            walker.rest(250)
        walker.check()
    assert walker.open_cases() == [], walker.story()
    walker.rest(24)
    outcomes = far_desk.office.work.read(
        lambda session: list(session.scalars(select(Case.outcome).where(Case.id.in_(walker.cases))))
    )
    assert None not in outcomes, walker.story()
    assert walker.missed_clocks() == [], walker.story()
    assert walker.unended() == [], walker.story()
