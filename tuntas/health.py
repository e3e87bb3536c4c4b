"""Whether this process lives, and whether it can serve: for a supervisor or a load balancer."""

from typing import Any

from flask import Blueprint, Flask, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from storage.objects.errors import ObjectStoreError
from tuntas.database import is_behind

blueprint = Blueprint("health", __name__, url_prefix="/health")


def _public(view: Any) -> Any:
    view.tuntas_permission = "public"
    return view


@blueprint.get("/live")
@_public
def live() -> Any:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/ready")
@_public
def ready() -> Any:
    """Database and object store answer, and the schema is not older than this release; 503 with what is not so."""
    office = current_app.extensions["tuntas"]
    problems = []
    try:
        if is_behind(office.work.engine):
            problems.append("schema")
    except SQLAlchemyError:
        problems.append("database")
    try:
        office.objects.ready()
    except ObjectStoreError:
        problems.append("object_store")
    return jsonify(status="unavailable" if problems else "ok", problems=problems), 503 if problems else 200


def register(app: Flask) -> None:
    """Add the routes."""
    app.register_blueprint(blueprint)
