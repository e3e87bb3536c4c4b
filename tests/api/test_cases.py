"""Officers register, list and read cases, and send them messages."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import COMPLAINT, AsRole, Caller

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

LETTER = {**COMPLAINT, "channel": "letter", "received_at": "2026-03-01T03:00:00+07:00"}


def test_an_officer_registers_a_letter_and_learns_the_next_tasks(as_role: AsRole) -> None:
    desk = as_role("front_desk")
    answer = desk.post("/cases", json=LETTER)
    assert answer.status_code == 201, answer.text
    assert answer.json["stage"] in {"received", "verification"}
    assert answer.json["next_tasks"]
    assert answer.json["tracking_secret"]
    assert answer.headers["Location"] == f"/api/v1/cases/{answer.json['id']}"
    case = desk.get(f"/cases/{answer.json['id']}").json
    assert case["received_at"] == "2026-02-28T20:00:00+00:00"
    assert case["class"] == "ordinary"


def test_a_case_received_in_the_future_is_refused(as_role: AsRole) -> None:
    answer = as_role("front_desk").post("/cases", json={**LETTER, "received_at": "2030-01-01T00:00:00Z"})
    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/refused-by-rule"


def test_a_time_without_a_zone_is_refused_rather_than_guessed(as_role: AsRole) -> None:
    answer = as_role("front_desk").post("/cases", json={**LETTER, "received_at": "2026-03-01T03:00:00"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["received_at"]


def test_an_auditor_reads_a_case_but_not_who_brought_it(as_role: AsRole, filed: dict[str, Any]) -> None:
    case = as_role("auditor").get(f"/cases/{filed['id']}").json
    assert case["title"] == COMPLAINT["title"]
    assert case["complainant"]["masked"] is True
    assert COMPLAINT["name"] not in str(case)


def test_a_case_that_did_not_change_is_not_sent_again(as_role: AsRole, filed: dict[str, Any]) -> None:
    admin = as_role("coordinating_admin")
    first = admin.get(f"/cases/{filed['id']}")
    again = admin.get(f"/cases/{filed['id']}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=Belum", True),
        ("status=Selesai", False),
        ("channel=web", True),
        ("channel=letter", False),
        ("received_from=2026-03-02&received_to=2026-03-02", True),
        ("received_to=2026-03-01", False),
        ("text=lampu", True),
        ("text=jembatan", False),
        ("overdue=false", True),
        ("overdue=true", False),
        ("owner=01890000-0000-7000-8000-000000000000", False),
        ("unit=01890000-0000-7000-8000-000000000000", False),
        ("stage=closed", False),
        ("category=unknown", False),
    ],
)
@pytest.mark.usefixtures("filed")
def test_filters_narrow_the_list(as_role: AsRole, query: str, found: bool) -> None:
    answer = as_role("coordinating_admin").get(f"/cases?{query}")
    assert answer.status_code == 200, answer.text
    assert bool(answer.json["items"]) is found


def test_a_list_is_paged_to_its_end_without_repeating(as_role: AsRole) -> None:
    desk = as_role("front_desk")
    made = [desk.post("/cases", json=LETTER).json["id"] for _ in range(5)]
    seen, path = [], "/api/v1/cases?limit=2&channel=letter"
    while path:
        page = desk.get(path)
        seen += [row["id"] for row in page.json["items"]]
        link = page.headers.get("Link", "")
        path = link.partition(">")[0].removeprefix("<")
        assert bool(path) is (page.json["next"] is not None)
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize("cursor", ["x", "W10", "%00", "WyJjYXNlcyJd", "a" * 400, "é"])
@pytest.mark.parametrize("path", ["/cases", "/tasks"])
@one_database
def test_a_cursor_of_nobodys_making_is_refused(as_role: AsRole, path: str, cursor: str) -> None:
    answer = as_role("coordinating_admin").get(f"{path}?cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json["type"] in {"/problems/bad-cursor", "/problems/bad-request"}


def test_an_unknown_filter_is_refused_rather_than_ignored(as_role: AsRole) -> None:
    answer = as_role("coordinating_admin").get("/cases?expand=complainant")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "expand"


def test_history_is_read_in_pages_that_join(as_role: AsRole, filed: dict[str, Any]) -> None:
    admin, path = as_role("coordinating_admin"), f"/cases/{filed['id']}/history"
    whole = admin.get(path).json["items"]
    first = admin.get(f"{path}?limit=2").json
    rest = admin.get(f"{path}?cursor={first['next']}").json
    assert [*first["items"], *rest["items"]] == whole
    assert whole[0]["tag"] == "case:case:registered"
    assert [entry["seq"] for entry in whole] == list(range(1, len(whole) + 1))


def test_history_refuses_a_cursor_that_is_no_number(as_role: AsRole, filed: dict[str, Any]) -> None:
    answer = as_role("coordinating_admin").get(f"/cases/{filed['id']}/history?cursor=-1")
    assert answer.json["type"] == "/problems/bad-cursor"


def test_a_message_of_the_process_itself_cannot_be_sent_by_anybody(
    as_role: AsRole, filed: dict[str, Any]
) -> None:
    answer = as_role("coordinating_admin").post(
        f"/cases/{filed['id']}/messages/merge_parent_closed", json={"values": {}}
    )
    assert answer.status_code in {404, 409}


def test_a_message_on_an_outdated_view_of_the_case_is_refused(as_role: AsRole, filed: dict[str, Any]) -> None:
    answer = as_role("coordinating_admin").post(
        f"/cases/{filed['id']}/messages/withdraw", json={"values": {}}, headers={"If-Match": '"an older one"'}
    )
    assert answer.status_code == 412


def test_a_message_on_the_present_view_of_the_case_goes_on(as_role: AsRole, filed: dict[str, Any]) -> None:
    admin = as_role("coordinating_admin")
    etag = admin.get(f"/cases/{filed['id']}").headers["ETag"]
    answer = admin.post(
        f"/cases/{filed['id']}/messages/not_satisfied", json={"values": {}}, headers={"If-Match": etag}
    )
    assert answer.json["type"] == "/problems/not-waiting"


def test_nobody_reads_another_units_case(as_role: AsRole, filed: dict[str, Any]) -> None:
    worker: Caller = as_role("case_worker")
    foreign = worker.get(f"/cases/{filed['id']}")
    unknown = worker.get("/cases/01890000-0000-7000-8000-000000000000")
    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json, "instance": ""} == {**unknown.json, "instance": ""}
