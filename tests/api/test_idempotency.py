"""The same request with the same Idempotency-Key is carried out once and answered twice."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import text

from support.api import COMPLAINT, AsRole, Caller, new_key
from tuntas.office import Tuntas


def _count_cases(office: Tuntas) -> int:
    return int(
        office.work.read(lambda session: session.execute(text("SELECT COUNT(*) FROM cases")).scalar_one())
    )


def test_a_complaint_sent_twice_is_filed_once_and_gets_the_same_receipt(
    anybody: Caller, office: Tuntas
) -> None:
    headers = {"Idempotency-Key": new_key()}
    first = anybody.post("/complaints", json=COMPLAINT, headers=headers)
    second = anybody.post("/complaints", json=COMPLAINT, headers=headers)
    assert second.status_code == first.status_code == 201
    assert second.json == first.json
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Idempotent-Replay"] == "true"
    assert _count_cases(office) == 1


def test_the_kept_answer_does_not_give_the_tracking_secret_away(anybody: Caller, office: Tuntas) -> None:
    answer = anybody.post("/complaints", json=COMPLAINT, headers={"Idempotency-Key": new_key()})
    kept = office.work.read(
        lambda session: session.execute(text("SELECT body FROM idempotency_keys")).scalars().all()
    )
    assert len(kept) == 1
    assert answer.json["reference"] in kept[0]
    assert answer.json["tracking_secret"] not in kept[0]


def test_a_key_with_another_request_is_refused(anybody: Caller, office: Tuntas) -> None:
    headers = {"Idempotency-Key": new_key()}
    anybody.post("/complaints", json=COMPLAINT, headers=headers)
    other = anybody.post("/complaints", json={**COMPLAINT, "title": "Hal lain"}, headers=headers)
    assert other.status_code == 422
    assert other.json["type"] == "/problems/idempotency-key-reused"
    assert _count_cases(office) == 1


def test_keys_of_different_callers_never_meet(as_role: AsRole, office: Tuntas) -> None:
    headers = {"Idempotency-Key": new_key()}
    made = {
        as_role(role).post("/cases", json=COMPLAINT, headers=headers).json["id"]
        for role in ("front_desk", "coordinating_admin")
    }
    assert len(made) == 2


def test_a_refused_request_can_be_corrected_with_the_same_key(anybody: Caller) -> None:
    headers = {"Idempotency-Key": new_key()}
    assert anybody.post("/complaints", json={}, headers=headers).status_code == 422
    assert anybody.post("/complaints", json=COMPLAINT, headers=headers).status_code == 201


def test_equal_requests_side_by_side_file_one_complaint(anybody: Caller, office: Tuntas) -> None:
    headers = {"Idempotency-Key": new_key()}
    with ThreadPoolExecutor(4) as phones:
        answers = list(
            phones.map(lambda _: anybody.post("/complaints", json=COMPLAINT, headers=headers), range(4))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["tracking_secret"] for answer in answers}) == 1
    assert _count_cases(office) == 1


def test_a_completion_sent_twice_completes_once_and_answers_alike(
    as_role: AsRole, filed: dict[str, Any]
) -> None:
    admin = as_role("coordinating_admin")
    task = admin.get(f"/tasks?case={filed['id']}").json["items"][0]
    headers = {"Idempotency-Key": new_key(), "If-Match": "*"}
    answers = [admin.post(f"/tasks/{task['id']}/claim", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"] == '"2"'


def test_a_file_sent_twice_is_kept_once(complainant: Caller, receipt: dict[str, Any]) -> None:
    path, headers = f"/complaints/{receipt['reference']}", {"Idempotency-Key": new_key()}
    for _ in range(2):
        sent = {"file": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "surat.pdf")}
        assert complainant.post(f"{path}/attachments", data=sent, headers=headers).status_code == 201
    assert len(complainant.get(path).json["attachments"]) == 1
    other = {"file": (io.BytesIO(b"%PDF-1.4\n%another\n"), "surat.pdf")}
    assert complainant.post(f"{path}/attachments", data=other, headers=headers).status_code == 422
