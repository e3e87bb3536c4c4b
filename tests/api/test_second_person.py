"""Two people over HTTP: asking, agreeing and reading once; and the tree of units that every officer reads."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from cases.model import SYSTEM
from cases.people import change_unit, create_user, list_units
from support.api import AsRole, Caller, caller_for
from support.office import actor_named
from tuntas.office import Tuntas

UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def second(app: Flask, office: Tuntas) -> Caller:
    """Return another auditor."""
    grant = actor_named(office, "auditor").grants[0]
    roles = [(grant.role, grant.unit_id)]
    office.work.write(
        lambda session: create_user(
            session, office.env, username="auditor.dua", name="Rekan Auditor", roles=roles, by=SYSTEM
        )
    )
    return caller_for(app, office, "auditor.dua")


def ask(caller: Caller, **body: Any) -> Any:
    """Ask for a second person."""
    return caller.post("/two-person-requests", json={"reason": "Pemeriksaan", **body})


def test_an_auditor_reads_an_identity_once_after_another_agreed(
    as_role: AsRole, second: Caller, filed: dict[str, Any]
) -> None:
    auditor = as_role("auditor")
    asked = ask(auditor, act="reveal_identity", case_id=filed["id"])
    assert (asked.status_code, asked.json["state"]) == (201, "pending")
    waiting = second.get("/two-person-requests?pending=true").json["items"]
    assert [(row["id"], row["may_decide"]) for row in waiting] == [(asked.json["id"], True)]
    path = f"/two-person-requests/{asked.json['id']}"
    assert second.post(f"{path}/decision", json={"granted": True}).json["state"] == "granted"
    read = auditor.post(f"{path}/identity-readings")
    assert (read.status_code, read.json["complainant"]["name"]) == (200, "Siti Aminah")
    assert auditor.post(f"{path}/identity-readings").status_code == 409


def test_whoever_asked_is_refused_as_the_second_person(as_role: AsRole, filed: dict[str, Any]) -> None:
    auditor = as_role("auditor")
    asked = ask(auditor, act="reveal_identity", case_id=filed["id"])
    answer = auditor.post(f"/two-person-requests/{asked.json['id']}/decision", json={"granted": True})
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/refused-by-rule")


@pytest.mark.parametrize("body", [{"act": "reveal_identity", "case_id": UNKNOWN}, {"act": "reveal_identity"}])
def test_nothing_is_asked_about_a_case_that_is_not_there(as_role: AsRole, body: dict[str, Any]) -> None:
    assert ask(as_role("auditor"), **body).status_code == 404


@pytest.mark.parametrize(
    "body", [{"act": "work"}, {"act": "deploy_process", "subject": "sha256:short"}, {"act": "erase", "x": 1}]
)
def test_a_malformed_request_is_refused(as_role: AsRole, body: dict[str, Any]) -> None:
    answer = ask(as_role("auditor"), **body)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-input")


def test_every_officer_reads_the_tree_and_finds_former_names(as_role: AsRole, office: Tuntas) -> None:
    units = office.work.read(lambda session: list_units(session, office.env, by=SYSTEM))
    pupr = next(unit for unit in units if unit.code == "pupr")
    office.work.write(
        lambda session: change_unit(session, office.env, pupr.id, name="Dinas Pekerjaan Umum", by=SYSTEM)
    )
    worker = as_role("case_worker")
    assert [unit["code"] for unit in worker.get("/units").json["items"]] == [unit.code for unit in units]
    found = worker.get("/units", query_string={"text": pupr.name}).json["items"]
    assert [(unit["name"], unit["aliases"]) for unit in found] == [("Dinas Pekerjaan Umum", [pupr.name])]
