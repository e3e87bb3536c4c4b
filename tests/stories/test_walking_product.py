"""One complaint from the citizen's form to the closed case, over HTTP with the right logins, on both databases."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases.due import next_due
from cases.model import SYSTEM
from cases.people import create_token
from cases.ports import FixedClock
from tuntas.app import tuntas_of
from tuntas.worker import Worker

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

IDENTITY_NUMBER = "3201234567890123"
ANSWER = "Lubang sudah ditambal hari ini."
TOLD_BY_HISTORY = {
    "case:case:registered",
    "case:attachment:added",
    "case:escalation:raised",
    "case:task:completed",
    "case:response:published",
    "case:timer:fired",
    "case:case:closed",
}


class Caller:
    """Somebody who calls the API with credentials of their own."""

    def __init__(self, client: FlaskClient, credentials: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": credentials} if credentials else {}

    def get(self, path: str) -> Any:
        """The answer to a GET, which must succeed."""
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def post(self, path: str, body: Any = None, *, status: int = 200, **headers: str) -> Any:
        """The answer to a POST, which must have the status."""
        answer = self.client.post(f"/api/v1{path}", json=body, headers={**self.headers, **headers})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def complete(self, reference: str, element: str, **values: Any) -> Any:
        """Take the task of a case from the own inbox and complete it."""
        rows = self.get("/tasks?scope=available")["items"]
        task = next(row for row in rows if row["reference"] == reference and row["element_id"] == element)
        claimed = self.post(f"/tasks/{task['id']}/claim", **{"If-Match": f'"{task["version"]}"'})
        match = {"If-Match": f'"{claimed["version"]}"'}
        return self.post(f"/tasks/{task['id']}/complete", {"values": values}, **match)


@pytest.fixture
def people(app: Flask) -> dict[str, Caller]:
    """Return one caller for each login that the story needs."""
    office = tuntas_of(app)

    def token(username: str) -> str:
        return office.work.write(
            lambda session: create_token(session, office.env, username, "story", by=SYSTEM, expires_at=None)
        )

    names = ("admin.instansi", "penghubung.pupr", "pelaksana.pupr", "atasan.pupr", "auditor")
    return {name: Caller(app.test_client(), f"Bearer {token(name)}") for name in names}


def pass_time(app: Flask, clock: FixedClock, by: timedelta) -> None:
    """Let the worker do what falls due until then, each thing at its own moment."""
    office, until = tuntas_of(app), clock.now() + by
    worker = Worker(office)
    while (due := office.work.read(next_due)) is not None and due <= until:
        clock.set(due)
        worker.run_until_idle()
    clock.set(until)
    worker.run_until_idle()


def file_complaint(client: FlaskClient) -> tuple[str, Caller]:
    """A citizen files a complaint with a file; the reference, and the citizen with the secret."""
    receipt = Caller(client, None).post(
        "/complaints",
        {
            "title": "Jalan berlubang di depan pasar",
            "text": f"Lubang sudah selebar satu meter. NIK saya {IDENTITY_NUMBER}.",
            "kind": "complaint",
            "name": "Budi Contoh",
            "place": "Jalan Melati",
        },
        status=201,
    )
    citizen = Caller(client, f"Tracking {receipt['tracking_secret']}")
    address = f"/api/v1/complaints/{receipt['reference']}/attachments"
    uploaded = client.post(address, data={"file": (BytesIO(PDF), "foto.pdf")}, headers=citizen.headers)
    assert uploaded.status_code == 201, uploaded.get_data(as_text=True)
    return receipt["reference"], citizen


def verify_and_dispose(admin: Caller, reference: str) -> Any:
    """The coordinating admin accepts the complaint and routes it; the case after verification."""
    category = "pekerjaan_umum_jalan_berlubang"
    accepted = admin.complete(
        reference, "verify_complaint", decision="accept", case_class="ordinary", category=category
    )
    assert (accepted["stage"], accepted["status"]) == ("disposition", "Proses")
    admin.complete(
        reference, "dispose_complaint", lead_unit="pupr", priority="normal", instruction="Periksa dan tambal."
    )
    return accepted


def follow_up(people: dict[str, Caller], reference: str) -> Any:
    """The unit accepts, works and answers, and its superior approves."""
    people["penghubung.pupr"].complete(reference, "accept_disposition", decision="accept")
    worker = people["pelaksana.pupr"]
    worker.complete(reference, "work_on_complaint", note="Sudah ditinjau, ditambal besok.")
    worker.complete(reference, "draft_response", response_kind="action_taken", response=ANSWER)
    return people["atasan.pupr"].complete(reference, "approve_response", decision="approve")


def test_a_complaint_goes_from_the_citizens_form_to_the_closed_case(
    app: Flask, clock: FixedClock, people: dict[str, Caller]
) -> None:
    reference, citizen = file_complaint(app.test_client())
    # Nobody verifies in time: the worker escalates, and the status stays what it was.
    pass_time(app, clock, timedelta(days=5))
    case_id = verify_and_dispose(people["admin.instansi"], reference)["id"]
    assert follow_up(people, reference)["stage"] == "responded"

    page = citizen.get(f"/complaints/{reference}")
    assert ANSWER in [text["text"] for text in page["texts"]]
    assert {"confirm", "not_satisfied"} <= set(page["messages"])
    # The receipt is there as a letter too, when the worker has written it.
    assert "foto.pdf" in [file["filename"] for file in page["attachments"]]
    # Ten working days, with the holidays and the collective leave of Eid between them.
    pass_time(app, clock, timedelta(days=30))

    closed = citizen.get(f"/complaints/{reference}")
    assert (closed["stage"], closed["status"], closed["outcome"]) == ("closed", "Selesai", "auto_closed")
    entries = people["auditor"].get(f"/cases/{case_id}/history?limit=200")["items"]
    assert {entry["tag"] for entry in entries} >= TOLD_BY_HISTORY
    assert IDENTITY_NUMBER not in str(people["auditor"].get(f"/cases/{case_id}"))


def test_the_public_page_shows_the_state_and_nothing_else(app: Flask) -> None:
    caller = Caller(app.test_client(), None)
    filed = {
        "title": "Rahasia saya",
        "text": "Isi yang tidak boleh terlihat.",
        "kind": "complaint",
        "confidential": True,
    }
    receipt = caller.post("/complaints", filed, status=201)
    page = caller.get(f"/complaints/{receipt['reference']}")
    assert (page["full"], page["title"], page["texts"]) == (False, None, [])
