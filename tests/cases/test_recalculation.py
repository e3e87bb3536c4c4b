"""A changed calendar moves the open deadlines, case by case, and the history of each case says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.deadlines.calendar import SIX_DAYS
from cases.deadlines.calendar_changes import (
    AddDayOff,
    ChangeWeek,
    ChangeZone,
    RemoveDayOff,
)
from cases.deadlines.recalculation import recalculate_next
from cases.due import find_due
from cases.errors import ProcessIncidentError
from cases.history import verify_history
from engine.model import Text
from storage.tables import CalendarVersion, Case, Deadline, HistoryEntry, Incident, Timer, UserTask
from support.calendars import change, progress
from support.clocks import deadline, end_of
from support.office import Desk
from support.own_process import at_once
from support.paths import dispose
from tuntas.initial import FIRST_CALENDAR, upgrade_office
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork
from tuntas.worker import Worker

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
MONDAY = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
"""Monday 16 March 2026: five working days from it end on 30 March (domain.md section 3)."""

ANNIVERSARY = AddDayOff(date(2026, 3, 30), Text("Hari Jadi Kabupaten", "Anniversary of the Regency"))


def rows(office: Tuntas, table: Any, **matching: Any) -> list[Any]:
    """Stored rows with these values."""
    query = select(*table.__table__.columns).filter_by(**matching)
    return list(office.work.read(lambda session: session.execute(query).all()))


def moves(office: Tuntas, case_id: str, clock: str) -> list[dict[str, Any]]:
    """What the history says of a clock that moved."""
    found = rows(office, HistoryEntry, case_id=case_id, tag="case:deadline:moved")
    return [row.data for row in sorted(found, key=lambda row: row.seq) if row.data["clock"] == clock]


def raised(office: Tuntas, case_id: str, clock: str) -> list[tuple[int, datetime]]:
    """The levels of a clock that the history tells, and when each was raised."""
    found = rows(office, HistoryEntry, case_id=case_id, tag="case:escalation:raised")
    ordered = sorted(found, key=lambda row: row.seq)
    return [(row.data["level"], row.at) for row in ordered if row.data["clock"] == clock]


def disposed(desk: Desk, title: str = "Jalan berlubang") -> str:
    """A case disposed on Monday 16 March 2026: the unit has five working days for its first response."""
    desk.clock.set(MONDAY)
    case = desk.register(title=title)
    desk.accept(case.id)
    dispose(desk, case.id)
    return case.id


def test_a_day_off_in_mid_case_moves_the_deadline_and_the_history_says_why(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    assert deadline(desk, case_id, "first_response").due_at == end_of("2026-03-30")
    desk.clock.set(end_of("2026-03-25"))
    change(office, ANNIVERSARY, "Keputusan bupati 12/2026")
    desk.worker.run_until_idle()
    moved = deadline(desk, case_id, "first_response")
    assert (moved.due_at, moved.calendar_version) == (end_of("2026-03-31"), 2)
    assert moves(office, case_id, "first_response") == [
        {
            "clock": "first_response",
            "from": end_of("2026-03-30").isoformat(),
            "to": end_of("2026-03-31").isoformat(),
            "why": {
                "kind": "calendar",
                "calendar_version": 2,
                "reason": "Keputusan bupati 12/2026",
                "added": {"2026-03-30": {"id": "Hari Jadi Kabupaten", "en": "Anniversary of the Regency"}},
            },
        }
    ]
    assert office.work.read(lambda session: verify_history(session, case_id))


def test_calendar_days_do_not_move_and_the_case_shows_its_soonest_deadline(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    law = deadline(desk, case_id, "first_answer_law").due_at
    assert law == end_of("2026-03-30")
    change(office, ANNIVERSARY)
    desk.worker.run_until_idle()
    assert deadline(desk, case_id, "first_answer_law").due_at == law
    assert moves(office, case_id, "first_answer_law") == []
    case = desk.case(case_id)
    assert (case.due_at, case.due_clock) == (law, "first_answer_law")


def test_timers_and_tasks_wait_for_the_new_date(desk: Desk) -> None:
    office = desk.office
    desk.clock.set(MONDAY)
    case = desk.register()
    before = deadline(desk, case.id, "verification").due_at
    assert before == end_of("2026-03-26")
    change(office, AddDayOff(date(2026, 3, 26), Text("Libur", "Day off")))
    desk.worker.run_until_idle()
    after = end_of("2026-03-27")
    assert deadline(desk, case.id, "verification").due_at == after
    timers = [row.due_at for row in rows(office, Timer, case_id=case.id, clock="verification")]
    assert set(timers) <= {after}
    tasks = rows(office, UserTask, case_id=case.id, clock="verification", state="open")
    assert [task.due_at for task in tasks] == [after]


def test_the_levels_to_come_follow_and_those_raised_stay_raised(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    # The reminder: the working day before 30 March is Friday 27 March.
    desk.pass_time(end_of("2026-03-27"))
    assert raised(office, case_id, "first_response") == [(0, end_of("2026-03-27"))]
    change(office, ANNIVERSARY)
    desk.worker.run_until_idle()
    waiting = deadline(desk, case_id, "first_response")
    assert (waiting.next_level, waiting.next_alert_at) == (1, end_of("2026-03-31"))
    desk.pass_time(end_of("2026-04-02"))
    assert raised(office, case_id, "first_response") == [
        (0, end_of("2026-03-27")),
        (1, end_of("2026-03-31")),
        (2, end_of("2026-04-02")),
    ]


@ON_SQLITE
def test_a_level_after_the_due_date_follows_although_the_date_itself_stays(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    desk.pass_time(end_of("2026-03-30"))
    # T+2 of 30 March is Wednesday 1 April.
    assert deadline(desk, case_id, "first_response").next_alert_at == end_of("2026-04-01")
    change(office, AddDayOff(date(2026, 4, 1), Text("Libur", "Day off")))
    desk.worker.run_until_idle()
    waiting = deadline(desk, case_id, "first_response")
    assert (waiting.due_at, waiting.next_alert_at) == (end_of("2026-03-30"), end_of("2026-04-02"))
    assert moves(office, case_id, "first_response") == []


@ON_SQLITE
def test_a_legal_deadline_that_is_not_due_any_more_is_no_breach(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    clock = update(Deadline).where(Deadline.case_id == case_id, Deadline.clock == "first_response")
    # The clock of a formal request for information counts working days by law; this one stands for it.
    office.work.write(lambda session: session.execute(clock.values(law=True)))
    desk.pass_time(end_of("2026-03-30") + timedelta(hours=8))
    assert deadline(desk, case_id, "first_response").breached_at == end_of("2026-03-30")
    change(office, ANNIVERSARY, "Lupa dicatat")
    desk.worker.run_until_idle()
    assert deadline(desk, case_id, "first_response").breached_at is None
    desk.pass_time(end_of("2026-03-31"))
    assert deadline(desk, case_id, "first_response").breached_at == end_of("2026-03-31")
    assert (
        desk.tags(case_id).count("case:deadline:breached") == 3
    )  # The law's own clock of 14 days is the third.


@ON_SQLITE
def test_a_day_taken_back_moves_the_deadline_forward_again(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    change(office, ANNIVERSARY)
    desk.worker.run_until_idle()
    change(office, RemoveDayOff(ANNIVERSARY.day), "Dibatalkan")
    desk.worker.run_until_idle()
    assert deadline(desk, case_id, "first_response").due_at == end_of("2026-03-30")
    first, second = moves(office, case_id, "first_response")
    assert (first["to"], second["to"]) == (second["from"], first["from"])
    assert second["why"]["removed"] == {
        "2026-03-30": {"id": "Hari Jadi Kabupaten", "en": "Anniversary of the Regency"}
    }


@ON_SQLITE
def test_a_pause_is_obeyed_when_the_deadline_is_counted_anew(desk: Desk) -> None:
    office = desk.office
    desk.clock.set(MONDAY)
    case = desk.register()
    desk.complete(
        case.id,
        "verify_complaint",
        "admin.instansi",
        decision="ask_completion",
        completion_request="Di mana?",
    )
    change(office, AddDayOff(date(2026, 3, 27), Text("Libur", "Day off")))
    desk.worker.run_until_idle()
    assert deadline(desk, case.id, "verification").due_at is None
    desk.clock.set(MONDAY + timedelta(days=1))
    desk.say(case.id, "completion", message="Di depan pasar.")
    # The pause touched 17 March, and Friday 27 March is a day off now: 25, 26 and 30 March are counted.
    assert deadline(desk, case.id, "verification").due_at == end_of("2026-03-30")
    change(office, AddDayOff(date(2026, 3, 26), Text("Libur kedua", "Second day off")))
    desk.worker.run_until_idle()
    assert deadline(desk, case.id, "verification").due_at == end_of("2026-03-31")


@ON_SQLITE
def test_six_working_days_bring_deadlines_nearer_and_another_zone_moves_their_midnight(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    change(office, ChangeWeek(SIX_DAYS), "Enam hari kerja")
    desk.worker.run_until_idle()
    # 17, 25, 26, 27 and Saturday 28 March.
    assert deadline(desk, case_id, "first_response").due_at == end_of("2026-03-28")
    change(office, ChangeZone("Asia/Makassar"), "Pindah zona")
    desk.worker.run_until_idle()
    expected = end_of("2026-03-28", ZoneInfo("Asia/Makassar"))
    assert deadline(desk, case_id, "first_response").due_at == expected
    week, zone = (one["why"] for one in moves(office, case_id, "first_response"))
    assert week["weekdays"] == {"from": [0, 1, 2, 3, 4], "to": [0, 1, 2, 3, 4, 5]}
    assert zone["zone"] == {"from": "Asia/Jakarta", "to": "Asia/Makassar"}


def test_the_job_tells_how_far_it_is(desk: Desk) -> None:
    office = desk.office
    cases = [disposed(desk, f"Aduan {number}") for number in range(3)]
    change(office, ANNIVERSARY)
    begun = progress(office)
    assert (begun.calendar_version, begun.total, begun.done, begun.moved) == (2, 3, 0, 0)
    assert office.work.write(lambda session: recalculate_next(session, office.env)) is True
    assert (progress(office).done, progress(office).moved, progress(office).finished_at) == (1, 1, None)
    desk.worker.run_until_idle()
    ended = progress(office)
    assert (ended.total, ended.done, ended.moved) == (3, 3, 3)
    assert ended.finished_at == desk.clock.now()
    assert office.work.write(lambda session: recalculate_next(session, office.env)) is False
    for case_id in cases:
        assert len(moves(office, case_id, "first_response")) == 1


def test_a_worker_that_is_killed_in_the_middle_leaves_the_rest_to_the_next(desk: Desk) -> None:
    office = desk.office
    cases = [disposed(desk, f"Aduan {number}") for number in range(3)]
    change(office, ANNIVERSARY)
    office.work.write(lambda session: recalculate_next(session, office.env))

    def killed(session: Session) -> None:
        recalculate_next(session, office.env)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.work.write(killed)
    assert progress(office).done == 1
    Worker(office).run_until_idle()
    assert [len(moves(office, case_id, "first_response")) for case_id in cases] == [1, 1, 1]
    assert progress(office).done == 3


def test_two_workers_count_each_case_once(desk: Desk) -> None:
    office = desk.office
    cases = [disposed(desk, f"Aduan {number}") for number in range(6)]
    change(office, ANNIVERSARY)

    def run(work: UnitOfWork) -> None:
        worker = Worker(replace(office, work=work))
        # The other may hold the job at this moment: then there is nothing to do, although there is a job.
        while work.read(lambda session: find_due(session, office.env)).recalculation:
            worker._recalculate()

    assert at_once(office, run, run) == [None, None]
    assert [len(moves(office, case_id, "first_response")) for case_id in cases] == [1] * 6
    assert (progress(office).done, progress(office).moved) == (6, 6)
    assert rows(office, Incident) == []


def test_no_alert_is_raised_before_the_deadlines_are_counted_anew(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    # Everything is due at the same moment: the alert of 30 March, and the calendar that makes it 31 March.
    desk.pass_time(end_of("2026-03-29"))
    desk.clock.set(end_of("2026-03-30"))
    change(office, ANNIVERSARY, "Lupa dicatat")
    desk.worker.run_until_idle()
    assert [level for level, _ in raised(office, case_id, "first_response")] == [0]


@ON_SQLITE
def test_two_changes_in_a_row_are_both_told(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    change(office, ANNIVERSARY, "Pertama")
    change(office, AddDayOff(date(2026, 3, 31), Text("Libur kedua", "Second day off")), "Kedua")
    desk.worker.run_until_idle()
    (moved,) = moves(office, case_id, "first_response")
    assert moved["to"] == end_of("2026-04-01").isoformat()
    assert set(moved["why"]["added"]) == {"2026-03-30", "2026-03-31"}
    assert progress(office).finished_at is not None


@ON_SQLITE
def test_a_case_that_cannot_be_counted_is_an_incident_and_the_others_are_counted(desk: Desk) -> None:
    office = desk.office
    broken, sound = disposed(desk), disposed(desk, "Yang lain")
    unknown = update(Case).where(Case.id == broken).values(ruleset_version=99)
    office.work.write(lambda session: session.execute(unknown))
    change(office, ANNIVERSARY)
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    assert [row.case_id for row in rows(office, Incident, command="Recalculate")] == [broken]
    assert deadline(desk, sound, "first_response").due_at == end_of("2026-03-31")
    assert (progress(office).done, progress(office).moved) == (2, 1)
    assert progress(office).finished_at is not None


@ON_SQLITE
def test_a_closed_case_keeps_its_dates(desk: Desk) -> None:
    office, case_id = desk.office, disposed(desk)
    desk.answer(case_id)
    desk.say(case_id, "confirm")
    before = [(row.clock, row.due_at) for row in rows(office, Deadline, case_id=case_id)]
    change(office, ANNIVERSARY)
    desk.worker.run_until_idle()
    assert [(row.clock, row.due_at) for row in rows(office, Deadline, case_id=case_id)] == before
    assert progress(office).total == 0


def test_an_office_of_an_older_release_gets_its_calendar_and_its_deadlines_are_counted_with_it(
    desk: Desk,
) -> None:
    office, case_id = desk.office, disposed(desk)

    def age(session: Session) -> None:
        # An older release knew no holidays, no versions of the calendar and no ladder.
        old = {"due_at": end_of("2026-03-23"), "next_level": None, "next_alert_at": None}
        open_ones = (Deadline.case_id == case_id) & (Deadline.clock == "first_response")
        session.execute(update(Deadline).where(Deadline.case_id == case_id).values(next_level=None))
        session.execute(update(Deadline).where(open_ones).values(**old))
        for row in session.scalars(select(CalendarVersion)):
            session.delete(row)

    office.work.write(age)
    assert office.work.write(lambda session: upgrade_office(session, office.env)) is True
    assert office.work.write(lambda session: upgrade_office(session, office.env)) is False
    assert progress(office).total == 1
    desk.worker.run_until_idle()
    counted = deadline(desk, case_id, "first_response")
    assert (counted.due_at, counted.calendar_version) == (end_of("2026-03-30"), 1)
    assert (counted.next_level, counted.next_alert_at) == (0, end_of("2026-03-27"))
    (moved,) = moves(office, case_id, "first_response")
    assert moved["why"] == {"kind": "calendar", "calendar_version": 1, "reason": FIRST_CALENDAR}
    assert progress(office).finished_at is not None
