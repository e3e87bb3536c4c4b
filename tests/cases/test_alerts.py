"""Alerts are raised level by level, each exactly once, and change neither the stage nor the status of a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from cases.deadlines.alerts import postpone_next_alert, raise_next_alert
from cases.due import find_due, next_due
from cases.errors import ProcessIncidentError
from cases.history import verify_history
from cases.incidents import MAX_ATTEMPTS, RETRY
from cases.model import Channel
from storage.tables import Case, Deadline, Escalation, HistoryEntry, Incident, OutboxMessage
from support.calendars import with_calendar
from support.clocks import deadline
from support.office import Desk, config_for
from support.own_process import at_once
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.unit_of_work import UnitOfWork
from tuntas.worker import Worker

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

# Verification of a complaint received on Monday 2 March 2026 is due when Thursday 5 March ends, in western Indonesia.
T_MINUS_1 = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
T0 = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)
T_PLUS_2 = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
T_PLUS_5 = datetime(2026, 3, 12, 17, 0, tzinfo=UTC)
# Nyepi, Eid al-Fitr and their collective leave lie between.
T_PLUS_10 = datetime(2026, 3, 26, 17, 0, tzinfo=UTC)
LEVELS = [
    (0, T_MINUS_1, ["owner"]),
    (1, T0, ["superior"]),
    (2, T_PLUS_2, ["head_of_unit", "coordinating_admin"]),
    (3, T_PLUS_5, ["regional_secretary"]),
    (4, T_PLUS_10, ["leadership"]),
]
SECOND = timedelta(seconds=1)


def rows(office: Tuntas, table: Any, **matching: Any) -> list[Any]:
    """Stored rows with these values."""
    query = select(*table.__table__.columns).filter_by(**matching)
    return list(office.work.read(lambda session: session.execute(query).all()))


def raised(office: Tuntas, case_id: str, clock: str = "verification") -> list[int]:
    """The levels raised for a clock, in order."""
    return sorted(row.level for row in rows(office, Escalation, case_id=case_id, clock=clock))


def told(office: Tuntas, case_id: str, tag: str, clock: str = "verification") -> list[dict[str, Any]]:
    """What the history says about a clock, in order."""
    entries = sorted(rows(office, HistoryEntry, case_id=case_id, tag=tag), key=lambda row: row.seq)
    return [entry.data for entry in entries if entry.data["clock"] == clock]


def only(office: Tuntas, case_id: str, clock: str) -> None:
    """Let no other clock of the case raise anything."""
    others = (Deadline.case_id == case_id) & (Deadline.clock != clock)
    quiet = update(Deadline).where(others).values(next_level=None, next_alert_at=None)
    office.work.write(lambda session: session.execute(quiet))


def test_each_level_is_raised_at_its_own_moment_and_once(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    for level, at, recipients in LEVELS:
        desk.pass_time(at - SECOND)
        assert raised(office, case.id) == list(range(level))
        desk.pass_time(at)
        assert raised(office, case.id) == list(range(level + 1))
        assert told(office, case.id, "case:escalation:raised")[level] == {
            "clock": "verification",
            "level": level,
            "to": recipients,
        }
        assert desk.case(case.id).escalation_level == level
    desk.pass_time(T_PLUS_10 + timedelta(days=60))
    assert raised(office, case.id) == [0, 1, 2, 3, 4]
    assert len(told(office, case.id, "case:escalation:raised")) == 5
    waiting = deadline(desk, case.id, "verification")
    assert (waiting.next_level, waiting.next_alert_at) == (None, None)
    assert office.work.read(lambda session: verify_history(session, case.id))


def test_an_alert_changes_neither_stage_nor_status_and_is_told_outside(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    before = desk.case(case.id)
    desk.pass_time(T_PLUS_5)
    after = desk.case(case.id)
    assert (after.stage, after.status, after.due_at) == (before.stage, before.status, before.due_at)
    sent = [row.payload for row in rows(office, OutboxMessage, case_id=case.id, topic="case:escalated")]
    assert [one["to"] for one in sent if one["clock"] == "verification"] == [
        recipients for _, _, recipients in LEVELS[:4]
    ]


def test_the_ladder_goes_on_where_it_was_after_a_restart(desk: Desk, office_url: str, tmp_path: Path) -> None:
    case = desk.register()
    for level, at, _ in LEVELS:
        engine = make_engine(office_url)
        restarted = Desk(build(config_for(office_url, tmp_path), engine, clock=desk.clock), desk.clock)
        restarted.pass_time(at)
        assert raised(restarted.office, case.id) == list(range(level + 1))
        engine.dispose()
    assert len(told(desk.office, case.id, "case:escalation:raised")) == 5


def test_two_workers_at_the_same_moment_raise_each_level_once(desk: Desk) -> None:
    office = desk.office
    cases = [desk.register(title=f"Aduan {number}") for number in range(4)]
    desk.clock.set(T_PLUS_10)

    def run(work: UnitOfWork) -> None:
        worker = Worker(replace(office, work=work))
        while worker._alert():
            pass

    assert at_once(office, run, run) == [None, None]
    for case in cases:
        assert raised(office, case.id) == [0, 1, 2, 3, 4]
        assert [one["level"] for one in told(office, case.id, "case:escalation:raised")] == [0, 1, 2, 3, 4]
        office.work.read(lambda session, case=case: verify_history(session, case.id))
    assert rows(office, Incident) == []


@ON_SQLITE
def test_a_letter_entered_late_gets_every_level_that_has_passed_in_order(desk: Desk) -> None:
    desk.clock.set(datetime(2026, 3, 11, 2, 0, tzinfo=UTC))
    case = desk.register(channel=Channel.LETTER, received_at=datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    desk.worker.run_until_idle()
    assert [one["level"] for one in told(desk.office, case.id, "case:escalation:raised")] == [0, 1, 2]
    desk.pass_time(T_PLUS_5)
    assert raised(desk.office, case.id) == [0, 1, 2, 3]


@ON_SQLITE
def test_the_superior_and_the_ladder_do_not_alert_twice_for_the_same_level(desk: Desk) -> None:
    from support.own_process import deploy_drawn, start_beside

    office, case = desk.office, desk.register()
    desk.pass_time(T0)
    text = """drawn
start begin
service alert handler=escalate "argument.clock='verification'" "argument.level=1"
end done
begin -> alert -> done"""
    deploy_drawn(office, text)
    start_beside(office, case.id, "drawn")
    assert [one["level"] for one in told(office, case.id, "case:escalation:raised")] == [0, 1]


@ON_SQLITE
def test_a_clock_that_stopped_raises_nothing_any_more(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(T_MINUS_1)
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.say(case.id, "confirm")
    desk.pass_time(T_PLUS_10)
    assert raised(desk.office, case.id) == [0]


@ON_SQLITE
def test_a_paused_clock_raises_nothing_until_it_runs_again(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    desk.complete(
        case.id,
        "verify_complaint",
        "admin.instansi",
        decision="ask_completion",
        completion_request="Di mana?",
    )
    desk.pass_time(T_PLUS_5)
    assert raised(office, case.id) == []
    assert deadline(desk, case.id, "verification").due_at is None


@ON_SQLITE
def test_a_legal_clock_that_is_missed_is_marked_once_as_a_breach(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    due = deadline(desk, case.id, "first_answer_law").due_at
    desk.pass_time(due - SECOND)
    assert deadline(desk, case.id, "first_answer_law").breached_at is None
    desk.pass_time(due + timedelta(days=40))
    assert deadline(desk, case.id, "first_answer_law").breached_at == due
    assert told(office, case.id, "case:deadline:breached", "first_answer_law") == [
        {"clock": "first_answer_law", "due_at": due.isoformat()}
    ]
    # A clock of practice is late, and no law is broken.
    assert deadline(desk, case.id, "verification").breached_at is None


@ON_SQLITE
def test_a_legal_clock_answered_too_late_is_a_breach_although_no_worker_looked(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    due = deadline(desk, case.id, "first_answer_law").due_at
    desk.accept(case.id)
    desk.clock.set(due + SECOND)
    desk.dispose_and_answer(case.id)
    (stopped,) = rows(office, Deadline, case_id=case.id, clock="first_answer_law")
    assert (stopped.stopped_at, stopped.breached_at) == (due + SECOND, due)
    desk.worker.run_until_idle()
    assert len(told(office, case.id, "case:deadline:breached", "first_answer_law")) == 1


@ON_SQLITE
def test_a_legal_clock_answered_in_the_last_moment_is_no_breach(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    due = deadline(desk, case.id, "first_answer_law").due_at
    desk.accept(case.id)
    desk.clock.set(due - SECOND)
    desk.dispose_and_answer(case.id)
    desk.pass_time(due + timedelta(days=1))
    (stopped,) = rows(office, Deadline, case_id=case.id, clock="first_answer_law")
    assert stopped.breached_at is None
    assert "case:deadline:breached" not in desk.tags(case.id)


@ON_SQLITE
def test_a_clock_that_begins_anew_is_raised_anew(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    only(office, case.id, "verification")
    desk.pass_time(T0)

    def again(**values: Any) -> None:
        moved = update(Deadline).where(Deadline.case_id == case.id, Deadline.clock == "verification")
        office.work.write(lambda session: session.execute(moved.values(**values)))

    # As when a draft is returned and submitted again: the same clock, a later start.
    again(started_at=T0 + SECOND, due_at=T_PLUS_2, next_level=1, next_alert_at=T_PLUS_2)
    desk.pass_time(T_PLUS_2)
    assert [one["level"] for one in told(office, case.id, "case:escalation:raised")] == [0, 1, 1]
    assert raised(office, case.id) == [0, 1]


@ON_SQLITE
def test_an_alert_that_fails_is_an_incident_and_holds_up_no_other(desk: Desk) -> None:
    office = desk.office
    broken, sound = desk.register(), desk.register(title="Yang lain")
    unknown = update(Case).where(Case.id == broken.id).values(ruleset_version=99)
    office.work.write(lambda session: session.execute(unknown))
    only(office, broken.id, "verification")
    desk.clock.set(T_MINUS_1)
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    assert raised(office, sound.id) == [0]
    assert [row.case_id for row in rows(office, Incident, command="RaiseAlert")] == [broken.id]
    assert deadline(desk, broken.id, "verification").next_alert_at is None


@ON_SQLITE
def test_a_level_that_the_calendar_does_not_reach_is_an_incident_and_the_one_before_is_raised(
    desk: Desk,
) -> None:
    office, case = desk.office, desk.register()
    only(office, case.id, "verification")
    with_calendar(office, last=date(2026, 3, 11))
    desk.pass_time(T_PLUS_10)
    assert raised(office, case.id) == [0, 1, 2]
    (incident,) = rows(office, Incident)
    assert incident.case_id == case.id
    assert "add the year 2026" in incident.cause
    waiting = deadline(desk, case.id, "verification")
    assert (waiting.next_level, waiting.next_alert_at) == (3, None)


@ON_SQLITE
def test_an_alert_that_only_meets_conflicts_lets_the_others_pass_and_is_an_incident_in_the_end(
    desk: Desk,
) -> None:
    office, case = desk.office, desk.register()
    only(office, case.id, "verification")
    desk.clock.set(T_MINUS_1)
    for attempt in range(1, MAX_ATTEMPTS):
        office.work.write(lambda session: postpone_next_alert(session, office.env))
        waiting = deadline(desk, case.id, "verification")
        assert (waiting.attempts, waiting.next_alert_at) == (attempt, desk.clock.now() + RETRY)
        assert office.work.write(lambda session: raise_next_alert(session, office.env)) is False
        desk.clock.set(waiting.next_alert_at)
    with pytest.raises(ProcessIncidentError):
        office.work.write(lambda session: postpone_next_alert(session, office.env))
    (incident,) = rows(office, Incident, command="RaiseAlert")
    assert (incident.case_id, incident.cause) == (case.id, f"conflicts at {MAX_ATTEMPTS} attempts")
    assert deadline(desk, case.id, "verification").next_alert_at is None
    assert raised(office, case.id) == []


@ON_SQLITE
def test_an_alert_that_is_raised_after_conflicts_forgets_them(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    only(office, case.id, "verification")
    desk.clock.set(T_MINUS_1)
    office.work.write(lambda session: postpone_next_alert(session, office.env))
    desk.pass_time(T_MINUS_1 + RETRY)
    waiting = deadline(desk, case.id, "verification")
    assert (waiting.attempts, waiting.next_level) == (0, 1)


@ON_SQLITE
def test_a_resting_worker_knows_when_the_next_alert_is_due(desk: Desk) -> None:
    office = desk.office
    desk.register()
    assert office.work.read(next_due) == T_MINUS_1
    assert not office.work.read(lambda session: find_due(session, office.env)).alerts
    desk.clock.set(T_MINUS_1)
    assert office.work.read(lambda session: find_due(session, office.env)).alerts
