"""The incident centre over HTTP: a diagram that fails, mended by an administrator, one by one and all at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cases.errors import ProcessIncidentError
from cases.ports import FixedClock
from storage.tables import ProcessDefinition
from support.api import AsRole, Caller
from support.office import Desk
from support.own_process import STUCK, deploy_drawn, start_beside
from tuntas.office import Tuntas


def fail(desk: Desk, times: int = 1) -> list[str]:
    """Cases whose process fails."""
    deploy_drawn(desk.office, STUCK)
    cases = [desk.register(title=f"Rahasia {number}").id for number in range(times)]
    for case_id in cases:
        start_beside(desk.office, case_id, "stuck", secret="budi")
    desk.clock.advance(timedelta(hours=2))
    for _ in cases:
        with pytest.raises(ProcessIncidentError):
            desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    return cases


@pytest.fixture
def desk(office: Tuntas, clock: FixedClock) -> Desk:
    """Return the desk of the office behind the API."""
    return Desk(office, clock)


@pytest.fixture
def admin(as_role: AsRole) -> Caller:
    """Return the system administrator."""
    return as_role("system_administrator")


def act(admin: Caller, incident: dict[str, Any], **body: Any) -> dict[str, Any]:
    """Act on an incident."""
    answer = admin.post(f"/incidents/{incident['id']}/acts", json={"reason": "Diperbaiki", **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_an_administrator_finds_the_fault_rehearses_a_move_and_moves(desk: Desk, admin: Caller) -> None:
    (case_id,) = fail(desk)
    (incident,) = admin.get("/incidents").json["items"]
    detail = admin.get(f"/incidents/{incident['id']}")
    assert (detail.json["data"], detail.json["masked"], "budi" in detail.text) == (
        {"secret": "***"},
        True,
        False,
    )
    assert {"element_id": "look", "name": "Look", "kind": "userTask"} in detail.json["targets"]
    rehearsed = act(admin, incident, act="move", to="look", dry_run=True)
    assert [waiting["element_id"] for waiting in rehearsed["opened"]] == ["look"]
    assert admin.get("/incidents").json["items"] == [incident]
    act(admin, incident, act="move", to="look")
    assert desk.task(case_id, "look").element_id == "look"
    (resolved,) = admin.get("/incidents?state=resolved").json["items"]
    assert (resolved["resolution"], resolved["reason"]) == ("move", "Diperbaiki")


def test_missing_data_are_set_for_all_incidents_of_the_kind_with_progress(desk: Desk, admin: Caller) -> None:
    cases = fail(desk, 2)
    (kind,) = admin.get("/incidents/kinds").json["items"]
    asked = {
        "act": "set_data",
        "incident_kind": kind["kind"],
        "values": {"nowhere": 1},
        "reason": "Data kurang",
    }
    plan = admin.post("/operations", json={**asked, "dry_run": True}).json["plan"]
    assert (kind["count"], plan["total"], plan["first"]["history"][1]) == (2, 2, "case:data:set")
    begun = admin.post("/operations", json=asked)
    assert begun.status_code == 202
    desk.worker.run_until_idle()
    operation = admin.get(begun.headers["Location"]).json
    assert (operation["done"], operation["failed"], operation["finished_at"] is not None) == (2, 0, True)
    assert [desk.task(case_id, "look").element_id for case_id in cases] == ["look", "look"]
    assert admin.get("/operations").json["items"] == [operation]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_a_suspended_case_answers_409_to_commands_and_is_read(
    desk: Desk, admin: Caller, as_role: AsRole
) -> None:
    case_id = desk.register().id
    body = {"act": "suspend", "reason": "Diagram diperbaiki"}
    assert admin.post(f"/cases/{case_id}/acts", json=body).json["suspended"] is True
    officer = as_role("coordinating_admin")
    task = next(one for one in officer.get("/tasks").json["items"] if one["case_id"] == case_id)
    values = {"decision": "accept", "case_class": "ordinary", "category": "pekerjaan_umum_jalan_berlubang"}
    refused = officer.complete(task, **values)
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/suspended")
    assert officer.get(f"/cases/{case_id}").status_code == 200
    admin.post(f"/cases/{case_id}/acts", json={"act": "resume", "reason": "Selesai"})
    assert officer.complete(task, **values).status_code == 200


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_a_version_of_a_process_is_suspended_with_its_cases(desk: Desk, admin: Caller) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "stuck")
    query = select(ProcessDefinition.id).where(ProcessDefinition.key == "stuck")
    version = desk.office.work.read(lambda session: session.scalars(query).one())
    body = {"act": "suspend", "definition_id": version, "reason": "Salah gambar"}
    assert admin.post("/operations", json=body).status_code == 202
    desk.worker.run_until_idle()
    assert desk.case(case_id).suspended_for == version
    assert admin.post("/operations", json=body).status_code == 409


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_acts_need_a_reason_and_the_right(desk: Desk, admin: Caller, as_role: AsRole) -> None:
    fail(desk)
    (incident,) = admin.get("/incidents").json["items"]
    path = f"/incidents/{incident['id']}/acts"
    assert admin.post(path, json={"act": "dismiss", "reason": ""}).status_code == 422
    body = {"act": "dismiss", "reason": "Tidak apa"}
    assert as_role("coordinating_admin").post(path, json=body).status_code == 404
    assert act(admin, incident, act="dismiss")["history"] == ["case:incident:dismissed"]
