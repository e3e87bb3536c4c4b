"""Officers add files to a case, list them and fetch them as downloads that no browser runs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from support.api import AsRole, Caller, new_key
from support.office import config_for
from support.postgres import PostgresqlServer
from tuntas.app import create_app, tuntas_of

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


@contextmanager
def lost_after_the_commit(engine: Engine, server: PostgresqlServer) -> Iterator[list[int]]:
    """The next commit is carried out, but its answer never comes, and then the database is away."""
    name, lost = engine.url.database or "", []

    def allow(connections: bool) -> None:
        address = server.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as keeper:
            keeper.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {connections}'.encode())
            if not connections:
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                keeper.execute(end, [name])

    def commit_unheard(connection: Connection) -> None:
        if not lost:
            lost.append(1)
            driver: Any = connection.connection.driver_connection
            driver.commit()
            driver.execute("BEGIN")
            allow(False)

    event.listen(engine, "commit", commit_unheard)
    try:
        yield lost
    finally:
        event.remove(engine, "commit", commit_unheard)
        allow(True)


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
def test_a_file_whose_commit_was_not_heard_of_stays_even_while_the_database_is_away(
    admin: Caller, filed: dict[str, Any], postgresql: PostgresqlServer
) -> None:
    path, headers = f"/cases/{filed['id']}/attachments", {"Idempotency-Key": new_key()}

    def send() -> Any:
        return admin.post(path, data={"file": (io.BytesIO(PDF), "surat.pdf")}, headers=headers)

    with lost_after_the_commit(tuntas_of(admin.app).work.engine, postgresql) as lost:
        assert send().status_code == 503
    assert lost
    again = send()
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (201, "true")
    (kept,) = admin.get(path).json["items"]
    assert admin.get(f"/attachments/{kept['id']}/content").data == PDF
