"""A second calculator of deadlines, from the words of the domain alone: one day at a time, in local clock time.

It shares no code and no types with the product: zones are hours, pauses pairs of local times, holidays a set.
It is slow and plain on purpose; tests hold ``cases.deadlines.counting`` to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

OFFSETS = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}
ONE_DAY, ONE_MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class SlowDay:
    """One local day after the start, and every reason for which it does not count."""

    day: date
    reasons: set[str] = field(default_factory=set)


@dataclass
class SlowAnswer:
    """The last day, the UTC instant (without zone) that ends it, and each day on the way.

    ``last`` is None while nobody can know it.
    """

    last: date | None
    ends_at_utc: datetime | None
    days: list[SlowDay]


@dataclass
class SlowOffice:
    """When an office works, in the plainest form."""

    offset: int
    working_weekdays: set[int]
    """1 is Monday, 7 Sunday."""
    holidays: set[date]

    def local(self, utc: datetime) -> datetime:
        """What the clock on the office's wall shows."""
        return utc.replace(tzinfo=None) + timedelta(hours=self.offset)

    def utc(self, local: datetime) -> datetime:
        """The same moment in UTC, without zone."""
        return local - timedelta(hours=self.offset)

    def works_on(self, day: date) -> bool:
        """Neither a weekend day, nor a national holiday, nor collective leave."""
        return day.isoweekday() in self.working_weekdays and day not in self.holidays

    def working_days_in(self, year: int) -> int:
        """How many days the office works in a year."""
        day, found = date(year, 1, 1), 0
        while day.year == year:
            if self.works_on(day):
                found = found + 1
            day = day + ONE_DAY
        return found


def touched(day: date, pauses: list[tuple[datetime, datetime | None]]) -> str | None:
    """Whether a pause takes any time of the local day: ``paused``, ``waiting`` when it still lasts, or None."""
    answer = None
    midnight = datetime.combine(day, time())
    next_midnight = midnight + ONE_DAY
    for begins, ends in pauses:
        if ends is None:
            if begins < next_midnight:
                return "waiting"
        elif begins < ends and begins < next_midnight and ends > midnight:
            answer = "paused"
    return answer


def slow_days(
    office: SlowOffice,
    start_utc: datetime,
    length: int,
    pauses: list[tuple[datetime, datetime | None]],
    *,
    only_working_days: bool,
) -> SlowAnswer:
    """The day of the start is day 0. Walk on day by day until ``length`` days have counted."""
    day, walked, counted = office.local(start_utc).date(), [], 0
    while counted < length:
        day = day + ONE_DAY
        seen = SlowDay(day)
        walked.append(seen)
        if only_working_days and day.isoweekday() not in office.working_weekdays:
            seen.reasons.add("weekend")
        if only_working_days and day in office.holidays:
            seen.reasons.add("holiday")
        pause = touched(day, pauses)
        if pause is not None:
            seen.reasons.add(pause)
        if pause == "waiting":
            return SlowAnswer(None, None, walked)
        if not seen.reasons:
            counted = counted + 1
    return SlowAnswer(day, office.utc(datetime.combine(day, time()) + ONE_DAY), walked)


def slow_hours(
    start_utc: datetime, hours: int, pauses_utc: list[tuple[datetime, datetime | None]]
) -> datetime | None:
    """Let a stop-watch run minute by minute, standing still while any pause lasts. Whole minutes only."""
    now, left = start_utc.replace(tzinfo=None), hours * 60
    while left:
        standing = False
        for begins, ends in pauses_utc:
            if begins <= now and ends is None:
                return None
            if ends is not None and begins <= now < ends:
                standing = True
        if not standing:
            left = left - 1
        now = now + ONE_MINUTE
    return now
