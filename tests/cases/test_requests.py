"""Requests beside a case over the API: who may begin them, what they show, and that the same request counts once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.api import AsRole, Caller, anybody, as_role, as_user, complainant, filed, new_key, receipt
from support.office import Desk

__all__ = ["anybody", "as_role", "as_user", "complainant", "filed", "receipt"]

LETTER = {"kind": "ombudsman", "number": "B/12/2026", "received_on": "2026-03-02"}


def path(case: dict[str, Any]) -> str:
    return f"/cases/{case['id']}/requests"


@pytest.mark.parametrize("role", ["coordinating_admin", "regional_secretary"])
def test_a_letter_of_the_ombudsman_is_entered_and_listed_with_its_deadline(
    filed: dict[str, Any], as_role: AsRole, role: str
):
    entered = as_role(role).post(path(filed), json=LETTER)
    assert entered.status_code == 201, entered.text
    assert entered.json["due_on"] == "2026-03-16"
    (shown,) = as_role(role).get(path(filed)).json["items"]
    assert (shown["number"], shown["outcome"], shown["label"]["en"]) == (
        "B/12/2026",
        None,
        "Letter of the Ombudsman",
    )
    assert "ombudsman_took_over" in shown["messages"]


@pytest.mark.parametrize(
    "role",
    ["front_desk", "unit_liaison", "case_worker", "superior", "inspectorate", "leadership", "auditor"],
)
def test_everybody_else_gets_the_answer_for_an_unknown_case(
    filed: dict[str, Any], as_role: AsRole, role: str
):
    refused = as_role(role).post(path(filed), json=LETTER)
    unknown = as_role(role).post("/cases/018f0000-0000-7000-8000-000000000000/requests", json=LETTER)
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.json["detail"] == unknown.json["detail"]


def test_the_data_officer_enters_no_letter_of_the_ombudsman(filed: dict[str, Any], as_role: AsRole):
    assert as_role("data_protection_officer").post(path(filed), json=LETTER).status_code == 404


def test_the_admin_enters_no_data_request(filed: dict[str, Any], as_role: AsRole):
    asked = as_role("coordinating_admin").post(path(filed), json={"kind": "data_access"})
    assert asked.status_code == 404


def test_a_repeated_request_with_its_key_begins_one_process(filed: dict[str, Any], as_role: AsRole):
    admin, key = as_role("coordinating_admin"), {"Idempotency-Key": new_key()}
    first = admin.post(path(filed), json=LETTER, headers=key)
    again = admin.post(path(filed), json=LETTER, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json["id"] == first.json["id"]
    assert len(admin.get(path(filed)).json["items"]) == 1


def test_a_letter_from_the_future_is_refused_in_both_languages(filed: dict[str, Any], as_role: AsRole):
    refused = as_role("coordinating_admin").post(path(filed), json={**LETTER, "received_on": "2026-03-03"})
    assert refused.status_code == 409
    assert (refused.json["detail_id"], refused.json["detail_en"]) == (
        "Tanggal penerimaan tidak boleh di masa depan. Periksa tanggalnya.",
        "The day of receipt cannot be in the future. Check the date.",
    )


def test_an_unknown_kind_is_refused_by_name(filed: dict[str, Any], as_role: AsRole):
    refused = as_role("coordinating_admin").post(path(filed), json={"kind": "audit"})
    assert refused.status_code == 422
    assert "kind" in refused.text


def test_a_takeover_of_one_letter_closes_the_case(filed: dict[str, Any], as_role: AsRole):
    admin = as_role("coordinating_admin")
    request = admin.post(path(filed), json=LETTER).json
    told = admin.post(f"{path(filed)}/{request['id']}/messages/ombudsman_took_over")
    assert told.status_code == 200, told.text
    assert admin.get(f"/cases/{filed['id']}").json["outcome"] == "ombudsman"
    again = admin.post(f"{path(filed)}/{request['id']}/messages/ombudsman_took_over")
    assert (again.status_code, again.json["type"]) == (409, "/problems/not-waiting")


def test_a_message_about_somebody_elses_letter_is_not_found(filed: dict[str, Any], as_role: AsRole):
    request = as_role("coordinating_admin").post(path(filed), json=LETTER).json
    refused = as_role("case_worker").post(f"{path(filed)}/{request['id']}/messages/ombudsman_finished")
    assert refused.status_code == 404


def test_the_complainant_asks_for_access_and_reads_the_log_with_officers_by_role(
    desk: Desk, receipt: dict[str, Any], complainant: Caller, filed: dict[str, Any]
):
    mine = f"/complaints/{receipt['reference']}/requests"
    asked = complainant.post(mine, json={"kind": "data_access", "text": "Siapa membaca data saya?"})
    assert asked.status_code == 201, asked.text
    log = f"{mine}/{asked.json['id']}/processing-log"
    assert complainant.get(log).status_code == 404
    desk.complete(
        filed["id"],
        "answer_data_request",
        "pelindung.data",
        decision="give_access",
        message="Catatannya terlampir.",
    )
    told = complainant.get(log)
    assert told.status_code == 200, told.text
    assert {kept["en"] for kept in told.json["kept"]} == {"Name", "Address"}
    assert told.json["processed"][0]["what"]["en"] == "Complaint registered"
    # The fixture read the case as the coordinating admin, whose look at the identity is noted.
    assert {line["by"]["en"] for line in told.json["read"]} == {"Coordinating admin"}
    assert "Bambang" not in told.text
    assert complainant.get(mine).json["items"][0]["outcome"] == "access_given"


def test_the_log_is_for_the_complainant_only(
    desk: Desk, receipt: dict[str, Any], complainant: Caller, filed: dict[str, Any], anybody: Caller
):
    mine = f"/complaints/{receipt['reference']}/requests"
    asked = complainant.post(mine, json={"kind": "data_access"}).json
    desk.complete(
        filed["id"],
        "answer_data_request",
        "pelindung.data",
        decision="give_access",
        message="Terlampir di sini.",
    )
    assert anybody.get(f"{mine}/{asked['id']}/processing-log").status_code == 401


def test_the_complainant_sees_no_letter_of_the_ombudsman(
    receipt: dict[str, Any], complainant: Caller, filed: dict[str, Any], as_role: AsRole
):
    as_role("coordinating_admin").post(path(filed), json=LETTER)
    assert complainant.get(f"/complaints/{receipt['reference']}/requests").json["items"] == []
    refused = complainant.post(f"/complaints/{receipt['reference']}/requests", json=LETTER)
    assert refused.status_code == 422


def test_an_oversight_case_keeps_its_letters_from_the_admin(
    desk: Desk, as_user: Callable[[str], Caller], app: object
):
    case_id = desk.register().id
    desk.complete(
        case_id,
        "verify_complaint",
        "admin.instansi",
        decision="accept",
        case_class="oversight",
        category="politik_pungutan_liar",
    )
    entered = as_user("inspektorat").post(f"/cases/{case_id}/requests", json=LETTER)
    assert entered.status_code == 201, entered.text


def test_who_has_the_case_now_is_told(filed: dict[str, Any], as_role: AsRole):
    shown = as_role("coordinating_admin").get(f"/cases/{filed['id']}/referrals").json
    assert shown == {"holder": {"id": "Admin instansi", "en": "The coordinating admin"}, "items": []}


def asked_to_correct(complainant: Caller, receipt: dict[str, Any]) -> str:
    asked = complainant.post(f"/complaints/{receipt['reference']}/requests", json={"kind": "data_correction"})
    return str(asked.json["id"])


def test_the_data_officer_corrects_what_is_kept_without_a_trace_of_the_values(
    desk: Desk, receipt: dict[str, Any], complainant: Caller, filed: dict[str, Any], as_role: AsRole
):
    request_id, officer = asked_to_correct(complainant, receipt), as_role("data_protection_officer")
    done = officer.post(
        f"{path(filed)}/{request_id}/corrections", json={"address": "Jalan Kenanga 9", "phone": None}
    )
    assert done.status_code == 200, done.text
    seen = as_role("coordinating_admin").get(f"/cases/{filed['id']}").json["complainant"]
    assert (seen["name"], seen["address"], seen["phone"]) == ("Siti Aminah", "Jalan Kenanga 9", None)
    history = as_role("coordinating_admin").get(f"/cases/{filed['id']}/history?limit=200").text
    assert "case:identity:corrected" in history
    assert "Kenanga" not in history


def test_nothing_is_corrected_on_legal_hold_nor_after_the_answer(
    desk: Desk, receipt: dict[str, Any], complainant: Caller, filed: dict[str, Any], as_role: AsRole
):
    request_id, officer = asked_to_correct(complainant, receipt), as_role("data_protection_officer")
    address = f"{path(filed)}/{request_id}/corrections"
    admin = as_role("coordinating_admin")
    held = admin.post(
        f"/cases/{filed['id']}/legal-hold", json={"on": True, "reason": "Perkara di pengadilan."}
    )
    assert held.status_code == 200, held.text
    assert officer.post(address, json={"name": "Siti Aminah Putri"}).status_code == 409
    assert admin.post(address, json={"name": "Siti Aminah Putri"}).status_code == 404
    desk.complete(
        filed["id"], "answer_data_request", "pelindung.data", decision="refuse", message="Kasus ditahan."
    )
    assert officer.post(address, json={"name": "Siti Aminah Putri"}).status_code == 404
