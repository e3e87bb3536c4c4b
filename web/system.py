"""The running system for its administrator: what waits in the queues, and which workers are there."""

from flask import Blueprint, render_template

from cases.queues import read_system
from web.access import current_actor, permission
from web.context import environment, read

blueprint = Blueprint("system", __name__)


@blueprint.get("/system")
@permission("read_incidents")
def show_system() -> str:
    """Queues and workers, as they are now."""
    env, actor = environment(), current_actor()
    view = read(lambda session: read_system(session, env, by=actor))
    return render_template("settings/system.html", queues=view.queues, workers=view.workers)
