"""The working-day calendar: one year of it, its changes, and the deadlines that they move."""

from datetime import timedelta
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission, public
from api.conditional import revalidated
from api.context import env, read
from api.once import Answer, answer_of, once
from api.paging import json_response
from api.schemas.deadlines import (
    CalendarChangeSchema,
    CalendarSchema,
    ChangedCalendarSchema,
    RecalculationListSchema,
    YearQuerySchema,
    change_of,
)
from api.section import PREFIX, Section
from api.throttle import limited
from cases.deadlines.calendar_changes import calendar_of_year, change_calendar
from cases.deadlines.recalculation import list_recalculations

section = Section("calendar", "On which days the office works.")
MINUTE = timedelta(minutes=1)


@section.get("/calendar")
@limited("calendar", times=120, per=MINUTE)
@public
@revalidated
@section.takes(YearQuerySchema, location="query")
@section.answers(200, CalendarSchema)
def show_calendar(query: dict[str, Any]) -> Response:
    """Show the days off and the number of working days of a year, by the calendar in force."""
    year = query["year"] or env().clock.now().astimezone(env().zone).year
    return json_response(CalendarSchema, read(lambda session: calendar_of_year(session, env(), year)))


@section.post("/calendar/changes")
@permission("manage_settings")
@section.takes(CalendarChangeSchema)
@section.answers(202, ChangedCalendarSchema)
def add_calendar_change(body: dict[str, Any]) -> Response:
    """Change the calendar; a worker then counts the open deadlines anew.

    The version before is kept, and the history of each case that moves names the change and its reason.
    """
    change, reason = change_of(body), body["reason"]

    def make(session: Session) -> Answer:
        done = change_calendar(session, env(), change, by=caller(), reason=reason)
        location = f"{PREFIX}/calendar/recalculations"
        return answer_of(ChangedCalendarSchema, done, 202, Location=location)

    return once(make)


@section.get("/calendar/recalculations")
@permission("manage_settings")
@section.answers(200, RecalculationListSchema)
def show_recalculations() -> Response:
    """List how far the open deadlines are counted anew, the newest change first."""
    found = read(lambda session: list_recalculations(session, env(), by=caller()))
    return json_response(RecalculationListSchema, {"items": found})
