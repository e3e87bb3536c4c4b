"""Timers fire exactly once, whoever races them, and one whose process fails does not hold up the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import timers as cases_timers
from cases.due import next_due
from cases.environment import Environment
from cases.errors import NotWaitingForItError, ProcessIncidentError
from cases.history import verify_history
from cases.incidents import MAX_ATTEMPTS, RETRY
from cases.messages import send_message
from cases.model import CaseSummary
from cases.timers import fire_due_timers, postpone_next_timer
from storage.errors import StaleVersionError
from storage.tables import Incident, Timer
from support.office import Desk
from support.own_process import at_once, deploy_drawn, start_beside
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork
from tuntas.worker import Worker

FAULTY_TIMER = """faulty_timer
start begin
catch wait duration=PT1H
xor which
end left
end right
begin -> wait -> which
which -> left if nowhere == 1
which -> right default"""

SENDS_TO_NOBODY = """sends_to_nobody
start begin
catch wait duration=PT1H
service send handler=send_to_main "argument.message='follow_up_finished'" "argument.verdict='returned'"
end done
begin -> wait -> send -> done"""

ESCALATES = """escalates
start begin
catch wait duration=PT1H
service tell handler=escalate "argument.clock='verification'" "argument.level=2"
end done
begin -> wait -> tell -> done"""

FIFTY_HOURS = """patient
start begin
catch wait duration=PT50H
end done
begin -> wait -> done"""


def timers(office: Tuntas, **matching: Any) -> list[Any]:
    """The stored timers with these values."""
    query = select(Timer).filter_by(**matching)
    return list(office.work.read(lambda session: session.scalars(query).all()))


def incidents(office: Tuntas) -> list[Any]:
    """The stored incidents."""
    return list(office.work.read(lambda session: session.scalars(select(Incident)).all()))


def test_timers_fire_once_each_when_two_workers_look_at_the_same_moment(desk: Desk) -> None:
    office = desk.office
    deploy_drawn(office, FIFTY_HOURS)
    cases = [desk.register(title=f"Aduan {number}") for number in range(5)]
    for case in cases:
        start_beside(office, case.id, "patient")
    desk.clock.advance(timedelta(hours=51))

    def run(work: UnitOfWork) -> None:
        from dataclasses import replace

        worker = Worker(replace(office, work=work))
        while worker._fire():
            pass

    assert at_once(office, run, run) == [None, None]
    assert [desk.tags(case.id).count("case:timer:fired") for case in cases] == [1] * 5
    assert incidents(office) == []
    for case in cases:
        office.work.read(lambda session, case=case: verify_history(session, case.id))


def test_a_lot_takes_one_timer_of_each_case_as_one_may_end_what_the_other_waits_for(desk: Desk) -> None:
    office = desk.office
    deploy_drawn(office, FIFTY_HOURS)
    twice, once = desk.register("Aduan dua"), desk.register("Aduan satu")
    for case in (twice, twice, once):
        start_beside(office, case.id, "patient")
    desk.clock.advance(timedelta(hours=51))
    fired = [office.work.write(lambda session: fire_due_timers(session, office.env)) for _ in range(3)]
    assert fired == [2, 1, 0]
    assert [desk.tags(case.id).count("case:timer:fired") for case in (twice, once)] == [2, 1]


def test_one_case_that_only_meets_conflicts_does_not_hold_up_the_rest_of_its_lot(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = desk.office
    deploy_drawn(office, FIFTY_HOURS)
    cases = [desk.register(f"Aduan {number}") for number in range(4)]
    for case in cases:
        start_beside(office, case.id, "patient")
    desk.clock.advance(timedelta(hours=51))
    fire = cases_timers.fire_timer

    def busy(session: Session, env: Environment, timer: Any) -> Any:
        if timer.case_id == cases[1].id:
            raise StaleVersionError
        return fire(session, env, timer)

    monkeypatch.setattr(cases_timers, "fire_timer", busy)
    while desk.worker._fire():
        pass
    assert [desk.tags(case.id).count("case:timer:fired") for case in cases] == [1, 0, 1, 1]
    (left,) = timers(office, element_id="wait")
    assert (left.case_id, left.attempts) == (cases[1].id, 1)


def test_a_confirmation_that_races_the_auto_close_timer_ends_the_case_once(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    citizen = desk.complainant(case.id)
    due = max(timer.due_at for timer in timers(office, case_id=case.id))
    desk.clock.set(due)

    def confirm(work: UnitOfWork) -> Any:
        return work.write(
            lambda session: send_message(session, office.env, case.id, "confirm", {}, by=citizen)
        )

    def fire(work: UnitOfWork) -> Any:
        return work.write(lambda session: fire_due_timers(session, office.env))

    said, fired = at_once(office, confirm, fire)
    assert isinstance(said, CaseSummary | NotWaitingForItError), said
    assert fired in (0, 1)
    desk.worker.run_until_idle()
    expected = "resolved" if isinstance(said, CaseSummary) else "auto_closed"
    assert (desk.case(case.id).stage, desk.case(case.id).outcome) == ("closed", expected)
    assert desk.tags(case.id).count("case:case:closed") == 1
    assert timers(office, case_id=case.id) == []
    office.work.read(lambda session: verify_history(session, case.id))


def test_a_timer_whose_process_fails_leads_to_one_incident_and_is_left_alone(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, FAULTY_TIMER)
    start_beside(office, case.id, "faulty_timer")
    desk.worker.run_until_idle()
    before = (desk.case(case.id), desk.tags(case.id))
    desk.clock.advance(timedelta(hours=2))
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    (incident,) = incidents(office)
    assert (incident.case_id, incident.command, incident.element_id) == (case.id, "FireTimer", "which")
    assert "nowhere" in incident.cause
    assert [timer.failed for timer in timers(office, element_id="wait")] == [True]
    assert (desk.case(case.id), desk.tags(case.id)) == before


def test_a_timer_that_fails_further_on_is_left_alone_too(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, SENDS_TO_NOBODY)
    start_beside(office, case.id, "sends_to_nobody")
    desk.clock.advance(timedelta(hours=2))
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    assert [incident.case_id for incident in incidents(office)] == [case.id]
    assert [timer.failed for timer in timers(office, element_id="wait")] == [True]


def test_a_timer_that_meets_a_mistake_in_the_program_does_not_hold_up_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cases import runtime

    office, case, other = desk.office, desk.register(), desk.register(title="Yang lain")
    deploy_drawn(office, ESCALATES)
    for one in (case, other):
        start_beside(office, one.id, "escalates")

    def broken(work: Any, instance: Any, arguments: Any) -> None:
        raise LookupError("a handler with a mistake")

    monkeypatch.setattr(runtime, "HANDLERS", {**runtime.HANDLERS, "escalate": broken})
    desk.clock.advance(timedelta(hours=2))
    for _ in range(2):
        with pytest.raises(ProcessIncidentError):
            desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    assert {incident.case_id for incident in incidents(office)} == {case.id, other.id}


def test_a_failed_timer_does_not_tell_the_worker_to_hurry(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, FAULTY_TIMER)
    start_beside(office, case.id, "faulty_timer")
    desk.clock.advance(timedelta(hours=2))
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    due = office.work.read(next_due)
    assert due is None or due > desk.clock.now()


def test_nothing_fires_before_its_time(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, FIFTY_HOURS)
    start_beside(office, case.id, "patient")
    (timer,) = timers(office, element_id="wait")
    assert timer.due_at == desk.clock.now() + timedelta(hours=50)
    desk.clock.set(timer.due_at - timedelta(microseconds=1))
    assert office.work.write(lambda session: fire_due_timers(session, office.env)) == 0
    desk.clock.set(timer.due_at)
    assert office.work.write(lambda session: fire_due_timers(session, office.env)) == 1
    assert timers(office, element_id="wait") == []
    assert desk.tags(case.id).count("case:timer:fired") == 1


def test_a_timer_that_only_meets_conflicts_lets_the_others_pass_and_is_an_incident_in_the_end(
    desk: Desk,
) -> None:
    office = desk.office
    case = desk.register()
    deploy_drawn(office, FIFTY_HOURS)
    start_beside(office, case.id, "patient")
    (timer,) = timers(office, case_id=case.id)
    desk.clock.set(timer.due_at)
    for attempt in range(1, MAX_ATTEMPTS):
        office.work.write(lambda session: postpone_next_timer(session, office.env))
        (timer,) = timers(office, case_id=case.id)
        assert (timer.attempts, timer.due_at) == (attempt, desk.clock.now() + RETRY)
        desk.clock.set(timer.due_at)
    with pytest.raises(ProcessIncidentError):
        office.work.write(lambda session: postpone_next_timer(session, office.env))
    (timer,) = timers(office, case_id=case.id)
    assert (timer.failed, len(incidents(office))) == (True, 1)
