"""The published measures of each month, as they were frozen when it was over."""

from flask import Response

from api.access import caller, permission
from api.conditional import revalidated
from api.context import env, read_figures
from api.paging import json_response
from api.schemas.reports import MonthListSchema, MonthSchema
from api.section import Section
from cases.reports.reading import get_month, list_months

section = Section("reports", "What a month is measured by, each figure with its denominator.")


@section.get("/reports/monthly")
@permission("read_figures")
@revalidated
@section.answers(200, MonthListSchema)
def list_all_months() -> Response:
    """List the frozen months, newest first."""
    months = read_figures(lambda session: list_months(session, env(), by=caller()))
    return json_response(MonthListSchema, {"items": months})


@section.get("/reports/monthly/<string:month>")
@permission("read_figures")
@revalidated
@section.answers(200, MonthSchema)
def show_month(month: str) -> Response:
    """Fetch the figures of a month such as 2026-03, for the whole body and for each unit."""
    view = read_figures(lambda session: get_month(session, env(), month, by=caller()))
    return json_response(MonthSchema, view)
