"""The administrator changes the calendar: a new version, a reason, and a plain refusal of what contradicts it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cases.deadlines.calendar import SIX_DAYS, Calendar, DayOff, DayOffKind
from cases.deadlines.calendar_changes import (
    AddDayOff,
    CalendarChange,
    ChangedCalendar,
    ChangeWeek,
    ChangeZone,
    ExtendByYear,
    RemoveDayOff,
    RenameDayOff,
    calendar_history,
    calendar_of_year,
    change_calendar,
)
from cases.errors import NotFoundError, RefusedByRuleError
from cases.model import SYSTEM
from engine.model import Text
from storage.tables import CalendarVersion, Office, Recalculation
from support.calendars import with_calendar
from support.office import Desk, actor_named
from support.own_process import at_once
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
BIRTHDAY = AddDayOff(date(2026, 3, 30), Text("Hari Jadi Kabupaten", "Anniversary of the Regency"))
EID = date(2026, 3, 21)
GOOD_FRIDAY = date(2026, 4, 3)


def change(
    office: Tuntas, what: CalendarChange, *, reason: str = "Keputusan bupati", by: str | None = None
) -> ChangedCalendar:
    """Somebody changes the calendar; the system when nobody is named."""
    actor = actor_named(office, by) if by else SYSTEM
    return office.work.write(
        lambda session: change_calendar(session, office.env, what, by=actor, reason=reason)
    )


def calendar(office: Tuntas) -> Calendar:
    """The calendar in force."""
    return office.work.read(office.env.calendars.current)


def test_a_day_off_makes_a_new_version_with_its_reason_and_its_author(office: Tuntas) -> None:
    old = calendar(office)
    done = change(office, BIRTHDAY, reason=" Keputusan  bupati 12/2026 ", by="administrator")
    new = calendar(office)
    assert (done.version, new.version) == (2, 2)
    assert old.is_working(BIRTHDAY.day)
    assert new.days_off[BIRTHDAY.day] == DayOff(BIRTHDAY.name, DayOffKind.LOCAL)
    assert office.work.read(lambda session: office.env.calendars.get(session, 1)) == old
    newest, first = office.work.read(calendar_history)
    assert (newest.version, newest.reason, newest.at) == (
        2,
        "Keputusan bupati 12/2026",
        office.env.clock.now(),
    )
    assert newest.by is not None
    assert (first.version, first.by) == (1, None)


def test_a_year_tells_its_days_off_and_its_240_working_days(office: Tuntas) -> None:
    def read() -> Any:
        return office.work.read(lambda session: calendar_of_year(session, office.env, 2026))

    before = read()
    # domain.md section 3: 261 weekdays, 240 working days.
    assert (before.year, before.version, before.working_days) == (2026, 1, 240)
    assert (EID, "Hari Raya Idul Fitri") in [(day, off.name.id) for day, off in before.days_off]
    change(office, BIRTHDAY)
    after = read()
    assert (after.version, after.working_days) == (2, 239)
    beyond = office.work.read(lambda session: calendar_of_year(session, office.env, 2090))
    assert (beyond.days_off, beyond.working_days) == ((), 0)


@ON_SQLITE
def test_a_day_off_can_be_taken_back_and_renamed(office: Tuntas) -> None:
    change(office, RenameDayOff(GOOD_FRIDAY, Text("Jumat Agung", "Good Friday (corrected)")))
    renamed = calendar(office).days_off[GOOD_FRIDAY]
    assert (renamed.name.en, renamed.kind) == ("Good Friday (corrected)", DayOffKind.NATIONAL)
    change(office, RemoveDayOff(GOOD_FRIDAY))
    assert calendar(office).is_working(GOOD_FRIDAY)


@ON_SQLITE
def test_the_week_may_have_six_working_days(office: Tuntas) -> None:
    saturday = date(2026, 3, 7)
    assert not calendar(office).is_working(saturday)
    change(office, ChangeWeek(SIX_DAYS))
    assert calendar(office).is_working(saturday)


@ON_SQLITE
def test_another_zone_is_that_of_the_office_and_of_every_page(office: Tuntas) -> None:
    change(office, ChangeZone("Asia/Jayapura"))
    assert office.work.read(lambda session: session.scalar(select(Office.timezone))) == "Asia/Jayapura"
    # 23.00 on 2 March in Jakarta is 3 March in Jayapura.
    assert calendar(office).local_day(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)
    assert office.env.zone.key == "Asia/Jayapura"


@ON_SQLITE
def test_a_further_year_comes_with_its_holidays_and_keeps_what_was_entered(office: Tuntas) -> None:
    old = calendar(office)
    change(office, ExtendByYear())
    new = calendar(office)
    year = old.last.year + 1
    assert new.last == date(year, 12, 31)
    assert new.days_off[date(year, 1, 1)].kind is DayOffKind.NATIONAL
    assert {day: off for day, off in new.days_off.items() if day <= old.last} == old.days_off


@ON_SQLITE
def test_a_change_names_what_differs_for_the_job_that_follows(office: Tuntas) -> None:
    done = change(office, BIRTHDAY, reason="Keputusan bupati")
    (job,) = office.work.read(lambda session: session.scalars(select(Recalculation)).all())
    assert (job.id, job.calendar_version, job.total) == (done.recalculation_id, 2, 0)
    assert job.changes == {
        "added": {"2026-03-30": {"id": "Hari Jadi Kabupaten", "en": "Anniversary of the Regency"}},
        "reason": "Keputusan bupati",
    }


def test_only_cases_with_a_deadline_on_or_after_the_day_are_affected(desk: Desk) -> None:
    cases = [desk.register(title=f"Aduan {number}") for number in range(3)]
    assert len(cases) == 3
    # The last deadline of a complaint of 2 March ends on 27 March, its escalation would be later.
    assert change(desk.office, BIRTHDAY).affected == 0
    assert change(desk.office, AddDayOff(date(2026, 3, 26), Text("Libur", "Day off"))).affected == 3


# (change, what the refusal says)
REFUSALS: list[tuple[CalendarChange, str]] = [
    # Outside what the calendar covers.
    (AddDayOff(date(2090, 1, 1), Text("Libur", "Day off")), "Add the year 2090 first"),
    (AddDayOff(date(1999, 1, 1), Text("Libur", "Day off")), "covers 2000-01-01"),
    # A day off already, and a Saturday.
    (AddDayOff(GOOD_FRIDAY, Text("Libur", "Day off")), "is a day off already"),
    (AddDayOff(date(2026, 3, 28), Text("Libur", "Day off")), "no working day anyway"),
    # Without a name, and with too long a one.
    (AddDayOff(date(2026, 3, 30), Text("  ", "Day off")), "Name the day off"),
    (AddDayOff(date(2026, 3, 30), Text("x" * 121, "Day off")), "Name the day off"),
    # A day that is not there.
    (RemoveDayOff(date(2026, 3, 30)), "is no day off in the calendar"),
    (RenameDayOff(date(2026, 3, 30), Text("Libur", "Day off")), "is no day off in the calendar"),
    # A week without work, with too little or too much of it, and with a day that no week has.
    (ChangeWeek(frozenset()), "five or six working days"),
    (ChangeWeek(frozenset({0, 1, 2, 3})), "five or six working days"),
    (ChangeWeek(frozenset(range(7))), "five or six working days"),
    (ChangeWeek(frozenset({0, 1, 2, 3, 9})), "five or six working days"),
    # Zones that do not exist, or not in Indonesia.
    (ChangeZone("Asia/Atlantis"), "Unknown time zone"),
    (ChangeZone("Europe/Berlin"), "Unknown time zone"),
    # What is so already.
    (ChangeWeek(frozenset(range(5))), "Nothing would change"),
    (ChangeZone("Asia/Jakarta"), "Nothing would change"),
]


@ON_SQLITE
@pytest.mark.parametrize(("what", "said"), REFUSALS)
def test_a_change_that_contradicts_the_calendar_is_refused_in_both_languages(
    office: Tuntas, what: CalendarChange, said: str
) -> None:
    with pytest.raises(RefusedByRuleError, match=said) as refused:
        change(office, what)
    assert refused.value.text.id
    assert refused.value.text.id != refused.value.text.en
    assert calendar(office).version == 1


@ON_SQLITE
def test_a_year_without_any_working_day_is_refused(office: Tuntas) -> None:
    every = {
        date.fromordinal(day) for day in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    }
    off = {day: DayOff(Text("Tutup", "Closed"), DayOffKind.LOCAL) for day in every - {date(2026, 3, 30)}}
    with_calendar(office, days_off=off)
    with pytest.raises(RefusedByRuleError, match="2026 would have no working day"):
        change(office, BIRTHDAY)


@ON_SQLITE
@pytest.mark.parametrize(
    ("reason", "said"), [("", "Say why"), (" \n ", "Say why"), ("x" * 301, "at most 300")]
)
def test_a_change_needs_a_reason(office: Tuntas, reason: str, said: str) -> None:
    with pytest.raises(RefusedByRuleError, match=said):
        change(office, BIRTHDAY, reason=reason)


@ON_SQLITE
@pytest.mark.parametrize("username", ["admin.instansi", "sekda", "auditor", "perancang"])
def test_nobody_but_the_system_administrator_changes_the_calendar(office: Tuntas, username: str) -> None:
    with pytest.raises(NotFoundError):
        change(office, BIRTHDAY, by=username)


def test_two_changes_at_the_same_moment_are_two_versions(office: Tuntas) -> None:
    other = AddDayOff(date(2026, 3, 31), Text("Pemilihan kepala desa", "Village election"))

    def put(what: CalendarChange) -> Any:
        def run(work: UnitOfWork) -> Any:
            return work.write(
                lambda session: change_calendar(
                    session, office.env, what, by=SYSTEM, reason="Keputusan bupati"
                )
            )

        return run

    done = at_once(office, put(BIRTHDAY), put(other))
    assert sorted(one.version for one in done) == [2, 3]
    assert {BIRTHDAY.day, other.day} <= set(calendar(office).days_off)
    versions = office.work.read(lambda session: session.scalars(select(CalendarVersion.version)).all())
    assert sorted(versions) == [1, 2, 3]
