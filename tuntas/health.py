"""Whether this process lives, and whether it can serve: for a supervisor or a load balancer."""

from typing import Any

from flask import Blueprint, Flask, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage.objects.errors import ObjectStoreError

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
    """Database and object store answer; 503 with the part that does not."""
    office = current_app.extensions["tuntas"]
    problems = []
    try:
        with office.work.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
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
