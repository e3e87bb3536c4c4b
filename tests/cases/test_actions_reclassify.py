"""Reclassification and more protection: what changes at once, and what never goes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cases.actions.protect import protect
from cases.actions.reclassify import reclassify
from cases.complainants import get_status_page
from cases.errors import NotFoundError, RefusedByRuleError, StaleError
from cases.model import PUBLIC, CaseClass, Kind, Sensitivity
from support.acts import ADMIN, act, clocks, last, open_tasks, processes, sees, to_unit, unit_id
from support.office import Desk

OVERSIGHT = CaseClass.OVERSIGHT
UNIT = ("penghubung.pupr", "pelaksana.pupr", "atasan.pupr")
DAY_10 = datetime(2026, 4, 7, 3, 0, tzinfo=UTC)


def test_oversight_on_day_ten_counts_from_the_receipt_and_leaves_the_unit(desk: Desk) -> None:
    desk.clock.set(datetime(2026, 3, 16, 2, 0, tzinfo=UTC))
    case_id = to_unit(desk)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    before = clocks(desk, case_id)["final_ordinary"]
    desk.pass_time(DAY_10)
    act(desk, ADMIN, reclassify, case_id, case_class=OVERSIGHT)

    # Sixty working days from Monday 2026-03-16 end on 2026-06-25 (domain.md, check values).
    running = clocks(desk, case_id)
    assert "final_ordinary" not in running
    assert running["final_oversight"] == datetime(2026, 6, 25, 17, 0, tzinfo=UTC)
    moved = last(desk, case_id, "case:deadline:moved")
    assert moved["from"] == before.isoformat()
    assert moved["to"] == running["final_oversight"].isoformat()

    row = desk.case(case_id)
    assert (row.case_class, row.sensitivity) == ("oversight", "oversight")
    assert row.lead_unit_id == unit_id(desk, "inspektorat")
    assert [sees(desk, name, case_id) for name in UNIT] == [False, False, False]
    assert sees(desk, "inspektorat", case_id)


def test_the_work_of_the_unit_ends_and_the_examination_begins_while_the_case_goes_on(desk: Desk) -> None:
    case_id = to_unit(desk)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    worked = open_tasks(desk, case_id)
    assert "complaint" in processes(desk, case_id)
    act(desk, ADMIN, reclassify, case_id, case_class=OVERSIGHT)
    assert processes(desk, case_id) == {"complaint", "oversight"}
    assert open_tasks(desk, case_id)
    assert not set(worked) & set(open_tasks(desk, case_id))
    entry = last(desk, case_id, "case:case:reclassified")
    assert entry["handling"] == "oversight"
    assert entry["changed"]["case_class"] == ["ordinary", "oversight"]
    assert entry["changed"]["lead_unit_id"] == [unit_id(desk, "pupr"), unit_id(desk, "inspektorat")]


def test_a_case_that_was_answered_already_is_examined_too(desk: Desk) -> None:
    case_id = to_unit(desk)
    desk.answer(case_id)
    assert "auto_close" in clocks(desk, case_id)
    act(desk, ADMIN, reclassify, case_id, case_class=OVERSIGHT)
    running = clocks(desk, case_id)
    assert "auto_close" not in running
    assert "final_oversight" in running
    assert "oversight" in processes(desk, case_id)
    desk.pass_time(datetime(2026, 4, 30, tzinfo=UTC))
    assert desk.case(case_id).stage != "closed"


def test_before_disposition_only_the_class_and_its_clock_change(desk: Desk) -> None:
    case_id = desk.register().id
    act(desk, ADMIN, reclassify, case_id, case_class=OVERSIGHT)
    assert "final_oversight" in clocks(desk, case_id)
    assert "verify_complaint" in open_tasks(desk, case_id)
    assert desk.case(case_id).lead_unit_id is None


def test_the_class_may_change_again_but_the_protection_stays(desk: Desk) -> None:
    case_id = desk.register().id
    act(desk, ADMIN, reclassify, case_id, case_class=OVERSIGHT)
    act(desk, ADMIN, reclassify, case_id, case_class=CaseClass.ORDINARY)
    row = desk.case(case_id)
    assert (row.case_class, row.sensitivity) == ("ordinary", "oversight")
    assert set(clocks(desk, case_id)) >= {"final_ordinary"}


def test_a_complaint_that_is_a_question_goes_to_the_information_officer(desk: Desk) -> None:
    case_id = to_unit(desk)
    asked = {"kind": Kind.INFORMATION_REQUEST, "case_class": CaseClass.INFORMATION}
    act(desk, ADMIN, reclassify, case_id, **asked)
    assert "information_request" in processes(desk, case_id)
    assert "unit_follow_up" not in processes(desk, case_id)
    assert "final_information" in clocks(desk, case_id)


def test_a_formal_request_gets_the_clock_of_the_law(desk: Desk) -> None:
    case_id = to_unit(desk)
    asked = {"kind": Kind.INFORMATION_REQUEST, "case_class": CaseClass.INFORMATION}
    act(desk, ADMIN, reclassify, case_id, **asked)
    assert "information_law" not in clocks(desk, case_id)
    act(desk, ADMIN, reclassify, case_id, formal=True)
    assert "information_law" in clocks(desk, case_id)
    assert desk.case(case_id).formal


REFUSED: list[tuple[dict[str, Any], str]] = [
    # The reason is kept with the case, so there must be one.
    ({"case_class": OVERSIGHT, "reason": "  "}, "reason"),
    # Nothing to change.
    ({"case_class": CaseClass.ORDINARY}, "Nothing would change"),
    ({}, "Nothing would change"),
    # Only information requests are formal ones.
    ({"formal": True}, "information request"),
]


@pytest.mark.parametrize(("values", "said"), REFUSED)
def test_a_reclassification_that_makes_no_sense_is_refused(
    desk: Desk, values: dict[str, Any], said: str
) -> None:
    case_id = desk.register().id
    before = desk.tags(case_id)
    with pytest.raises(RefusedByRuleError, match=said):
        act(desk, ADMIN, reclassify, case_id, **values)
    assert desk.tags(case_id) == before


def test_a_closed_case_is_not_reclassified(desk: Desk) -> None:
    case_id = desk.register().id
    desk.say(case_id, "withdraw")
    with pytest.raises(RefusedByRuleError, match="closed"):
        act(desk, ADMIN, reclassify, case_id, case_class=OVERSIGHT)


@pytest.mark.parametrize("username", ["pelaksana.pupr", "atasan.pupr", "sekda", "auditor", "inspektorat"])
def test_nobody_but_the_coordinating_admin_reclassifies(desk: Desk, username: str) -> None:
    case_id = to_unit(desk)
    with pytest.raises(NotFoundError):
        act(desk, username, reclassify, case_id, case_class=OVERSIGHT)


def test_a_case_that_was_changed_meanwhile_is_looked_at_again_first(desk: Desk) -> None:
    case_id = desk.register().id
    seen = desk.case(case_id).version
    act(desk, ADMIN, reclassify, case_id, case_class=OVERSIGHT, version=seen)
    with pytest.raises(StaleError):
        act(desk, ADMIN, reclassify, case_id, case_class=CaseClass.ORDINARY, version=seen)


def test_confidential_and_anonymous_hold_at_once_and_are_never_switched_off(desk: Desk) -> None:
    case_id = to_unit(desk)
    reference, env = desk.case(case_id).reference, desk.office.env

    def public_title() -> str | None:
        return desk.office.work.read(lambda s: get_status_page(s, env, reference, by=PUBLIC)).title

    assert public_title() is not None
    act(desk, ADMIN, protect, case_id, confidential=True, anonymous=True)
    assert public_title() is None
    assert not sees(desk, "pengawas.provinsi", case_id)
    assert last(desk, case_id, "case:case:protected")["changed"] == {
        "confidential": [False, True],
        "anonymous": [False, True],
    }
    for less in ({"confidential": False}, {"anonymous": False}):
        with pytest.raises(RefusedByRuleError, match="never off again"):
            act(desk, ADMIN, protect, case_id, **less)


def test_the_sensitivity_of_oversight_takes_a_case_out_of_the_unit_too(desk: Desk) -> None:
    case_id = to_unit(desk)
    act(desk, ADMIN, protect, case_id, sensitivity=Sensitivity.SENSITIVE)
    assert sees(desk, "penghubung.pupr", case_id)
    with pytest.raises(RefusedByRuleError, match="only be raised"):
        act(desk, ADMIN, protect, case_id, sensitivity=Sensitivity.NORMAL)
    act(desk, ADMIN, protect, case_id, sensitivity=Sensitivity.OVERSIGHT)
    assert [sees(desk, name, case_id) for name in UNIT] == [False, False, False]
    assert processes(desk, case_id) == {"complaint", "oversight"}


def test_a_closed_case_can_still_be_protected(desk: Desk) -> None:
    case_id = desk.register().id
    desk.say(case_id, "withdraw")
    act(desk, ADMIN, protect, case_id, confidential=True)
    assert desk.case(case_id).confidential
    assert processes(desk, case_id) == set()
