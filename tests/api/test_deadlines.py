"""Every date of a case explains itself over HTTP; the calendar is read by all and changed by the administrator."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import AsRole, Caller
from support.office import Desk

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

UNKNOWN = "01890000-0000-7000-8000-000000000000"
LOCAL = {
    "change": "add_day_off",
    "day": "2026-03-04",
    "name": "Hari jadi kabupaten",
    "name_en": "Anniversary of the regency",
    "reason": "Keputusan Bupati 12/2026",
}


def by_clock(answer: Any) -> dict[str, dict[str, Any]]:
    """The explained clocks of an answer by their key."""
    assert answer.status_code == 200, answer.text
    return {one["clock"]: one for one in answer.json["items"]}


def test_every_date_of_a_case_is_explained(as_role: AsRole, filed: dict[str, Any]) -> None:
    found = by_clock(as_role("coordinating_admin").get(f"/cases/{filed['id']}/deadlines"))
    assert {"verification", "first_answer_law", "final_ordinary"} <= set(found)
    assert [one["remark"] for one in found.values()] == [None] * len(found)
    assert [key for key, one in found.items() if one["earliest"]] == ["verification"]
    law = found["first_answer_law"]
    assert (law["law"], law["paused"], law["due_on"]) == (True, False, "2026-03-16")
    why = law["explanation"]
    assert (why["unit"], why["length"], why["ruleset"], why["calendar_version"]) == (
        "calendar_days",
        14,
        "sp4n-2018",
        1,
    )
    assert why["summary"]["id"].startswith(
        "Paling lambat Senin 16 Maret 2026: 14 hari kalender sejak pengaduan"
    )
    assert [step["kind"] for step in why["steps"]] == ["start", *["counted"] * 14, "due"]


@one_database
def test_the_dates_of_somebody_elses_case_are_not_found(as_role: AsRole, filed: dict[str, Any]) -> None:
    for role, case_id in (("case_worker", filed["id"]), ("coordinating_admin", UNKNOWN)):
        assert as_role(role).get(f"/cases/{case_id}/deadlines").status_code == 404


@one_database
def test_the_complainant_reads_the_running_limits_in_plain_words(
    anybody: Caller, complainant: Caller, receipt: dict[str, Any]
) -> None:
    own = complainant.get(f"/complaints/{receipt['reference']}").json["deadlines"]
    assert {"verification", "first_answer_law", "final_ordinary"} <= {one["clock"] for one in own}
    assert all(one["text"]["id"].startswith("Paling lambat ") for one in own)
    assert anybody.get(f"/complaints/{receipt['reference']}").json["deadlines"] == []


@one_database
def test_internal_clocks_are_not_told_to_the_complainant(
    desk: Desk, app: Any, complainant: Caller, receipt: dict[str, Any], filed: dict[str, Any]
) -> None:
    desk.accept(filed["id"])
    desk.complete(
        filed["id"],
        "dispose_complaint",
        "admin.instansi",
        lead_unit="pupr",
        priority="normal",
        instruction="Periksa.",
    )
    desk.complete(filed["id"], "accept_disposition", "penghubung.pupr", decision="accept")
    desk.complete(filed["id"], "work_on_complaint", "pelaksana.pupr", note="Sudah ditinjau.")
    desk.complete(
        filed["id"],
        "draft_response",
        "pelaksana.pupr",
        response_kind="explanation",
        response="Sudah diperbaiki.",
    )
    told = {one["clock"] for one in complainant.get(f"/complaints/{receipt['reference']}").json["deadlines"]}
    assert "final_ordinary" in told
    assert "approval" not in told


@one_database
def test_everybody_reads_a_year_of_the_calendar(anybody: Caller) -> None:
    year = anybody.get("/calendar?year=2026").json
    assert (year["working_days"], year["zone"], year["weekdays"]) == (240, "Asia/Jakarta", [0, 1, 2, 3, 4])
    nyepi = next(one for one in year["days_off"] if one["day"] == "2026-03-19")
    assert nyepi == {
        "day": "2026-03-19",
        "name": {"id": "Hari Suci Nyepi", "en": "Day of Silence"},
        "kind": "national",
    }
    assert anybody.get("/calendar").json["year"] == 2026
    assert anybody.get("/calendar?year=1").status_code == 422


def test_a_day_off_that_is_added_moves_open_dates_and_tells_why(
    desk: Desk, as_role: AsRole, filed: dict[str, Any]
) -> None:
    administrator, admin = as_role("system_administrator"), as_role("coordinating_admin")
    before = by_clock(admin.get(f"/cases/{filed['id']}/deadlines"))["verification"]
    answer = administrator.post("/calendar/changes", json=LOCAL)
    assert answer.status_code == 202, answer.text
    assert (answer.json["version"], answer.json["affected"]) == (2, 1)
    assert administrator.get("/calendar/recalculations").json["items"][0]["done"] == 0
    desk.worker.run_until_idle()
    done = administrator.get(answer.headers["Location"]).json["items"][0]
    assert (done["calendar_version"], done["total"], done["done"], done["moved"]) == (2, 1, 1, 1)
    assert done["finished_at"] is not None
    after = by_clock(admin.get(f"/cases/{filed['id']}/deadlines"))["verification"]
    assert (before["due_on"], after["due_on"]) == ("2026-03-05", "2026-03-06")
    assert after["explanation"]["calendar_version"] == 2
    said = [step["text"]["en"] for step in after["explanation"]["steps"]]
    assert "Wednesday 4 March 2026: Anniversary of the regency, not counted" in said


# (what is sent, the fields that are named)
INCOMPLETE = [
    ({"change": "add_day_off", "reason": "Sebab"}, {"day", "name"}),
    ({"change": "remove_day_off", "reason": "Sebab"}, {"day"}),
    ({"change": "change_week", "reason": "Sebab"}, {"weekdays"}),
    ({"change": "change_zone", "reason": "Sebab"}, {"zone"}),
    ({"change": "change_zone", "zone": "Europe/Paris", "reason": "Sebab"}, {"zone"}),
    ({"change": "paint", "reason": "Sebab"}, {"change"}),
    ({"change": "extend_by_year"}, {"reason"}),
]


@one_database
@pytest.mark.parametrize(("sent", "named"), INCOMPLETE)
def test_an_incomplete_change_is_refused_at_its_fields(
    as_role: AsRole, sent: dict[str, Any], named: set[str]
) -> None:
    answer = as_role("system_administrator").post("/calendar/changes", json=sent)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == named


@one_database
def test_each_kind_of_change_makes_a_version(as_role: AsRole) -> None:
    administrator = as_role("system_administrator")
    sent = [
        LOCAL,
        {"change": "rename_day_off", "day": "2026-03-04", "name": "Hari jadi ke-80", "reason": "Nama resmi"},
        {"change": "remove_day_off", "day": "2026-03-04", "reason": "Keputusan dicabut"},
        {"change": "change_week", "weekdays": [0, 1, 2, 3, 4, 5], "reason": "Enam hari kerja"},
        {"change": "change_zone", "zone": "Asia/Makassar", "reason": "Pindah zona"},
        {"change": "extend_by_year", "reason": "Tahun baru"},
    ]
    versions = [administrator.post("/calendar/changes", json=one).json.get("version") for one in sent]
    assert versions == [2, 3, 4, 5, 6, 7]
    year = administrator.get("/calendar?year=2031").json
    assert (year["version"], year["zone"], year["weekdays"]) == (7, "Asia/Makassar", [0, 1, 2, 3, 4, 5])
    assert year["working_days"] > 200
    assert len(administrator.get("/calendar/recalculations").json["items"]) == 6


@one_database
def test_a_change_against_the_calendar_is_refused_with_a_remedy(as_role: AsRole) -> None:
    administrator = as_role("system_administrator")
    answer = administrator.post("/calendar/changes", json={**LOCAL, "day": "2026-03-07"})
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/refused-by-rule")
    assert "memang bukan hari kerja" in answer.json["detail"]


@one_database
@pytest.mark.parametrize("role", ["coordinating_admin", "auditor", "leadership"])
def test_only_the_administrator_changes_the_calendar(as_role: AsRole, role: str) -> None:
    assert as_role(role).post("/calendar/changes", json=LOCAL).status_code == 404
    assert as_role(role).get("/calendar/recalculations").status_code == 404
