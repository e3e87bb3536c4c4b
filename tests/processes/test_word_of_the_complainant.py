"""After a response: confirmation, silence, a reply, further rounds, and what the secretary decides."""

from __future__ import annotations

import pytest

from engine.deployment import Deployment
from engine.model import InstanceStatus
from support.seed_case import SeedCase, answer, assert_closed, responded


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({}, "resolved"),
        ({"kind": "aspiration"}, "resolved"),
        ({"kind": "information_request", "case_class": "information"}, "answered"),
        ({"case_class": "oversight"}, "decided"),
    ],
)
def test_a_confirmed_case_ends_by_its_class(deployment: Deployment, facts: dict[str, str], outcome: str):
    case = responded(deployment, **facts)
    case.tell("confirm")
    assert case.notices[-1] == "closed"
    assert_closed(case, outcome)


@pytest.mark.parametrize(("case_class", "outcome"), [("ordinary", "auto_closed"), ("oversight", "decided")])
def test_silence_closes_a_case(deployment: Deployment, case_class: str, outcome: str):
    case = responded(deployment, case_class=case_class)
    case.expire("reply_period_over")
    assert_closed(case, outcome)


def test_a_reply_is_read_by_the_admin_who_keeps_waiting(deployment: Deployment):
    case = responded(deployment)
    case.tell("reply")
    assert case.open_tasks == {"review_reply"}
    case.complete("review_reply", decision="keep_waiting")
    assert case.open_tasks == set()
    assert {"confirm", "reply"} <= case.awaited


def test_a_reply_can_close_the_case(deployment: Deployment):
    case = responded(deployment)
    case.tell("reply")
    case.complete("review_reply", decision="close_resolved")
    assert_closed(case, "resolved")


def test_a_reply_can_open_the_next_round(deployment: Deployment):
    case = responded(deployment)
    case.tell("reply")
    case.complete("review_reply", decision="reopen")
    assert case.facts["round"] == 2
    assert case.open_tasks == {"accept_disposition"}


def test_a_dissatisfied_complainant_gets_another_round_with_the_same_unit(deployment: Deployment):
    case = responded(deployment)
    case.tell("not_satisfied")
    assert case.facts["round"] == 2
    assert case.effects.count("dispose") == 1
    assert [instance.process_id for instance in case.instances].count("unit_follow_up") == 2


def dissatisfied_three_times(deployment: Deployment) -> SeedCase:
    case = responded(deployment)
    for _ in range(2):
        case.tell("not_satisfied")
        answer(case)
    case.tell("not_satisfied")
    return case


def test_after_three_rounds_the_complainant_is_told_of_the_ombudsman_and_the_secretary_decides(
    deployment: Deployment,
):
    case = dissatisfied_three_times(deployment)
    assert case.facts["round"] == 3
    assert "ombudsman_letter" in case.effects
    assert case.escalations == [("final", 3)]
    assert case.open_tasks == {"decide_next_step"}


def test_the_secretary_can_order_another_round(deployment: Deployment):
    case = dissatisfied_three_times(deployment)
    case.complete("decide_next_step", decision="another_round")
    assert case.facts["round"] == 4
    assert case.open_tasks == {"accept_disposition"}


def test_the_secretary_can_uphold_the_response(deployment: Deployment):
    case = dissatisfied_three_times(deployment)
    case.complete("decide_next_step", decision="uphold_response")
    assert case.notices[-1] == "response_upheld"
    case.expire("reply_period_over")
    assert_closed(case, "auto_closed")


def test_every_round_is_an_instance_of_its_own_so_that_the_main_one_stays_small(deployment: Deployment):
    case = responded(deployment)
    for _ in range(12):
        case.tell("reply")
        case.complete("review_reply", decision="keep_waiting")
    assert case.main.status is InstanceStatus.RUNNING
    assert len(case.main.state) < 16_000
