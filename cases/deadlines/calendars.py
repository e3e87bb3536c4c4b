"""The calendars of the office as stored: every version is kept, the highest is in force."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from cases.deadlines.calendar import FIVE_DAYS, Calendar, DayOff, DayOffKind
from engine.model import Text
from storage.queries.once import once
from storage.tables import CalendarVersion

KEPT = 64
"""Versions that a process remembers; the oldest is forgotten first."""


NEWEST = select(func.max(CalendarVersion.version).label("version"))
"""The version in force."""


class CalendarMissingError(Exception):
    """No calendar is stored; 'tuntas migrate' and 'tuntas init' put the first one in place."""


class Calendars:
    """Reads calendars; a version never changes, so each is read once by a process. Safe for threads."""

    def __init__(self) -> None:
        self._known: dict[int, Calendar] = {}
        self._lock = Lock()
        self.zone: ZoneInfo | None = None
        """The time zone of the calendar in force, once this process has read it."""

    def current(self, session: Session, version: int | None = None) -> Calendar:
        """The calendar in force. One small statement, unless its version is known; raises CalendarMissingError."""
        version = version or once(session, "calendar in force", lambda: session.scalar(NEWEST))
        if version is None:
            raise CalendarMissingError
        calendar = self.get(session, version)
        self.zone = calendar.zone
        return calendar

    def get(self, session: Session, version: int) -> Calendar:
        """One version. No statement when this process has seen it; raises CalendarMissingError."""
        known = self._known.get(version)
        if known is None:
            content = session.scalar(
                select(CalendarVersion.content).where(CalendarVersion.version == version)
            )
            if content is None:
                raise CalendarMissingError
            known = self._keep(version, content)
        return known

    def several(self, session: Session, versions: Collection[int]) -> Mapping[int, Calendar]:
        """These versions, as far as they exist. One statement for all that this process has not seen."""
        found = {version: known for version in versions if (known := self._known.get(version)) is not None}
        missing = sorted(set(versions) - set(found))
        if missing:
            rows = session.execute(
                select(CalendarVersion.version, CalendarVersion.content).where(
                    CalendarVersion.version.in_(missing)
                )
            )
            found |= {row.version: self._keep(row.version, row.content) for row in rows}
        return found

    def _keep(self, version: int, content: Mapping[str, Any]) -> Calendar:
        known = read_calendar(version, content)
        with self._lock:
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[version] = known
        return known


def read_calendar(version: int, content: Mapping[str, Any]) -> Calendar:
    """The calendar of a stored content. Raises KeyError or ValueError when it is none."""
    return Calendar(
        version=version,
        zone=ZoneInfo(content["zone"]),
        weekdays=frozenset(content["weekdays"]),
        first=date.fromisoformat(content["first"]),
        last=date.fromisoformat(content["last"]),
        days_off={
            date.fromisoformat(day): DayOff(Text(one["id"], one["en"]), DayOffKind(one["kind"]))
            for day, one in content["days_off"].items()
        },
    )


def write_calendar(calendar: Calendar) -> dict[str, Any]:
    """The stored content of a calendar: what ``read_calendar`` reads."""
    return {
        "zone": calendar.zone.key,
        "weekdays": sorted(calendar.weekdays),
        "first": calendar.first.isoformat(),
        "last": calendar.last.isoformat(),
        "days_off": {
            day.isoformat(): {"id": off.name.id, "en": off.name.en, "kind": off.kind.value}
            for day, off in sorted(calendar.days_off.items())
        },
    }


def store_calendar(
    session: Session, calendar: Calendar, *, reason: str, at: datetime, created_by: str | None
) -> None:
    """Add a version; two at once break the key and one of them begins anew."""
    session.execute(
        insert(CalendarVersion).values(
            version=calendar.version,
            content=write_calendar(calendar),
            reason=reason,
            created_at=at,
            created_by=created_by,
        )
    )


def first_calendar(zone: ZoneInfo, days_off: Mapping[date, DayOff], *, first: date, last: date) -> Calendar:
    """Version 1: five days a week with the days off of the seed."""
    return Calendar(1, zone, FIVE_DAYS, days_off, first, last)
