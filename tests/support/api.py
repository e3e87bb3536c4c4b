"""Fixtures for the API: callers with their tokens, and a complaint that was filed over HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from cases.model import SYSTEM
from cases.people import create_token, list_users
from tuntas.office import Tuntas

API = "/api/v1"
COMPLAINT = {
    "title": "Lampu jalan padam",
    "text": "Lampu jalan di depan balai desa padam sejak hari Minggu.",
    "place": "Balai desa Sukamaju",
    "event_on": "2026-03-01",
    "name": "Siti Aminah",
    "address": "Jalan Melati 7",
}


@dataclass(frozen=True)
class Caller:
    """Somebody who sends requests with the same credentials each time."""

    app: Flask
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Send a GET below /api/v1."""
        return self._send("GET", path, options)

    def post(self, path: str, **options: Any) -> TestResponse:
        """Send a POST below /api/v1."""
        return self._send("POST", path, options)

    def _send(self, method: str, path: str, options: dict[str, Any]) -> TestResponse:
        address = path if path.startswith("/api/") else API + path
        headers = {**self.headers, **options.pop("headers", {})}
        return self.app.test_client().open(address, method=method, headers=headers, **options)

    def complete(self, task: dict[str, Any], **values: Any) -> TestResponse:
        """Complete a task as it was seen."""
        seen = {"If-Match": f'"{task["version"]}"'}
        return self.post(f"/tasks/{task['id']}/complete", json={"values": values}, headers=seen)


AsRole = Callable[[str], Caller]


@pytest.fixture
def as_role(app: Flask, office: Tuntas) -> AsRole:
    """Return a function that answers a caller with the token of the first user who holds a role."""
    known: dict[str, Caller] = {}

    def caller(role: str) -> Caller:
        if role not in known:
            user = office.work.read(
                lambda session: list_users(session, office.env, by=SYSTEM, role=role)
            ).items[0]
            known[role] = caller_for(app, office, user.username)
        return known[role]

    return caller


def caller_for(app: Flask, office: Tuntas, username: str) -> Caller:
    """A caller with a fresh token of a user."""
    token = office.work.write(lambda session: create_token(session, office.env, username, "test", by=SYSTEM))
    return Caller(app, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def as_user(app: Flask, office: Tuntas) -> Callable[[str], Caller]:
    """Return a function that answers a caller with a token of the named user."""
    return lambda username: caller_for(app, office, username)


@pytest.fixture
def anybody(app: Flask) -> Caller:
    """Return a caller without credentials."""
    return Caller(app)


@pytest.fixture
def receipt(anybody: Caller) -> dict[str, Any]:
    """File a complaint and return its receipt."""
    answer = anybody.post("/complaints", json=COMPLAINT)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


@pytest.fixture
def complainant(app: Flask, receipt: dict[str, Any]) -> Caller:
    """Return the complainant of the receipt."""
    return Caller(app, {"Authorization": f"Tracking {receipt['tracking_secret']}"})


@pytest.fixture
def filed(receipt: dict[str, Any], as_role: AsRole) -> dict[str, Any]:
    """Return the filed case as the coordinating admin sees it."""
    admin = as_role("coordinating_admin")
    rows = admin.get("/cases").json["items"]
    case_id = next(row["id"] for row in rows if row["reference"] == receipt["reference"])
    return dict(admin.get(f"/cases/{case_id}").json)


def new_key() -> str:
    """An idempotency key of its own."""
    return secrets.token_hex(16)
