"""What a complainant does without an account: file, keep the receipt, follow, answer."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from support.designer import Visitor
from support.office import Desk

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)
STORY = {
    "kind": "complaint",
    "title": "Lubang besar di Jalan Melati",
    "text": "Sudah tiga minggu ada lubang di depan pasar.",
    "place": "Depan Pasar Mekar",
    "name": "Siti Contoh",
}


@pytest.fixture
def citizen(app: Flask) -> Visitor:
    """Return somebody without an account."""
    return Visitor(app.test_client())


def file_complaint(citizen: Visitor, **changes: object) -> TestResponse:
    """Open the form and send it."""
    page = citizen.page("/complaints/new")
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    return citizen.post("/complaints/new", **{**STORY, "once": once.group(1), **changes})


def receipt_of(answer: TestResponse) -> tuple[str, str]:
    """Reference and tracking code on a receipt."""
    assert answer.status_code == 200, answer.text
    reference, secret = re.findall(r"<dd>([A-Z0-9-]{15,})</dd>", answer.text)
    return reference, secret


def test_a_citizen_files_a_complaint_with_a_file_and_gets_the_receipt(citizen: Visitor) -> None:
    answer = file_complaint(citizen, files=(BytesIO(PNG), "foto.png"))
    reference, secret = receipt_of(answer)
    assert re.fullmatch(r"TTS-2026-\d{6}-[0-9A-Z]", reference)
    assert len(secret) == 23
    page = citizen.page("/complaints/status")
    assert STORY["title"] in page
    assert "foto.png" in page


def test_the_tracking_code_is_in_no_address_and_no_cookie(citizen: Visitor) -> None:
    answer = file_complaint(citizen)
    _reference, secret = receipt_of(answer)
    assert secret not in str(answer.headers)
    assert all(secret not in cookie.value for cookie in citizen.client._cookies.values())
    assert secret not in citizen.page("/complaints/status")


def test_the_same_form_sent_twice_registers_once(citizen: Visitor) -> None:
    reference, secret = receipt_of(file_complaint(citizen, once="the same form"))
    again = file_complaint(citizen, once="the same form")
    assert again.status_code == 409
    assert reference in again.text
    assert secret not in again.text


def test_wrong_values_are_told_at_the_field_and_nothing_typed_is_lost(citizen: Visitor) -> None:
    answer = file_complaint(citizen, title="", phone="abc", area="nowhere", text="<b>Lubang</b> & air")
    assert answer.status_code == 422
    assert 'href="#f-title"' in answer.text
    assert 'id="f-phone-error"' in answer.text
    assert 'id="f-area-error"' in answer.text
    assert "&lt;b&gt;Lubang&lt;/b&gt; &amp; air" in answer.text
    assert 'value="abc"' in answer.text
    assert 'value="Siti Contoh"' in answer.text


def test_a_refused_file_keeps_the_form_and_registers_nothing(citizen: Visitor) -> None:
    answer = file_complaint(citizen, files=(BytesIO(b"MZ\x90\x00"), "foto.exe"))
    assert answer.status_code == 422
    assert 'id="f-files-error"' in answer.text
    assert STORY["title"] in answer.text
    assert STORY["title"] not in citizen.page("/complaints/status")


def test_a_machine_that_fills_the_hidden_field_files_nothing(citizen: Visitor) -> None:
    assert file_complaint(citizen, website="http://example.org").status_code == 422


def test_an_address_that_files_without_end_is_slowed_down(citizen: Visitor) -> None:
    for _filing in range(30):
        file_complaint(citizen, title="")
    answer = file_complaint(citizen)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_the_receipt_is_downloaded_only_with_its_code(citizen: Visitor) -> None:
    reference, secret = receipt_of(file_complaint(citizen))
    answer = citizen.post("/complaints/receipt", reference=reference, secret=secret)
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{reference}.txt"'
    assert secret in answer.text
    assert citizen.post("/complaints/receipt", reference=reference, secret="WRONG").status_code == 404


def test_the_number_alone_shows_the_state_only(app: Flask, citizen: Visitor) -> None:
    reference, _secret = receipt_of(file_complaint(citizen))
    stranger = Visitor(app.test_client())
    stranger.page("/complaints/status")
    page = stranger.follow(stranger.post("/complaints/status", reference=reference.lower()))
    assert "Belum diproses" in page
    assert STORY["title"] not in page
    assert STORY["name"] not in page


def test_an_unknown_number_and_a_wrong_code_are_refused_alike(app: Flask, citizen: Visitor) -> None:
    reference, _secret = receipt_of(file_complaint(citizen))
    stranger = Visitor(app.test_client())
    stranger.page("/complaints/status")
    wrong = stranger.post("/complaints/status", reference=reference, secret="AAAAA-AAAAA-AAAAA-AAAAA")
    unknown = stranger.post("/complaints/status", reference="TTS-2026-999999-X", secret="AAAAA")
    assert wrong.status_code == unknown.status_code == 422
    assert "tidak cocok" in wrong.text
    assert "tidak cocok" in unknown.text


def test_the_private_page_opens_with_number_and_code_however_they_are_typed(
    app: Flask, citizen: Visitor
) -> None:
    reference, secret = receipt_of(file_complaint(citizen))
    other = Visitor(app.test_client())
    other.page("/complaints/status")
    typed = secret.lower().replace("-", " ")
    page = other.follow(other.post("/complaints/status", reference=f" {reference.lower()} ", secret=typed))
    assert STORY["title"] in page
    closed = other.follow(other.post("/complaints/close"))
    assert STORY["title"] not in closed


def test_the_private_page_closes_by_itself_after_an_hour(citizen: Visitor, desk: Desk) -> None:
    file_complaint(citizen)
    assert STORY["title"] in citizen.page("/complaints/status")
    desk.clock.advance(timedelta(minutes=61))
    assert STORY["title"] not in citizen.page("/complaints/status")


def opened(app: Flask, desk: Desk, case_id: str) -> Visitor:
    """The complainant of a case, on the private page."""
    reference, secret = desk.secrets[case_id]
    visitor = Visitor(app.test_client())
    visitor.page("/complaints/status")
    visitor.follow(visitor.post("/complaints/status", reference=reference, secret=secret))
    return visitor


def answered(desk: Desk) -> str:
    """A case with a published answer."""
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    return case.id


def test_a_complainant_reads_the_answer_and_confirms(app: Flask, desk: Desk) -> None:
    case_id = answered(desk)
    citizen = opened(app, desk, case_id)
    assert "Lubang sudah ditambal." in citizen.page("/complaints/status")
    citizen.page("/complaints/messages/confirm")
    page = citizen.follow(citizen.post("/complaints/messages/confirm", rating="5"))
    assert "Selesai" in page
    assert desk.case(case_id).outcome == "resolved"


def test_a_complainant_who_is_not_satisfied_says_why_and_may_attach(app: Flask, desk: Desk) -> None:
    case_id = answered(desk)
    citizen = opened(app, desk, case_id)
    citizen.page("/complaints/messages/not_satisfied")
    empty = citizen.post("/complaints/messages/not_satisfied", message="")
    assert empty.status_code == 422
    assert 'id="f-message-error"' in empty.text
    page = citizen.follow(
        citizen.post(
            "/complaints/messages/not_satisfied",
            message="Lubangnya terbuka lagi.",
            files=(BytesIO(PNG), "lubang.png"),
        )
    )
    assert "lubang.png" in page
    assert "Lubangnya terbuka lagi." in page
    assert desk.case(case_id).round == 2


def test_a_message_that_is_not_waited_for_is_refused_kindly(app: Flask, desk: Desk) -> None:
    citizen = opened(app, desk, desk.register().id)
    assert "tahap sekarang" in citizen.page("/complaints/messages/confirm", 409)
    assert citizen.post("/complaints/messages/confirm").status_code == 409
    assert citizen.post("/complaints/messages/referral_accepted").status_code == 404


def test_a_complainant_reads_own_files_and_nobody_elses(app: Flask, desk: Desk, citizen: Visitor) -> None:
    file_complaint(citizen, files=(BytesIO(PNG), "foto.png"))
    path = re.search(r'href="(/complaints/files/[^"]+)"', citizen.page("/complaints/status"))
    assert path
    own = citizen.client.get(path.group(1))
    assert own.data == PNG
    assert own.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in own.headers["Content-Security-Policy"]
    stranger = opened(app, desk, desk.register().id)
    assert stranger.client.get(path.group(1)).status_code == 404
    assert app.test_client().get(path.group(1)).status_code == 303


def test_without_a_private_page_messages_lead_to_the_form_that_opens_one(app: Flask) -> None:
    visitor = Visitor(app.test_client())
    assert visitor.client.get("/complaints/messages/reply").headers["Location"] == "/complaints/status"
