"""The incident centre on a real diagram that fails: retried, dismissed, suspended, resumed and terminated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import NotFoundError, ProcessIncidentError, RefusedByRuleError, SuspendedError
from cases.incidents.asked import Act, Change, Mending
from cases.incidents.mending import mend_case, mend_incident
from cases.incidents.reading import IncidentDetail, IncidentView, get_incident, list_incidents, list_kinds
from cases.incidents.recording import ROOT
from cases.incidents.retrying import _GONE
from cases.listing import get_case
from cases.operations import (
    OperationView,
    Target,
    begin_operation,
    get_operation,
    plan_operation,
    work_off_operation,
)
from storage.tables import Deadline, ProcessDefinition, Timer
from support.office import Desk, actor_named
from support.own_process import STUCK, deploy_drawn, start_beside

ADMIN = "administrator"
TWO_STEPS = """two_steps
start begin
user first formKey=two_steps/note
catch pause duration=PT1H
end done
begin -> first -> pause -> done
"""


def stuck_case(desk: Desk, number: int = 1, **data: Any) -> str:
    """A case whose process fails when its timer fires."""
    case = desk.register(title=f"Rahasia {number}")
    start_beside(desk.office, case.id, "stuck", secret="budi", **data)
    return case.id


def let_fail(desk: Desk, times: int = 1) -> None:
    """An hour passes; the worker meets the fault of each case once."""
    desk.clock.advance(timedelta(hours=2))
    for _ in range(times):
        with pytest.raises(ProcessIncidentError):
            desk.worker.run_until_idle()
    desk.worker.run_until_idle()


def incidents(desk: Desk, **wanted: Any) -> tuple[IncidentView, ...]:
    """What the administrator sees."""
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    return desk.office.work.read(lambda session: list_incidents(session, env, by=by, **wanted)).items


def detail(desk: Desk, incident_id: str, username: str = ADMIN) -> IncidentDetail:
    """One incident."""
    by, env = actor_named(desk.office, username), desk.office.env
    return desk.office.work.write(lambda session: get_incident(session, env, incident_id, by=by))


def mend(
    desk: Desk,
    incident: IncidentView,
    act: Act,
    *,
    dry_run: bool = False,
    username: str = ADMIN,
    **asked: Any,
) -> Change:
    """Act on an incident."""
    by, env = actor_named(desk.office, username), desk.office.env
    wanted = Mending(act, **{"reason": "Sudah diperbaiki.", **asked})
    return desk.office.work.write(
        lambda session: mend_incident(session, env, incident.id, wanted, by=by, dry_run=dry_run)
    )


def on_case(desk: Desk, case_id: str, act: Act, *, dry_run: bool = False, **asked: Any) -> Change:
    """Act on a case."""
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    wanted = Mending(act, **{"reason": "Menunggu perbaikan.", **asked})
    return desk.office.work.write(
        lambda session: mend_case(session, env, case_id, wanted, by=by, dry_run=dry_run)
    )


def operate(desk: Desk, target: Target, act: Act, **asked: Any) -> OperationView:
    """Act on many."""
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    wanted = Mending(act, **{"reason": "Semua sama.", **asked})
    return desk.office.work.write(lambda session: begin_operation(session, env, target, wanted, by=by))


def seen(desk: Desk, operation: OperationView) -> OperationView:
    """How far it is."""
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    return desk.office.work.read(lambda session: get_operation(session, env, operation.id, by=by))


def definition_id(desk: Desk, key: str) -> str:
    """The version of a process that was deployed."""
    query = select(ProcessDefinition.id).where(ProcessDefinition.key == key)
    return desk.office.work.read(lambda session: session.scalars(query).one())


def failed_timers(desk: Desk) -> list[bool]:
    """Whether the timers of the process that is stuck are left alone."""
    query = select(Timer.failed).where(Timer.element_id == "wait")
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def test_an_incident_tells_what_failed_without_a_value_of_the_case(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk, state="open")
    found = detail(desk, incident.id)
    assert (incident.process_id, incident.element_id, incident.subject) == ("stuck", "which", "timer")
    assert (incident.case_id, found.data, found.masked) == (case_id, {"secret": "***"}, True)
    assert "engine/runtime.py" in (found.stack or "")
    assert "budi" not in f"{found}"
    assert str(ROOT) not in (found.stack or "")
    assert [waiting.element_id for waiting in found.waiting if waiting.process_id == "stuck"] == ["wait"]
    assert "look" in {target[0] for target in found.targets}


def test_whoever_may_mend_and_read_the_case_sees_the_values(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    from dataclasses import replace

    admin, officer = (actor_named(desk.office, name) for name in (ADMIN, "admin.instansi"))
    both, env = replace(officer, grants=(*admin.grants, *officer.grants)), desk.office.env
    found = desk.office.work.write(lambda session: get_incident(session, env, incident.id, by=both))
    assert (found.data, found.masked) == ({"secret": "budi"}, False)


def test_a_retried_timer_fails_again_as_the_rehearsal_said(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    before = (desk.case(case_id), desk.tags(case_id))
    rehearsed = mend(desk, incident, Act.RETRY, dry_run=True)
    assert "nowhere" in (rehearsed.fails or "")
    assert (before, failed_timers(desk)) == ((desk.case(case_id), desk.tags(case_id)), [True])
    mend(desk, incident, Act.RETRY)
    assert failed_timers(desk) == [False]
    let_fail(desk)
    newest, oldest = incidents(desk)
    assert (oldest.resolution, oldest.resolved_by is not None, newest.resolution) == ("retry", True, None)
    assert newest.kind == oldest.kind
    assert "case:incident:retried" in desk.tags(case_id)


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_a_dismissed_incident_is_over_once(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    with pytest.raises(RefusedByRuleError):
        mend(desk, incident, Act.DISMISS, reason="  ")
    mend(desk, incident, Act.DISMISS, reason="Diabaikan")
    assert [one.reason for one in incidents(desk, state="resolved")] == ["Diabaikan"]
    assert (incidents(desk, state="open"), desk.tags(case_id)[-1]) == ((), "case:incident:dismissed")
    with pytest.raises(RefusedByRuleError):
        mend(desk, incident, Act.DISMISS)


@pytest.mark.parametrize("username", ["admin.instansi", "atasan.pupr", "auditor"])
@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_nobody_but_the_system_administrator_mends(desk: Desk, username: str) -> None:
    deploy_drawn(desk.office, STUCK)
    stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    with pytest.raises(NotFoundError):
        mend(desk, incident, Act.DISMISS, username=username)


def test_a_suspended_case_rests_is_read_and_keeps_the_clocks_of_the_law(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    on_case(desk, case_id, Act.SUSPEND)
    with pytest.raises(SuspendedError):
        desk.accept(case_id)
    desk.clock.advance(timedelta(days=60))
    desk.worker.run_until_idle()
    assert incidents(desk) == ()
    running = select(Deadline.breached_at).where(Deadline.case_id == case_id)
    assert any(desk.office.work.read(lambda session: session.scalars(running).all()))
    by, env = actor_named(desk.office, "admin.instansi"), desk.office.env
    assert desk.office.work.write(lambda session: get_case(session, env, case_id, by=by)).row.id == case_id
    with pytest.raises(RefusedByRuleError):
        on_case(desk, case_id, Act.SUSPEND)
    on_case(desk, case_id, Act.RESUME)
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    assert [one.case_id for one in incidents(desk)] == [case_id]
    desk.accept(case_id)


def test_a_terminated_case_is_archived_with_a_reason_and_its_incidents_are_over(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    with pytest.raises(RefusedByRuleError):
        mend(desk, incident, Act.TERMINATE, outcome_reason="not_about_government")
    change = mend(desk, incident, Act.TERMINATE, dry_run=True, outcome_reason="test")
    assert (change.stage_after, change.outcome) == ("closed", "archived")
    assert "wait" in {waiting.element_id for waiting in change.closed}
    assert desk.case(case_id).stage != "closed"
    mend(desk, incident, Act.TERMINATE, outcome_reason="test")
    case = desk.case(case_id)
    assert (case.stage, case.outcome, case.outcome_reason) == ("closed", "archived", "test")
    assert [one.resolution for one in incidents(desk)] == ["terminate"]
    assert {"case:case:terminated", "case:complainant:notified"} <= set(desk.tags(case_id))


def test_all_incidents_of_a_kind_are_retried_by_the_worker_with_progress(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.operations.BATCH", 2)
    deploy_drawn(desk.office, STUCK)
    for number in range(3):
        stuck_case(desk, number)
    let_fail(desk, times=3)
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    (kind,) = desk.office.work.read(lambda session: list_kinds(session, env, by=by))
    assert (kind.count, kind.process_id, kind.element_id) == (3, "stuck", "which")
    target, asked = Target(incident_kind=kind.kind), Mending(Act.RETRY, "Coba lagi")
    plan = desk.office.work.write(lambda session: plan_operation(session, env, target, asked, by=by))
    assert (plan.total, "nowhere" in str(plan.first and plan.first.fails)) == (3, True)
    begun = operate(desk, target, Act.RETRY)
    desk.office.work.write(lambda session: work_off_operation(session, env))
    half = seen(desk, begun)
    assert (half.done, half.total, half.finished_at) == (2, 3, None)
    desk.office.work.write(lambda session: work_off_operation(session, env))
    done = seen(desk, begun)
    assert (done.done, done.failed, done.finished_at is not None) == (3, 0, True)
    assert failed_timers(desk) == [False] * 3
    assert incidents(desk, state="open") == ()


def test_a_suspended_version_begins_nothing_and_its_cases_rest_until_it_is_resumed(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    alone, other = stuck_case(desk), stuck_case(desk, 2)
    on_case(desk, other, Act.SUSPEND)
    target = Target(definition_id=definition_id(desk, "stuck"))
    operate(desk, target, Act.SUSPEND)
    with pytest.raises(RefusedByRuleError):
        operate(desk, target, Act.SUSPEND)
    desk.worker.run_until_idle()
    assert desk.case(alone).suspended_at is not None
    with pytest.raises(RefusedByRuleError):
        start_beside(desk.office, desk.register().id, "stuck")
    operate(desk, target, Act.RESUME)
    desk.worker.run_until_idle()
    # Who was suspended by hand goes on by hand.
    assert (desk.case(alone).suspended_at, desk.case(other).suspended_at is not None) == (None, True)


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_one_that_cannot_be_mended_is_counted_and_the_others_go_on(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    cases = [stuck_case(desk, number) for number in range(3)]
    let_fail(desk, times=3)
    kind = str(incidents(desk)[0].kind)

    def move_on(session: Session) -> None:
        session.query(Timer).filter(Timer.case_id == cases[1], Timer.element_id == "wait").delete()

    desk.office.work.write(move_on)
    begun = operate(desk, Target(incident_kind=kind), Act.RETRY)
    desk.office.work.write(lambda session: work_off_operation(session, desk.office.env))
    done = seen(desk, begun)
    assert (done.done, done.failed) == (3, 1)
    assert done.last_error == RefusedByRuleError(_GONE).text


def test_data_that_were_missing_are_set_and_the_timer_fires(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    with pytest.raises(RefusedByRuleError):
        mend(desk, incident, Act.SET_DATA)
    mend(desk, incident, Act.SET_DATA, values={"nowhere": 1})
    desk.worker.run_until_idle()
    assert desk.task(case_id, "look").name
    assert [one.resolution for one in incidents(desk)] == ["set_data"]
    assert "case:data:set" in desk.tags(case_id)


def test_a_stuck_timer_is_moved_to_the_task_that_the_rehearsal_showed(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    for wrong in ("wait_for_nobody", "begin"):
        with pytest.raises(RefusedByRuleError):
            mend(desk, incident, Act.MOVE, to=wrong)
    before = (desk.case(case_id), desk.tags(case_id))
    rehearsed = mend(desk, incident, Act.MOVE, to="look", dry_run=True)
    assert [(waiting.kind, waiting.element_id) for waiting in rehearsed.opened] == [("task", "look")]
    assert [(waiting.kind, waiting.element_id) for waiting in rehearsed.closed] == [("timer", "wait")]
    assert (desk.case(case_id), desk.tags(case_id)) == before
    done = mend(desk, incident, Act.MOVE, to="look")
    assert (done.passed, done.history) == (rehearsed.passed, rehearsed.history)
    assert (desk.task(case_id, "look").element_id, failed_timers(desk)) == ("look", [])
    assert incidents(desk)[0].resolution == "move"


def test_an_open_task_of_a_suspended_case_is_skipped_and_what_opens_rests(desk: Desk) -> None:
    deploy_drawn(desk.office, TWO_STEPS)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "two_steps")
    on_case(desk, case_id, Act.SUSPEND)
    task = desk.task(case_id, "first")
    on_case(desk, case_id, Act.SKIP, task_id=task.id)
    held = select(Timer.held).where(Timer.case_id == case_id, Timer.element_id == "pause")
    assert desk.office.work.read(lambda session: session.scalars(held).all()) == [True]
    with pytest.raises(RefusedByRuleError):
        on_case(desk, case_id, Act.SKIP, task_id=task.id)
    assert "case:activity:skipped" in desk.tags(case_id)


def test_a_skip_that_leads_into_the_fault_changes_nothing(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = stuck_case(desk)
    let_fail(desk)
    (incident,) = incidents(desk)
    assert "nowhere" in (mend(desk, incident, Act.SKIP, dry_run=True).fails or "")
    before = desk.case(case_id)
    with pytest.raises(ProcessIncidentError):
        mend(desk, incident, Act.SKIP)
    assert desk.case(case_id) == before
    assert {one.command for one in incidents(desk, state="open")} == {"FireTimer", "SkipActivity"}
