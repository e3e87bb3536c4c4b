"""The pages on which two people decide together, as they see them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from cases.model import SYSTEM
from cases.people import create_user
from storage.tables import TwoPersonRequest
from support.designer import Visitor
from support.office import Desk, actor_named
from tuntas.app import tuntas_of
from tuntas.found import PASSWORD

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


def second_auditor(desk: Desk) -> None:
    """Let another auditor come in."""
    grant = actor_named(desk.office, "auditor").grants[0]
    desk.office.work.write(
        lambda session: create_user(
            session,
            desk.office.env,
            username="auditor.dua",
            name="Rekan Auditor",
            password=PASSWORD,
            roles=[(grant.role, grant.unit_id)],
            by=SYSTEM,
        )
    )


def form_at(page: str, ending: str) -> str:
    """The address of the first form that ends like this."""
    found = re.search(rf'action="(/two-person-requests/[^"]+{ending})"', page)
    assert found, ending
    return found.group(1)


def test_an_auditor_asks_another_agrees_and_the_name_is_shown_once(app: Flask, desk: Desk) -> None:
    second_auditor(desk)
    case = desk.register()
    first, second = Visitor.signed_in(app, "auditor"), Visitor.signed_in(app, "auditor.dua")
    first.page(f"/two-person-requests/new?case={case.reference}")
    asked = first.post(
        "/two-person-requests/new", act="reveal_identity", about=case.reference, reason="Pemeriksaan"
    )
    assert "/decision" not in first.follow(asked)
    decide = form_at(second.page("/two-person-requests"), "/decision")
    second.follow(second.post(decide, decision="grant"))
    read = form_at(first.page("/two-person-requests"), "/identity")
    shown = first.post(read)
    assert (shown.status_code, "Budi Contoh" in shown.text) == (200, True)
    assert shown.headers["Cache-Control"] == "no-store"
    again = first.post(read)
    assert (again.status_code, "Budi Contoh" in again.text) == (422, False)


def test_whoever_asked_is_told_why_they_cannot_agree(app: Flask, desk: Desk) -> None:
    case = desk.register()
    first = Visitor.signed_in(app, "auditor")
    first.page("/two-person-requests/new")
    first.follow(
        first.post("/two-person-requests/new", act="reveal_identity", about=case.reference, reason="Uji")
    )
    request_id = desk.office.work.read(lambda session: session.scalars(select(TwoPersonRequest.id)).one())
    answer = first.post(f"/two-person-requests/{request_id}/decision", decision="grant")
    assert (answer.status_code, "sendiri" in answer.text) == (422, True)


@pytest.mark.parametrize("given", [{"reason": ""}, {"about": "TTS-2026-999999-X"}, {"act": "work"}])
def test_what_is_missing_is_said_on_the_form(app: Flask, desk: Desk, given: dict[str, str]) -> None:
    values = {"act": "reveal_identity", "about": desk.register().reference, "reason": "Uji", **given}
    first = Visitor.signed_in(app, "auditor")
    first.page("/two-person-requests/new")
    assert first.post("/two-person-requests/new", **values).status_code == 422


def test_a_designer_where_one_is_enough_finds_no_form(app: Flask) -> None:
    designer = Visitor.signed_in(app, "perancang")
    designer.page("/two-person-requests")
    designer.page("/two-person-requests/new", 404)


def test_a_designer_where_two_are_asked_chooses_a_draft(app: Flask) -> None:
    office = tuntas_of(app)
    reference = replace(office.env.reference, second_person=frozenset({"deploy_process"}))
    app.extensions["tuntas"] = replace(office, env=replace(office.env, reference=reference))
    designer = Visitor.signed_in(app, "perancang")
    page = designer.page("/two-person-requests/new")
    assert 'name="draft"' in page
    assert 'name="about"' not in page
    answer = designer.post("/two-person-requests/new", act="deploy_process", about="TTS", reason="Uji")
    assert (answer.status_code, "Pilih drafnya." in answer.text) == (422, True)


def test_a_case_worker_finds_no_such_page(app: Flask) -> None:
    Visitor.signed_in(app, "pelaksana.pupr").page("/two-person-requests", 404)
