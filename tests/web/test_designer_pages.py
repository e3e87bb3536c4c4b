"""The designer's pages without a browser: lists, downloads, uploads, drafts, and what hostile files get."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile

import pytest
from flask import Flask

from cases.definitions import files_from_folder
from engine.model import Files
from support.designer import Visitor
from tuntas.config import ROOT

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

COMPLAINT = "bpmn/complaint.bpmn"
HOSTILE = "&lt;img src=x onerror=alert(1)&gt;"


@pytest.fixture(scope="module")
def shipped() -> Files:
    """Return the set that the product ships."""
    return files_from_folder(ROOT)


@pytest.fixture
def designer(app: Flask) -> Visitor:
    """Return the process designer, signed in."""
    return Visitor.signed_in(app, "perancang")


def definition_path(designer: Visitor, name: str = "Penanganan pengaduan") -> str:
    """The address of the newest version of a process."""
    found = re.search(
        rf'<a href="(/processes/definitions/[0-9a-f-]+)">{name}</a>', designer.page("/processes")
    )
    assert found
    return found.group(1)


def page_data(page: str) -> dict[str, object]:
    """What the Modeler's page is told."""
    found = re.search(r'<script type="application/json" id="designer-data">(.*?)</script>', page, re.S)
    assert found
    return dict(json.loads(found.group(1)))


def uploaded(designer: Visitor, name: str, content: bytes) -> str:
    """The page that an upload leads to."""
    designer.page("/processes")
    return designer.follow(designer.post("/processes/uploads", files=(io.BytesIO(content), name)))


def test_a_designer_sees_every_process_with_its_version(designer: Visitor) -> None:
    page = designer.page("/processes")
    for name in ("Penanganan pengaduan", "Penerimaan pengaduan", "Tindak lanjut oleh unit"):
        assert name in page
    assert "Berlaku" in page


def test_a_designer_downloads_each_file_as_it_was_deployed(designer: Visitor, shipped: Files) -> None:
    path = definition_path(designer)
    answer = designer.client.get(f"{path}/files/{COMPLAINT}")
    assert answer.data == shipped[COMPLAINT]
    assert answer.mimetype == "application/octet-stream"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert designer.client.get(f"{path}/files/bpmn/../../etc/passwd").status_code == 404


def test_a_designer_downloads_the_set_and_uploads_it_again(designer: Visitor) -> None:
    archive = designer.client.get(f"{definition_path(designer)}/set.zip").data
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
        assert "forms/complaint/verify_complaint.json" in unpacked.namelist()
    page = uploaded(designer, "set.zip", archive)
    assert "Tidak ada temuan" in page or "Tidak ada galat" in page


def test_the_definition_page_shows_the_picture_without_javascript(designer: Visitor) -> None:
    path = definition_path(designer)
    assert f'src="{path}/diagram.svg"' in designer.page(path)
    picture = designer.client.get(f"{path}/diagram.svg")
    assert picture.mimetype == "image/svg+xml"
    assert b"Verifikasi" in picture.data


def test_the_modeler_is_told_the_set_and_the_vocabulary_and_needs_no_inline_style(designer: Visitor) -> None:
    path = definition_path(designer)
    data = page_data(designer.page(f"{path}/edit"))
    assert data["main"] == COMPLAINT
    assert COMPLAINT in data["files"]  # type: ignore[operator]
    assert data["vocabulary"]["prefix"] == "spiffworkflow"  # type: ignore[index]
    policy = designer.client.get(f"{path}/edit").headers["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_a_hostile_name_in_a_diagram_stays_a_name(designer: Visitor, shipped: Files) -> None:
    hostile = shipped[COMPLAINT].replace(b"Verifikasi pengaduan", HOSTILE.encode())
    page = uploaded(designer, "complaint.bpmn", hostile)
    edit = re.search(r"/processes/drafts/[0-9a-f-]+/edit", page)
    assert edit
    modeler = designer.page(edit.group(0))
    assert html.unescape(HOSTILE) not in page
    assert html.unescape(HOSTILE) not in modeler
    assert HOSTILE in page_data(modeler)["files"][COMPLAINT]  # type: ignore[index]


def test_an_uploaded_mistake_is_shown_with_its_element_and_cannot_be_deployed(
    designer: Visitor, shipped: Files
) -> None:
    page = uploaded(designer, "complaint.bpmn", shipped[COMPLAINT].replace(b"clock:completion", b"tiga hari"))
    assert "<code>completion_expired</code>" in page
    action = re.search(r'action="(/processes/drafts/[0-9a-f-]+/deployment)"', page)
    assert action
    refused = designer.post(action.group(1), version=1, note="Coba")
    assert refused.status_code == 422
    assert "<code>completion_expired</code>" in refused.text


def test_a_designer_deploys_an_uploaded_form_without_javascript(designer: Visitor, shipped: Files) -> None:
    form = json.loads(shipped["forms/complaint/verify_complaint.json"])
    page = uploaded(
        designer, "verify_complaint.json", json.dumps({**form, "title": "Periksa dahulu"}).encode()
    )
    action = re.search(r'action="(/processes/drafts/[0-9a-f-]+/deployment)"', page)
    assert action
    assert designer.post(action.group(1), version=1, note="").status_code == 422
    done = designer.follow(designer.post(action.group(1), version=1, note="Judul formulir"))
    assert "Versi baru diterbitkan" in done
    assert "Periksa dahulu" in done
    assert "Semua versi: Penanganan pengaduan" in designer.page("/processes")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.exe", b"MZ"),
        ("set.zip", b"PK\x03\x04 broken"),
        ("", b""),
    ],
)
def test_an_upload_that_is_no_process_file_is_refused_with_a_sentence(
    designer: Visitor, name: str, content: bytes
) -> None:
    designer.page("/processes")
    answer = designer.post("/processes/uploads", files=(io.BytesIO(content), name))
    assert answer.status_code == 422
    assert "zip" in answer.text


def test_a_zip_bomb_is_refused_before_it_is_unpacked(designer: Visitor) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bpmn/bomb.bpmn", b" " * 60_000_000)
    designer.page("/processes")
    answer = designer.post("/processes/uploads", files=(io.BytesIO(packed.getvalue()), "set.zip"))
    assert answer.status_code == 422


def test_the_check_answers_findings_in_the_language_of_the_page(designer: Visitor, shipped: Files) -> None:
    broken = shipped[COMPLAINT].replace(b'"complaint/verify_complaint"', b'"complaint/tidak_ada"').decode()
    designer.page("/processes")
    answer = designer.send("/processes/checks", {"files": {COMPLAINT: broken}})
    found = next(one for one in answer.json["findings"] if one["element_id"] == "verify_complaint")
    assert found["severity"] == "error"
    designer.client.get("/language/en")
    english = designer.send("/processes/checks", {"files": {COMPLAINT: broken}}).json["findings"]
    assert found["message"] not in {one["message"] for one in english}


def test_a_draft_that_a_colleague_saved_since_is_not_overwritten(designer: Visitor) -> None:
    designer.page("/processes")
    content = {"key": "complaint", "name": "Uji", "files": {"bpmn/a.bpmn": "<x/>"}}
    first = designer.send("/processes/drafts", content).json["draft"]
    again = {**content, "version": first["version"]}
    assert designer.send(first["save_url"], again).json["draft"]["version"] == 2
    late = designer.send(first["save_url"], again)
    assert late.status_code == 412
    assert late.json["message"]


@pytest.mark.parametrize("content", [[], {"files": 1}, {"files": {"bpmn/a.bpmn": None}}, None])
def test_a_request_of_another_shape_is_refused_in_words(designer: Visitor, content: object) -> None:
    designer.page("/processes")
    answer = designer.send("/processes/checks", content)
    assert answer.status_code == 422
    assert answer.json["message"]


def test_a_request_without_the_token_changes_nothing(designer: Visitor) -> None:
    designer.page("/processes")
    designer.token = ""
    content = {"key": "complaint", "name": "Uji", "files": {"bpmn/a.bpmn": "<x/>"}}
    assert designer.send("/processes/drafts", content).status_code == 400
    assert "Belum ada draf" in designer.page("/processes")


@pytest.mark.parametrize("username", ["admin.instansi", "auditor", "administrator"])
def test_the_designers_pages_do_not_exist_for_others(app: Flask, username: str) -> None:
    other = Visitor.signed_in(app, username)
    for path in ("/processes", "/processes/drafts/018f0000-0000-7000-8000-000000000000"):
        other.page(path, status=404)
    assert other.send("/processes/checks", {"files": {}}).status_code == 404


def test_who_is_not_signed_in_is_asked_to(app: Flask) -> None:
    assert app.test_client().get("/processes").status_code == 303
