"""A deadline beyond the calendar: whoever asked is told which year is missing, and the case stays as it was."""

from __future__ import annotations

from datetime import date
from typing import Any

from cases.incidents import IncidentView, list_incidents
from cases.model import SYSTEM
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
