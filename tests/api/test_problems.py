"""Every refusal is one problem document that says what to do and nothing about our insides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.problems import TYPES
from support.api import COMPLAINT, AsRole, Caller
from support.office import config_for
from tuntas.app import create_app

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

MEMBERS = {"type", "title", "status", "detail", "detail_id", "detail_en", "instance"}


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "slug"),
    [
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("DELETE", "/cases", {}, 405, "method-not-allowed"),
        ("GET", "/cases", {}, 401, "not-signed-in"),
        ("GET", "/cases/not-an-id", {}, 404, "not-found"),
        ("POST", "/complaints", {"data": "{", "content_type": "application/json"}, 400, "bad-request"),
        ("POST", "/complaints", {"data": b"\xff", "content_type": "application/json"}, 400, "bad-request"),
        (
            "POST",
            "/complaints",
            {"data": "[" * 99_999, "content_type": "application/json"},
            400,
            "bad-request",
        ),
        (
            "POST",
            "/complaints",
            {"data": "9" * 9_999, "content_type": "application/json"},
            400,
            "bad-request",
        ),
        ("POST", "/complaints", {"json": {**COMPLAINT, "text": "a\0b"}}, 400, "bad-request"),
        (
            "POST",
            "/complaints",
            {"data": r'{"title": "\ud800"}', "content_type": "application/json"},
            400,
            "bad-request",
        ),
        ("POST", "/complaints", {"data": "title=x"}, 415, "unsupported-media-type"),
        ("POST", "/complaints", {"json": []}, 422, "invalid-input"),
        ("POST", "/complaints", {"data": "null", "content_type": "application/json"}, 422, "invalid-input"),
        ("POST", "/complaints", {"json": {"title": 1}}, 422, "invalid-input"),
        (
            "POST",
            "/complaints",
            {"json": COMPLAINT, "headers": {"Idempotency-Key": "short"}},
            400,
            "bad-request",
        ),
        ("GET", "/complaints/TTS-2026-000001-X", {}, 404, "not-found"),
    ],
)
@one_database
def test_a_refusal_is_a_problem_of_its_type(
    anybody: Caller, *, method: str, path: str, options: dict[str, Any], status: int, slug: str
) -> None:
    answer = anybody._send(method, path, dict(options))
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) >= MEMBERS
    assert answer.json["type"] == f"/problems/{slug}"
    assert answer.json["status"] == status
    assert answer.json["instance"] == f"/api/v1{path}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepted", "member"),
    [("", "detail_id"), ("id", "detail_id"), ("en-GB, en;q=0.9", "detail_en"), ("fr", "detail_id")],
)
@one_database
def test_a_problem_is_told_in_the_language_that_was_asked_for(
    anybody: Caller, accepted: str, member: str
) -> None:
    answer = anybody.get("/cases", headers={"Accept-Language": accepted})
    assert answer.json["detail"] == answer.json[member]
    assert answer.headers["Content-Language"] == member.removeprefix("detail_")
    assert "Accept-Language" in answer.headers["Vary"]


def test_wrong_fields_are_named_with_a_pointer_in_both_languages(anybody: Caller) -> None:
    answer = anybody.post("/complaints", json={"title": "ab", "email": "x", "surprise": 1})
    errors = {error["pointer"]: (error["detail_id"], error["detail_en"]) for error in answer.json["errors"]}
    assert set(errors) == {"#/title", "#/text", "#/email", "#/surprise"}
    assert errors["#/text"] == ("Wajib diisi.", "Missing data for required field.")
    assert errors["#/surprise"] == ("Isian ini tidak dikenal.", "Unknown field.")


def test_a_wrong_token_is_challenged_like_a_missing_one(app: Flask, anybody: Caller) -> None:
    missing = anybody.get("/tasks")
    wrong = Caller(app, {"Authorization": "Bearer tts_wrong"}).get("/tasks")
    other = Caller(app, {"Authorization": "Basic dHRzOnR0cw=="}).get("/tasks")
    assert missing.json == wrong.json == other.json
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="tuntas"'


@one_database
def test_a_body_that_is_too_large_is_refused(anybody: Caller) -> None:
    answer = anybody.post("/complaints", data=b" " * 70_000_000, content_type="application/json")
    assert answer.status_code == 413
    assert answer.json["type"] == "/problems/too-large"


def test_a_database_that_is_away_is_told_with_when_to_come_back(app: Flask, tmp_path: Path) -> None:
    gone = create_app(config_for("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path))
    answer = Caller(gone, {"Authorization": "Bearer tts_any"}).get("/cases")
    assert answer.status_code == 503
    assert answer.json["type"] == "/problems/unavailable"
    assert int(answer.headers["Retry-After"]) > 0


@one_database
def test_a_mistake_of_ours_tells_nothing_about_our_insides(app: Flask, as_role: AsRole) -> None:
    caller = as_role("auditor")
    app.view_functions["api-cases.list_all_cases"] = _broken
    answer = caller.get("/cases")
    assert answer.status_code == 500
    assert answer.json["type"] == "/problems/internal-error"
    assert "ZeroDivision" not in answer.text
    assert "Traceback" not in answer.text


def _broken() -> None:
    raise ZeroDivisionError("a secret detail")


def test_the_documentation_lists_every_problem_type() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    listed = set(re.findall(r"^\| `/problems/([a-z-]+)` \| (\d+)", page, re.MULTILINE))
    assert listed == {(slug, str(kind.status)) for slug, kind in TYPES.items()}
