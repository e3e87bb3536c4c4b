"""What needs a second person: what is asked of me, what I asked for, and the form that asks."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.drafts import get_draft, list_drafts
from cases.errors import NotFoundError, RefusedByRuleError
from cases.identity import read_revealed
from cases.listing import find_case_id
from cases.policy import may
from cases.two_persons import (
    CASE_ACTS,
    PUBLISH,
    TwoPersonView,
    ask,
    decide_two_person_request,
    fingerprint,
    list_two_person_requests,
)
from web.access import current_actor, permission
from web.context import environment, read, write
from web.entered import Problems, argument, text, typed
from web.language import say

blueprint = Blueprint("two_persons", __name__)


@blueprint.get("/two-person-requests")
@permission("second_person")
def list_all_requests() -> str:
    """What was asked within the reader's rights, the newest first."""
    return _list(Problems())


@blueprint.get("/two-person-requests/new")
@permission("second_person")
def show_new_request() -> str:
    """The form that asks for a second person."""
    return _form(Problems())


@blueprint.post("/two-person-requests/new")
@permission("second_person")
def add_request() -> Response | tuple[str, int]:
    """Ask for a second person."""
    problems = _missing()
    if not problems:
        try:
            write(_ask)
            return redirect(url_for("two_persons.list_all_requests", done="second-asked"), 303)
        except NotFoundError:
            missing = gettext("Tidak ditemukan, atau bukan untuk Anda. Periksa nomornya.")
            problems = Problems({_about(text("act", 40)): missing})
        except RefusedByRuleError as error:
            problems = Problems({"": say(error.text)})
    return _form(problems), 422


@blueprint.post("/two-person-requests/<uuid:request_id>/decision")
@permission("second_person")
def decide(request_id: UUID) -> Response | tuple[str, int]:
    """Agree or refuse."""
    env, actor, granted = environment(), current_actor(), text("decision", 10) == "grant"
    try:
        write(
            lambda session: decide_two_person_request(
                session, env, str(request_id), granted=granted, by=actor
            )
        )
    except RefusedByRuleError as error:
        return _list(Problems({"decision": say(error.text)})), 422
    done = "second-granted" if granted else "second-refused"
    return redirect(url_for("two_persons.list_all_requests", done=done), 303)


@blueprint.post("/two-person-requests/<uuid:request_id>/identity")
@permission("reveal_identity")
def show_identity(request_id: UUID) -> str | tuple[str, int]:
    """The originals, once: the answer to the form itself, so that no address leads to them again."""
    env, actor = environment(), current_actor()
    try:
        found = write(lambda session: read_revealed(session, env, str(request_id), by=actor))
    except RefusedByRuleError as error:
        return _list(Problems({"decision": say(error.text)})), 422
    return render_template("two_persons/identity.html", found=found)


def _missing() -> Problems:
    problems = Problems()
    act = text("act", 40)
    if act not in _acts():
        problems["act"] = gettext("Pilih tindakannya.")
    missing = gettext("Pilih drafnya.") if act == PUBLISH else gettext("Tulis nomor pengaduannya.")
    problems.require(_about(act), text(_about(act), 100), missing)
    problems.require("reason", text("reason", 500), gettext("Tulis alasannya."))
    return problems


def _about(act: str) -> str:
    """The field that says what is asked about."""
    return "draft" if act == PUBLISH else "about"


def _ask(session: Session) -> TwoPersonView:
    env, actor, act, reason = environment(), current_actor(), text("act", 40), text("reason", 500)
    about = text(_about(act), 100)
    if act == PUBLISH:
        subject = fingerprint(get_draft(session, env, about, by=actor).files)
        return ask(session, env, act=act, reason=reason, subject=subject, by=actor)
    case_id = find_case_id(session, env, about, by=actor)
    return ask(session, env, act=act, reason=reason, case_id=case_id, by=actor)


def _acts() -> list[str]:
    """What the reader may ask for: about cases, or about a draft where the office asks for two designers."""
    env, actor = environment(), current_actor()
    acts = [*CASE_ACTS, *(act for act in (PUBLISH,) if act in env.reference.second_person)]
    return [act for act in acts if may(env, actor, act)]


def _list(problems: Problems) -> str:
    env, actor, cursor = environment(), current_actor(), argument("cursor")
    page = read(lambda session: list_two_person_requests(session, env, by=actor, cursor=cursor, limit=25))
    return render_template(
        "two_persons/list.html", page=page, cursor=cursor, problems=problems, may_ask=bool(_acts())
    )


def _form(problems: Problems) -> str:
    """Raises NotFoundError for a reader who may ask for nothing."""
    env, actor, acts = environment(), current_actor(), _acts()
    if not acts:
        raise NotFoundError
    drafts = read(lambda session: list_drafts(session, env, by=actor)).items if PUBLISH in acts else ()
    values = typed() if request.method == "POST" else {"about": argument("case") or ""}
    return render_template(
        "two_persons/new.html",
        acts=[(act, say(env.reference.acts[act])) for act in acts],
        case_acts=[act for act in acts if act != PUBLISH],
        publish=PUBLISH,
        drafts=[(draft.id, draft.name) for draft in drafts],
        values=values,
        problems=problems,
    )
