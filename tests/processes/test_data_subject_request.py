"""Requests about personal data: answered within 72 hours, by the complainant's wish or the officer's letter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cases.actions.requests import RequestView, list_requests, start_request
from cases.errors import NotFoundError, RefusedByRuleError
from cases.listing import get_case
from cases.model import Actor
from storage.tables import Letter
from support.beside import MOMENT, clock_of, open_tasks, told
from support.coverage import covers
from support.office import START, Desk, actor_named

pytestmark = pytest.mark.xdist_group("data_subject_request")

OFFICER = "pelindung.data"
DUE = START + timedelta(hours=72)


def ask(desk: Desk, case_id: str, by: Actor, kind: str = "data_access", **more: object) -> RequestView:
    env = desk.office.env
    return desk.office.work.write(
        lambda session: start_request(session, env, case_id, kind=kind, by=by, **more)  # type: ignore[arg-type]
    )


def asked(desk: Desk, kind: str = "data_access") -> str:
    case_id = desk.register().id
    ask(desk, case_id, desk.complainant(case_id), kind)
    return case_id


def answer(desk: Desk, case_id: str, decision: str) -> None:
    desk.complete(
        case_id, "answer_data_request", OFFICER, decision=decision, message="Permintaan Anda kami jawab."
    )


def seen_by_complainant(desk: Desk, case_id: str) -> RequestView:
    env, by = desk.office.env, desk.complainant(case_id)
    return desk.office.work.read(lambda session: list_requests(session, env, case_id, by=by))[0]


@pytest.mark.parametrize(
    ("kind", "decision", "outcome", "notice"),
    [
        ("data_access", "give_access", "access_given", "data_access_given"),
        ("data_correction", "correct", "corrected", "data_corrected"),
        ("data_erasure", "refuse", "refused", "data_request_refused"),
    ],
)
def test_the_officer_answers_and_the_complainant_is_told(
    desk: Desk, kind: str, decision: str, outcome: str, notice: str
):
    case_id = asked(desk, kind)
    assert "data_request_received" in told(desk, case_id)
    answer(desk, case_id, decision)
    assert told(desk, case_id)[-1] == notice
    assert seen_by_complainant(desk, case_id).outcome == outcome
    assert clock_of(desk, case_id, "data_subject").stopped_at == desk.clock.now()


def test_access_writes_the_processing_log(desk: Desk):
    case_id = asked(desk)
    answer(desk, case_id, "give_access")
    query = select(Letter.template).where(Letter.case_id == case_id)
    assert "processing_log" in desk.office.work.read(lambda session: set(session.scalars(query)))


def test_a_request_is_due_72_hours_after_it_came_to_the_second(desk: Desk):
    case_id = asked(desk)
    assert seen_by_complainant(desk, case_id).due_at == DUE
    desk.pass_time(DUE - MOMENT)
    assert clock_of(desk, case_id, "data_subject").breached_at is None
    desk.pass_time(DUE)
    assert clock_of(desk, case_id, "data_subject").breached_at == DUE


def test_the_officer_enters_a_request_that_came_by_letter_without_seeing_the_case_before(desk: Desk):
    case_id = desk.register().id
    officer = actor_named(desk.office, OFFICER)
    request = ask(desk, case_id, officer, received_on=date(2026, 3, 1))
    # The hour of a letter is not known: its day's beginning in the office's zone counts.
    assert (request.due_at, request.overdue) == (START - timedelta(hours=33) + timedelta(hours=72), False)


def test_the_officer_sees_the_case_only_while_it_is_asked_about(desk: Desk):
    case_id = asked(desk)
    env, officer = desk.office.env, actor_named(desk.office, OFFICER)
    desk.office.work.write(lambda session: get_case(session, env, case_id, by=officer))
    answer(desk, case_id, "refuse")
    with pytest.raises(NotFoundError):
        desk.office.work.write(lambda session: get_case(session, env, case_id, by=officer))


def test_the_same_question_is_not_asked_twice_at_once(desk: Desk):
    case_id = asked(desk)
    with pytest.raises(RefusedByRuleError):
        ask(desk, case_id, desk.complainant(case_id))
    answer(desk, case_id, "refuse")
    ask(desk, case_id, desk.complainant(case_id))
    assert open_tasks(desk, case_id, "data_subject_request") == {"answer_data_request"}


def test_a_request_goes_on_when_its_case_is_closed(desk: Desk):
    case_id = asked(desk)
    desk.say(case_id, "withdraw")
    answer(desk, case_id, "give_access")
    assert seen_by_complainant(desk, case_id).outcome == "access_given"


test_every_element_and_flow_was_taken = covers("data_subject_request")
