"""Legal clocks: exact to the local midnight, started and stopped by what happens, anchored at the receipt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cases.dates import last_day
from cases.deadlines.calendar import Calendar
from cases.deadlines.counting import count
from cases.model import Channel
from cases.rules.model import ClockRule, Unit
from engine.model import Text
from storage.tables import Deadline
from support.office import START, Desk

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
JAKARTA, JAYAPURA = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")


def due_after(
    start: datetime, length: int, unit: str, zone: ZoneInfo, calendar: Calendar | None = None
) -> datetime:
    """When a clock of this length is due, on a calendar without holidays unless one is given."""
    rule = ClockRule("test", Text("", ""), "received_at", length, Unit(unit), (), law=False)
    due = count(rule, start, calendar or Calendar(1, zone)).due_at
    assert due is not None
    return due


# (start, length, unit, zone, last day that people are shown)
LAST_DAYS = [
    # Day 0 is the day of the start.
    ("2026-03-02T02:00", 5, "calendar_days", JAKARTA, date(2026, 3, 7)),
    # Three working days from a Monday, and over a weekend.
    ("2026-03-02T02:00", 3, "working_days", JAKARTA, date(2026, 3, 5)),
    ("2026-03-05T02:00", 3, "working_days", JAKARTA, date(2026, 3, 10)),
    # A receipt on a Saturday counts from Monday.
    ("2026-03-07T02:00", 1, "working_days", JAKARTA, date(2026, 3, 9)),
    # 23.30 in Jakarta is still Monday; 00.30 is Tuesday; in Jayapura both are Tuesday.
    ("2026-03-02T16:30", 1, "working_days", JAKARTA, date(2026, 3, 3)),
    ("2026-03-02T17:30", 1, "working_days", JAKARTA, date(2026, 3, 4)),
    ("2026-03-02T16:30", 1, "working_days", JAYAPURA, date(2026, 3, 4)),
    # Sixty working days, the limit for cases of oversight.
    ("2026-03-02T02:00", 60, "working_days", JAKARTA, date(2026, 5, 25)),
    # The end of February in a leap year, and of a year.
    ("2028-02-28T02:00", 2, "calendar_days", JAKARTA, date(2028, 3, 1)),
    ("2026-12-31T02:00", 1, "calendar_days", JAKARTA, date(2027, 1, 1)),
    # Nothing at all: the day of the start itself.
    ("2026-03-02T02:00", 0, "calendar_days", JAKARTA, date(2026, 3, 2)),
]


@pytest.mark.parametrize(("start", "length", "unit", "zone", "expected"), LAST_DAYS)
def test_the_last_day_of_a_limit(start: str, length: int, unit: str, zone: ZoneInfo, expected: date) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=UTC)
    due = due_after(begun, length, unit, zone)
    assert last_day(due, zone) == expected
    local = due.astimezone(zone)
    assert (local.hour, local.minute, due.tzinfo) == (0, 0, UTC)


def test_hours_are_counted_exactly() -> None:
    begun = datetime(2026, 3, 6, 10, 17, tzinfo=UTC)
    assert due_after(begun, 48, "hours", JAKARTA) == begun + timedelta(hours=48)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="fortnights"):
        due_after(START, 1, "fortnights", JAKARTA)


def office_calendar(desk: Desk) -> Calendar:
    """The calendar in force."""
    return desk.office.work.read(desk.office.env.calendars.current)


def running(desk: Desk, case_id: str) -> dict[str, Any]:
    """The clocks that run on a case, with their deadlines."""
    query = select(Deadline.clock, Deadline.due_at).where(
        Deadline.case_id == case_id, Deadline.stopped_at.is_(None)
    )
    return {
        row.clock: row.due_at for row in desk.office.work.read(lambda session: session.execute(query).all())
    }


def test_each_step_starts_and_stops_the_clocks_that_the_rules_name(desk: Desk) -> None:
    case = desk.register()
    assert {"verification", "final_ordinary"} <= set(running(desk, case.id))
    desk.accept(case.id)
    desk.complete(
        case.id,
        "dispose_complaint",
        "admin.instansi",
        lead_unit="pupr",
        priority="normal",
        instruction="Tindak lanjuti.",
    )
    assert "verification" not in running(desk, case.id)
    assert "first_response" in running(desk, case.id)
    desk.answer(case.id)
    assert set(running(desk, case.id)) & {"first_response", "final_ordinary", "approval"} == set()
    desk.say(case.id, "confirm")
    assert running(desk, case.id) == {}


def test_the_case_shows_its_soonest_open_clock(desk: Desk) -> None:
    case = desk.register()
    clocks, row = running(desk, case.id), desk.case(case.id)
    assert row.due_at == min(clocks.values())
    assert clocks[row.due_clock] == row.due_at


@ON_SQLITE
def test_a_new_class_counts_from_the_original_receipt(desk: Desk) -> None:
    case = desk.register()
    received = desk.case(case.id).received_at
    desk.pass_time(desk.clock.now() + timedelta(days=1, hours=2))
    desk.complete(
        case.id,
        "verify_complaint",
        "admin.instansi",
        decision="accept",
        case_class="oversight",
        category="sosial",
    )
    rule = desk.office.env.reference.clocks["final_oversight"]
    expected = due_after(received, rule.length, rule.unit, desk.office.env.zone, office_calendar(desk))
    clocks = running(desk, case.id)
    assert clocks["final_oversight"] == expected
    assert "final_ordinary" not in clocks


@ON_SQLITE
def test_a_letter_counts_from_the_day_it_reached_the_body(desk: Desk) -> None:
    received = desk.clock.now() - timedelta(days=4)
    case = desk.register(channel=Channel.LETTER, received_at=received)
    rule = desk.office.env.reference.clocks["final_ordinary"]
    assert running(desk, case.id)["final_ordinary"] == due_after(
        received, rule.length, rule.unit, desk.office.env.zone, office_calendar(desk)
    )


@ON_SQLITE
def test_the_completion_clock_runs_only_for_complainants_who_can_be_asked(desk: Desk) -> None:
    named, nameless = desk.register(), desk.register(name=None, title="Tanpa nama")
    for case in (named, nameless):
        desk.complete(
            case.id,
            "verify_complaint",
            "admin.instansi",
            decision="ask_completion",
            completion_request="Di mana?",
        )
    assert "completion" in running(desk, named.id)
    assert "completion" not in running(desk, nameless.id)
