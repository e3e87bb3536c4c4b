"""The complainant follows a complaint: the public state by number, and the private page with number and
secret.
"""

from contextlib import nullcontext

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.attachments import StoredUpload, add_attachment
from cases.complainant_sessions import (
    close_complainant_session,
    complainant_actor,
    complainant_reference,
    open_complainant_session,
)
from cases.complainants import get_status_page, prove_ownership
from cases.errors import (
    FileRefusedError,
    NotFoundError,
    NotSignedInError,
    NotWaitingForItError,
    ProcessIncidentError,
    SuspendedError,
)
from cases.forms import FormInvalidError, load_form
from cases.messages import FROM_COMPLAINANT, send_message
from cases.model import PUBLIC, Actor, StatusPage
from web.access import public
from web.context import environment, read, write
from web.cookies import COMPLAINANT, drop_cookie, read_cookie, set_cookie
from web.entered import Problems, text
from web.errors import STATUSES
from web.filled_form import FilledForm, form_part, problems_of, typed_values
from web.language import say
from web.sending import send_attachment
from web.throttle import limit_proving
from web.timeline import happenings
from web.uploads import stored_files

blueprint = Blueprint("complaint_status", __name__)
WITH_FILES = ("reply", "completion", "not_satisfied")


@blueprint.get("/complaints/status")
@public
def show_status() -> str | Response:
    """The private page of the complaint that was opened, else the form that opens one."""
    actor = _complainant()
    if actor is None:
        return render_template("complaints/open.html", problems=Problems(), reference="")
    return _status_page(_private_page(actor), Problems())


@blueprint.post("/complaints/status")
@public
def open_status() -> Response | tuple[str, int]:
    """Prove ownership once; from then on the browser holds an opaque secret for an hour. Without secret:
    the state.
    """
    reference, secret = text("reference", 40).upper(), text("secret", 60)
    problems = Problems()
    problems.require("reference", reference, gettext("Tulis nomor pengaduan, misalnya TTS-2026-000123-K."))
    if not problems and not secret:
        return redirect(url_for("complaint_status.show_public_status", reference=reference), 303)
    if not problems:
        limit_proving()
        try:
            return _opened(write(lambda session: _prove(reference, secret, session)))
        except NotFoundError:
            problems["secret"] = gettext(
                "Nomor dan kode lacak tidak cocok. Periksa keduanya pada tanda terima Anda."
            )
    return render_template("complaints/open.html", problems=problems, reference=reference), 422


@blueprint.get("/complaints/status/<reference>")
@public
def show_public_status(reference: str) -> str:
    """What everybody may know of a complaint: where it stands."""
    env = environment()
    page = read(lambda session: get_status_page(session, env, reference.upper(), by=PUBLIC))
    return render_template("complaints/public_status.html", page=page)


@blueprint.post("/complaints/close")
@public
def close_status() -> Response:
    """Forget that this browser opened a private page."""
    secret = read_cookie(COMPLAINANT)
    if secret is not None:
        write(lambda session: close_complainant_session(session, secret))
    response = redirect(url_for("complaint_status.show_status", done="signed-out"), 303)
    drop_cookie(response, COMPLAINANT)
    return response


@blueprint.get("/complaints/messages/<name>")
@public
def show_message(name: str) -> str:
    """The form of one message, when it can be sent now."""
    return _message_page(required_complainant(), name, Problems())


@blueprint.post("/complaints/messages/<name>")
@public
def send_complainant_message(name: str) -> Response | tuple[str, int]:
    """Send a reply, the completion, a confirmation, dissatisfaction or the withdrawal, with files where
    they fit.
    """
    actor = required_complainant()
    if name not in FROM_COMPLAINANT:
        raise NotFoundError
    try:
        with stored_files() if name in WITH_FILES else nullcontext(()) as stored:
            failed = _send(name, stored, by=actor)
    except FormInvalidError as error:
        return _message_page(actor, name, problems_of(error)), 422
    except FileRefusedError as error:
        return _message_page(actor, name, Problems({"files": say(error.text)})), 422
    except SuspendedError as error:
        return _message_page(actor, name, Problems({"": say(error.text)})), 409
    if failed is not None:
        page = _private_page(actor)
        return _status_page(page, Problems(), failed), STATUSES[failed.slug]
    return redirect(url_for("complaint_status.show_status", done=name), 303)


@blueprint.post("/complaints/files")
@public
def add_files() -> Response | tuple[str, int]:
    """Add evidence while the complaint is open."""
    env, actor = environment(), required_complainant()
    try:
        with stored_files() as stored:
            write(
                lambda session: [
                    add_attachment(session, env, str(actor.case_id), upload, by=actor) for upload in stored
                ]
            )
    except FileRefusedError as error:
        page = _private_page(actor)
        problems = Problems({"files": say(error.text)})
        return _status_page(page, problems), 422
    return redirect(url_for("complaint_status.show_status", done="uploaded"), 303)


@blueprint.get("/complaints/files/<uuid:attachment_id>")
@public
def download_file(attachment_id: str) -> Response:
    """A file of the complainant's own case."""
    return send_attachment(str(attachment_id), by=required_complainant())


def _send(name: str, stored: tuple[StoredUpload, ...], *, by: Actor) -> ProcessIncidentError | None:
    """Send the message. When the process fails behind it the files stay with the case all the same, as what was
    written stays with the incident.
    """
    env, case_id = environment(), str(by.case_id)

    def attach(session: Session) -> None:
        for upload in stored:
            add_attachment(session, env, case_id, upload, by=by)

    def send(session: Session) -> None:
        attach(session)
        send_message(session, env, case_id, name, form_part(request.form), by=by)

    try:
        write(send)
    except ProcessIncidentError as failed:
        if stored:
            write(attach)
        return failed
    return None


def _prove(reference: str, secret: str, session: Session) -> str:
    actor = prove_ownership(session, environment(), reference, secret)
    return open_complainant_session(session, environment(), by=actor)


def _opened(secret: str) -> Response:
    response = redirect(url_for("complaint_status.show_status"), 303)
    set_cookie(response, COMPLAINANT, secret)
    return response


def _complainant() -> Actor | None:
    env, secret = environment(), read_cookie(COMPLAINANT)
    if secret is None:
        return None
    try:
        return read(lambda session: complainant_actor(session, env, secret))
    except NotSignedInError:
        return None


def required_complainant() -> Actor:
    """The complainant, or the way to the form that opens the private page."""
    actor = _complainant()
    if actor is None:
        abort(redirect(url_for("complaint_status.show_status"), 303))
    return actor


def _private_page(actor: Actor) -> StatusPage:
    env = environment()
    return read(
        lambda session: get_status_page(session, env, complainant_reference(session, by=actor), by=actor)
    )


def _status_page(page: StatusPage, problems: Problems, failed: ProcessIncidentError | None = None) -> str:
    shown = {"happenings": happenings(page), "problems": problems, "failed": failed}
    return render_template("complaints/status.html", page=page, **shown)


def _message_page(actor: Actor, name: str, problems: Problems) -> str:
    env, page = environment(), _private_page(actor)
    offered = problems or name in page.messages
    if not offered or name not in env.reference.message_forms:
        raise NotWaitingForItError
    form = load_form(f"complainant/{name}", env.reference.message_forms[name])
    filled = FilledForm(form, typed_values(request.form), {}, problems)
    return render_template(
        "complaints/message.html", page=page, name=name, filled=filled, with_files=name in WITH_FILES
    )
