"""The working-day calendar of an office: which local days are worked, and why the others are not. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cases.dates import day_end, day_start
from engine.model import Text

FIVE_DAYS = frozenset(range(5))
SIX_DAYS = frozenset(range(6))
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


class CalendarGapError(Exception):
    """The calendar does not reach as far as the deadline: let the administrator add the year."""

    def __init__(self, day: date, version: int) -> None:
        self.day = day
        self.version = version
        super().__init__(
            f"calendar version {version} does not cover {day.isoformat()}; add the year {day.year}"
        )


class DayOffKind(StrEnum):
    """Why nobody works on a weekday."""

    NATIONAL = "national"
    COLLECTIVE_LEAVE = "collective_leave"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class DayOff:
    """A named day on which the office is closed."""

    name: Text
    kind: DayOffKind


@dataclass(frozen=True, slots=True)
class Calendar:
    """One immutable version of an office's calendar."""

    version: int
    zone: ZoneInfo
    weekdays: frozenset[int] = FIVE_DAYS
    """Working days of the week, Monday 0."""
    days_off: Mapping[date, DayOff] = field(default_factory=dict)
    first: date = date.min
    last: date = date.max
    """First and last day that the calendar knows; counting beyond is refused, never guessed."""

    def is_working(self, day: date) -> bool:
        """Whether the office works on a local day."""
        return day.weekday() in self.weekdays and day not in self.days_off

    def local_day(self, at: datetime) -> date:
        """The local day of an aware instant."""
        return at.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The local midnight that ends a day, as an exclusive UTC instant."""
        return day_end(day, self.zone)

    def start_of(self, day: date) -> datetime:
        """The local midnight that begins a day, in UTC."""
        return day_start(day, self.zone)

    def shift(self, day: date, working_days: int) -> date:
        """The day ``working_days`` working days after (or, negative, before) a day. Raises CalendarGapError."""
        step = timedelta(days=1 if working_days > 0 else -1)
        left = abs(working_days)
        while left:
            day += step
            self.require(day)
            left -= self.is_working(day)
        return day

    def require(self, day: date) -> None:
        """Refuse a day that the calendar does not know. Raises CalendarGapError."""
        if not self.first <= day <= self.last:
            raise CalendarGapError(day, self.version)
