"""Incidents: steps of a process that failed, told to the administrator without any content of the case."""

from flask import Blueprint, render_template

from cases.incidents.reading import list_incidents
from web.access import current_actor, permission
from web.context import environment, read
from web.entered import argument

blueprint = Blueprint("incidents", __name__)


@blueprint.get("/incidents")
@permission("read_incidents")
def list_all_incidents() -> str:
    """The newest first."""
    env, actor, before = environment(), current_actor(), argument("cursor")
    page = read(lambda session: list_incidents(session, env, by=actor, cursor=before))
    return render_template("people/incidents.html", page=page, cursor=before)
