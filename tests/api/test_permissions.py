"""Every route asks who is there, and nobody reaches another's case by any of them."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from api.access import MARK
from support.api import AsRole, Caller
from tuntas.office import Tuntas

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

UNKNOWN = "01890000-0000-7000-8000-000000000000"


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """The routes of the API with the method that each answers."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            found += [(method, rule) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def address(rule: Rule, **known: str) -> str:
    """An address that the rule matches."""
    name = "ombudsman_finished" if "/requests/" in rule.rule else "confirm"
    values = {"name": name, "reference": "TTS-2026-000001-X", "version": "1", **known}
    return re.sub(r"<(?:[^:<>]+(?:\([^)]*\))?:)?(\w+)>", lambda part: values.get(part[1], UNKNOWN), rule.rule)


def mark_of(app: Flask, rule: Rule) -> str | None:
    """What the rule's view declares."""
    return getattr(app.view_functions[rule.endpoint], MARK, None)


@one_database
def test_every_route_declares_a_permission_that_exists(app: Flask, office: Tuntas) -> None:
    known = {"public", "tracking", *office.env.reference.acts}
    declared = {f"{method} {rule.rule}": mark_of(app, rule) for method, rule in routes(app)}
    assert declared
    assert {route: mark for route, mark in declared.items() if mark not in known} == {}


@one_database
def test_no_route_answers_without_credentials_unless_it_is_public(app: Flask, anybody: Caller) -> None:
    for method, rule in routes(app):
        if mark_of(app, rule) != "public":
            answer = anybody._send(method, address(rule), {})
            assert answer.status_code == 401, f"{method} {rule.rule}"
            assert answer.json["type"] == "/problems/not-signed-in"


@one_database
def test_public_routes_are_the_ones_we_know(app: Flask) -> None:
    assert {f"{method} {rule.rule}" for method, rule in routes(app) if mark_of(app, rule) == "public"} == {
        "GET /api/v1/calendar",
        "GET /api/v1/complaints/<reference:reference>",
        "GET /api/v1/docs",
        "GET /api/v1/docs.css",
        "GET /api/v1/openapi.json",
        "POST /api/v1/complaints",
    }


BODIES: dict[str, dict[str, Any]] = {
    "delegate": {"json": {"to": UNKNOWN}},
    "complete": {"json": {"values": {}}},
    "messages": {"json": {"values": {}}},
}


def options_for(rule: Rule) -> dict[str, Any]:
    """A request that the route would take, were the case the caller's."""
    body = next((body for word, body in BODIES.items() if f"/{word}" in rule.rule), {})
    if rule.rule.endswith("/attachments"):
        body = {"data": {"file": (io.BytesIO(b"x"), "a.txt")}}
    return {"headers": {"If-Match": "*"}, **body}


@pytest.mark.parametrize(
    "role", ["case_worker", "process_designer", "system_administrator", "provincial_supervisor"]
)
def test_a_role_finds_nothing_of_a_foreign_case_by_any_route(
    app: Flask, as_role: AsRole, filed: dict[str, Any], role: str
) -> None:
    caller = as_role(role)
    task = filed["tasks"][0]["id"] if filed["tasks"] else UNKNOWN
    for method, rule in routes(app):
        if "case_id" in rule.arguments or "task_id" in rule.arguments:
            if role == "provincial_supervisor" and method == "GET":
                continue  # Reads the public part of ordinary cases.
            if role == "system_administrator" and rule.rule.endswith("/acts"):
                continue  # Mends every case without seeing any of it: test_incidents.py.
            path = address(rule, case_id=filed["id"], task_id=task)
            answer = caller._send(method, path, options_for(rule))
            assert answer.status_code == 404, f"{role} {method} {rule.rule}: {answer.text}"
            unknown = caller._send(method, address(rule), options_for(rule))
            assert {**answer.json, "instance": ""} == {**unknown.json, "instance": ""}


@one_database
def test_the_documentation_lists_every_route_with_its_permission(app: Flask) -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    listed = set(re.findall(r"^\| `([A-Z]+ /api/\S+)` \| `?(\w+)`? \|", page, re.MULTILINE))
    named = {
        (method + " " + re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule), str(mark_of(app, rule)))
        for method, rule in routes(app)
    }
    assert listed == named
