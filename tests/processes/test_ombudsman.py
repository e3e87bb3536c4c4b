"""Letters of the Ombudsman: answered in time, several side by side, at every stage and after the case is closed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cases.actions.requests import RequestView, list_requests, start_request, tell_request
from cases.errors import NotWaitingForItError, RefusedByRuleError
from cases.forms import FormInvalidError
from storage.tables import CaseRequest, Deadline, Letter
from support.beside import MOMENT, clock_of, open_tasks, status_of, told
from support.coverage import covers
from support.office import Desk, actor_named

pytestmark = pytest.mark.xdist_group("ombudsman")

ADMIN = "admin.instansi"
ANSWER = "Pengaduan sudah ditangani; berkasnya kami lampirkan."
# Received on Monday 2 March 2026: fourteen calendar days, and fourteen more; holidays do not matter.
FIRST_TERM = datetime(2026, 3, 16, 17, tzinfo=UTC)
SECOND_TERM = datetime(2026, 3, 30, 17, tzinfo=UTC)
# A recommendation of the same day: sixty calendar days.
RECOMMENDATION = datetime(2026, 5, 1, 17, tzinfo=UTC)


def letter(desk: Desk, case_id: str, number: str = "B/12/2026", **more: Any) -> RequestView:
    env, by = desk.office.env, actor_named(desk.office, ADMIN)
    return desk.office.work.write(
        lambda session: start_request(session, env, case_id, kind="ombudsman", number=number, by=by, **more)
    )


def tell(desk: Desk, case_id: str, request: RequestView, message: str) -> RequestView:
    env, by = desk.office.env, actor_named(desk.office, ADMIN)
    return desk.office.work.write(
        lambda session: tell_request(session, env, case_id, request.id, message, by=by)
    )


def requests(desk: Desk, case_id: str) -> tuple[RequestView, ...]:
    env, by = desk.office.env, actor_named(desk.office, ADMIN)
    return desk.office.work.read(lambda session: list_requests(session, env, case_id, by=by))


def instance_of(desk: Desk, request: RequestView) -> str:
    query = select(CaseRequest.instance_id).where(CaseRequest.id == request.id)
    return str(desk.office.work.read(lambda session: session.scalars(query).one()))


def letters(desk: Desk, case_id: str) -> list[str]:
    query = select(Letter.template).where(Letter.case_id == case_id).order_by(Letter.id)
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def answer(desk: Desk, case_id: str) -> None:
    desk.complete(case_id, "answer_ombudsman", ADMIN, decision="answer", answer=ANSWER)


def test_a_letter_prepares_its_file_at_once_and_runs_fourteen_calendar_days(desk: Desk):
    case_id = desk.register().id
    request = letter(desk, case_id)
    assert request.due_at == FIRST_TERM
    assert "ombudsman_file" in letters(desk, case_id)
    assert desk.task(case_id, "answer_ombudsman").due_at == FIRST_TERM


def test_a_letter_that_came_before_it_was_entered_counts_from_the_day_it_came(desk: Desk):
    case_id = desk.register().id
    assert letter(desk, case_id, received_on=date(2026, 2, 23)).due_at == datetime(2026, 3, 9, 17, tzinfo=UTC)


def test_a_letter_leaves_the_stage_and_the_clocks_of_the_case_alone(desk: Desk):
    case_id = desk.register().id
    before = desk.case(case_id)
    letter(desk, case_id)
    after = desk.case(case_id)
    assert (after.stage, after.outcome) == (before.stage, None)
    assert clock_of(desk, case_id, "verification").stopped_at is None


def test_an_answer_stops_the_clock_and_becomes_a_letter(desk: Desk):
    case_id = desk.register().id
    request = letter(desk, case_id)
    answer(desk, case_id)
    assert clock_of(desk, case_id, "ombudsman_answer").stopped_at == desk.clock.now()
    assert letters(desk, case_id)[-1] == "ombudsman_answer"
    (view,) = requests(desk, case_id)
    assert (view.id, view.outcome, view.due_at) == (request.id, "answered", None)
    assert "case:request:answered" in desk.tags(case_id)


def test_the_answer_is_extended_once_with_a_reason(desk: Desk):
    case_id = desk.register().id
    letter(desk, case_id)
    with pytest.raises(FormInvalidError):
        desk.complete(case_id, "answer_ombudsman", ADMIN, decision="extend")
    desk.complete(case_id, "answer_ombudsman", ADMIN, decision="extend", reason="Menunggu data dinas.")
    assert desk.task(case_id, "answer_after_extension").due_at == SECOND_TERM
    desk.complete(case_id, "answer_after_extension", ADMIN, answer=ANSWER)
    assert requests(desk, case_id)[0].outcome == "answered"


def test_a_late_answer_breaches_the_law_at_the_very_moment(desk: Desk):
    case_id = desk.register().id
    letter(desk, case_id)
    desk.pass_time(FIRST_TERM - MOMENT)
    assert clock_of(desk, case_id, "ombudsman_answer").breached_at is None
    desk.pass_time(FIRST_TERM)
    assert clock_of(desk, case_id, "ombudsman_answer").breached_at == FIRST_TERM


def test_a_recommendation_is_reported_on_within_sixty_calendar_days(desk: Desk):
    case_id = desk.register().id
    request = letter(desk, case_id)
    answer(desk, case_id)
    assert tell(desk, case_id, request, "ombudsman_recommended").due_at == RECOMMENDATION
    desk.pass_time(RECOMMENDATION - MOMENT)
    assert clock_of(desk, case_id, "ombudsman_recommendation").breached_at is None
    desk.complete(case_id, "report_recommendation", "sekda", report="Seluruh rekomendasi dilaksanakan.")
    assert clock_of(desk, case_id, "ombudsman_recommendation").stopped_at == desk.clock.now()
    assert status_of(desk, instance_of(desk, request)) == "completed"


@pytest.mark.parametrize("answered", [False, True])
def test_a_takeover_closes_the_case_before_and_after_the_answer(desk: Desk, answered: bool):
    case_id = desk.register().id
    request = letter(desk, case_id)
    if answered:
        answer(desk, case_id)
    tell(desk, case_id, request, "ombudsman_took_over")
    case = desk.case(case_id)
    assert (case.stage, case.outcome) == ("closed", "ombudsman")
    assert "ombudsman_took_over" in told(desk, case_id)
    assert status_of(desk, instance_of(desk, request)) == "completed"


def test_the_ombudsman_may_be_done_without_taking_anything_over(desk: Desk):
    case_id = desk.register().id
    request = letter(desk, case_id)
    tell(desk, case_id, request, "ombudsman_finished")
    assert desk.case(case_id).stage != "closed"
    assert status_of(desk, instance_of(desk, request)) == "completed"
    assert open_tasks(desk, case_id, "ombudsman") == set()


def test_two_letters_run_side_by_side_and_news_reaches_the_one_it_is_about(desk: Desk):
    case_id = desk.register().id
    first, second = letter(desk, case_id), letter(desk, case_id, "B/13/2026")
    tell(desk, case_id, second, "ombudsman_finished")
    assert status_of(desk, instance_of(desk, first)) == "running"
    assert status_of(desk, instance_of(desk, second)) == "completed"
    with pytest.raises(NotWaitingForItError):
        tell(desk, case_id, second, "ombudsman_recommended")


def test_each_letter_has_a_clock_of_its_own(desk: Desk):
    case_id = desk.register().id
    letter(desk, case_id, received_on=date(2026, 2, 23))
    letter(desk, case_id, "B/13/2026")
    query = select(Deadline.due_at).where(Deadline.case_id == case_id, Deadline.clock == "ombudsman_answer")
    due = desk.office.work.read(lambda session: set(session.scalars(query)))
    assert due == {datetime(2026, 3, 9, 17, tzinfo=UTC), FIRST_TERM}


def test_the_same_letter_is_not_entered_twice(desk: Desk):
    case_id = desk.register().id
    letter(desk, case_id)
    with pytest.raises(RefusedByRuleError):
        letter(desk, case_id)


def test_a_letter_waits_on_while_the_complainant_completes_and_both_deadlines_are_kept(desk: Desk):
    case_id = desk.register().id
    desk.complete(
        case_id,
        "verify_complaint",
        ADMIN,
        decision="ask_completion",
        completion_request="Sebutkan tempatnya.",
    )
    letter(desk, case_id)
    case = desk.case(case_id)
    assert case.stage == "awaiting_completion"
    assert (case.due_clock, case.due_at) == ("ombudsman_answer", FIRST_TERM)
    assert clock_of(desk, case_id, "completion").stopped_at is None


def test_a_letter_is_answered_after_the_case_is_closed(desk: Desk):
    case_id = desk.register().id
    request = letter(desk, case_id)
    desk.say(case_id, "withdraw")
    assert desk.case(case_id).stage == "closed"
    assert clock_of(desk, case_id, "ombudsman_answer").stopped_at is None
    answer(desk, case_id)
    assert requests(desk, case_id)[0].outcome == "answered"
    tell(desk, case_id, request, "ombudsman_took_over")
    assert desk.case(case_id).outcome == "withdrawn"


def test_a_letter_about_a_closed_case_begins_a_process_too(desk: Desk):
    case_id = desk.register().id
    desk.say(case_id, "withdraw")
    assert letter(desk, case_id).due_at == FIRST_TERM
    assert open_tasks(desk, case_id, "ombudsman") == {"answer_ombudsman"}


test_every_element_and_flow_was_taken = covers("ombudsman")
