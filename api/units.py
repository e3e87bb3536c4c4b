"""The organisation tree, read by every officer."""

from typing import Any

from flask import Response

from api.access import caller, permission
from api.conditional import revalidated
from api.context import env, read
from api.paging import json_response
from api.schemas.units import UnitListSchema, UnitQuerySchema
from api.section import Section
from cases.people import list_units

section = Section("units", "The organisation tree.")


@section.get("/units")
@permission("read_units")
@revalidated
@section.takes(UnitQuerySchema, location="query")
@section.answers(200, UnitListSchema)
def show_units(query: dict[str, Any]) -> Response:
    """List the units from the root down, siblings by name; those in force today unless `all_times`.

    `text` finds a unit by what it was called before it was renamed, too.
    """
    found = read(lambda session: list_units(session, env(), **query, by=caller()))
    return json_response(UnitListSchema, {"items": found})
