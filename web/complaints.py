"""File a complaint without an account, and take the receipt home."""

import secrets

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from cases.complainants import prove_ownership
from cases.model import PUBLIC, Registered
from web.access import public
from web.complaint_entry import (
    REFUSALS,
    AlreadyFiledError,
    Entry,
    complaint_form,
    file_complaint,
    what_is_wrong,
)
from web.context import environment, read
from web.cookies import COMPLAINANT, set_cookie
from web.entered import Problems, text
from web.filled_form import FilledForm, needed_options, typed_values
from web.throttle import limit_filing, limit_proving

blueprint = Blueprint("complaints", __name__)


@blueprint.get("/complaints/new")
@public
def show_new_complaint() -> str:
    """The empty form."""
    return _form_page(Problems())


@blueprint.post("/complaints/new")
@public
def file_new_complaint() -> Response | tuple[str, int]:
    """Register the complaint and show its receipt, this once."""
    if request.form.get("website"):
        return _form_page(Problems({"website": gettext("Kosongkan isian ini, lalu kirim lagi.")})), 422
    limit_filing()
    once = text("once", 60) or secrets.token_urlsafe(18)
    try:
        registered, opened = file_complaint(Entry(), once=once, by=PUBLIC)
    except AlreadyFiledError as sent:
        return render_template("complaints/already_filed.html", reference=sent.reference), 409
    except REFUSALS as error:
        problems, status = what_is_wrong(error)
        return _form_page(problems), status
    response = show_receipt(registered)
    set_cookie(response, COMPLAINANT, opened)
    return response


@blueprint.post("/complaints/receipt")
@public
def download_receipt() -> Response:
    """The receipt as a text file, for whoever holds the secret; it is sent in the body and kept in no
    address.
    """
    env, reference, secret = environment(), text("reference", 40), text("secret", 60)
    limit_proving()
    read(lambda session: prove_ownership(session, env, reference, secret))
    response = make_response(render_template("complaints/receipt.txt", reference=reference, secret=secret))
    response.mimetype = "text/plain"
    response.headers["Content-Disposition"] = f'attachment; filename="{reference}.txt"'
    return response


def show_receipt(registered: Registered, template: str = "complaints/receipt.html") -> Response:
    """The page with number and secret; it is the answer itself, because the secret is kept nowhere."""
    case = registered.case
    return make_response(render_template(template, case=case, secret=registered.secret))


def _form_page(problems: Problems) -> str:
    env = environment()
    form = complaint_form(env)
    options = read(lambda session: needed_options(session, env, form))
    if problems and any(file.filename for file in request.files.getlist("files")):
        problems.setdefault(
            "files", gettext("Pilih lagi berkas Anda; peramban tidak menyimpan pilihan berkas.")
        )
    filled = FilledForm(form, typed_values(request.form), options, problems, about_me=True)
    once = text("once", 60) or secrets.token_urlsafe(18)
    return render_template("complaints/new.html", filled=filled, once=once)
