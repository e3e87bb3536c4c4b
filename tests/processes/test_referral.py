"""Referral: another body is asked, reminded, and in the end the admin decides; the complainant knows who has it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cases.actions.referrals import ReferralView, list_referrals
from cases.complainants import get_status_page
from cases.errors import RefusedByRuleError
from support.beside import MOMENT, begin, clock_of, open_tasks, status_of, told, verdict
from support.coverage import covers
from support.office import Desk, actor_named

pytestmark = pytest.mark.xdist_group("referral")

# Handed over on Monday 2 March 2026: three working days end on Thursday, five on Monday 9 March.
REMINDED = datetime(2026, 3, 5, 17, tzinfo=UTC)
DECIDED = datetime(2026, 3, 9, 17, tzinfo=UTC)
# Counted anew from Tuesday 10 March: three working days end on Friday.
REMINDED_AGAIN = datetime(2026, 3, 13, 17, tzinfo=UTC)


def referred(desk: Desk) -> tuple[str, str]:
    case_id = desk.register().id
    return case_id, begin(desk, case_id, "referral", "referral_finished", referred_to="provinsi")


def referral(desk: Desk, case_id: str) -> ReferralView:
    env, admin = desk.office.env, actor_named(desk.office, "admin.instansi")
    return desk.office.work.read(lambda session: list_referrals(session, env, case_id, by=admin))[0]


def test_the_complainant_is_told_and_sees_which_body_has_the_complaint(desk: Desk):
    case_id, _ = referred(desk)
    complainant, env = desk.complainant(case_id), desk.office.env
    reference = desk.case(case_id).reference
    page = desk.office.work.read(lambda session: get_status_page(session, env, reference, by=complainant))
    assert (page.stage, page.holder.id) == ("awaiting_referral", "Pemerintah provinsi")
    assert "referred" in told(desk, case_id)
    assert referral(desk, case_id).name.en == "Provincial government"


def test_a_referral_without_a_body_is_refused(desk: Desk):
    case_id = desk.register().id
    with pytest.raises(RefusedByRuleError):
        begin(desk, case_id, "referral", "referral_finished")


@pytest.mark.parametrize(
    ("message", "answer"), [("referral_accepted", "accepted"), ("referral_rejected", "rejected")]
)
def test_the_answer_of_the_other_body_ends_the_waiting_at_once(desk: Desk, message: str, answer: str):
    case_id, instance = referred(desk)
    desk.say_as("admin.instansi", case_id, message)
    assert verdict(desk, case_id) == answer
    assert referral(desk, case_id).answer == answer
    assert told(desk, case_id)[-1] == message
    assert status_of(desk, instance) == "completed"
    assert clock_of(desk, case_id, "referral_decision").stopped_at is not None


def test_the_body_is_reminded_when_three_working_days_are_over_and_not_a_moment_earlier(desk: Desk):
    case_id, _ = referred(desk)
    desk.pass_time(REMINDED - MOMENT)
    assert referral(desk, case_id).reminded_at is None
    desk.pass_time(REMINDED)
    assert referral(desk, case_id).reminded_at == REMINDED
    assert "case:referral:reminded" in desk.tags(case_id)


def test_the_admin_decides_when_five_working_days_are_over_and_not_a_moment_earlier(desk: Desk):
    case_id, _ = referred(desk)
    desk.pass_time(DECIDED - MOMENT)
    assert open_tasks(desk, case_id, "referral") == set()
    desk.pass_time(DECIDED)
    assert open_tasks(desk, case_id, "referral") == {"decide_referral"}


@pytest.mark.parametrize(
    ("decision", "answer", "notice"),
    [
        ("take_back", "taken_back", "referral_taken_back"),
        ("accepted", "accepted", "referral_accepted"),
        ("rejected", "rejected", "referral_rejected"),
    ],
)
def test_what_the_admin_decides_is_what_became_of_the_referral(
    desk: Desk, decision: str, answer: str, notice: str
):
    case_id, _ = referred(desk)
    desk.pass_time(DECIDED)
    desk.complete(case_id, "decide_referral", "admin.instansi", decision=decision, reason="Sudah ditelepon.")
    assert verdict(desk, case_id) == answer
    assert referral(desk, case_id).answer == answer
    assert told(desk, case_id)[-1] == notice


def test_waiting_on_counts_both_clocks_anew(desk: Desk):
    case_id, _ = referred(desk)
    desk.pass_time(DECIDED)
    desk.complete(case_id, "decide_referral", "admin.instansi", decision="keep_waiting", reason="Dijanjikan.")
    assert verdict(desk, case_id) is None
    desk.pass_time(REMINDED_AGAIN - MOMENT)
    assert referral(desk, case_id).reminded_at == REMINDED
    desk.pass_time(REMINDED_AGAIN)
    assert referral(desk, case_id).reminded_at == REMINDED_AGAIN
    assert open_tasks(desk, case_id, "referral") == set()


def test_an_answer_that_comes_while_the_admin_decides_still_counts(desk: Desk):
    case_id, instance = referred(desk)
    desk.pass_time(DECIDED)
    desk.say_as("admin.instansi", case_id, "referral_accepted")
    assert verdict(desk, case_id) == "accepted"
    assert (open_tasks(desk, case_id, "referral"), status_of(desk, instance)) == (set(), "completed")


test_every_element_and_flow_was_taken = covers("referral")
