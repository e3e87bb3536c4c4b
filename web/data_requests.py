"""The complainant asks about the own personal data: access, correction, erasure."""

from flask import Blueprint, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.actions.requests import LONGEST_TEXT, RequestView, list_requests, request_kinds, start_request
from cases.complainant_sessions import complainant_reference
from cases.errors import RefusedByRuleError
from cases.model import Actor
from cases.reference import RequestKind
from web.access import public
from web.complaint_status import required_complainant
from web.context import environment, read, write
from web.entered import Problems, text, typed
from web.language import say

blueprint = Blueprint("data_requests", __name__)


@blueprint.get("/complaints/data-requests")
@public
def show_data_requests() -> str:
    """What was asked so far, and the form that asks."""
    return _page(required_complainant(), Problems())


@blueprint.post("/complaints/data-requests")
@public
def begin_data_request() -> Response | tuple[str, int]:
    """Ask; the answer comes within 72 hours."""
    env, actor = environment(), required_complainant()
    kind, asked = text("kind", 40), text("text", LONGEST_TEXT)
    if not kind:
        return _page(actor, Problems({"kind": gettext("Pilih jenis permintaannya.")})), 422
    try:
        write(
            lambda session: start_request(
                session, env, str(actor.case_id), kind=kind, text=asked or None, by=actor
            )
        )
    except RefusedByRuleError as error:
        return _page(actor, Problems({"": say(error.text)})), 409
    return redirect(url_for("data_requests.show_data_requests", done="data-request"), 303)


def _page(actor: Actor, problems: Problems) -> str:
    env, case_id = environment(), str(actor.case_id)

    def load(session: Session) -> tuple[str, tuple[RequestView, ...], tuple[RequestKind, ...]]:
        return (
            complainant_reference(session, by=actor),
            list_requests(session, env, case_id, by=actor),
            request_kinds(session, env, case_id, by=actor),
        )

    reference, found, kinds = read(load)
    return render_template(
        "complaints/data_requests.html",
        reference=reference,
        requests=found,
        kinds=kinds,
        typed=typed(),
        problems=problems,
    )
