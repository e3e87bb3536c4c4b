"""Re-opening a closed case, and undoing a merge."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cases.actions.accuse import accuse
from cases.actions.reclassify import reclassify
from cases.actions.reopen import reopen
from cases.actions.unmerge import unmerge
from cases.errors import NotFoundError, NotWaitingForItError, RefusedByRuleError
from cases.inbox import get_task
from cases.model import Actor, CaseClass
from storage.tables import Notice, ProcessInstance
from support.acts import ADMIN, act, clocks, dispose, last, open_tasks, processes, sees, to_unit, unit_id
from support.office import Desk, actor_named


def notices(desk: Desk, case_id: str) -> list[str]:
    """What the complainant was told, in order."""
    query = select(Notice.template).where(Notice.case_id == case_id).order_by(Notice.at, Notice.id)
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def closed_by_unit(desk: Desk) -> str:
    """A case that a unit answered and its complainant confirmed."""
    case_id = to_unit(desk)
    desk.answer(case_id)
    desk.say(case_id, "confirm")
    assert desk.case(case_id).outcome == "resolved"
    return case_id


def test_a_reopened_case_is_verified_again_and_reaches_the_agency_that_had_it(desk: Desk) -> None:
    # A report that was closed wrongly can be re-opened and reaches the agency.
    case_id = closed_by_unit(desk)
    act(desk, ADMIN, reopen, case_id)
    row = desk.case(case_id)
    assert (row.stage, row.status, row.outcome, row.closed_at, row.round) == (
        "verification",
        "Belum",
        None,
        None,
        2,
    )
    assert "verification" in clocks(desk, case_id)
    assert notices(desk, case_id)[-1] == "reopened"
    entry = last(desk, case_id, "case:case:reopened")
    assert (entry["from"], entry["to"]) == (
        {"outcome": "resolved", "round": 1},
        {"outcome": None, "round": 2},
    )
    desk.accept(case_id)
    assert suggested_unit(desk, case_id) == "pupr"
    dispose(desk, case_id)
    desk.answer(case_id)
    desk.say(case_id, "confirm")
    assert desk.case(case_id).outcome == "resolved"


def suggested_unit(desk: Desk, case_id: str) -> str:
    """The unit that the disposition proposes."""
    by: Actor = actor_named(desk.office, ADMIN)
    task, env = open_tasks(desk, case_id)["dispose_complaint"].id, desk.office.env
    return str(desk.office.work.write(lambda s: get_task(s, env, task, by=by)).values["lead_unit"])


def test_a_reopened_case_has_a_main_process_of_its_own(desk: Desk) -> None:
    case_id = closed_by_unit(desk)
    act(desk, ADMIN, reopen, case_id)
    query = select(ProcessInstance.status).where(ProcessInstance.case_id == case_id, ProcessInstance.main)
    assert sorted(desk.office.work.read(lambda s: s.scalars(query).all())) == ["completed", "running"]


def test_a_withdrawn_case_can_be_reopened_and_withdrawn_again(desk: Desk) -> None:
    case_id = desk.register().id
    desk.say(case_id, "withdraw")
    act(desk, ADMIN, reopen, case_id)
    desk.say(case_id, "withdraw")
    assert desk.case(case_id).outcome == "withdrawn"
    assert processes(desk, case_id) == set()


def test_an_open_case_is_not_reopened_and_a_worker_reopens_nothing(desk: Desk) -> None:
    case_id = to_unit(desk)
    with pytest.raises(RefusedByRuleError, match="still open"):
        act(desk, ADMIN, reopen, case_id)
    with pytest.raises(NotFoundError):
        act(desk, "atasan.pupr", reopen, closed_by_unit(desk))


def test_a_reopened_case_of_oversight_does_not_come_back_to_the_unit(desk: Desk) -> None:
    case_id = closed_by_unit(desk)
    act(desk, ADMIN, reopen, case_id)
    act(desk, ADMIN, reclassify, case_id, case_class=CaseClass.OVERSIGHT)
    assert desk.case(case_id).lead_unit_id == unit_id(desk, "inspektorat")
    assert not sees(desk, "atasan.pupr", case_id)


def test_a_reopened_case_whose_unit_is_accused_meanwhile_goes_above_it(desk: Desk) -> None:
    case_id = closed_by_unit(desk)
    act(desk, ADMIN, reopen, case_id)
    act(desk, ADMIN, accuse, case_id, kind="unit", unit="pupr")
    assert desk.case(case_id).lead_unit_id == unit_id(desk, "sukamaju")


def merged(desk: Desk, parent: str, title: str = "Jalan berlubang juga") -> str:
    """A duplicate that was merged into a parent."""
    child = desk.register(title=title).id
    reference = desk.case(parent).reference
    desk.complete(child, "verify_complaint", ADMIN, decision="merge", parent_reference=reference)
    return child


def test_three_duplicates_are_told_of_the_answer_and_one_taken_out_before_goes_on(desk: Desk) -> None:
    parent = desk.register().id
    children = [merged(desk, parent, f"Lubang {number}") for number in range(3)]
    alone = children.pop()
    act(desk, ADMIN, unmerge, alone)
    assert desk.case(alone).parent_id is None
    assert last(desk, alone, "case:case:unmerged")["from"] == parent
    assert "verify_complaint" in open_tasks(desk, alone)

    desk.accept(parent)
    dispose(desk, parent)
    desk.answer(parent)
    desk.say(parent, "confirm")
    desk.worker.run_until_idle()
    assert [desk.case(child).outcome for child in children] == ["merged", "merged"]
    assert ["parent_closed" in notices(desk, child) for child in children] == [True, True]
    assert desk.case(alone).stage == "verification"
    assert "unmerged" in notices(desk, alone)
    assert "parent_closed" not in notices(desk, alone)


def test_a_case_that_is_not_merged_and_one_closed_with_its_parent_stay_as_they_are(desk: Desk) -> None:
    parent = desk.register().id
    with pytest.raises(RefusedByRuleError, match="not merged"):
        act(desk, ADMIN, unmerge, parent)
    child = merged(desk, parent)
    desk.say(parent, "withdraw")
    desk.worker.run_until_idle()
    assert desk.case(child).outcome == "merged"
    with pytest.raises(RefusedByRuleError, match="closed"):
        act(desk, ADMIN, unmerge, child)
    with pytest.raises(RefusedByRuleError, match="parent"):
        act(desk, ADMIN, reopen, child)


def test_a_merge_is_not_undone_by_a_bare_message(desk: Desk) -> None:
    child = merged(desk, desk.register().id)
    with pytest.raises((NotFoundError, NotWaitingForItError)):
        desk.say_as(ADMIN, child, "merge_undone")
    assert desk.case(child).parent_id is not None
