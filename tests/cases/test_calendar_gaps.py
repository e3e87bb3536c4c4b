"""What the calendar could not count, or counted behind its back, is counted as soon as it can be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from cases.deadlines.calendar_changes import AddDayOff, ExtendByYear
from cases.errors import ProcessIncidentError
from cases.model import SYSTEM, NewComplaint
from cases.register import register_complaint
from engine.model import Text
from storage.tables import Case, Incident, Timer
from support.calendars import change, progress, with_calendar
from support.clocks import deadline, end_of, rows, told
from support.office import Desk
from support.own_process import deploy_drawn, start_beside
from tuntas.worker import Worker

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
MONDAY = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
"""A complaint of Monday 16 March 2026 is verified by Thursday 26 March."""

LAST = AddDayOff(date(2026, 3, 26), Text("Hari Jadi Kabupaten", "Anniversary of the Regency"))

WAITS_FOR_A_CLOCK = """waits_for_a_clock
start begin
catch hour duration=PT1H
catch answer date=clock:final_oversight
end done
begin -> hour -> answer -> done"""

FAULTY = """faulty
start begin
catch hour duration=PT1H
xor which
end left
end right
begin -> hour -> which
which -> left if nowhere == 1
which -> right default"""


def received(desk: Desk) -> str:
    """A complaint of Monday 16 March 2026."""
    desk.clock.set(MONDAY)
    return desk.register().id


def give_up(desk: Desk) -> None:
    """A worker finds something that it cannot do, and does all the rest."""
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    desk.worker.run_until_idle()


def test_a_timer_that_lacked_a_year_fires_when_the_year_is_there(desk: Desk) -> None:
    office, case_id = desk.office, received(desk)
    deploy_drawn(office, WAITS_FOR_A_CLOCK)
    start_beside(office, case_id, "waits_for_a_clock")
    with_calendar(office, last=date(2026, 3, 18))
    desk.clock.advance(timedelta(hours=2))
    give_up(desk)
    (timer,) = rows(desk, Timer, case_id, element_id="hour")
    (incident,) = rows(desk, Incident, case_id)
    assert (timer.failed, incident.task_id, incident.resolved_at) == (True, timer.task_id, None)
    assert incident.missing_day == date(2026, 3, 19)
    change(office, ExtendByYear(), "Tahun berikutnya")
    desk.worker.run_until_idle()
    assert rows(desk, Timer, case_id, element_id="hour") == []
    assert [row.failed for row in rows(desk, Timer, case_id, element_id="answer")] == [False]
    assert [row.resolved_at for row in rows(desk, Incident, case_id)] == [desk.clock.now()]


@ON_SQLITE
def test_a_timer_that_failed_for_another_reason_is_left_alone_when_a_year_is_added(desk: Desk) -> None:
    office, case_id = desk.office, received(desk)
    deploy_drawn(office, FAULTY)
    start_beside(office, case_id, "faulty")
    desk.clock.advance(timedelta(hours=2))
    give_up(desk)
    change(office, ExtendByYear(), "Tahun berikutnya")
    desk.worker.run_until_idle()
    assert [row.failed for row in rows(desk, Timer, case_id, element_id="hour")] == [True]
    assert [row.resolved_at for row in rows(desk, Incident, case_id)] == [None]


@ON_SQLITE
def test_a_year_that_is_not_enough_leaves_the_timer_to_the_next(desk: Desk) -> None:
    office, case_id = desk.office, received(desk)
    deploy_drawn(office, WAITS_FOR_A_CLOCK)
    start_beside(office, case_id, "waits_for_a_clock")
    with_calendar(office, last=date(2026, 3, 18))
    desk.clock.advance(timedelta(hours=2))
    give_up(desk)
    change(office, AddDayOff(date(2026, 3, 10), Text("Libur", "Day off")))
    # The alerts of the case's own clocks lie beyond the calendar as well.
    give_up(desk)
    assert [row.failed for row in rows(desk, Timer, case_id, element_id="hour")] == [True]


def test_a_case_that_an_earlier_change_could_not_count_is_counted_when_the_year_is_there(desk: Desk) -> None:
    office, case_id = desk.office, received(desk)
    with_calendar(office, last=date(2026, 3, 26))
    change(office, LAST)
    give_up(desk)
    assert deadline(desk, case_id, "verification").due_at == end_of("2026-03-26")
    # The days off of the new year are all later than the date that was not counted.
    change(office, ExtendByYear(), "Tahun berikutnya")
    assert progress(office).total == 1
    desk.worker.run_until_idle()
    assert deadline(desk, case_id, "verification").due_at == end_of("2026-03-27")
    assert [row.resolved_at for row in rows(desk, Incident, case_id)] == [desk.clock.now()]


@ON_POSTGRESQL
def test_a_command_that_commits_after_the_recalculation_is_counted_at_the_next_look(desk: Desk) -> None:
    office = desk.office
    desk.clock.set(MONDAY)

    def overtaken(session: Session) -> str:
        new = NewComplaint(title="Jalan berlubang", text="Di depan pasar.", name="Budi Contoh")
        registered = register_complaint(session, office.env, new, by=SYSTEM)
        change(office, LAST)
        Worker(office).run_until_idle()
        return registered.case.id

    case_id = office.work.write(overtaken)
    assert progress(office).finished_at is not None
    assert deadline(desk, case_id, "verification").due_at == end_of("2026-03-26")
    for _ in range(2):
        worker = Worker(office)
        worker._tidy()
        worker.run_until_idle()
        assert deadline(desk, case_id, "verification").due_at == end_of("2026-03-27")
    assert (progress(office).total, progress(office).moved) == (1, 1)
    moved = [one["clock"] for one in told(desk, case_id, "case:deadline:moved")]
    assert moved.count("verification") == 1


@ON_SQLITE
def test_the_next_look_leaves_a_case_that_could_not_be_counted_to_its_incident(desk: Desk) -> None:
    office, case_id = desk.office, received(desk)
    unknown = update(Case).where(Case.id == case_id).values(ruleset_version=99)
    office.work.write(lambda session: session.execute(unknown))
    change(office, LAST)
    give_up(desk)
    for _ in range(2):
        worker = Worker(office)
        worker._tidy()
        worker.run_until_idle()
    assert progress(office).finished_at is not None
    assert len(rows(desk, Incident, case_id, command="Recalculate")) == 1


@ON_SQLITE
def test_an_alert_that_the_calendar_did_not_reach_is_raised_when_the_year_is_there(desk: Desk) -> None:
    office, case_id = desk.office, received(desk)
    with_calendar(office, last=date(2026, 3, 27))
    desk.pass_time(end_of("2026-04-01"))
    waiting = deadline(desk, case_id, "verification")
    # Two working days after 26 March are over with 30 March.
    assert (waiting.next_level, waiting.next_alert_at) == (2, None)
    change(office, ExtendByYear(), "Tahun berikutnya")
    desk.worker.run_until_idle()
    levels = [
        one["level"]
        for one in told(desk, case_id, "case:escalation:raised")
        if one["clock"] == "verification"
    ]
    assert levels == [0, 1, 2]
    assert None not in [row.resolved_at for row in rows(desk, Incident, case_id)]
