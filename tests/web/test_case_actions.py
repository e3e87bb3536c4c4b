"""The pages of acts on a case: one quiet menu, one form each, no JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from cases.actions.reclassify import reclassify
from cases.model import CaseClass
from support.acts import ADMIN, act, last, open_tasks, to_unit, unit_id, user_id
from support.designer import Visitor
from support.office import Desk

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
WHY = "Alasan uji"


def menu(page: str) -> list[str]:
    """The addresses behind "Tindakan lain"."""
    found = re.search(r'<ul class="menu__list">(.*?)</ul>', page, re.DOTALL)
    links = [link.rsplit("/", 1)[-1] for link in re.findall(r'href="([^"]+)"', found[1])] if found else []
    return [
        link for link in links if link != "requests"
    ]  # What may be asked for beside the case is told there.


# What each person is offered with a case that a unit works on.
OFFERED = {
    ADMIN: ["classification", "protection", "accusation", "lead-unit", "legal-hold"],
    "atasan.pupr": ["task-owner", "promise"],
    "pelaksana.pupr": [],
    "sekda": [],
}


@pytest.mark.parametrize("username", OFFERED)
def test_the_menu_offers_what_the_reader_may_do_and_no_more(app: Flask, desk: Desk, username: str) -> None:
    case_id = to_unit(desk)
    visitor = Visitor.signed_in(app, username)
    assert menu(visitor.page(f"/cases/{case_id}")) == OFFERED[username]
    for name in OFFERED[username]:
        assert 'name="reason"' in visitor.page(f"/cases/{case_id}/{name}")


def test_a_closed_case_offers_to_be_reopened_and_an_open_one_does_not(app: Flask, desk: Desk) -> None:
    case_id = desk.register().id
    visitor = Visitor.signed_in(app, ADMIN)
    visitor.page(f"/cases/{case_id}/reopening", 404)
    desk.say(case_id, "withdraw")
    assert menu(visitor.page(f"/cases/{case_id}")) == ["protection", "accusation", "legal-hold", "reopening"]
    visitor.page(f"/cases/{case_id}/reopening")
    page = visitor.follow(visitor.post(f"/cases/{case_id}/reopening", reason=WHY))
    assert "Riwayat kasus memuat perubahan ini" in page
    assert desk.case(case_id).stage == "verification"


# The forms as they are sent, by whom, and the tag that history gets.
SENT: list[tuple[str, str, dict[str, str], str]] = [
    (ADMIN, "classification", {"case_class": "information", "kind": "complaint"}, "case:case:reclassified"),
    (ADMIN, "protection", {"sensitivity": "sensitive", "anonymous": "true"}, "case:case:protected"),
    (ADMIN, "accusation", {"kind": "head", "unit": "dlh"}, "case:accusation:recorded"),
    (ADMIN, "lead-unit", {"unit": "dlh"}, "case:disposition:moved"),
    ("atasan.pupr", "promise", {"promised_on": "2026-03-27"}, "case:deadline:promised"),
    (ADMIN, "legal-hold", {"on": "yes"}, "case:legal-hold:set"),
]


@pytest.mark.parametrize("given", SENT, ids=[given[1] for given in SENT])
def test_a_form_is_carried_out_and_leads_back_to_the_case(
    app: Flask, desk: Desk, given: tuple[str, str, dict[str, str], str]
) -> None:
    username, name, fields, tag = given
    case_id = to_unit(desk)
    visitor = Visitor.signed_in(app, username)
    visitor.page(f"/cases/{case_id}/{name}")
    answer = visitor.post(f"/cases/{case_id}/{name}", reason=WHY, **fields)
    assert "Riwayat kasus memuat perubahan ini" in visitor.follow(answer)
    assert last(desk, case_id, tag)["reason"]


def test_a_task_is_handed_on_by_the_superior(app: Flask, desk: Desk) -> None:
    case_id = to_unit(desk)
    visitor = Visitor.signed_in(app, "atasan.pupr")
    visitor.page(f"/cases/{case_id}/task-owner")
    task, to = open_tasks(desk, case_id)["accept_disposition"].id, user_id(desk, "penghubung.pupr")
    visitor.follow(visitor.post(f"/cases/{case_id}/task-owner", task=task, to=to, reason=WHY))
    assert open_tasks(desk, case_id)["accept_disposition"].owner_id == to


def test_a_merged_case_offers_to_be_taken_out_again(app: Flask, desk: Desk) -> None:
    parent, child = desk.register().id, desk.register(title="Sama").id
    reference = desk.case(parent).reference
    desk.complete(child, "verify_complaint", ADMIN, decision="merge", parent_reference=reference)
    visitor = Visitor.signed_in(app, ADMIN)
    assert "unmerging" in menu(visitor.page(f"/cases/{child}"))
    visitor.page(f"/cases/{child}/unmerging")
    visitor.follow(visitor.post(f"/cases/{child}/unmerging", reason=WHY))
    assert desk.case(child).parent_id is None


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("classification", {"case_class": "oversight"}, "reason"),
        ("accusation", {"kind": "officer", "reason": WHY}, "user"),
        ("accusation", {"kind": "unit", "reason": WHY}, "unit"),
        ("lead-unit", {"reason": WHY}, "unit"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    app: Flask, desk: Desk, name: str, fields: dict[str, str], field: str
) -> None:
    case_id = to_unit(desk)
    visitor = Visitor.signed_in(app, ADMIN)
    visitor.page(f"/cases/{case_id}/{name}")
    answer = visitor.post(f"/cases/{case_id}/{name}", **fields)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert fields.get("reason", "") in answer.text


def test_a_rule_that_forbids_it_and_an_old_page_are_told_above_the_form(app: Flask, desk: Desk) -> None:
    case_id = to_unit(desk)
    visitor = Visitor.signed_in(app, ADMIN)
    visitor.page(f"/cases/{case_id}/accusation")
    visitor.post(f"/cases/{case_id}/accusation", kind="head", unit="dlh", reason=WHY)
    refused = visitor.post(f"/cases/{case_id}/lead-unit", unit="dlh", reason=WHY)
    assert refused.status_code == 409
    assert "pasal 45" in refused.text
    old: dict[str, Any] = {"version": "1"}
    stale = visitor.post(f"/cases/{case_id}/lead-unit", unit="dishub", reason=WHY, **old)
    assert stale.status_code == 409
    assert "versi lama" in stale.text
    assert desk.case(case_id).lead_unit_id == unit_id(desk, "pupr")


def test_a_case_that_leaves_my_sight_leads_me_to_the_list(app: Flask, desk: Desk) -> None:
    case_id = to_unit(desk)
    visitor = Visitor.signed_in(app, ADMIN)
    visitor.page(f"/cases/{case_id}/classification")
    given = {"case_class": "oversight", "kind": "complaint", "reason": WHY}
    answer = visitor.post(f"/cases/{case_id}/classification", **given)
    assert answer.headers["Location"].startswith("/cases?done=")
    assert "di luar jangkauan" in visitor.follow(answer)


def test_identity_numbers_are_opened_on_the_page_with_a_reason(app: Flask, desk: Desk) -> None:
    case_id = desk.register(text="NIK saya 3201234567890123, lampu padam.").id
    visitor = Visitor.signed_in(app, ADMIN)
    assert "3201234567890123" not in visitor.page(f"/cases/{case_id}")
    answer = visitor.post(f"/cases/{case_id}/identity", reason=WHY)
    assert answer.status_code == 200
    assert "3201234567890123" in answer.text


def test_the_registration_records_who_is_complained_about(app: Flask, desk: Desk) -> None:
    visitor = Visitor.signed_in(app, "penerima")
    visitor.page("/cases/new")
    entry = {
        "channel": "front_desk",
        "received_at": "2026-03-02T08:00",
        "kind": "complaint",
        "title": "Petugas loket meminta uang",
        "text": "Diminta membayar di luar tarif resmi.",
        "name": "Siti Contoh",
        "about_kind": "head",
    }
    missing = visitor.post("/cases/new", **entry)
    assert missing.status_code == 422
    assert 'id="f-about_unit-error"' in missing.text
    receipt = visitor.post("/cases/new", about_unit="dinkes-yankes", **entry)
    reference = re.search(r"TTS-2026-\d{6}-\w", receipt.text)
    assert reference is not None
    admin = Visitor.signed_in(app, ADMIN)
    (case_id,) = set(re.findall(r'href="/cases/([0-9a-f-]{36})"', admin.page(f"/cases?text={reference[0]}")))
    assert "Dinas Kesehatan" in admin.page(f"/cases/{case_id}")
    assert desk.case(case_id).accused_kind == "head"


def test_the_old_class_and_the_new_one_stand_in_the_history(app: Flask, desk: Desk) -> None:
    case_id = desk.register().id
    act(desk, ADMIN, reclassify, case_id, case_class=CaseClass.INFORMATION)
    page = Visitor.signed_in(app, ADMIN).page(f"/cases/{case_id}/history")
    assert "Klasifikasi diubah" in page
