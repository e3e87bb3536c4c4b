"""The page on which people say that they are away."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from support.designer import Visitor

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


@pytest.fixture
def superior(app: Flask) -> Visitor:
    """Return the head of the public works, signed in."""
    return Visitor.signed_in(app, "atasan.pupr")


def values(visitor: Visitor, **changes: str) -> dict[str, str]:
    """What the form is filled in with."""
    page = visitor.page("/absences/new")
    held = re.search(r'<option value="([^"]+ superior [^"]+)"', page)
    stand_in = re.search(r'<option value="([^"]+)"[^>]*>\s*Ahmad Fauzan</option>', page)
    assert held
    assert stand_in
    return {
        "held": held[1],
        "delegate": stand_in[1],
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-06",
        "reason": "Cuti tahunan",
        **changes,
    }


def test_an_absence_is_declared_and_ended_on_the_page(app: Flask, superior: Visitor) -> None:
    assert "Belum ada ketidakhadiran" in superior.page("/absences")
    page = superior.follow(superior.post("/absences/new", **values(superior)))
    assert "Ahmad Fauzan" in page
    assert "Berjalan" in page
    assert "Cuti tahunan" in page
    stand_in = Visitor.signed_in(app, "atasan.dinkes").page("/absences")
    assert "Hendra Gunarto" in stand_in
    assert "Cuti tahunan" not in stand_in
    assert "/revoke" not in stand_in
    address = re.search(r'action="(/absences/[^"]+/revoke)"', page)
    assert address
    assert "Diakhiri" in superior.follow(superior.post(address[1]))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"held": ""}, "held"),
        ({"held": "x y"}, "held"),
        ({"delegate": ""}, "delegate"),
        ({"starts_on": "besok"}, "starts_on"),
        ({"ends_on": ""}, "ends_on"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_missing_is_told_at_the_field(superior: Visitor, changes: dict[str, str], field: str) -> None:
    answer = superior.post("/absences/new", **values(superior, **changes))
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def test_a_refusal_is_told_above_the_form_and_nothing_typed_is_lost(superior: Visitor) -> None:
    answer = superior.post("/absences/new", **values(superior, ends_on="2026-03-01"))
    assert answer.status_code == 422
    assert "Hari terakhir tidak boleh sebelum hari pertama" in answer.text
    # Not beside a field that is right, such as the stand-in.
    assert "field--wrong" not in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in ("2026-03-02", "2026-03-01", "Cuti tahunan"))


def test_the_page_is_there_in_english(superior: Visitor) -> None:
    superior.client.get("/language/en")
    page = superior.page("/absences/new")
    assert "<h1>Declare an absence</h1>" in page
    assert "Nyatakan" not in page
