"""Officers add files to a case, list them and fetch them as downloads that no browser runs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from support.api import AsRole, Caller
from support.office import config_for
from tuntas.app import create_app

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def admin(as_role: AsRole) -> Caller:
    """Return the coordinating admin."""
    return as_role("coordinating_admin")


@pytest.fixture
def attachment(admin: Caller, filed: dict[str, Any]) -> dict[str, Any]:
    """Return an internal file on the filed case."""
    sent = {"file": (io.BytesIO(PDF), "surat “tugas”.pdf"), "visibility": "internal"}
    answer = admin.post(f"/cases/{filed['id']}/attachments", data=sent)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def test_a_file_is_listed_and_comes_back_byte_for_byte(
    admin: Caller, filed: dict[str, Any], attachment: dict[str, Any]
) -> None:
    listed = admin.get(f"/cases/{filed['id']}/attachments").json["items"]
    assert [file["id"] for file in listed] == [attachment["id"]]
    fetched = admin.get(f"/attachments/{attachment['id']}/content")
    assert fetched.data == PDF
    assert fetched.content_length == attachment["size"] == len(PDF)


def test_a_download_cannot_run_in_a_browser(admin: Caller, attachment: dict[str, Any]) -> None:
    headers = admin.get(f"/attachments/{attachment['id']}/content").headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_a_complainant_does_not_see_an_internal_file(
    complainant: Caller, receipt: dict[str, Any], attachment: dict[str, Any]
) -> None:
    files = complainant.get(f"/complaints/{receipt['reference']}").json["attachments"]
    assert attachment["id"] not in {file["id"] for file in files}


def test_nobody_fetches_a_file_of_a_foreign_case(as_role: AsRole, attachment: dict[str, Any]) -> None:
    assert as_role("case_worker").get(f"/attachments/{attachment['id']}/content").status_code == 404


def test_a_file_that_is_too_large_is_refused(admin: Caller, filed: dict[str, Any]) -> None:
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="besar.pdf"\r\n\r\n'
    body = head + PDF + b" " * 22_000_000 + b"\r\n--edge--\r\n"
    answer = admin.post(
        f"/cases/{filed['id']}/attachments", data=body, content_type="multipart/form-data; boundary=edge"
    )
    assert answer.status_code == 413, answer.text
    assert admin.get(f"/cases/{filed['id']}/attachments").json["items"] == []


def test_a_program_is_refused_whatever_it_calls_itself(admin: Caller, filed: dict[str, Any]) -> None:
    sent = {"file": (io.BytesIO(b"\x7fELF" + bytes(60)), "foto.png")}
    answer = admin.post(f"/cases/{filed['id']}/attachments", data=sent)
    assert answer.status_code == 422
    assert answer.json["type"] == "/problems/file-refused"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "file"),
        ({"file": "text, not a file"}, "file"),
        ({"file": (io.BytesIO(PDF), "a.pdf"), "visibility": "everybody"}, "visibility"),
    ],
)
def test_an_upload_that_is_not_one_file_is_refused(
    admin: Caller, filed: dict[str, Any], data: dict[str, Any], field: str
) -> None:
    fresh = {
        name: (io.BytesIO(PDF), "a.pdf") if isinstance(value, tuple) else value
        for name, value in data.items()
    }
    answer = admin.post(f"/cases/{filed['id']}/attachments", data=fresh, content_type="multipart/form-data")
    assert answer.status_code == 422, answer.text
    assert answer.json["errors"][0]["field"] == field


def test_a_file_as_json_is_refused_with_what_to_send(admin: Caller, filed: dict[str, Any]) -> None:
    answer = admin.post(f"/cases/{filed['id']}/attachments", json={"file": "x"})
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json["detail"]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_an_object_store_that_is_away_is_told_and_leaves_no_half_attachment(
    office_url: str, tmp_path: Path, admin: Caller, filed: dict[str, Any]
) -> None:
    store = "s3+http://key:secret-of-the-test@127.0.0.1:1/bucket"
    away = Caller(create_app(config_for(office_url, tmp_path, object_store=store)), admin.headers)
    answer = away.post(f"/cases/{filed['id']}/attachments", data={"file": (io.BytesIO(PDF), "a.pdf")})
    assert answer.status_code == 503, answer.text
    assert answer.json["type"] == "/problems/unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert admin.get(f"/cases/{filed['id']}/attachments").json["items"] == []
