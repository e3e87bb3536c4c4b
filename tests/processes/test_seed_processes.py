"""The shipped diagrams pass the gate without a finding, and every path through them ends where it should."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from engine.deployment import Deployment, check
from engine.model import InstanceStatus
from engine.vocabulary import vocabulary
from support.seed_case import (
    ROOT,
    SeedCase,
    answer,
    assert_closed,
    followed_up,
    opened,
    responded,
    seed_files,
)

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DIAGRAMS = sorted((ROOT / "processes" / "bpmn").glob("*.bpmn"))


def test_the_seed_set_passes_the_gate_without_a_finding():
    assert check(seed_files()) == ()


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_every_task_and_gateway_of_a_seed_diagram_explains_itself(path):
    root = ET.parse(path).getroot()
    tasks = [node for node in root.iter() if node.tag.endswith("Task")]
    assert [node.get("id") for node in tasks if not node.findtext(f"{BPMN}documentation")] == []


def test_every_template_that_a_diagram_names_is_among_the_notices(deployment: Deployment):
    notices = json.loads((ROOT / "reference" / "notices.json").read_text(encoding="utf-8"))["notices"]
    named = {
        element.arguments["template"].strip("'")
        for element in deployment.elements.values()
        if "template" in element.arguments
    }
    assert named - set(notices) == set()


def test_every_escalation_names_a_known_level_and_clock(deployment: Deployment):
    known = json.loads((ROOT / "reference" / "escalation_levels.json").read_text(encoding="utf-8"))
    levels = known["escalation_levels"]
    for element in deployment.elements.values():
        if element.handler == "escalate":
            assert element.arguments["level"] in levels
            assert element.arguments["clock"].strip("'") in vocabulary().clocks


# Intake


def test_a_complaint_from_the_web_gets_its_receipt_and_goes_to_verification(deployment: Deployment):
    case = SeedCase.begin(deployment, "intake")
    assert case.effects[:3] == ["scan_identity_numbers", "issue_receipt", "find_duplicates"]
    assert case.notices == ["receipt"]
    assert case.open_tasks == {"verify_complaint"}
    assert case.facts["stage"] == "verification"


@pytest.mark.parametrize("channel", ["letter", "telephone"])
def test_the_front_desk_checks_what_was_typed_from_a_letter_or_call(deployment: Deployment, channel: str):
    case = SeedCase.begin(deployment, "intake", channel=channel)
    assert case.open_tasks == {"check_registration"}
    assert case.notices == []
    case.complete("check_registration", kind="complaint")
    assert case.open_tasks == {"verify_complaint"}
    assert case.notices == ["receipt"]


def test_an_emergency_call_is_not_held_up_by_the_front_desk(deployment: Deployment):
    case = SeedCase.begin(deployment, "intake", channel="telephone", emergency=True)
    assert case.open_tasks == {"verify_complaint"}


# Verification


def test_a_late_verification_is_escalated_and_stays_open(deployment: Deployment):
    case = opened(deployment)
    case.expire("verification_overdue")
    assert case.escalations == [("verification", 1)]
    assert case.open_tasks == {"verify_complaint"}


def test_an_archived_complaint_is_closed_and_its_complainant_told(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="archive")
    assert case.notices == ["archived"]
    assert_closed(case, "archived")


def test_a_completed_complaint_is_verified_again(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="ask_completion")
    assert case.facts["stage"] == "awaiting_completion"
    case.tell("completion")
    assert case.open_tasks == {"verify_complaint"}
    assert case.facts["stage"] == "verification"


def test_a_complaint_that_is_not_completed_counts_as_withdrawn(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="ask_completion")
    case.expire("completion_expired")
    assert case.notices == ["completion_requested", "completion_expired"]
    assert_closed(case, "withdrawn")


def test_an_oversight_case_that_is_not_completed_goes_on(deployment: Deployment):
    case = opened(deployment, case_class="oversight")
    case.complete("verify_complaint", decision="ask_completion")
    case.expire("completion_expired")
    assert case.open_tasks == {"verify_complaint"}


def test_a_complainant_without_identity_has_no_completion_clock(deployment: Deployment):
    case = opened(deployment, has_identity=False)
    case.complete("verify_complaint", decision="ask_completion")
    assert case.timers == set()
    case.tell("completion")
    assert case.open_tasks == {"verify_complaint"}


def test_a_complaint_that_another_body_accepts_is_closed_as_referred(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="not_our_authority")
    assert case.facts["stage"] == "awaiting_referral"
    case.tell("referral_accepted")
    assert case.notices == ["referred", "referral_accepted"]
    assert_closed(case, "referred")


def test_a_complaint_that_another_body_rejects_comes_back_to_the_admin(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="not_our_authority")
    case.tell("referral_rejected")
    assert case.open_tasks == {"verify_complaint"}


def test_a_referral_without_an_answer_comes_back_to_the_admin(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="not_our_authority")
    case.expire("referral_decision_due")
    assert case.open_tasks == {"verify_complaint"}


def test_a_merged_case_waits_until_its_parent_closes(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="merge")
    assert case.main.status is InstanceStatus.RUNNING
    case.tell("merge_parent_closed")
    assert case.notices == ["merged", "parent_closed"]
    assert_closed(case, "merged")


def test_a_case_whose_merge_is_undone_is_verified_again(deployment: Deployment):
    case = opened(deployment)
    case.complete("verify_complaint", decision="merge")
    case.tell("merge_undone")
    assert case.open_tasks == {"verify_complaint"}


# Withdrawal


@pytest.mark.parametrize("stage", ["verification", "awaiting_completion", "follow_up", "responded"])
def test_a_complainant_can_withdraw_at_any_stage(deployment: Deployment, stage: str):
    if stage in {"verification", "awaiting_completion"}:
        case = opened(deployment)
    else:
        case = responded(deployment) if stage == "responded" else followed_up(deployment)
    if stage == "awaiting_completion":
        case.complete("verify_complaint", decision="ask_completion")
    assert case.facts["stage"] == stage
    case.tell("withdraw")
    assert case.notices[-1] == "withdrawn"
    assert_closed(case, "withdrawn")


def test_the_examination_of_an_oversight_case_goes_on_after_its_withdrawal(deployment: Deployment):
    case = opened(deployment, case_class="oversight")
    case.tell("withdraw")
    assert case.notices == ["examination_goes_on"]
    assert case.open_tasks == {"verify_complaint"}
    case.complete("verify_complaint", decision="accept")
    case.complete("dispose_complaint", lead_unit="inspektorat")
    answer(case)
    case.expire("reply_period_over")
    assert_closed(case, "decided")


# Disposition and follow-up


def test_an_accepted_complaint_reaches_the_unit(deployment: Deployment):
    case = followed_up(deployment)
    assert case.effects.count("dispose") == 1
    assert case.notices == ["disposed"]
    assert case.open_tasks == {"accept_disposition"}
    assert case.facts["stage"] == "follow_up"


def test_a_returned_complaint_is_disposed_again(deployment: Deployment):
    case = followed_up(deployment)
    case.complete("accept_disposition", decision="return")
    assert case.open_tasks == {"dispose_complaint"}


def test_after_two_returns_the_secretary_assigns_and_the_unit_cannot_return(deployment: Deployment):
    case = followed_up(deployment)
    case.complete("accept_disposition", decision="return")
    case.complete("dispose_complaint", lead_unit="dishub")
    case.complete("accept_disposition", decision="return")
    assert case.open_tasks == {"assign_by_secretary"}
    case.complete("assign_by_secretary", lead_unit="pupr")
    assert case.open_tasks == {"work_on_complaint"}
    assert case.effects.count("dispose") == 3


def test_a_response_that_is_not_approved_is_drafted_again(deployment: Deployment):
    case = followed_up(deployment)
    case.complete("accept_disposition", decision="accept")
    case.complete("work_on_complaint")
    case.complete("draft_response", response_kind="explanation")
    assert case.facts["stage"] == "awaiting_approval"
    case.complete("approve_response", decision="return")
    assert case.open_tasks == {"draft_response"}
    assert case.facts["stage"] == "follow_up"


@pytest.mark.parametrize("kind", ["acknowledgement", "progress"])
def test_a_response_that_only_reports_leaves_the_unit_at_work(deployment: Deployment, kind: str):
    case = followed_up(deployment)
    answer(case, kind)
    assert case.effects.count("publish_response") == 1
    assert case.open_tasks == {"work_on_complaint"}
    assert case.facts["stage"] == "follow_up"


@pytest.mark.parametrize("kind", ["explanation", "action_taken"])
def test_a_response_that_answers_ends_the_follow_up(deployment: Deployment, kind: str):
    case = followed_up(deployment)
    answer(case, kind)
    assert case.open_tasks == set()
    assert case.facts["stage"] == "responded"
    assert {"confirm", "not_satisfied", "reply", "withdraw"} == case.awaited


@pytest.mark.parametrize(
    ("timer", "escalation"),
    [
        ("first_response_overdue", ("first_response", 1)),
        ("final_overdue_while_working", ("final", 1)),
    ],
)
def test_late_work_is_escalated_and_goes_on(deployment: Deployment, timer: str, escalation: tuple[str, int]):
    case = followed_up(deployment)
    case.complete("accept_disposition", decision="accept")
    case.expire(timer)
    assert case.escalations == [escalation]
    assert case.open_tasks == {"work_on_complaint"}


def test_a_late_draft_and_a_late_approval_are_escalated(deployment: Deployment):
    case = followed_up(deployment)
    case.complete("accept_disposition", decision="accept")
    case.complete("work_on_complaint")
    case.expire("final_overdue_while_drafting")
    case.complete("draft_response", response_kind="explanation")
    case.expire("approval_overdue")
    assert case.escalations == [("final", 1), ("approval", 2)]
    assert case.open_tasks == {"approve_response"}


def test_the_document_on_processes_names_every_process_and_decision():
    page = (ROOT / "docs" / "processes.md").read_text(encoding="utf-8")
    named = [path.stem for path in (ROOT / "processes").glob("*/*")]
    assert [name for name in named if f"`{name}`" not in page] == []
