"""The OpenAPI document and its page describe exactly what is served."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from support.api import Caller
from support.pages import page_problems

METHODS = {"get", "post", "put", "patch", "delete"}
NOT_DESCRIBED = {"/api/v1/docs", "/api/v1/docs.css", "/api/v1/openapi.json"}

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


@pytest.fixture
def document(anybody: Caller) -> dict[str, Any]:
    """Return the OpenAPI document as it is served."""
    answer = anybody.get("/openapi.json")
    assert answer.mimetype == "application/json"
    return dict(answer.json)


@one_database
def test_the_document_is_openapi_3_1_and_describes_every_route(app: Flask, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    described = {
        (method, path) for path, item in document["paths"].items() for method in item if method in METHODS
    }
    served = {
        (method.lower(), re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule not in NOT_DESCRIBED
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served


@one_database
def test_every_operation_says_what_it_does_who_may_and_how_it_refuses(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for method in METHODS & set(item):
            operation = item[method]
            assert operation["summary"].endswith((".", "done."))
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
            assert "security" in operation


@one_database
def test_the_page_is_valid_and_loads_nothing_from_elsewhere(anybody: Caller) -> None:
    answer = anybody.get("/docs")
    assert answer.status_code == 200
    assert page_problems(answer.text) == []
    assert "<script" not in answer.text
    assert not re.search(r"""(?:src|href)=["']https?:""", answer.text)
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert anybody.get("/docs.css").mimetype == "text/css"


@one_database
def test_the_page_shows_every_operation(anybody: Caller, document: dict[str, Any]) -> None:
    page = anybody.get("/docs").text
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
