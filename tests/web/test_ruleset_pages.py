"""The pages of rulesets: designers read them, upload a new one, and see what is wrong with it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from flask import Flask

from cases.reference import shipped_ruleset_files
from engine.model import Files
from support.designer import Visitor
from tuntas.config import ROOT
from web.designer_files import zipped
from web.rulesets import plain_cell

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

SHIPPED: Files = shipped_ruleset_files(ROOT / "reference")


@pytest.fixture
def designer(app: Flask) -> Visitor:
    """Return the process designer, signed in."""
    return Visitor.signed_in(app, "perancang")


def renamed(**changes: bytes) -> bytes:
    """The next regulation as a zip, with files replaced by path (dots written as double underscores)."""
    about = {**json.loads(SHIPPED["ruleset.json"]), "key": "sp4n-2025"}
    files = {**SHIPPED, "ruleset.json": json.dumps(about).encode()}
    return zipped({**files, **{path.replace("__", "."): content for path, content in changes.items()}})


def upload(designer: Visitor, content: bytes, action: str, note: str = "") -> tuple[int, str, str]:
    """Send a zip from the page; answers status, page and where it leads."""
    designer.page("/rulesets")
    answer = designer.post("/rulesets", ruleset=(io.BytesIO(content), "rules.zip"), action=action, note=note)
    return answer.status_code, answer.text, answer.headers.get("Location", "")


def test_a_designer_sees_the_version_of_new_cases(designer: Visitor) -> None:
    page = designer.page("/rulesets")
    assert "SP4N-LAPOR! menurut PermenPANRB 62/2018" in page
    assert "Berlaku" in page


def test_a_version_shows_clocks_reasons_and_tables_in_words(designer: Visitor) -> None:
    page = designer.page("/rulesets/sp4n-2018/1")
    for words in (
        "Verifikasi dan disposisi",
        "3 hari kerja",
        "14 hari kalender, sekali diperpanjang 14",
        "Tangga eskalasi",
        "tanpa sumber",
        "Berkadar pengawasan",
        "selain Diterima",
        "Maksudnya tidak jelas",
        "final_oversight",
        "jalur tertutup",
        "pejabat informasi",
    ):
        assert words in page, words
    assert "[INFER]" not in page.replace("Jalur [INFER]", "").replace("dipetakan [INFER]", "")


def test_the_page_speaks_english(app: Flask) -> None:
    visitor = Visitor.signed_in(app, "perancang")
    visitor.client.get("/language/en")
    assert "no source" in visitor.page("/rulesets/sp4n-2018/1")


def test_a_version_can_be_downloaded_and_uploaded_again(designer: Visitor) -> None:
    answer = designer.client.get("/rulesets/sp4n-2018/1/ruleset.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == dict(SHIPPED)
    status, page, _where = upload(designer, answer.data, "check")
    assert status == 200
    assert "Tidak ada temuan" in page


def test_a_checked_ruleset_is_not_deployed(designer: Visitor) -> None:
    assert upload(designer, renamed(), "check", "uji")[0] == 200
    assert "sp4n-2025" not in designer.page("/rulesets")


def test_a_new_regulation_is_deployed_and_retired_from_the_page(designer: Visitor) -> None:
    status, _page, where = upload(designer, renamed(), "deploy", "Peraturan baru")
    assert (status, where) == (303, "/rulesets/sp4n-2025/1?done=deployed")
    assert "Versi ini diterbitkan" in designer.page(where)
    retired = designer.follow(designer.post("/rulesets/sp4n-2025/1/retirement"))
    assert "Versi ini dipensiunkan" in retired


def test_findings_are_shown_with_row_and_remedy(designer: Visitor) -> None:
    clocks = SHIPPED["clocks.json"].replace(b'"length": 3', b'"length": -3', 1)
    status, page, _where = upload(designer, renamed(clocks__json=clocks), "deploy", "uji")
    assert status == 422
    assert "Panjang jam verification adalah -3" in page
    assert "baris" in page


def test_a_deployment_needs_a_note(designer: Visitor) -> None:
    status, page, _where = upload(designer, renamed(), "deploy")
    assert status == 422
    assert "Tulis apa yang berubah." in page


@pytest.mark.parametrize("content", [b"", b"no zip"])
def test_what_is_no_zip_is_refused_on_the_page(designer: Visitor, content: bytes) -> None:
    status, page, _where = upload(designer, content, "deploy", "uji")
    assert status == 422
    assert "Berkas zip rusak" in page


def test_the_last_active_ruleset_stays(designer: Visitor) -> None:
    designer.page("/rulesets/sp4n-2018/1")
    answer = designer.post("/rulesets/sp4n-2018/1/retirement")
    assert answer.status_code == 409
    assert "satu-satunya" in answer.text


@pytest.mark.parametrize(
    "path", ["/rulesets/sp4n-2018/9", "/rulesets/none/1", "/rulesets/none/1/ruleset.zip"]
)
def test_an_unknown_version_is_not_found(designer: Visitor, path: str) -> None:
    designer.page(path, status=404)


def test_nobody_but_designers_enters(app: Flask) -> None:
    admin = Visitor.signed_in(app, "admin.instansi")
    for path in ("/rulesets", "/rulesets/sp4n-2018/1"):
        admin.page(path, status=404)


@pytest.mark.parametrize(
    ("cell", "column", "shown"),
    [
        ("-", "stage", "apa saja"),
        ('"received", "closed"', "stage", "Diterima · Selesai"),
        ('not in ("received",)', "stage", "selain Diterima"),
        ("True", "second_approval", "ya"),
        ("is None", "accused_kind", "tidak ada"),
        ('""', "recipients", "kosong"),
        ('"owner, superior"', "recipients", "pemegang kasus · atasan"),
        ("> 3", "level", "> 3"),
    ],
)
def test_a_cell_is_read_in_the_words_of_the_office(app: Flask, cell: str, column: str, shown: str) -> None:
    with app.test_request_context():
        assert plain_cell(cell, column) == shown
