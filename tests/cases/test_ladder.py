"""The ladder of escalations: who is alerted at which level, at exact moments, by data alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cases.deadlines.calendar import Calendar, CalendarGapError, DayOff, DayOffKind
from cases.deadlines.counting import count
from cases.deadlines.holiday_seed import seeded_calendar
from cases.deadlines.ladder import TABLE, Rung, alert_after_move, first_alert, next_alert, rung
from cases.reference import shipped_ruleset
from cases.rules.model import ClockRule, Ruleset
from engine.decision_table import DecisionFailedError
from engine.model import Text
from support.clocks import JAKARTA, end_of
from tuntas.office import REFERENCE

MONDAY = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
"""Monday 16 March 2026, 09.00 in western Indonesia; the week of Nyepi and Eid al-Fitr."""

Alert = tuple[int, datetime]


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    """Return the ruleset that ships."""
    return shipped_ruleset(REFERENCE)


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """Return the calendar of an office founded in 2026."""
    return seeded_calendar(JAKARTA, 2026)


def due(calendar: Calendar, rule: ClockRule, started_at: datetime = MONDAY) -> datetime:
    """When the clock is due."""
    found = count(rule, started_at, calendar).due_at
    assert found is not None
    return found


def climb(
    rules: Ruleset, calendar: Calendar, rule: ClockRule, due_at: datetime, started_at: datetime = MONDAY
) -> list[Alert]:
    """Every alert of a clock, one after the other."""
    found: list[Alert] = []
    alert = first_alert(rules, calendar, rule, started_at, due_at)
    while alert is not None:
        found.append(alert)
        alert = next_alert(rules, calendar, rule, due_at, alert[0])
    return found


def test_five_working_days_from_16_march_2026_have_their_five_levels(
    rules: Ruleset, calendar: Calendar
) -> None:
    rule = rules.clocks["final_information"]
    assert climb(rules, calendar, rule, due(calendar, rule)) == [
        # T-1: the working day before Monday 30 March is Friday 27 March.
        (0, end_of("2026-03-27")),
        # T0: the due instant itself.
        (1, end_of("2026-03-30")),
        # T+2
        (2, end_of("2026-04-01")),
        # T+5: Good Friday, 3 April, and the weekend are not counted.
        (3, end_of("2026-04-07")),
        # T+10
        (4, end_of("2026-04-14")),
    ]


# Who is alerted at each level (domain.md section 2, escalation).
RECIPIENTS = [
    (0, Rung(-1, ("owner",))),
    (1, Rung(0, ("superior",))),
    (2, Rung(2, ("head_of_unit", "coordinating_admin"))),
    (3, Rung(5, ("regional_secretary",))),
    (4, Rung(10, ("leadership",))),
    (5, None),
]


@pytest.mark.parametrize(("level", "expected"), RECIPIENTS)
def test_each_level_names_who_is_alerted(rules: Ruleset, level: int, expected: Rung | None) -> None:
    assert rung(rules, rules.clocks["verification"], level) == expected


def test_a_late_approval_goes_past_the_superior_who_is_late(rules: Ruleset) -> None:
    assert rung(rules, rules.clocks["approval"], 1) == Rung(0, ("above_superior",))


# Which levels a clock has, by what its expiry does.
LADDERS = [
    ("verification", [0, 1, 2, 3, 4]),
    ("first_answer_law", [0, 1, 2, 3, 4]),
    ("approval", [0, 1, 2, 3, 4]),
    # A breach is marked when the clock is due, and that is all.
    ("decision_law", [1]),
    ("data_subject", [1]),
    # These clocks do something themselves when they are due.
    ("completion", []),
    ("auto_close", []),
    ("referral_reminder", []),
    ("referral_decision", []),
]


@pytest.mark.parametrize(("clock", "levels"), LADDERS)
def test_a_clock_has_the_levels_that_its_expiry_asks_for(
    rules: Ruleset, calendar: Calendar, clock: str, levels: list[int]
) -> None:
    rule = rules.clocks[clock]
    assert [level for level, _ in climb(rules, calendar, rule, due(calendar, rule))] == levels


def test_no_reminder_is_raised_before_the_clock_began(rules: Ruleset, calendar: Calendar) -> None:
    rule = replace(rules.clocks["first_answer_law"], length=1)
    sunday = datetime(2026, 3, 8, 2, 0, tzinfo=UTC)
    # One calendar day from Sunday ends on Monday; the working day before Monday is Friday, before the start.
    alerts = climb(rules, calendar, rule, due(calendar, rule, sunday), sunday)
    assert alerts[0] == (1, end_of("2026-03-09"))


def test_a_clock_that_is_overdue_when_it_opens_still_has_every_level(
    rules: Ruleset, calendar: Calendar
) -> None:
    rule = rules.clocks["verification"]
    received = datetime(2026, 2, 2, 2, 0, tzinfo=UTC)
    # A letter received on 2 February and entered weeks later: the first level is the reminder, long past.
    alerts = climb(rules, calendar, rule, due(calendar, rule, received), received)
    assert alerts[:2] == [(0, end_of("2026-02-04")), (1, end_of("2026-02-05"))]
    assert len(alerts) == 5


def test_hours_are_due_at_their_instant_and_not_at_midnight(rules: Ruleset, calendar: Calendar) -> None:
    rule = rules.clocks["data_subject"]
    assert climb(rules, calendar, rule, due(calendar, rule)) == [(1, MONDAY + timedelta(hours=72))]


def test_the_levels_follow_a_date_that_moves(rules: Ruleset, calendar: Calendar) -> None:
    rule = rules.clocks["final_information"]
    now, old = end_of("2026-03-28"), due(calendar, rule)
    later = replace(
        calendar, days_off={**calendar.days_off, date(2026, 3, 30): DayOff(Text("", ""), DayOffKind.LOCAL)}
    )
    new = due(later, rule)
    assert (old, new) == (end_of("2026-03-30"), end_of("2026-03-31"))
    # The reminder of 27 March was raised; the level that waits is the one at the due date.
    moved = alert_after_move(rules, later, rule, started_at=MONDAY, due_at=new, level=1, now=now)
    assert moved == (1, end_of("2026-03-31"))


def test_a_clock_that_is_not_due_any_more_begins_again_at_its_due_level(
    rules: Ruleset, calendar: Calendar
) -> None:
    rule = rules.clocks["final_information"]
    new, now = end_of("2026-04-10"), end_of("2026-04-01")
    moved = alert_after_move(rules, calendar, rule, started_at=MONDAY, due_at=new, level=3, now=now)
    assert moved == (1, new)


def test_a_clock_that_stays_overdue_goes_on_at_the_level_that_waited(
    rules: Ruleset, calendar: Calendar
) -> None:
    rule = rules.clocks["final_information"]
    due_at, now = end_of("2026-03-27"), end_of("2026-04-01")
    moved = alert_after_move(rules, calendar, rule, started_at=MONDAY, due_at=due_at, level=3, now=now)
    assert moved == (3, end_of("2026-04-06"))
    ended = alert_after_move(rules, calendar, rule, started_at=MONDAY, due_at=due_at, level=None, now=now)
    assert ended is None


def test_a_level_beyond_the_calendar_is_refused_and_not_guessed(rules: Ruleset, calendar: Calendar) -> None:
    rule = rules.clocks["final_information"]
    short = replace(calendar, last=date(2026, 4, 8))
    due_at = due(short, rule)
    assert next_alert(rules, short, rule, due_at, 2) == (3, end_of("2026-04-07"))
    with pytest.raises(CalendarGapError, match="2026-04-09"):
        next_alert(rules, short, rule, due_at, 3)


def test_another_table_makes_another_ladder(rules: Ruleset, calendar: Calendar) -> None:
    rule = rules.clocks["verification"]
    table = rules.decisions[TABLE].replace(b"<text>10</text>", b"<text>7</text>")
    assert table != rules.decisions[TABLE]
    other = replace(rules, decisions={**rules.decisions, TABLE: table})
    assert rung(other, rule, 4) == Rung(7, ("leadership",))
    assert rung(rules, rule, 4) == Rung(10, ("leadership",))


def test_a_ruleset_without_the_table_is_a_fault_and_not_a_silent_missing_alert(rules: Ruleset) -> None:
    with pytest.raises(DecisionFailedError, match=TABLE):
        rung(replace(rules, decisions={}), rules.clocks["verification"], 1)


def test_every_row_of_the_table_says_that_it_is_inferred(rules: Ruleset) -> None:
    text = rules.decisions[TABLE].decode()
    assert text.count("<rule ") == text.count("<description>[INFER]") - 1
