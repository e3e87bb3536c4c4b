"""A case with everything beside it, and what may be sent to its process."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.deadlines.explained import ExplainedDeadline, explain_view
from cases.errors import NotWaitingForItError
from cases.forms import FormInvalidError, load_form
from cases.listing import get_case
from cases.messages import send_message
from cases.model import CaseView
from web.access import current_actor, permission
from web.context import environment, read, write
from web.entered import Problems, text
from web.filled_form import FilledForm, form_part, problems_of, typed_values

blueprint = Blueprint("case_page", __name__)


@blueprint.get("/cases/<uuid:case_id>")
@permission("read_cases")
def show_case(case_id: UUID) -> str:
    """Facts, texts, files, deadlines, tasks and diagrams of a case."""
    return case_page(str(case_id), Problems())


@blueprint.get("/cases/<uuid:case_id>/messages/<name>")
@permission("send_message")
def show_case_message(case_id: UUID, name: str) -> str:
    """The form of a message that the process waits for."""
    return _message_page(str(case_id), name, Problems())


@blueprint.post("/cases/<uuid:case_id>/messages/<name>")
@permission("send_message")
def send_case_message(case_id: UUID, name: str) -> Response | tuple[str, int]:
    """Hand a message to the process."""
    env, actor = environment(), current_actor()
    try:
        write(
            lambda session: send_message(session, env, str(case_id), name, form_part(request.form), by=actor)
        )
    except FormInvalidError as error:
        return _message_page(str(case_id), name, problems_of(error)), 422
    return redirect(url_for("case_page.show_case", case_id=case_id, done="sent"), 303)


@blueprint.post("/cases/<uuid:case_id>/identity")
@permission("read_identity")
def reveal_identity(case_id: UUID) -> tuple[str, int]:
    """Show who brought the case to somebody who gives a reason; the read log keeps both."""
    reason = text("reason", 500)
    if not reason:
        problems = Problems({"reason": gettext("Tulis alasan membuka identitas.")})
        return case_page(str(case_id), problems), 422
    return case_page(str(case_id), Problems(), reason), 200


def case_page(case_id: str, problems: Problems, reason: str | None = None) -> str:
    """The page of a case, with what was wrong with a form on it."""
    env, actor = environment(), current_actor()

    def load(session: Session) -> tuple[CaseView, tuple[ExplainedDeadline, ...]]:
        case = get_case(session, env, case_id, by=actor, reason=reason)
        return case, explain_view(session, env, case)

    case, explained = read(load)
    return render_template("cases/case.html", case=case, explained=explained, problems=problems)


def _case(case_id: str) -> CaseView:
    env, actor = environment(), current_actor()
    return read(lambda session: get_case(session, env, case_id, by=actor))


def _message_page(case_id: str, name: str, problems: Problems) -> str:
    env, case = environment(), _case(case_id)
    if name not in case.messages:
        raise NotWaitingForItError
    raw = env.reference.message_forms.get(name)
    filled = None
    if raw is not None:
        filled = FilledForm(load_form(f"complainant/{name}", raw), typed_values(request.form), {}, problems)
    return render_template("cases/message.html", case=case, name=name, filled=filled, problems=problems)
