"""The running system for its administrator: queues and workers."""

from flask import Response

from api.access import caller, permission
from api.context import env, read
from api.paging import json_response
from api.schemas.system import SystemSchema
from api.section import Section
from cases.queues import read_system

section = Section("system", "What waits to be done, and which workers are there.")


@section.get("/system")
@permission("read_incidents")
@section.answers(200, SystemSchema)
def show_system() -> Response:
    """Fetch the lengths of the queues and the workers heard of within a day."""
    return json_response(SystemSchema, read(lambda session: read_system(session, env(), by=caller())))
