"""Follow-up by a unit: accept or return, work with other units, extension, draft, approval by somebody else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from cases.errors import NotFoundError, RefusedByRuleError
from cases.model import SYSTEM
from cases.people import create_user
from cases.rules.versions import deploy_ruleset
from cases.work import CaseWork
from storage.tables import CaseText, Unit, UserTask
from support.beside import clock_of, told
from support.coverage import covers
from support.office import Desk, actor_named
from support.paths import (
    dispose,
    disposed,
    draft,
    drafted,
    give_back,
    instances,
    stands,
    waiting_tasks,
)
from support.rulesets import in_table

pytestmark = pytest.mark.xdist_group("unit_follow_up")

MOMENT = timedelta(microseconds=1)
# Drafted on Monday 2 March 2026: the approval's two working days end when Wednesday 4 March ends.
APPROVAL_DUE = datetime(2026, 3, 4, 17, tzinfo=UTC)


def accepted(desk: Desk, **values: object) -> str:
    case_id = disposed(desk, **values)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    return case_id


def work(desk: Desk, case_id: str, **values: object) -> None:
    desk.complete(case_id, "work_on_complaint", "pelaksana.pupr", note="Ditinjau.", **values)


def texts(desk: Desk, case_id: str, kind: str) -> list[tuple[str, str]]:
    query = select(CaseText.visibility, CaseText.text).where(
        CaseText.case_id == case_id, CaseText.kind == kind
    )
    return [tuple(row) for row in desk.office.work.read(lambda session: session.execute(query).all())]


# Accept or return


def test_a_disposed_complaint_waits_for_the_liaison_of_the_lead_unit(desk: Desk):
    case_id = disposed(desk)
    assert desk.task(case_id, "accept_disposition").unit_name.startswith("Dinas Pekerjaan Umum")
    assert stands(desk, case_id) == ("follow_up", None)


def test_a_returned_complaint_is_disposed_again_and_counted(desk: Desk):
    case_id = disposed(desk)
    give_back(desk, case_id)
    assert waiting_tasks(desk, case_id) == ["dispose_complaint"]
    assert desk.case(case_id).returns == 1


def test_a_third_return_is_not_possible_after_the_secretary_assigned(desk: Desk):
    case_id = disposed(desk)
    give_back(desk, case_id)
    dispose(desk, case_id, lead_unit="dishub")
    give_back(desk, case_id, "petugas.dishub")
    desk.complete(case_id, "assign_by_secretary", "sekda", lead_unit="pupr", instruction="Laksanakan.")
    assert waiting_tasks(desk, case_id) == ["work_on_complaint"]


# Supporting units


def supporters(desk: Desk, case_id: str) -> dict[str, tuple[str, str]]:
    """The tasks of the supporting units by unit code: task id and state."""
    query = (
        select(Unit.code, UserTask.id, UserTask.state)
        .join(UserTask, UserTask.unit_id == Unit.id)
        .where(UserTask.case_id == case_id, UserTask.element_id == "contribute")
    )
    rows = desk.office.work.read(lambda session: session.execute(query).all())
    return {row.code: (row.id, row.state) for row in rows}


def contribute(desk: Desk, case_id: str, code: str, username: str) -> None:
    from cases.tasks import complete_task
    from support.office import actor_named

    by, task_id = actor_named(desk.office, username), supporters(desk, case_id)[code][0]
    values = {"note": "Rambu sudah kami pasang."}
    desk.office.work.write(lambda session: complete_task(session, desk.office.env, task_id, values, by=by))


def test_each_supporting_unit_gets_a_task_of_its_own_and_the_lead_unit_none(desk: Desk):
    case_id = accepted(desk, supporting_units=["dishub", "dlh", "pupr"])
    assert {code: state for code, (_, state) in supporters(desk, case_id).items()} == {
        "dishub": "open",
        "dlh": "open",
    }


def test_a_supporting_unit_cannot_answer_for_another(desk: Desk):
    case_id = accepted(desk, supporting_units=["dishub", "dlh"])
    with pytest.raises(NotFoundError):
        contribute(desk, case_id, "dlh", "petugas.dishub")


def test_all_supporting_units_contribute_while_the_lead_unit_works(desk: Desk):
    case_id = accepted(desk, supporting_units=["dishub", "dlh"])
    contribute(desk, case_id, "dishub", "petugas.dishub")
    work(desk, case_id)
    contribute(desk, case_id, "dlh", "petugas.dlh")
    assert {state for _, state in supporters(desk, case_id).values()} == {"completed"}
    assert waiting_tasks(desk, case_id) == ["draft_response"]


def test_a_supporting_unit_that_never_answers_does_not_hold_up_the_lead_unit(desk: Desk):
    case_id = accepted(desk, supporting_units=["dishub", "dlh"])
    contribute(desk, case_id, "dishub", "petugas.dishub")
    work(desk, case_id)
    draft(desk, case_id)
    desk.complete(case_id, "approve_response", "atasan.pupr", decision="approve")
    assert {code: state for code, (_, state) in supporters(desk, case_id).items()} == {
        "dishub": "completed",
        "dlh": "cancelled",
    }
    assert [row.status for row in instances(desk, case_id, "unit_follow_up")] == ["completed"]
    assert stands(desk, case_id) == ("responded", None)


# Work, progress and extension


def test_progress_is_noted_and_the_work_goes_on(desk: Desk):
    case_id = accepted(desk)
    work(desk, case_id, decision="progress", progress="Alat berat dikirim besok.")
    assert waiting_tasks(desk, case_id) == ["work_on_complaint"]
    assert texts(desk, case_id, "message") == [("public", "Alat berat dikirim besok.")]
    assert texts(desk, case_id, "note") == [("internal", "Ditinjau.")]


def asked_for_extension(desk: Desk) -> str:
    case_id = accepted(desk)
    work(desk, case_id, decision="extension", extension_days=10, reason="Menunggu aspal.")
    return case_id


def test_an_extension_is_a_promise_that_moves_no_deadline(desk: Desk):
    case_id = asked_for_extension(desk)
    before = clock_of(desk, case_id, "final_ordinary").due_at
    assert waiting_tasks(desk, case_id) == ["decide_extension"]
    desk.complete(case_id, "decide_extension", "atasan.pupr", decision="approve")
    final = clock_of(desk, case_id, "final_ordinary")
    # Ten working days after Monday 2 March.
    assert (final.due_at, final.promised_on) == (before, date(2026, 3, 16))
    assert waiting_tasks(desk, case_id) == ["work_on_complaint"]
    assert "case:deadline:promised" in desk.tags(case_id)


def test_the_superior_may_grant_fewer_days(desk: Desk):
    case_id = asked_for_extension(desk)
    desk.complete(case_id, "decide_extension", "atasan.pupr", decision="approve", granted_days=5)
    assert clock_of(desk, case_id, "final_ordinary").promised_on == date(2026, 3, 9)


def test_a_refused_extension_promises_nothing(desk: Desk):
    case_id = asked_for_extension(desk)
    desk.complete(case_id, "decide_extension", "atasan.pupr", decision="refuse", reason="Aspal sudah ada.")
    assert clock_of(desk, case_id, "final_ordinary").promised_on is None
    assert waiting_tasks(desk, case_id) == ["work_on_complaint"]


# Approval


def test_a_draft_goes_to_the_superior_and_is_not_public_yet(desk: Desk):
    case_id = drafted(desk)
    assert stands(desk, case_id) == ("awaiting_approval", None)
    assert texts(desk, case_id, "response")[0][0] == "draft"


def test_a_response_that_is_returned_is_drafted_again_with_the_reason(desk: Desk):
    case_id = drafted(desk)
    desk.complete(
        case_id, "approve_response", "atasan.pupr", decision="return", reason="Sebutkan tanggalnya."
    )
    assert waiting_tasks(desk, case_id) == ["draft_response"]
    assert stands(desk, case_id) == ("follow_up", None)
    assert ("internal", "Sebutkan tanggalnya.") in texts(desk, case_id, "reason")


def both_worker_and_superior(desk: Desk) -> None:
    def hire(session: object) -> None:
        unit = session.scalars(select(Unit.id).where(Unit.code == "pupr")).one()
        roles = [("case_worker", unit), ("superior", unit)]
        create_user(session, desk.office.env, username="dua.peran", name="Dua Peran", roles=roles, by=SYSTEM)

    desk.office.work.write(hire)


def test_the_author_may_not_approve(desk: Desk):
    both_worker_and_superior(desk)
    case_id = accepted(desk)
    work(desk, case_id)
    desk.complete(
        case_id, "draft_response", "dua.peran", response_kind="explanation", response="Sudah diperbaiki."
    )
    with pytest.raises(RefusedByRuleError):
        desk.complete(case_id, "approve_response", "dua.peran", decision="approve")
    desk.complete(case_id, "approve_response", "atasan.pupr", decision="approve")
    assert stands(desk, case_id)[0] == "responded"


def test_the_superior_of_the_superior_approves_what_was_left_for_two_working_days(desk: Desk):
    case_id = drafted(desk)
    desk.pass_time(APPROVAL_DUE - MOMENT)
    assert waiting_tasks(desk, case_id) == ["approve_response"]
    desk.pass_time(APPROVAL_DUE)
    assert waiting_tasks(desk, case_id) == ["approve_by_higher_superior"]
    assert stands(desk, case_id) == ("awaiting_approval", None)
    with pytest.raises(NotFoundError):
        desk.complete(case_id, "approve_by_higher_superior", "atasan.dishub", decision="approve")
    desk.complete(case_id, "approve_by_higher_superior", "asisten.setda", decision="approve")
    assert stands(desk, case_id) == ("responded", None)


def test_the_superior_of_the_superior_may_return_it_too(desk: Desk):
    case_id = drafted(desk)
    desk.pass_time(APPROVAL_DUE)
    desk.complete(
        case_id, "approve_by_higher_superior", "asisten.setda", decision="return", reason="Belum jelas."
    )
    draft(desk, case_id)
    assert waiting_tasks(desk, case_id) == ["approve_response"]


def test_a_table_may_send_sensitive_cases_to_the_superior_of_the_superior(desk: Desk):
    office, by = desk.office, actor_named(desk.office, "perancang")
    files = in_table("handling", 6, "approver", '"higher_superior"')
    office.work.write(lambda session: deploy_ruleset(session, office.env, files, by=by, note="uji"))
    case_id = accepted(desk)

    def protect(session: object) -> None:
        case = CaseWork.load(session, office.env, case_id, by=SYSTEM)
        case.set(sensitivity="sensitive")
        case.flush()

    office.work.write(protect)
    work(desk, case_id)
    draft(desk, case_id)
    assert waiting_tasks(desk, case_id) == ["approve_by_higher_superior"]


# Publication


@pytest.mark.parametrize("kind", ["acknowledgement", "progress"])
def test_a_response_that_only_reports_leaves_the_unit_at_work(desk: Desk, kind: str):
    case_id = drafted(desk, kind)
    desk.complete(case_id, "approve_response", "atasan.pupr", decision="approve")
    assert "response_published" in told(desk, case_id)
    assert waiting_tasks(desk, case_id) == ["work_on_complaint"]
    assert clock_of(desk, case_id, "auto_close") is None
    assert clock_of(desk, case_id, "final_ordinary").stopped_at is None
    desk.pass_time(desk.clock.now() + timedelta(days=60))
    assert stands(desk, case_id) == ("follow_up", None)


@pytest.mark.parametrize("kind", ["explanation", "action_taken"])
def test_a_response_that_answers_ends_the_follow_up(desk: Desk, kind: str):
    case_id = drafted(desk, kind)
    desk.complete(case_id, "approve_response", "atasan.pupr", decision="approve")
    assert stands(desk, case_id) == ("responded", None)
    assert clock_of(desk, case_id, "final_ordinary").stopped_at is not None
    assert [row.status for row in instances(desk, case_id, "unit_follow_up")] == ["completed"]


test_every_element_and_flow_was_taken = covers("unit_follow_up")
