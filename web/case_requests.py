"""What runs beside a case: letters of the Ombudsman, data requests and referrals, with the forms that begin them."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Flask, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.actions.referrals import Whereabouts, whereabouts
from cases.actions.requests import (
    FROM_OMBUDSMAN,
    LONGEST_TEXT,
    RequestView,
    list_requests,
    request_kinds,
    start_request,
    tell_request,
)
from cases.errors import NotFoundError, NotWaitingForItError, RefusedByRuleError
from cases.listing import get_case
from cases.model import CaseView
from cases.reference import RequestKind
from web.access import current_actor, permission
from web.context import environment, read, write
from web.entered import Problems, day, text, typed
from web.language import say

blueprint = Blueprint("case_requests", __name__)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page shows beside a case."""

    requests: tuple[RequestView, ...]
    kinds: tuple[RequestKind, ...]
    where: Whereabouts


@blueprint.get("/cases/<uuid:case_id>/requests")
@permission("read_cases")
def show_requests(case_id: UUID) -> str:
    """Who has the case, to whom it was handed, and what is asked beside it."""
    return _page(str(case_id), Problems())


@blueprint.post("/cases/<uuid:case_id>/requests")
@permission("start_request")
def begin_request(case_id: UUID) -> Response | tuple[str, int]:
    """Enter a letter of the Ombudsman or a request about personal data."""
    env, actor, problems = environment(), current_actor(), Problems()
    kind, received = text("kind", 40), text("received_on", 10)
    received_on = day(received)
    problems.require("kind", kind, gettext("Pilih jenis permintaannya."))
    if received and received_on is None:
        problems["received_on"] = gettext("Tulis tanggal surat diterima.")
    if problems:
        return _page(str(case_id), problems), 422
    given = {"number": text("number", 80) or None, "text": text("text", LONGEST_TEXT) or None}
    try:
        write(
            lambda session: start_request(
                session, env, str(case_id), kind=kind, received_on=received_on, by=actor, **given
            )
        )
    except RefusedByRuleError as error:
        return _page(str(case_id), Problems({"": say(error.text)})), 409
    return _onward(case_id)


@blueprint.post("/cases/<uuid:case_id>/requests/<uuid:request_id>/messages/<name>")
@permission("start_request")
def tell(case_id: UUID, request_id: UUID, name: str) -> Response | tuple[str, int]:
    """Enter what the Ombudsman said about one letter."""
    env, actor = environment(), current_actor()
    if name not in FROM_OMBUDSMAN:
        raise NotFoundError
    try:
        write(lambda session: tell_request(session, env, str(case_id), str(request_id), name, by=actor))
    except NotWaitingForItError as error:
        return _page(str(case_id), Problems({"": say(error.text)})), 409
    return _onward(case_id)


def _onward(case_id: UUID) -> Response:
    return redirect(url_for("case_requests.show_requests", case_id=case_id, done="request"), 303)


def _page(case_id: str, problems: Problems) -> str:
    env, actor = environment(), current_actor()

    def load(session: Session) -> tuple[CaseView, Beside]:
        case = get_case(session, env, case_id, by=actor)
        found = list_requests(session, env, case_id, by=actor)
        kinds = request_kinds(session, env, case_id, by=actor)
        return case, Beside(found, kinds, whereabouts(session, env, case_id, by=actor))

    case, beside = read(load)
    return render_template("cases/requests.html", case=case, beside=beside, typed=typed(), problems=problems)


def add_requests(app: Flask) -> None:
    """Offer templates the choices of a form that begins a request."""
    app.jinja_env.globals["request_choices"] = lambda kinds: [(kind.key, say(kind.label)) for kind in kinds]
