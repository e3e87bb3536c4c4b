"""Absences over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.api import Caller
from support.office import actor_named
from tuntas.office import Tuntas

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
AsUser = Callable[[str], Caller]


def absence(office: Tuntas, **changes: Any) -> dict[str, Any]:
    """The head of the public works is away for a week."""
    absent = actor_named(office, "atasan.pupr")
    return {
        "user_id": absent.id,
        "role": "superior",
        "unit_id": absent.grants[0].unit_id,
        "delegate_id": actor_named(office, "atasan.dinkes").id,
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-06",
        "reason": "Cuti tahunan",
        **changes,
    }


def test_an_absence_is_declared_listed_and_ended(office: Tuntas, as_user: AsUser) -> None:
    superior = as_user("atasan.pupr")
    made = superior.post("/delegations", json=absence(office))
    assert made.status_code == 201, made.text
    assert made.json["state"] == "running"
    assert made.json["delegate_name"] == "Ahmad Fauzan"
    listed = superior.get("/delegations").json
    assert [one["id"] for one in listed["items"]] == [made.json["id"]]
    ended = superior.post(f"/delegations/{made.json['id']}/revoke")
    assert ended.json["state"] == "revoked"
    again = superior.post(f"/delegations/{made.json['id']}/revoke")
    assert again.json["state"] == "revoked"


def test_the_same_declaration_with_the_same_key_is_made_once(office: Tuntas, as_user: AsUser) -> None:
    superior, key = as_user("atasan.pupr"), {"Idempotency-Key": "a" * 32}
    first = superior.post("/delegations", json=absence(office), headers=key)
    second = superior.post("/delegations", json=absence(office), headers=key)
    assert first.json == second.json
    assert len(superior.get("/delegations").json["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"ends_on": "2026-03-01"}, 409),
        ({"ends_on": "kemarin"}, 422),
        ({"reason": ""}, 422),
        ({"user_id": "x"}, 422),
        ({"role": "leadership"}, 404),
        ({"extra": 1}, 422),
    ],
)
def test_a_bad_declaration_is_refused(
    office: Tuntas, as_user: AsUser, changes: dict[str, Any], status: int
) -> None:
    refused = as_user("atasan.pupr").post("/delegations", json=absence(office, **changes))
    assert refused.status_code == status, refused.text


def test_nobody_speaks_for_somebody_elses_people(office: Tuntas, as_user: AsUser) -> None:
    assert as_user("atasan.disdik").post("/delegations", json=absence(office)).status_code == 404


def test_without_a_token_there_are_no_absences(anybody: Caller) -> None:
    assert anybody.get("/delegations").status_code == 401


def test_pages_follow_their_cursor(office: Tuntas, as_user: AsUser) -> None:
    superior = as_user("atasan.pupr")
    for day in ("02", "03", "04"):
        days = {"starts_on": f"2026-03-{day}", "ends_on": f"2026-03-{day}"}
        assert superior.post("/delegations", json=absence(office, **days)).status_code == 201
    first = superior.get("/delegations?limit=2").json
    rest = superior.get(f"/delegations?limit=2&cursor={first['next']}").json
    found = [one["starts_on"] for one in [*first["items"], *rest["items"]]]
    assert found == ["2026-03-04", "2026-03-03", "2026-03-02"]
    assert rest["next"] is None
