"""The main process: withdrawal, emergency, every decision of the verification, disposition, handling and closing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cases.actions.unmerge import unmerge
from cases.errors import NotFoundError
from cases.forms import FormInvalidError
from cases.model import CaseClass, Channel, Priority
from support.beside import clock_of, told
from support.coverage import covers
from support.office import Desk, actor_named
from support.paths import (
    CATEGORY,
    ORDINARY,
    dispose,
    disposed,
    give_back,
    instances,
    opened,
    responded,
    stands,
    verified,
    waiting_tasks,
)

pytestmark = pytest.mark.xdist_group("complaint")

MOMENT = timedelta(microseconds=1)


# Withdrawal


@pytest.mark.parametrize(
    "stage", ["verification", "awaiting_completion", "disposition", "follow_up", "responded"]
)
def test_a_complainant_can_withdraw_at_any_stage(desk: Desk, stage: str):
    if stage == "responded":
        case_id = responded(desk)
    elif stage == "follow_up":
        case_id = disposed(desk)
    else:
        case_id = opened(desk)
    if stage == "awaiting_completion":
        verified(desk, case_id, decision="ask_completion", completion_request="Di mana?")
    elif stage == "disposition":
        verified(desk, case_id, **ORDINARY)
    assert stands(desk, case_id)[0] == stage
    desk.say(case_id, "withdraw")
    assert stands(desk, case_id) == ("closed", "withdrawn")
    assert waiting_tasks(desk, case_id) == []
    assert told(desk, case_id)[-1] == "withdrawn"


def test_the_examination_of_an_oversight_case_goes_on_after_its_withdrawal(desk: Desk):
    case_id = opened(desk, case_class=CaseClass.OVERSIGHT)
    desk.say(case_id, "withdraw")
    assert stands(desk, case_id) == ("verification", None)
    assert told(desk, case_id)[-1] == "examination_goes_on"
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]


# Emergency

REAL = {"decision": "accept", "case_class": "ordinary", "category": CATEGORY}


def emergency(desk: Desk, **fields: object) -> str:
    return opened(desk, priority=Priority.EMERGENCY, channel=Channel.FRONT_DESK, **fields)


def dispose_emergency(desk: Desk, case_id: str) -> None:
    values = {"lead_unit": "pupr", "instruction": "Amankan lokasi sekarang."}
    desk.complete(case_id, "dispose_emergency", "admin.instansi", **values)


def test_an_emergency_shows_the_numbers_and_is_disposed_before_it_is_verified(desk: Desk):
    case_id = emergency(desk)
    assert "emergency_numbers" in told(desk, case_id)
    assert waiting_tasks(desk, case_id) == ["dispose_emergency"]
    dispose_emergency(desk, case_id)
    assert waiting_tasks(desk, case_id) == ["accept_disposition", "verify_emergency"]
    assert stands(desk, case_id) == ("follow_up", None)


def test_an_emergency_that_the_front_desk_disposed_reaches_the_unit_at_once(desk: Desk):
    case_id = emergency(desk, lead_unit="pupr")
    assert waiting_tasks(desk, case_id) == ["accept_disposition", "verify_emergency"]
    assert desk.tags(case_id).count("case:case:disposed") == 1


def test_an_emergency_is_not_closed_before_it_was_verified(desk: Desk):
    case_id = emergency(desk, lead_unit="pupr")
    desk.answer(case_id)
    desk.say(case_id, "confirm")
    assert stands(desk, case_id) == ("responded", None)
    desk.complete(case_id, "verify_emergency", "admin.instansi", **REAL)
    assert stands(desk, case_id) == ("closed", "resolved")


def test_an_emergency_that_was_verified_first_is_closed_with_its_handling(desk: Desk):
    case_id = emergency(desk, lead_unit="pupr")
    desk.complete(case_id, "verify_emergency", "admin.instansi", **REAL, priority="high")
    assert clock_of(desk, case_id, "decision_law") is not None
    assert desk.case(case_id).priority == "high"
    desk.answer(case_id)
    desk.say(case_id, "confirm")
    assert stands(desk, case_id) == ("closed", "resolved")


def test_a_false_alarm_is_archived_and_stops_the_unit(desk: Desk):
    case_id = emergency(desk, lead_unit="pupr")
    desk.complete(
        case_id, "verify_emergency", "admin.instansi", decision="false_alarm", archive_reason="test"
    )
    assert stands(desk, case_id) == ("closed", "archived")
    assert waiting_tasks(desk, case_id) == []
    assert {row.status for row in instances(desk, case_id, "unit_follow_up")} == {"cancelled"}
    assert "archived" not in told(desk, case_id)


def test_a_false_alarm_is_archived_only_for_a_reason_that_one_person_may_decide(desk: Desk):
    case_id = emergency(desk, lead_unit="pupr")
    alarm = {"decision": "false_alarm", "archive_reason": "not_about_government"}
    with pytest.raises(FormInvalidError):
        desk.complete(case_id, "verify_emergency", "admin.instansi", **alarm)
    desk.complete(case_id, "verify_emergency", "admin.instansi", **{**alarm, "archive_reason": "unclear"})
    assert stands(desk, case_id) == ("closed", "archived")
    assert told(desk, case_id)[-1] == "archived"


def test_an_emergency_that_the_unit_returned_is_disposed_like_any_other_case(desk: Desk):
    case_id = emergency(desk, lead_unit="pupr")
    desk.complete(case_id, "verify_emergency", "admin.instansi", **REAL)
    give_back(desk, case_id)
    assert waiting_tasks(desk, case_id) == ["dispose_complaint"]
    dispose(desk, case_id, lead_unit="dishub")
    assert waiting_tasks(desk, case_id) == ["accept_disposition"]


def test_an_emergency_of_oversight_stays_in_the_restricted_lane(desk: Desk):
    case_id = emergency(desk, case_class=CaseClass.OVERSIGHT)
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]


# Completion


def asked(desk: Desk, **fields: object) -> str:
    case_id = opened(desk, **fields)
    verified(desk, case_id, decision="ask_completion", completion_request="Di mana letaknya?")
    return case_id


def test_a_completed_complaint_is_verified_again(desk: Desk):
    case_id = asked(desk)
    desk.say(case_id, "completion", message="Di depan pasar.")
    assert stands(desk, case_id) == ("verification", None)
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]


# Asked for on Monday 2 March 2026; thirty calendar days end when Wednesday 1 April ends.
COMPLETION_DUE = datetime(2026, 4, 1, 17, tzinfo=UTC)


def test_a_complaint_that_is_not_completed_in_thirty_days_counts_as_withdrawn(desk: Desk):
    case_id = asked(desk)
    desk.pass_time(COMPLETION_DUE - MOMENT)
    assert stands(desk, case_id) == ("awaiting_completion", None)
    desk.pass_time(COMPLETION_DUE)
    assert stands(desk, case_id) == ("closed", "withdrawn")
    assert told(desk, case_id)[-1] == "completion_expired"


def test_an_oversight_case_that_is_not_completed_goes_on(desk: Desk):
    case_id = asked(desk, case_class=CaseClass.OVERSIGHT)
    desk.pass_time(COMPLETION_DUE)
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]


def test_a_complainant_without_identity_has_no_completion_clock(desk: Desk):
    case_id = asked(desk, name=None)
    assert clock_of(desk, case_id, "completion") is None
    desk.say(case_id, "completion", message="Di depan pasar.")
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]


# Merging


def merged(desk: Desk) -> tuple[str, str]:
    parent, child = desk.register(), desk.register()
    verified(desk, child.id, decision="merge", parent_reference=parent.reference)
    return parent.id, child.id


def test_a_merged_case_waits_and_gets_the_end_of_its_parent(desk: Desk):
    parent, child = merged(desk)
    assert (stands(desk, child), waiting_tasks(desk, child)) == (("follow_up", None), [])
    desk.say(parent, "withdraw")
    desk.worker.run_until_idle()
    assert stands(desk, child) == ("closed", "merged")
    assert told(desk, child)[-1] == "parent_closed"


def test_a_case_whose_merge_is_undone_is_verified_again(desk: Desk):
    _, child = merged(desk)
    env, admin = desk.office.env, actor_named(desk.office, "admin.instansi")
    desk.office.work.write(
        lambda session: unmerge(session, env, child, reason="Lokasinya berbeda.", by=admin)
    )
    assert waiting_tasks(desk, child) == ["verify_complaint"]


# Referral


def referred(desk: Desk) -> str:
    case_id = opened(desk)
    verified(desk, case_id, decision="not_our_authority", referred_to="provinsi")
    return case_id


def test_a_complaint_that_another_body_accepts_is_closed_as_referred(desk: Desk):
    case_id = referred(desk)
    assert stands(desk, case_id) == ("awaiting_referral", None)
    desk.say_as("admin.instansi", case_id, "referral_accepted")
    assert stands(desk, case_id) == ("closed", "referred")


def test_a_complaint_that_another_body_rejects_is_verified_again(desk: Desk):
    case_id = referred(desk)
    desk.say_as("admin.instansi", case_id, "referral_rejected")
    assert stands(desk, case_id) == ("verification", None)
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]


# Archiving


def test_a_reason_that_one_person_may_decide_archives_at_once(desk: Desk):
    case_id = opened(desk)
    verified(desk, case_id, decision="archive", archive_reason="too_general")
    assert stands(desk, case_id) == ("closed", "archived")
    assert desk.case(case_id).outcome_reason == "too_general"
    assert told(desk, case_id)[-1] == "archived"


def to_be_archived(desk: Desk) -> str:
    case_id = opened(desk)
    verified(desk, case_id, decision="archive", archive_reason="prohibited_content")
    return case_id


def test_a_reason_that_two_people_must_decide_waits_for_the_secretary(desk: Desk):
    case_id = to_be_archived(desk)
    assert waiting_tasks(desk, case_id) == ["approve_archiving"]
    with pytest.raises(NotFoundError):
        desk.complete(case_id, "approve_archiving", "admin.instansi", decision="approve")
    desk.complete(case_id, "approve_archiving", "sekda", decision="approve")
    assert stands(desk, case_id) == ("closed", "archived")


def test_an_archiving_that_is_not_approved_is_verified_again(desk: Desk):
    case_id = to_be_archived(desk)
    desk.complete(case_id, "approve_archiving", "sekda", decision="return", reason="Isinya keluhan biasa.")
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]
    verified(desk, case_id, **ORDINARY)
    assert waiting_tasks(desk, case_id) == ["dispose_complaint"]


def test_a_case_archived_as_a_test_is_closed_without_a_word_to_its_complainant(desk: Desk):
    case_id = opened(desk)
    verified(desk, case_id, decision="archive", archive_reason="test")
    assert stands(desk, case_id) == ("closed", "archived")
    assert "archived" not in told(desk, case_id)


# Acceptance, disposition and handling


def test_an_accepted_complaint_starts_the_clock_of_the_decision_and_waits_for_a_unit(desk: Desk):
    case_id = opened(desk)
    verified(desk, case_id, **ORDINARY)
    assert waiting_tasks(desk, case_id) == ["dispose_complaint"]
    assert clock_of(desk, case_id, "decision_law") is not None


@pytest.mark.parametrize(
    ("case_class", "process"), [("oversight", "oversight"), ("information", "information_request")]
)
def test_what_no_unit_handles_goes_to_its_own_process_without_a_disposition(
    desk: Desk, case_class: str, process: str
):
    case_id = opened(desk)
    verified(desk, case_id, **{**ORDINARY, "case_class": case_class})
    assert [row.status for row in instances(desk, case_id, process)] == ["running"]
    assert desk.case(case_id).lead_unit_id is None
    assert "case:case:disposed" not in desk.tags(case_id)
    # Handed over it counts as followed up, and nothing is left that verification could be late with.
    assert desk.case(case_id).disposed_at == desk.clock.now()
    assert clock_of(desk, case_id, "verification").stopped_at == desk.clock.now()
    assert clock_of(desk, case_id, "first_response") is None


def test_a_referred_complaint_is_verified(desk: Desk):
    case_id = opened(desk)
    verified(desk, case_id, decision="not_our_authority", referred_to="provinsi")
    assert clock_of(desk, case_id, "verification").stopped_at == desk.clock.now()
    assert desk.case(case_id).disposed_at is None


def test_after_two_returns_the_secretary_assigns(desk: Desk):
    case_id = disposed(desk)
    give_back(desk, case_id)
    dispose(desk, case_id, lead_unit="dishub")
    give_back(desk, case_id, "petugas.dishub")
    assert waiting_tasks(desk, case_id) == ["assign_by_secretary"]
    desk.complete(case_id, "assign_by_secretary", "sekda", lead_unit="pupr", instruction="Laksanakan.")
    assert waiting_tasks(desk, case_id) == ["work_on_complaint"]
    assert desk.tags(case_id).count("case:case:disposed") == 3


def test_a_confirmed_case_is_closed_and_its_complainant_told(desk: Desk):
    case_id = responded(desk)
    desk.say(case_id, "confirm")
    assert stands(desk, case_id) == ("closed", "resolved")
    assert told(desk, case_id)[-1] == "closed"


test_every_element_and_flow_was_taken = covers("complaint")
