"""What nobody types is refused with a page that says so, whatever it is typed into, and never as a mistake of ours."""

from __future__ import annotations

import pytest
from flask import Flask

from support.api import AsRole, as_role
from support.designer import Visitor

__all__ = ["as_role"]
ON_POSTGRESQL = pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
"""It refuses texts with NUL, which SQLite keeps."""
COMPLAINT = {
    "kind": "complaint",
    "channel": "letter",
    "title": "Lubang besar di jalan",
    "text": "Lubangnya sedalam lutut.",
    "name": "Budi",
}
HOSTILE = [
    ("", "GET", "/complaints/status/%00", {}, 404),
    ("", "POST", "/sign-in", {"username": "a\0b", "password": "x"}, 400),
    ("", "POST", "/complaints/status", {"reference": "TTS\0", "secret": "x"}, 400),
    ("auditor", "GET", "/reports/monthly/%00", {}, 404),
    ("auditor", "GET", "/cases?q=%00", {}, 400),
    ("auditor", "GET", "/cases?from=0001-01-01&to=9999-12-31", {}, 200),
    ("penerima", "POST", "/cases/new", {**COMPLAINT, "received_at": "0001-01-01T00:00"}, 422),
    ("administrator", "GET", "/incidents?kind=%00", {}, 400),
    ("administrator", "POST", "/units/new", {"name": "x\0", "code": "\0"}, 400),
    (
        "administrator",
        "POST",
        "/settings/calendar/days",
        {"day": "0001-01-01", "name": "a", "day_reason": "b"},
        422,
    ),
]


@ON_POSTGRESQL
def test_what_no_database_keeps_and_days_at_the_ends_of_time_are_refused_clearly(app: Flask) -> None:
    people = {"": Visitor(app.test_client())}
    people[""].page("/sign-in")
    for who, method, path, fields, status in HOSTILE:
        if who not in people:
            people[who] = Visitor.signed_in(app, who)
            people[who].page("/account")
        visitor = people[who]
        answer = visitor.client.get(path) if method == "GET" else visitor.post(path, **fields)
        assert answer.status_code == status, (path, fields, answer.text)


@ON_POSTGRESQL
def test_the_api_refuses_them_too(as_role: AsRole) -> None:
    auditor = as_role("auditor")
    for path, status in (
        ("/reports/monthly/%00", 404),
        ("/cases?q=%00", 400),
        ("/cases?received_from=0001-01-01&received_to=9999-12-31", 200),
    ):
        answer = auditor.get(path)
        assert answer.status_code == status, (path, answer.text)
        assert answer.mimetype == ("application/json" if status == 200 else "application/problem+json")
