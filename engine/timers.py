"""Reads what a diagram writes into a timer: a clock key, an ISO 8601 text, or an expression."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.expression_values import ExpressionFailedError, ExpressionRefusedError
from engine.expressions import Compiled, compile_expression
from engine.model import Text

_CLOCK = re.compile(r"clock:([a-z][a-z0-9_]*)")
_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*")
_CYCLE = re.compile(r"R(?P<count>\d{0,4})/(?:(?P<start>\d{4}-[^/]+)/)?(?P<every>P[^/]+)")

MAX_YEARS = 200
"""A timer further away is a mistake, and would leave the calendar."""


@dataclass(frozen=True, slots=True)
class TimerText:
    """The text of a timer: exactly one of the three is set."""

    clock: str | None = None
    literal: str | None = None
    expression: Compiled | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repetition: ``count`` firings (None: without end), the first at ``first``, then ``every`` further."""

    count: int | None
    first: datetime
    every: str


def read_timer(text: str | None) -> TimerText:
    """Read the text of a timer as drawn, quoted or not; raises ``ExpressionRefusedError``."""
    plain = (text or "").strip()
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'":
        plain = plain[1:-1].strip()
    clock = _CLOCK.fullmatch(plain)
    if clock:
        return TimerText(clock=clock.group(1))
    if is_literal(plain):
        return TimerText(literal=plain)
    if plain.startswith("clock:") or not plain:
        raise ExpressionRefusedError(
            Text(f"Bukan waktu: {plain}", f"Not a time: {plain}"),
            Text("Tulis clock:nama, P3D, atau R3/PT24H", "Write clock:name, P3D or R3/PT24H"),
        )
    return TimerText(expression=compile_expression((text or "").strip()))


def is_literal(text: str) -> bool:
    """Tell whether ``text`` is an ISO 8601 duration, date or cycle."""
    return any(pattern.fullmatch(text) for pattern in (_DURATION, _DATE, _CYCLE))


def due_instant(text: str, now: datetime) -> datetime:
    """Answer the UTC instant of a duration from ``now``, or of a date, which must bear its offset."""
    if _DURATION.fullmatch(text):
        return add_duration(now, text)
    if not _DATE.fullmatch(text):
        raise ExpressionFailedError(f"{text[:60]!r} is no ISO 8601 duration or date")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ExpressionFailedError(f"{text[:60]!r} is no ISO 8601 date") from None
    if instant.tzinfo is None:
        # The library would take the server's zone, which is nobody's intention.
        raise ExpressionFailedError(
            f"{text[:60]!r} lacks its offset from UTC, as in 2026-01-31T08:00:00+07:00"
        )
    return instant.astimezone(UTC)


def read_cycle(text: str, now: datetime) -> Cycle:
    """Read ``R3/PT24H`` or ``R3/<date>/PT24H``; without a date the first firing is one period from now."""
    match = _CYCLE.fullmatch(text)
    if match is None:
        raise ExpressionFailedError(f"{text[:60]!r} is no ISO 8601 cycle such as R3/PT24H")
    every = match.group("every")
    if add_duration(now, every) <= now:
        raise ExpressionFailedError(f"{text[:60]!r} repeats without a pause")
    start = match.group("start")
    first = due_instant(start, now) if start else add_duration(now, every)
    return Cycle(int(match.group("count")) if match.group("count") else None, first, every)


def next_firing(due: datetime, every: str, now: datetime) -> datetime:
    """Answer the first firing after ``due`` and ``now``: what an outage missed is not replayed one by one."""
    following = add_duration(due, every)
    if following > now:
        return following
    period = following - due
    missed = (now - due) // period
    following = due + period * missed
    while following <= now:
        following = add_duration(following, every)
    return following


def add_duration(start: datetime, text: str) -> datetime:
    """Add an ISO 8601 duration; months keep the day, or take the month's last one."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ExpressionFailedError(f"{text[:60]!r} is no ISO 8601 duration")
    part = {
        name: float(value) if name == "seconds" else int(value)
        for name, value in match.groupdict("0").items()
    }
    months = int(part["years"] * 12 + part["months"])
    if months > MAX_YEARS * 12 or part["weeks"] * 7 + part["days"] > MAX_YEARS * 366:
        raise ExpressionFailedError(f"{text[:60]!r} is longer than {MAX_YEARS} years")
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    moved = start.replace(year=year, month=month + 1, day=day)
    return moved.astimezone(UTC) + timedelta(
        weeks=part["weeks"],
        days=part["days"],
        hours=part["hours"],
        minutes=part["minutes"],
        seconds=part["seconds"],
    )
