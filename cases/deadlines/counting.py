"""Counts a clock from its start to its due date, and keeps every step of the count. Pure: no tables, no globals.

Day 0 is the local day of the start; counting begins on the next day that counts. A local day touched by a pause, even
for an hour, is not counted; a pause that ends at midnight leaves the next day untouched. Working days are those of the
calendar; calendar days never move to a working day, and need no calendar. The due instant is the local midnight that
ends the last day (domain.md section 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from cases.dates import day_of, last_day
from cases.deadlines.calendar import Calendar, DayOff
from cases.rules.model import ClockRule, Unit
from engine.model import Text


class StepKind(StrEnum):
    """What one step of a count says."""

    START = "start"
    COUNTED = "counted"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    HOURS = "hours"
    DUE = "due"
    WAITING = "waiting"
    """The clock is paused and nobody knows yet for how long."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock does not count; ``end`` None while it lasts."""

    start: datetime
    end: datetime | None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class CountStep:
    """One local day (or span of hours) of a count."""

    kind: StepKind
    on: date
    number: int | None = None
    """Which counted day this is, from 1; the hours left for ``hours``."""
    name: Text | None = None
    """The holiday's name."""
    stage: str | None = None
    """In which stage the clock was paused."""


@dataclass(frozen=True, slots=True)
class Count:
    """A due date with the steps that lead to it; ``due_at`` None while an open pause holds it."""

    clock: str
    start: datetime
    due_at: datetime | None
    due_on: date | None
    steps: tuple[CountStep, ...]
    length: int
    """Units that were counted, the extension included."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The local days that a pause touches."""

    first: date
    last: date | None
    stage: str | None

    @classmethod
    def of(cls, pause: Pause, calendar: Calendar) -> "_Span":
        return cls(calendar.local_day(pause.start), last_day(pause.end, calendar.zone), pause.stage)

    def holds(self, day: date) -> bool:
        return self.last is None and self.first <= day

    def touches(self, day: date) -> bool:
        return self.last is not None and self.first <= day <= self.last


def count(
    rule: ClockRule,
    start: datetime,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    *,
    extended: bool = False,
) -> Count:
    """Count a clock. ``start`` is an aware instant; pauses of a clock that never pauses are ignored.

    Raises CalendarGapError when the calendar does not reach the due date of a clock of working days.
    """
    length = rule.length + (rule.extension if extended else 0)
    held = [pause for pause in pauses if rule.may_pause and pause.start != pause.end]
    if rule.unit is Unit.HOURS:
        return _count_hours(rule, start, calendar, held, length)
    return _count_days(rule, start, calendar, held, length)


def _count_days(
    rule: ClockRule, start: datetime, calendar: Calendar, pauses: Sequence[Pause], length: int
) -> Count:
    day = calendar.local_day(start)
    steps = [CountStep(StepKind.START, day)]
    spans = [_Span.of(pause, calendar) for pause in pauses]
    counted = 0
    while counted < length:
        day += timedelta(days=1)
        held = next((span for span in spans if span.holds(day)), None)
        if held is not None:
            steps.append(CountStep(StepKind.WAITING, day, stage=held.stage))
            return Count(rule.key, start, None, None, tuple(steps), length)
        if rule.unit is Unit.WORKING_DAYS:
            calendar.require(day)
        step = _judge(rule, day, calendar, spans, counted + 1)
        counted += step.kind is StepKind.COUNTED
        steps.append(step)
    steps.append(CountStep(StepKind.DUE, day))
    return Count(rule.key, start, calendar.end_of(day), day, tuple(steps), length)


def _judge(rule: ClockRule, day: date, calendar: Calendar, spans: Sequence[_Span], number: int) -> CountStep:
    if rule.unit is Unit.WORKING_DAYS and day.weekday() not in calendar.weekdays:
        return CountStep(StepKind.WEEKEND, day)
    off: DayOff | None = calendar.days_off.get(day) if rule.unit is Unit.WORKING_DAYS else None
    if off is not None:
        return CountStep(StepKind.HOLIDAY, day, name=off.name)
    pause = next((span for span in spans if span.touches(day)), None)
    if pause is not None:
        return CountStep(StepKind.PAUSED, day, stage=pause.stage)
    return CountStep(StepKind.COUNTED, day, number)


def _count_hours(
    rule: ClockRule, start: datetime, calendar: Calendar, pauses: Sequence[Pause], length: int
) -> Count:
    due = start + timedelta(hours=length)
    steps = [
        CountStep(StepKind.START, calendar.local_day(start)),
        CountStep(StepKind.HOURS, calendar.local_day(start), length),
    ]
    seen = start
    for pause in sorted(pauses, key=lambda one: one.start):
        if pause.start >= due or (pause.end is not None and pause.end <= seen):
            continue
        if pause.end is None:
            day = calendar.local_day(max(pause.start, start))
            steps.append(CountStep(StepKind.WAITING, day, stage=pause.stage))
            return Count(rule.key, start, None, None, tuple(steps), length)
        due += pause.end - max(pause.start, seen)
        seen = pause.end
        day = calendar.local_day(max(pause.start, start))
        steps.append(CountStep(StepKind.PAUSED, day, stage=pause.stage))
    day = day_of(due, calendar.zone)
    steps.append(CountStep(StepKind.DUE, day))
    return Count(rule.key, start, due, day, tuple(steps), length)
