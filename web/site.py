"""The home page, static files addressed by the hash of their content, and what every template may use."""

import json
from functools import cache

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from cases.errors import UnavailableError
from storage.tables import Office
from web.access import current_actor, is_allowed, public
from web.context import WEB, read

STATIC = WEB / "static"
blueprint = Blueprint("site", __name__, template_folder=str(WEB / "templates"))


@blueprint.get("/")
@public
def show_home() -> str:
    """What this is, and the two things that a complainant does here."""
    return render_template("home.html")


@blueprint.get("/assets/<path:filename>", endpoint="static")
@public
def send_asset(filename: str) -> Response:
    """A style sheet, script or picture of ours."""
    return send_from_directory(STATIC, filename)


@cache
def _manifest(stamp: int) -> dict[str, str]:
    """The hash of every built file; read again when the build has run since."""
    path = STATIC / "dist" / "manifest.json"
    return dict(json.loads(path.read_text())) if stamp else {}


def asset(name: str) -> str:
    """The address of a built file, with the hash of its content so that browsers may keep it for good."""
    path = STATIC / "dist" / "manifest.json"
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return url_for("site.static", filename=f"dist/{name}", v=_manifest(stamp).get(name))


def office_name() -> str:
    """The name of the body that this installation serves; known to a page even while the database is down."""
    kept: dict[str, str] = current_app.extensions.setdefault("tuntas-web", {})
    if "office" not in kept:
        try:
            name = read(lambda session: session.scalar(select(Office.name)))
        except UnavailableError:
            name = None
        if name is None:
            return "Tuntas"
        kept["office"] = name
    return kept["office"]


ELSEWHERE = {"/operations/new": "/incidents"}
"""Pages of a part of the site that stand beside its path."""


def is_here(prefix: str) -> bool:
    """Whether the page belongs to the part of the site below a path; the navigation marks it."""
    path = ELSEWHERE.get(request.path, request.path)
    return path == prefix or path.startswith(prefix + "/")


def add_site(app: Flask) -> None:
    """Register the blueprint, and what every template may use."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        asset=asset,
        may=is_allowed,
        current_actor=current_actor,
        is_here=is_here,
        csrf_token=generate_csrf,
        office_name=office_name,
    )
