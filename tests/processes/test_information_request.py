"""Information request: five working days, or ten and once seven more when it is formal; the answer is published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cases.forms import FormInvalidError
from support.beside import MOMENT, begin, clock_of, open_tasks, status_of, told, verdict
from support.coverage import covers
from support.office import Desk

pytestmark = pytest.mark.xdist_group("information_request")

ANSWER = "Anggaran jalan tahun ini dapat diunduh di laman kami."
# Received on Monday 2 March 2026: ten working days end on Monday 16 March, seven more on Wednesday 1 April,
# after the holidays of Nyepi and Idulfitri.
TEN_DAYS = datetime(2026, 3, 16, 17, tzinfo=UTC)
SEVENTEEN_DAYS = datetime(2026, 4, 1, 17, tzinfo=UTC)


def asked(desk: Desk, *, formal: bool = False) -> tuple[str, str]:
    case_id = desk.register("Anggaran jalan").id
    columns = {"case_class": "information", "kind": "information_request", "formal": formal}
    return case_id, begin(desk, case_id, "information_request", "handling_finished", **columns)


def test_an_informal_request_is_answered_by_the_information_officer(desk: Desk):
    case_id, instance = asked(desk)
    assert open_tasks(desk, case_id, "information_request") == {"answer_request"}
    desk.complete(case_id, "answer_request", "ppid", response=ANSWER)
    assert (verdict(desk, case_id), status_of(desk, instance)) == ("answered", "completed")
    assert told(desk, case_id)[-1] == "response_published"


def test_the_answer_is_published_as_an_explanation(desk: Desk):
    case_id, _ = asked(desk)
    desk.complete(case_id, "answer_request", "ppid", response=ANSWER)
    assert desk.case(case_id).responded_at == desk.clock.now()


def test_an_informal_request_has_no_clock_of_the_law(desk: Desk):
    case_id, _ = asked(desk)
    assert clock_of(desk, case_id, "information_law") is None


def test_a_formal_request_has_ten_working_days_from_its_receipt(desk: Desk):
    case_id, _ = asked(desk, formal=True)
    assert clock_of(desk, case_id, "information_law").due_at == TEN_DAYS
    assert desk.task(case_id, "answer_formal_request").due_at == TEN_DAYS


def test_a_formal_request_is_answered_in_its_first_term(desk: Desk):
    case_id, _ = asked(desk, formal=True)
    desk.complete(case_id, "answer_formal_request", "ppid", decision="answer", response=ANSWER)
    assert verdict(desk, case_id) == "answered"
    assert clock_of(desk, case_id, "information_law").stopped_at == desk.clock.now()


def test_a_formal_request_is_extended_once_by_seven_working_days_and_the_complainant_told(desk: Desk):
    case_id, _ = asked(desk, formal=True)
    desk.complete(
        case_id, "answer_formal_request", "ppid", decision="extend", reason="Datanya masih dihimpun."
    )
    law = clock_of(desk, case_id, "information_law")
    assert (law.due_at, law.extended) == (SEVENTEEN_DAYS, True)
    assert told(desk, case_id)[-1] == "information_extended"
    assert desk.task(case_id, "answer_extended_request").due_at == SEVENTEEN_DAYS


def test_an_extended_request_can_only_be_answered(desk: Desk):
    case_id, _ = asked(desk, formal=True)
    desk.complete(
        case_id, "answer_formal_request", "ppid", decision="extend", reason="Datanya masih dihimpun."
    )
    with pytest.raises(FormInvalidError):
        desk.complete(case_id, "answer_extended_request", "ppid", decision="extend", reason="Sekali lagi.")
    desk.complete(case_id, "answer_extended_request", "ppid", response=ANSWER)
    assert verdict(desk, case_id) == "answered"


def test_an_extension_needs_a_reason(desk: Desk):
    case_id, _ = asked(desk, formal=True)
    with pytest.raises(FormInvalidError):
        desk.complete(case_id, "answer_formal_request", "ppid", decision="extend")


def test_the_law_is_breached_when_the_ten_days_are_over_and_not_a_moment_earlier(desk: Desk):
    case_id, _ = asked(desk, formal=True)
    desk.pass_time(TEN_DAYS - MOMENT)
    assert clock_of(desk, case_id, "information_law").breached_at is None
    desk.pass_time(TEN_DAYS)
    assert clock_of(desk, case_id, "information_law").breached_at == TEN_DAYS


test_every_element_and_flow_was_taken = covers("information_request")
