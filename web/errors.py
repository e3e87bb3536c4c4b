"""Turns refusals of ``cases`` and faults into pages, once for all of them."""

import logging

from flask import Flask, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from cases.errors import CaseError, NotFoundError, NotSignedInError, TooManyRequestsError, UnavailableError
from engine.model import Text
from storage.objects.errors import ObjectStoreError
from web.access import to_sign_in

log = logging.getLogger("tuntas.web")

STATUSES = {
    "not-found": 404,
    "not-signed-in": 401,
    "sign-in-refused": 422,
    "conflict": 409,
    "stale": 412,
    "task-gone": 409,
    "suspended": 409,
    "not-waiting": 409,
    "refused-by-rule": 409,
    "process-incident": 500,
    "calendar-ends": 503,
    "file-refused": 422,
    "form-invalid": 422,
    "unavailable": 503,
    "too-many-requests": 429,
}


def show_error(status: int, text: Text | str | None = None) -> Response:
    """The page for a refusal: what happened and what to do, nothing about our insides."""
    response = make_response(render_template("error.html", status=status, text=text), status)
    if status == 503:
        response.headers["Retry-After"] = "30"
    return response


def show_case_error(error: CaseError) -> Response:
    """The page for a refusal of ``cases``."""
    if isinstance(error, NotSignedInError):
        return to_sign_in()
    status = STATUSES.get(error.slug, 400)
    response = show_error(status, None if isinstance(error, NotFoundError | UnavailableError) else error.text)
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def show_store_error(error: ObjectStoreError) -> Response:
    """The page for an object store that is down."""
    log.error("object store unavailable: %s", type(error).__name__)
    return show_error(503)


def show_http_error(error: HTTPException) -> Response | HTTPException:
    """The page for what Flask itself refuses: unknown address, wrong method, too much sent."""
    if error.response is not None:
        return error  # A redirect that a view broke off with.
    return show_error(error.code or 500)


def show_expired_form(error: CSRFError) -> Response:
    """The page for a form that was made for another session."""
    return show_error(
        400,
        gettext(
            "Formulir ini dibuat sebelum Anda masuk atau keluar. Kembali ke halaman sebelumnya, muat ulang, "
            "lalu kirim sekali lagi."
        ),
    )


def show_fault(error: Exception) -> Response:
    """The page for a mistake of ours; the log has the details, the page has none."""
    log.exception("fault while answering %s", request.endpoint)
    return show_error(500)


def add_errors(app: Flask) -> None:
    """Register the pages for refusals and faults."""
    app.register_error_handler(CaseError, show_case_error)
    app.register_error_handler(ObjectStoreError, show_store_error)
    app.register_error_handler(CSRFError, show_expired_form)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(Exception, show_fault)
