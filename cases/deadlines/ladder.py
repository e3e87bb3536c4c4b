"""The escalation ladder of a clock: who is alerted at which level, and when. Pure; the levels are data of the ruleset.

An alert is attention, never a change of stage or status. Offsets are working days from the due date: T0 is the due
instant itself, T+n the end of the n-th working day after the day on which the clock is due, T-1 the end of the working
day before it (domain.md section 2, escalation; every value is [INFER] and stands in ``escalation_ladder.dmn``).
"""

from dataclasses import dataclass
from datetime import datetime

from cases.dates import day_of
from cases.deadlines.calendar import Calendar
from cases.rules.decisions import decide
from cases.rules.model import ClockRule, Ruleset

TABLE = "escalation_ladder"

AT_DUE = 1
"""The level at which a clock is due: the breach mark of a law clock is set with it."""

TOP = 9
"""The highest level that a ruleset may name."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a clock's ladder."""

    offset: int
    """Working days from the due date; 0 is the due instant."""
    recipients: tuple[str, ...]


def rung(rules: Ruleset, rule: ClockRule, level: int) -> Rung | None:
    """What the ruleset says about a level of a clock; None when nobody is alerted at it.

    Raises DecisionFailedError when the ruleset has no such table.
    """
    answer = decide(rules, TABLE, {"on_expiry": rule.on_expiry, "level": level})
    recipients = tuple(one.strip() for one in str(answer["recipients"]).split(",") if one.strip())
    return Rung(int(answer["offset"]), recipients) if recipients else None


def first_alert(
    rules: Ruleset, calendar: Calendar, rule: ClockRule, started_at: datetime, due_at: datetime
) -> tuple[int, datetime] | None:
    """The first level of a clock that starts, and when it is raised; None for a clock without a ladder.

    A reminder that would lie before the start is skipped. What is overdue already, as with a letter that was entered
    late, is answered all the same: each level is raised once, in order. Raises CalendarGapError.
    """
    return _alert_from(rules, calendar, rule, due_at, level=0, started_at=started_at)


def next_alert(
    rules: Ruleset, calendar: Calendar, rule: ClockRule, due_at: datetime, level: int
) -> tuple[int, datetime] | None:
    """The level after ``level`` and when it is raised; None after the last. Raises CalendarGapError."""
    return _alert_from(rules, calendar, rule, due_at, level=level + 1)


def alert_after_move(
    rules: Ruleset,
    calendar: Calendar,
    rule: ClockRule,
    *,
    started_at: datetime,
    due_at: datetime,
    level: int | None,
    now: datetime,
) -> tuple[int, datetime] | None:
    """The next level of a clock whose due date moved, ``level`` until now: the same level at its new time.

    A clock that was due and is not any more begins again at its due level, so that missing the new date is marked as
    well; levels raised already are not raised twice. Raises CalendarGapError.
    """
    if due_at > now:
        level = AT_DUE if level is None else min(level, AT_DUE)
    if level is None:
        return None
    return _alert_from(rules, calendar, rule, due_at, level=level, started_at=started_at)


def _alert_from(
    rules: Ruleset,
    calendar: Calendar,
    rule: ClockRule,
    due_at: datetime,
    *,
    level: int,
    started_at: datetime | None = None,
) -> tuple[int, datetime] | None:
    for candidate in range(level, TOP + 1):
        found = rung(rules, rule, candidate)
        if found is None:
            continue
        at = _moment(calendar, due_at, found.offset)
        if found.offset >= 0 or started_at is None or at >= started_at:
            return candidate, at
    return None


def _moment(calendar: Calendar, due_at: datetime, offset: int) -> datetime:
    if offset == 0:
        return due_at
    return calendar.end_of(calendar.shift(day_of(due_at, calendar.zone), offset))
