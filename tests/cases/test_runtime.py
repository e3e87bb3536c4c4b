"""Processes beside the case's own: started, joined, cancelled with the case, and faults that change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from cases.errors import ProcessIncidentError, RefusedByRuleError, TaskGoneError
from cases.model import SYSTEM
from cases.runtime import CASCADE, run_queue
from cases.tasks import complete_task
from cases.work import CaseWork
from storage.tables import Incident, ProcessInstance, Subscription, Timer, UserTask
from support.office import Desk, actor_named
from support.own_process import deploy_drawn, start_beside
from tuntas.office import Tuntas

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

FAULTY = """faulty
start begin
user ask formKey=faulty/note
xor which
end left
end right
begin -> ask -> which
which -> left if nowhere == 1
which -> right default"""

FAULTY_AT_ONCE = """faulty_at_once
start begin
xor which
end left
end right
begin -> which
which -> left if nowhere == 1
which -> right default"""

WAITS = """waits
start begin
and split
user ask formKey=waits/note
catch hear message=reply
catch sleep duration=P3D
and join
end done
begin -> split -> ask -> join -> done
split -> hear -> join
split -> sleep -> join"""

CHOOSES = """chooses
start begin
user ask formKey=chooses/note
boundary late on=ask duration=P1D
user decide formKey=chooses/note
end done
end decided
begin -> ask -> done
late -> decide -> decided"""


def rows(office: Tuntas, table: Any, **matching: Any) -> list[Any]:
    """Stored rows with these values."""
    query = select(table).filter_by(**matching)
    return list(office.work.read(lambda session: session.scalars(query).all()))


def test_a_fault_after_a_task_is_an_incident_and_changes_nothing(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, FAULTY)
    instance_id = start_beside(office, case.id, "faulty")
    (before,) = rows(office, ProcessInstance, id=instance_id)
    told, stored = desk.tags(case.id), desk.case(case.id)
    with pytest.raises(ProcessIncidentError):
        desk.complete(case.id, "ask", "admin.instansi", note="Lanjut")
    (after,) = rows(office, ProcessInstance, id=instance_id)
    assert (after.state, after.version) == (before.state, before.version)
    assert (desk.tags(case.id), desk.case(case.id)) == (told, stored)
    (incident,) = rows(office, Incident)
    assert (incident.case_id, incident.instance_id, incident.element_id) == (case.id, instance_id, "which")
    assert (incident.command, "nowhere" in incident.cause) == ("CompleteTask", True)
    assert desk.task(case.id, "ask").state == "open"


def test_a_fault_in_one_process_leaves_the_cases_own_process_usable(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, FAULTY)
    start_beside(desk.office, case.id, "faulty")
    with pytest.raises(ProcessIncidentError):
        desk.complete(case.id, "ask", "admin.instansi", note="Lanjut")
    assert desk.accept(case.id).stage == "disposition"


@ON_SQLITE
def test_a_fault_at_the_start_leaves_no_instance(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, FAULTY_AT_ONCE)
    with pytest.raises(ProcessIncidentError):
        start_beside(desk.office, case.id, "faulty_at_once")
    assert rows(desk.office, ProcessInstance, process_id="faulty_at_once") == []
    assert [incident.case_id for incident in rows(desk.office, Incident)] == [case.id]


def test_everything_that_waits_is_a_row_and_goes_with_the_case(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, WAITS)
    instance_id = start_beside(office, case.id, "waits")
    waiting = {"instance_id": instance_id}
    assert [row.element_id for row in rows(office, UserTask, **waiting)] == ["ask"]
    assert [row.message for row in rows(office, Subscription, **waiting)] == ["reply"]
    assert [row.element_id for row in rows(office, Timer, **waiting)] == ["sleep"]
    desk.complete(case.id, "verify_complaint", "admin.instansi", decision="archive", archive_reason="unclear")
    assert [row.state for row in rows(office, UserTask, **waiting)] == ["cancelled"]
    assert rows(office, Subscription, case_id=case.id) == rows(office, Timer, case_id=case.id) == []
    assert {row.status for row in rows(office, ProcessInstance, case_id=case.id)} == {
        "completed",
        "cancelled",
    }


def test_a_process_is_complete_when_every_branch_has_joined(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, WAITS)
    instance_id = start_beside(office, case.id, "waits")
    desk.complete(case.id, "ask", "admin.instansi", note="Satu")
    desk.say(case.id, "reply", message="Dua.")
    assert rows(office, ProcessInstance, id=instance_id)[0].status == "running"
    (timer,) = rows(office, Timer, instance_id=instance_id)
    desk.pass_time(timer.due_at)
    (ended,) = rows(office, ProcessInstance, id=instance_id)
    assert (ended.status, ended.ended_at) == ("completed", timer.due_at)


def test_a_task_that_a_timer_took_away_cannot_be_completed(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, CHOOSES)
    start_beside(office, case.id, "chooses")
    task, by = desk.task(case.id, "ask"), actor_named(office, "admin.instansi")
    (timer,) = rows(office, Timer, element_id="late")
    desk.pass_time(timer.due_at)
    with pytest.raises(TaskGoneError):
        office.work.write(lambda session: complete_task(session, office.env, task.id, {}, by=by))
    assert desk.task(case.id, "decide").element_id == "decide"
    assert rows(office, UserTask, id=task.id)[0].state == "cancelled"


@ON_SQLITE
def test_a_process_that_is_not_deployed_cannot_start(desk: Desk) -> None:
    case = desk.register()
    with pytest.raises(RefusedByRuleError, match="nowhere is not deployed"):
        start_beside(desk.office, case.id, "nowhere")


@ON_SQLITE
def test_requests_that_never_end_are_a_fault(desk: Desk) -> None:
    office, case, done = desk.office, desk.register(), []

    def work(session: Any) -> None:
        held = CaseWork.load(session, office.env, case.id, by=SYSTEM)

        def again() -> None:
            done.append(1)
            held.queue.append(again)

        held.queue.append(again)
        run_queue(held)

    with pytest.raises(ProcessIncidentError):
        office.work.write(work)
    assert len(done) == CASCADE
