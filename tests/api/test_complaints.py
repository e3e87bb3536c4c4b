"""Complainants file, follow and answer without an account."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from cases.ports import FixedClock
from support.api import COMPLAINT, Caller


def test_anybody_files_a_complaint_and_gets_a_receipt(anybody: Caller) -> None:
    answer = anybody.post("/complaints", json=COMPLAINT)
    assert answer.status_code == 201
    assert answer.json["status"] == "Belum"
    assert len(answer.json["tracking_secret"]) >= 20
    assert answer.headers["Location"] == f"/api/v1/complaints/{answer.json['reference']}"
    assert answer.json["tracking_secret"] not in str(answer.headers)


def test_a_complainant_sees_all_of_the_complaint_with_the_secret(
    complainant: Caller, receipt: dict[str, Any]
) -> None:
    answer = complainant.get(f"/complaints/{receipt['reference']}")
    assert answer.status_code == 200
    assert answer.json["full"] is True
    assert answer.json["title"] == COMPLAINT["title"]
    assert answer.json["holder"]["id"]
    assert answer.json["next_step"]["en"]


def test_anybody_else_sees_the_public_part_only(anybody: Caller) -> None:
    receipt = anybody.post("/complaints", json={**COMPLAINT, "confidential": True}).json
    answer = anybody.get(f"/complaints/{receipt['reference']}")
    assert answer.json["full"] is False
    assert answer.json["title"] is None
    assert COMPLAINT["name"] not in answer.text
    assert answer.json["texts"] == answer.json["attachments"] == answer.json["messages"] == []


def test_a_wrong_secret_answers_as_an_unknown_reference(
    app: Flask, anybody: Caller, receipt: dict[str, Any]
) -> None:
    wrong = Caller(app, {"Authorization": "Tracking 22222-22222-22222-22222"})
    refused = wrong.get(f"/complaints/{receipt['reference']}")
    unknown = wrong.get("/complaints/TTS-2026-999999-V")
    assert refused.status_code == unknown.status_code == 404
    assert {**refused.json, "instance": ""} == {**unknown.json, "instance": ""}


def test_a_message_without_a_secret_is_refused_with_a_challenge(
    anybody: Caller, receipt: dict[str, Any]
) -> None:
    answer = anybody.post(f"/complaints/{receipt['reference']}/messages/confirm", json={})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Tracking")


def test_a_complainant_withdraws_and_sees_the_case_closed(
    complainant: Caller, receipt: dict[str, Any]
) -> None:
    path = f"/complaints/{receipt['reference']}"
    names = complainant.get(path).json["messages"]
    if "withdraw" not in names:
        pytest.fail(f"withdraw is not offered at the start: {names}")
    answer = complainant.post(f"{path}/messages/withdraw", json={"values": {}})
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        values = {error["field"]: "Sudah selesai sendiri." for error in answer.json["errors"]}
        answer = complainant.post(f"{path}/messages/withdraw", json={"values": values})
    assert answer.json["status"] == "Selesai"
    assert answer.json["outcome"] == "withdrawn"


def test_a_message_that_is_not_waited_for_is_a_conflict(complainant: Caller, receipt: dict[str, Any]) -> None:
    answer = complainant.post(
        f"/complaints/{receipt['reference']}/messages/not_satisfied", json={"values": {}}
    )
    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/not-waiting"


def test_a_message_with_an_unknown_name_is_not_found(complainant: Caller, receipt: dict[str, Any]) -> None:
    path = f"/complaints/{receipt['reference']}/messages/merge_parent_closed"
    assert complainant.post(path, json={"values": {}}).status_code == 404


def test_a_complainant_adds_a_photo_and_sees_it_listed(complainant: Caller, receipt: dict[str, Any]) -> None:
    path = f"/complaints/{receipt['reference']}"
    photo = (io.BytesIO(PNG), "lampu.png")
    added = complainant.post(f"{path}/attachments", data={"file": photo})
    assert added.status_code == 201, added.text
    assert [file["filename"] for file in complainant.get(path).json["attachments"]] == ["lampu.png"]


def test_filing_too_often_is_refused_until_the_next_window(anybody: Caller, clock: FixedClock) -> None:
    answers = [anybody.post("/complaints", json={"title": "x"}).status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]
    refused = anybody.post("/complaints", json=COMPLAINT)
    assert refused.json["retry_after"] == int(refused.headers["Retry-After"])
    clock.advance(timedelta(seconds=refused.json["retry_after"]))
    assert anybody.post("/complaints", json=COMPLAINT).status_code == 201


def test_a_complaint_cannot_be_filed_on_an_officers_channel(anybody: Caller) -> None:
    answer = anybody.post("/complaints", json={**COMPLAINT, "channel": "letter"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "channel"


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
