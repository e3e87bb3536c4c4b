"""What may be done with a case at any time, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from storage.tables import IdempotencyKey, ReadLogEntry
from support.acts import ADMIN, last, to_unit, unit_id, user_id
from support.api import COMPLAINT, AsRole, Caller, new_key
from support.office import Desk
from tuntas.office import Tuntas

AsUser = Callable[[str], Caller]
Given = tuple[str, str, dict[str, Any], str]
WHY = {"reason": "Alasan uji"}
UNKNOWN = "01890000-0000-7000-8000-000000000000"
NUMBER = "3201234567890123"

# Each act: by whom, its noun, what is sent, and the tag that history gets.
ACTS: list[Given] = [
    (ADMIN, "classification", {"class": "oversight"}, "case:case:reclassified"),
    (ADMIN, "protection", {"confidential": True}, "case:case:protected"),
    (ADMIN, "accusation", {"kind": "unit", "unit": "dlh"}, "case:accusation:recorded"),
    (ADMIN, "lead-unit", {"unit": "dlh"}, "case:disposition:moved"),
    ("atasan.pupr", "promise", {"promised_on": "2026-03-27"}, "case:deadline:promised"),
    (ADMIN, "legal-hold", {"on": True}, "case:legal-hold:set"),
]


@pytest.mark.parametrize("given", ACTS, ids=[given[1] for given in ACTS])
def test_an_act_is_carried_out_once_and_answers_where_the_case_stands(
    desk: Desk, as_user: AsUser, given: Given
) -> None:
    username, noun, body, tag = given
    case_id = to_unit(desk)
    caller, headers = as_user(username), {"Idempotency-Key": new_key()}
    first = caller.post(f"/cases/{case_id}/{noun}", json={**body, **WHY}, headers=headers)
    assert first.status_code == 200, first.text
    assert first.json["id"] == case_id
    assert first.json["version"] == desk.case(case_id).version
    again = caller.post(f"/cases/{case_id}/{noun}", json={**body, **WHY}, headers=headers)
    assert again.json == first.json
    assert again.headers["Idempotent-Replay"] == "true"
    assert desk.tags(case_id).count(tag) == 1
    assert last(desk, case_id, tag)["reason"]


@pytest.mark.parametrize("given", ACTS, ids=[given[1] for given in ACTS])
def test_an_act_without_a_reason_or_with_an_old_etag_changes_nothing(
    desk: Desk, as_user: AsUser, given: Given
) -> None:
    username, noun, body, tag = given
    case_id = to_unit(desk)
    caller = as_user(username)
    seen = caller.get(f"/cases/{case_id}").headers["ETag"]
    refused = caller.post(f"/cases/{case_id}/{noun}", json=body)
    assert refused.status_code == 422
    assert [problem["field"] for problem in refused.json["errors"]] == ["reason"]
    as_user(ADMIN).post(f"/cases/{case_id}/protection", json={"anonymous": True, **WHY})
    stale = caller.post(f"/cases/{case_id}/{noun}", json={**body, **WHY}, headers={"If-Match": seen})
    assert stale.status_code == 412
    assert tag not in desk.tags(case_id) or noun == "protection"


def test_a_superior_hands_a_task_on(desk: Desk, as_user: AsUser) -> None:
    case_id = to_unit(desk)
    task = desk.task(case_id, "accept_disposition")
    to = user_id(desk, "penghubung.pupr")
    answer = as_user("atasan.pupr").post(
        f"/cases/{case_id}/task-owner", json={"task": task.id, "owner": to, **WHY}
    )
    assert answer.status_code == 200, answer.text
    assert [row["owner_id"] for row in answer.json["next_tasks"] if row["id"] == task.id] == [to]


def test_a_case_is_reopened_and_a_merge_undone(desk: Desk, as_user: AsUser) -> None:
    admin, parent, closed = as_user(ADMIN), desk.register().id, desk.register(title="Tutup").id
    desk.say(closed, "withdraw")
    reopened = admin.post(f"/cases/{closed}/reopening", json=WHY)
    assert (reopened.status_code, reopened.json["stage"]) == (200, "verification")
    child = desk.register(title="Sama").id
    reference = desk.case(parent).reference
    desk.complete(child, "verify_complaint", ADMIN, decision="merge", parent_reference=reference)
    assert admin.post(f"/cases/{child}/unmerging", json=WHY).status_code == 200
    assert admin.get(f"/cases/{child}").json["parent_reference"] is None


@pytest.mark.parametrize(
    ("noun", "body", "field"),
    [
        ("accusation", {"kind": "officer"}, "user"),
        ("accusation", {"kind": "head"}, "unit"),
        ("accusation", {"kind": "minister", "unit": "pupr"}, "kind"),
        ("classification", {"class": "secret"}, "class"),
        ("promise", {"promised_on": "besok"}, "promised_on"),
        ("legal-hold", {}, "on"),
        ("lead-unit", {}, "unit"),
        ("protection", {"level": "high"}, "level"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(
    as_user: AsUser, noun: str, body: dict[str, Any], field: str
) -> None:
    # The case need not exist: what was sent is looked at first.
    caller = as_user("atasan.pupr" if noun == "promise" else ADMIN)
    refused = caller.post(f"/cases/{UNKNOWN}/{noun}", json={**body, **WHY})
    assert refused.status_code == 422
    assert [problem["field"] for problem in refused.json["errors"]] == [field]


def test_a_rule_that_forbids_it_is_said_in_both_languages(desk: Desk, as_user: AsUser) -> None:
    case_id = to_unit(desk)
    as_user(ADMIN).post(f"/cases/{case_id}/accusation", json={"kind": "head", "unit": "dlh", **WHY})
    refused = as_user(ADMIN).post(f"/cases/{case_id}/lead-unit", json={"unit": "dlh", **WHY})
    assert refused.status_code == 409
    assert refused.json["type"] == "/problems/refused-by-rule"
    assert "pasal 45" in refused.json["detail_id"]
    assert "article 45" in refused.json["detail_en"]


# What a rule refuses: by whom, the act, what is sent, and the words that say why and what to do.
REFUSED: list[tuple[str, str, dict[str, Any], str, str]] = [
    (ADMIN, "classification", {"class": "ordinary"}, "Pilih nilai lain", "Choose another value"),
    (ADMIN, "classification", {"formal": True}, "Ubah jenisnya", "Change the kind first"),
    (ADMIN, "protection", {"confidential": False}, "Pilih nilai lain", "Choose another value"),
    (ADMIN, "lead-unit", {"unit": "no-such-unit"}, "Pilih dari daftar", "Choose from the list"),
    (ADMIN, "accusation", {"kind": "officer", "user": UNKNOWN}, "pilih unitnya", "choose the unit"),
    (ADMIN, "legal-hold", {"on": False}, "Pilih nilai lain", "Choose another value"),
    (ADMIN, "reopening", {}, "masih terbuka", "still open"),
    (ADMIN, "unmerging", {}, "tidak sedang digabungkan", "not merged"),
    ("atasan.pupr", "promise", {"promised_on": "2020-01-01"}, "Pilih hari ini", "Choose today"),
]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_every_refusal_by_a_rule_says_in_both_languages_what_to_do(desk: Desk, as_user: AsUser) -> None:
    case_id = to_unit(desk)
    before = desk.tags(case_id)
    callers = {username: as_user(username) for username in (ADMIN, "atasan.pupr")}
    for username, noun, body, indonesian, english in REFUSED:
        refused = callers[username].post(f"/cases/{case_id}/{noun}", json={**body, **WHY})
        assert (refused.status_code, refused.json["type"]) == (409, "/problems/refused-by-rule"), noun
        assert indonesian in refused.json["detail_id"]
        assert english in refused.json["detail_en"]
    assert desk.tags(case_id) == before


def test_a_task_goes_to_nobody_without_its_role_and_the_refusal_says_whom_to_choose(
    desk: Desk, as_user: AsUser
) -> None:
    case_id = to_unit(desk)
    body = {"task": desk.task(case_id, "accept_disposition").id, "owner": user_id(desk, "bupati"), **WHY}
    refused = as_user("atasan.pupr").post(f"/cases/{case_id}/task-owner", json=body)
    assert refused.status_code == 409
    assert "Pilih rekan" in refused.json["detail_id"]
    assert "Choose a colleague" in refused.json["detail_en"]


def test_the_case_says_whom_it_is_about_and_whether_it_is_held(desk: Desk, as_user: AsUser) -> None:
    case_id, admin = to_unit(desk), as_user(ADMIN)
    admin.post(f"/cases/{case_id}/accusation", json={"kind": "unit", "unit": "dlh", **WHY})
    admin.post(f"/cases/{case_id}/legal-hold", json={"on": True, **WHY})
    case = admin.get(f"/cases/{case_id}").json
    assert case["accused"]["unit_id"] == unit_id(desk, "dlh")
    assert (case["legal_hold"], case["formal"]) == (True, False)


def test_originals_are_read_for_a_reason_that_is_noted_each_time_and_never_kept(
    app: Any, office: Tuntas, anybody: Caller, as_role: AsRole
) -> None:
    told = {**COMPLAINT, "text": f"Nomor saya {NUMBER}, lampu padam."}
    reference = anybody.post("/complaints", json=told).json["reference"]
    admin = as_role("coordinating_admin")
    (row,) = admin.get(f"/cases?text={reference}").json["items"]
    path = f"/cases/{row['id']}"
    assert NUMBER not in admin.get(path).text
    headers = {"Idempotency-Key": new_key()}
    for _time in range(2):
        read = admin.post(f"{path}/identity-readings", json={"reason": "Mencocokkan data"}, headers=headers)
        assert read.status_code == 200
        assert NUMBER in read.json["text"]
        assert read.json["complainant"]["name"] == COMPLAINT["name"]
    noted = office.work.read(
        lambda s: s.scalars(select(ReadLogEntry.reason).where(ReadLogEntry.what == "identity")).all()
    )
    assert noted.count("Mencocokkan data") == 2
    assert office.work.read(lambda s: s.scalars(select(IdempotencyKey.key)).all()) == []
    assert NUMBER not in anybody.get(f"/complaints/{reference}").text


@pytest.mark.parametrize("role", ["auditor", "regional_secretary", "provincial_supervisor", "front_desk"])
def test_who_may_not_read_identities_finds_no_such_reading(
    filed: dict[str, Any], as_role: AsRole, role: str
) -> None:
    answer = as_role(role).post(f"/cases/{filed['id']}/identity-readings", json=WHY)
    assert answer.status_code == 404


def test_a_reading_without_a_reason_is_refused(filed: dict[str, Any], as_role: AsRole) -> None:
    answer = as_role("coordinating_admin").post(
        f"/cases/{filed['id']}/identity-readings", json={"reason": " "}
    )
    assert answer.status_code == 409
