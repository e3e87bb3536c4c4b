"""A deadline beyond the calendar: whoever asked is told which year is missing, and the case stays as it was."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from cases.incidents.reading import IncidentView, list_incidents
from cases.model import SYSTEM
from storage.tables import Incident
from support.api import COMPLAINT, AsRole, Caller
from support.calendars import with_calendar
from tuntas.office import Tuntas
from tuntas.worker import Worker


def incidents(office: Tuntas) -> tuple[IncidentView, ...]:
    """What the administrator is told."""
    return office.work.read(lambda session: list_incidents(session, office.env, by=SYSTEM)).items


def test_a_step_whose_deadline_cannot_be_computed_changes_nothing_and_names_the_year(
    office: Tuntas, filed: dict[str, Any], as_role: AsRole
) -> None:
    admin = as_role("coordinating_admin")
    with_calendar(office, last=date(2026, 5, 29))
    (task,) = admin.get(f"/cases/{filed['id']}").json["tasks"]
    refused = admin.complete(task, decision="accept", case_class="oversight", category="sosial")
    assert (refused.status_code, refused.json["type"]) == (503, "/problems/calendar-ends")
    assert "2026" in refused.json["detail_id"]
    assert "2026" in refused.json["detail_en"]
    case = admin.get(f"/cases/{filed['id']}").json
    assert (case["stage"], case["class"]) == ("verification", "ordinary")
    (incident,) = incidents(office)
    assert incident.reference == filed["reference"]
    assert "final_oversight" in incident.cause
    assert "add the year 2026" in incident.cause
    with_calendar(office, last=date(2027, 12, 31))
    done = admin.complete(task, decision="accept", case_class="oversight", category="sosial")
    assert done.status_code == 200


def test_a_complaint_whose_dates_cannot_be_computed_is_kept_and_begins_when_the_year_is_there(
    office: Tuntas, anybody: Caller, as_role: AsRole
) -> None:
    with_calendar(office, last=date(2026, 3, 10))
    taken = anybody.post("/complaints", json=COMPLAINT)
    assert taken.status_code == 201, taken.text
    admin = as_role("coordinating_admin")
    (row,) = admin.get("/cases").json["items"]
    case = admin.get(f"/cases/{row['id']}").json
    assert (row["reference"], case["stage"], case["deadlines"], case["tasks"]) == (
        taken.json["reference"],
        "received",
        [],
        [],
    )
    (incident,) = incidents(office)
    assert (incident.reference, incident.resolved_at) == (row["reference"], None)
    assert "add the year 2026" in incident.cause
    # The administrator adds what is missing, and nothing was lost.
    with_calendar(office, last=date(2027, 12, 31))
    change = {
        "change": "add_day_off",
        "day": "2026-09-09",
        "name": "Hari jadi",
        "reason": "Keputusan Bupati.",
    }
    as_role("system_administrator").post("/calendar/changes", json=change)
    Worker(office).run_until_idle()
    begun = admin.get(f"/cases/{row['id']}").json
    assert begun["stage"] == "verification"
    assert {"verification", "final_ordinary"} <= {clock["clock"] for clock in begun["deadlines"]}
    assert [one.resolved_at is not None for one in incidents(office)] == [True]


def missing_days(office: Tuntas) -> list[date | None]:
    """The day that each open incident waits for."""
    query = select(Incident.missing_day).where(Incident.resolved_at.is_(None))
    return list(office.work.read(lambda session: session.scalars(query).all()))


def test_a_complaint_that_needs_still_more_of_the_calendar_waits_on_and_holds_up_no_other(
    office: Tuntas, anybody: Caller, as_role: AsRole
) -> None:
    with_calendar(office, last=date(2026, 3, 4))
    taken = [anybody.post("/complaints", json=COMPLAINT).json["reference"] for _ in range(2)]
    before = missing_days(office)
    assert before == [date(2026, 3, 5)] * 2
    # The day that was missing is there now, and the next one is not.
    with_calendar(office, last=date(2026, 3, 5))
    settings = as_role("system_administrator")
    change = {"change": "remove_day_off", "day": "2026-01-01", "reason": "Keputusan Bupati."}
    assert settings.post("/calendar/changes", json=change).status_code == 202
    Worker(office).run_until_idle()
    assert {one.reference for one in incidents(office)} == set(taken)
    assert min(day for day in missing_days(office) if day) > date(2026, 3, 5)
    change = {"change": "extend_by_year", "reason": "Tahun berikutnya."}
    assert settings.post("/calendar/changes", json=change).status_code == 202
    Worker(office).run_until_idle()
    assert missing_days(office) == []
    cases = as_role("coordinating_admin").get("/cases").json["items"]
    assert {(case["reference"], case["stage"]) for case in cases} == {(one, "verification") for one in taken}
