"""What visitors see while a part of the office is down: a clear page, and nothing half done."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from cases.ports import FixedClock
from support.designer import Visitor
from support.office import config_for
from support.processes import free_port
from tuntas.app import create_app, tuntas_of

STORY = {
    "kind": "complaint",
    "title": "Lubang besar di Jalan Melati",
    "text": "Sudah tiga minggu ada lubang di depan pasar.",
}
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


def test_without_a_database_the_pages_say_so_and_the_form_is_still_there(
    tmp_path: Path, clock: FixedClock
) -> None:
    app = create_app(config_for(f"sqlite:///{tmp_path / 'nothing.db'}", tmp_path), clock=clock)
    visitor = Visitor(app.test_client())
    assert "Tuntas" in visitor.page("/")
    page = visitor.page("/complaints/status/TTS-2026-000001-E", 503)
    assert "Layanan sedang tidak tersedia" in page
    assert "sqlite" not in page.lower()
    assert visitor.client.get("/complaints/status/TTS-2026-000001-E").headers["Retry-After"]
    tuntas_of(app).work.engine.dispose()


@pytest.fixture
def storeless(office_url: str, tmp_path: Path, clock: FixedClock) -> Flask:
    """Return the office while nothing answers at the address of its object store."""
    address = f"s3+http://key:secret@127.0.0.1:{free_port()}/tuntas"
    return create_app(config_for(office_url, tmp_path, object_store=address), clock=clock)


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_without_an_object_store_nothing_typed_is_lost_and_nothing_is_registered(storeless: Flask) -> None:
    visitor = Visitor(storeless.test_client())
    visitor.page("/complaints/new")
    answer = visitor.post("/complaints/new", **STORY, once="one", files=(BytesIO(PNG), "foto.png"))
    assert answer.status_code == 503
    assert "Kirim tanpa berkas" in answer.text
    assert STORY["title"] in answer.text
    assert visitor.post("/complaints/new", **STORY, once="one").status_code == 200
    tuntas_of(storeless).work.engine.dispose()
