"""Changes of the office's working-day calendar: each makes a new version and counts the open deadlines anew."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.deadlines.calendar import ZONES, Calendar, DayOff, DayOffKind
from cases.deadlines.calendars import store_calendar
from cases.deadlines.recalculation import begin_recalculation
from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.model import Actor
from cases.policy import require_act
from engine.model import Text
from storage.tables import CalendarVersion, Office, User

MAX_REASON = 300
MAX_NAME = 120
DAYS_OF_WEEK = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class AddDayOff:
    """Nobody works on this day."""

    day: date
    name: Text
    kind: DayOffKind = DayOffKind.LOCAL


@dataclass(frozen=True, slots=True)
class RemoveDayOff:
    """This day is worked after all."""

    day: date


@dataclass(frozen=True, slots=True)
class RenameDayOff:
    """The day off has another name, or is of another kind."""

    day: date
    name: Text
    kind: DayOffKind | None = None


@dataclass(frozen=True, slots=True)
class ChangeWeek:
    """The office works on other days of the week, five or six of them; Monday is 0."""

    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class ChangeZone:
    """The office keeps another time: ``Asia/Jakarta``, ``Asia/Makassar`` or ``Asia/Jayapura``."""

    zone: str


@dataclass(frozen=True, slots=True)
class ExtendByYear:
    """The calendar reaches one year further, with the days off that the ``holidays`` package knows."""


CalendarChange = AddDayOff | RemoveDayOff | RenameDayOff | ChangeWeek | ChangeZone | ExtendByYear


@dataclass(frozen=True, slots=True)
class ChangedCalendar:
    """What a change made: the version in force now, and the job that counts the open deadlines anew."""

    version: int
    recalculation_id: str
    affected: int
    """Cases with an open deadline that the change may move."""


@dataclass(frozen=True, slots=True)
class CalendarVersionView:
    """One version of the calendar: who made it, when and why."""

    version: int
    reason: str
    at: datetime
    by: str | None
    """The user's name; None for the version that came with the office."""


@dataclass(frozen=True, slots=True)
class YearView:
    """The calendar in force, as far as one year is concerned."""

    version: int
    year: int
    zone: str
    weekdays: frozenset[int]
    first: date
    last: date
    """First and last day that the calendar covers."""
    days_off: tuple[tuple[date, DayOff], ...]
    working_days: int


def change_calendar(
    session: Session, env: Environment, change: CalendarChange, *, by: Actor, reason: str
) -> ChangedCalendar:
    """Put the next version of the calendar in force; a worker then counts the open deadlines anew.

    Raises NotFoundError unless the actor may manage settings, and RefusedByRuleError for a change without a reason, one
    that contradicts the calendar, and one that changes nothing.
    """
    require_act(env, by, "manage_settings")
    why = _checked_reason(reason)
    old = env.calendars.current(session)
    new = replace(_changed(old, change), version=old.version + 1)
    _check(old, new)
    store_calendar(session, new, reason=why, at=env.clock.now(), created_by=by.id)
    if new.zone != old.zone:
        session.execute(update(Office).values(timezone=new.zone.key))
    job = begin_recalculation(session, env, new, differences(old, new), reason=why)
    return ChangedCalendar(new.version, job.id, job.total)


def calendar_history(session: Session, *, limit: int = 100) -> tuple[CalendarVersionView, ...]:
    """The versions of the calendar, newest first. One statement."""
    query = (
        select(CalendarVersion, User.name)
        .outerjoin(User, User.id == CalendarVersion.created_by)
        .order_by(CalendarVersion.version.desc())
        .limit(limit)
    )
    return tuple(
        CalendarVersionView(row.version, row.reason, row.created_at, name)
        for row, name in session.execute(query)
    )


def calendar_of_year(session: Session, env: Environment, year: int) -> YearView:
    """The days off and the working days of a year, by the calendar in force; what it does not cover is not counted."""
    calendar = env.calendars.current(session)
    first, last = max(calendar.first, date(year, 1, 1)), min(calendar.last, date(year, 12, 31))
    days = [first + timedelta(days=after) for after in range((last - first).days + 1)]
    return YearView(
        version=calendar.version,
        year=year,
        zone=calendar.zone.key,
        weekdays=calendar.weekdays,
        first=calendar.first,
        last=calendar.last,
        days_off=tuple((day, off) for day, off in sorted(calendar.days_off.items()) if day.year == year),
        working_days=sum(calendar.is_working(day) for day in days),
    )


def differences(old: Calendar, new: Calendar) -> Mapping[str, Any]:
    """What differs between two versions, as the history tells it: days by ISO date with their names."""
    found: dict[str, Any] = {
        "added": _named(new, set(new.days_off) - set(old.days_off)),
        "removed": _named(old, set(old.days_off) - set(new.days_off)),
        "renamed": _named(
            new, {day for day, off in new.days_off.items() if old.days_off.get(day, off) != off}
        ),
    }
    if new.weekdays != old.weekdays:
        found["weekdays"] = {"from": sorted(old.weekdays), "to": sorted(new.weekdays)}
    if new.zone != old.zone:
        found["zone"] = {"from": old.zone.key, "to": new.zone.key}
    if new.last != old.last:
        found["last"] = {"from": old.last.isoformat(), "to": new.last.isoformat()}
    return {name: value for name, value in found.items() if value}


def _named(calendar: Calendar, days: set[date]) -> dict[str, dict[str, str]]:
    names = {day.isoformat(): calendar.days_off[day].name for day in sorted(days)}
    return {day: {"id": name.id, "en": name.en} for day, name in names.items()}


def _changed(old: Calendar, change: CalendarChange) -> Calendar:
    match change:
        case AddDayOff(day, name, kind):
            return _with_days(old, _added(old, day, DayOff(_checked_name(name), kind)))
        case RemoveDayOff(day):
            _known_day_off(old, day)
            return _with_days(old, {one: off for one, off in old.days_off.items() if one != day})
        case RenameDayOff(day, name, kind):
            kind = kind or _known_day_off(old, day).kind
            _known_day_off(old, day)
            return _with_days(old, {**old.days_off, day: DayOff(_checked_name(name), kind)})
        case ChangeWeek(weekdays):
            return replace(old, weekdays=_checked_week(weekdays))
        case ChangeZone(zone):
            return replace(old, zone=_checked_zone(zone))
        case ExtendByYear():
            return _extended(old)


def _with_days(old: Calendar, days_off: Mapping[date, DayOff]) -> Calendar:
    return replace(old, days_off=dict(sorted(days_off.items())))


def _added(old: Calendar, day: date, off: DayOff) -> Mapping[date, DayOff]:
    if not old.first <= day <= old.last:
        raise _refused(
            f"Kalender mencakup {old.first.isoformat()} sampai {old.last.isoformat()}. "
            f"Tambahkan tahun {day.year} terlebih dahulu, atau periksa tanggalnya.",
            f"The calendar covers {old.first.isoformat()} to {old.last.isoformat()}. "
            f"Add the year {day.year} first, or check the date.",
        )
    known = old.days_off.get(day)
    if known is not None:
        raise _refused(
            f"{day.isoformat()} sudah hari libur: {known.name.id}. Ubah namanya bila perlu.",
            f"{day.isoformat()} is a day off already: {known.name.en}. Rename it if need be.",
        )
    if day.weekday() not in old.weekdays:
        raise _refused(
            f"{day.isoformat()} memang bukan hari kerja; tidak ada yang berubah.",
            f"{day.isoformat()} is no working day anyway; nothing would change.",
        )
    return {**old.days_off, day: off}


def _known_day_off(old: Calendar, day: date) -> DayOff:
    known = old.days_off.get(day)
    if known is None:
        raise _refused(
            f"{day.isoformat()} bukan hari libur dalam kalender. Periksa tanggalnya.",
            f"{day.isoformat()} is no day off in the calendar. Check the date.",
        )
    return known


def _extended(old: Calendar) -> Calendar:
    # The package takes a second to import, and is needed once a year.
    from cases.deadlines.holiday_seed import days_off_of  # noqa: PLC0415

    year = old.last.year + 1
    return replace(
        old, last=date(year, 12, 31), days_off={**days_off_of(range(year, year + 1)), **old.days_off}
    )


def _check(old: Calendar, new: Calendar) -> None:
    if not differences(old, new):
        raise _refused(
            "Tidak ada yang berubah; kalender sudah demikian.",
            "Nothing would change; the calendar says so already.",
        )
    for year in range(new.first.year, new.last.year + 1):
        if not _has_work(new, year):
            raise _refused(
                f"Tidak tersisa satu hari kerja pun pada tahun {year}. Hapus sebagian hari liburnya.",
                f"The year {year} would have no working day at all. Remove some of its days off.",
            )


def _has_work(calendar: Calendar, year: int) -> bool:
    days = (date(year, 1, 1) + timedelta(days=after) for after in range(366))
    return any(calendar.is_working(day) for day in days if day.year == year)


def _checked_reason(reason: str) -> str:
    kept = " ".join(reason.split())
    if not kept:
        raise _refused(
            "Tuliskan alasannya: riwayat setiap kasus menyebutkannya.",
            "Say why: the history of every case will tell.",
        )
    if len(kept) > MAX_REASON:
        raise _refused(
            f"Alasan paling panjang {MAX_REASON} huruf.", f"A reason has at most {MAX_REASON} characters."
        )
    return kept


def _checked_name(name: Text) -> Text:
    kept = Text(" ".join(name.id.split()), " ".join(name.en.split()) or " ".join(name.id.split()))
    if not kept.id or max(len(kept.id), len(kept.en)) > MAX_NAME:
        raise _refused(
            f"Beri nama hari libur itu, paling panjang {MAX_NAME} huruf.",
            f"Name the day off, in at most {MAX_NAME} characters.",
        )
    return kept


def _checked_week(weekdays: frozenset[int]) -> frozenset[int]:
    if len(weekdays) not in (5, 6) or not weekdays <= DAYS_OF_WEEK:
        raise _refused(
            "Pilih lima atau enam hari kerja dalam seminggu.", "Choose five or six working days of the week."
        )
    return frozenset(weekdays)


def _checked_zone(zone: str) -> ZoneInfo:
    if zone not in ZONES:
        named = ", ".join(f"{key} ({short})" for key, short in ZONES.items())
        raise _refused(
            f"Zona waktu tidak dikenal. Pilih salah satu: {named}.",
            f"Unknown time zone. Choose one of: {named}.",
        )
    return ZoneInfo(zone)


def _refused(indonesian: str, english: str) -> RefusedByRuleError:
    return RefusedByRuleError(Text(id=indonesian, en=english))
