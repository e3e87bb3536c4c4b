"""The one place where errors become RFC 9457 problems, for every route below /api/."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Flask, Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, default_exceptions

from api.problems import TYPES, Problem, render, say
from api.refusals import InvalidInputError
from api.words import flatten
from cases.errors import CaseError, NotFoundError, TooManyRequestsError, UnavailableError
from cases.forms import FormInvalidError
from engine.errors import DeploymentRefusedError
from engine.model import Finding, Text
from storage.objects.errors import ObjectStoreUnavailableError

PREFIX = "/api/"
RETRY_AFTER = 10
"""Seconds after which a caller may try again when the database or the object store is down."""

log = logging.getLogger("tuntas.api")

_HTTP_SLUGS = {
    400: "bad-request",
    401: "not-signed-in",
    403: "refused",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "bad-request",
    409: "conflict",
    412: "stale",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-input",
    428: "if-match-required",
    429: "too-many-requests",
    503: "unavailable",
}
_HTTP_DETAILS = {
    400: Text(id="Permintaan tidak dapat dibaca.", en="The request cannot be read."),
    405: Text(
        id="Metode ini tidak tersedia di alamat ini; lihat Allow.",
        en="This method is not available here; see Allow.",
    ),
    413: Text(id="Isi permintaan terlalu besar.", en="The body is too large."),
}
_REFUSED_SET = Text(
    id="Kumpulan berkas tidak diterbitkan. Perbaiki setiap temuan, lalu terbitkan lagi.",
    en="The set was not deployed. Mend each finding, then deploy again.",
)
_INTERNAL = Text(
    id="Terjadi kesalahan di server. Tidak ada yang berubah; coba lagi atau hubungi administrator.",
    en="The server made a mistake. Nothing was changed; try again or tell the administrator.",
)


def answer_with_problems(blueprint: Blueprint) -> None:
    """Answer every error of the blueprint's views with a problem."""
    # A handler by status code on the application would win over one by class on the blueprint.
    for code in default_exceptions:
        blueprint.register_error_handler(code, answer)
    blueprint.register_error_handler(Exception, answer)


def register_errors(app: Flask) -> None:
    """Answer errors of routing with a problem too."""
    app.before_request(_answer_unrouted)


def _answer_unrouted() -> Response | HTTPException | None:
    """An unknown address or method belongs to no blueprint, so its error would reach the pages' handler."""
    failed = request.routing_exception
    if not request.path.startswith(PREFIX) or failed is None or (failed.code or 0) < 400:
        return None
    return answer(failed)


def answer(error: Exception) -> Response | HTTPException:
    """The response to any exception."""
    if isinstance(error, HTTPException) and (error.code or 0) < 400:
        return error
    return render(problem_of(error))


def problem_of(error: Exception) -> Problem:
    """The problem that an exception stands for. Never tells internals."""
    if isinstance(error, CaseError):
        return _of_case_error(error)
    if isinstance(error, DeploymentRefusedError):
        return Problem(TYPES["deployment-refused"], _REFUSED_SET, {"findings": findings_json(error.findings)})
    if isinstance(error, OperationalError | InterfaceError | ObjectStoreUnavailableError):
        log.error("unavailable: %s", type(error).__name__)
        return _of_case_error(UnavailableError())
    if isinstance(error, HTTPException) and error.code in _HTTP_SLUGS:
        return _of_http_error(error)
    log.error("unexpected error", exc_info=error)
    return Problem(TYPES["internal-error"], _INTERNAL)


def _of_case_error(error: CaseError) -> Problem:
    members: dict[str, Any] = {}
    if isinstance(error, FormInvalidError):
        members["errors"] = errors_json(error.errors)
    elif isinstance(error, InvalidInputError):
        members["errors"] = errors_json(error.messages)
    if isinstance(error, TooManyRequestsError):
        members["retry_after"] = error.retry_after
    return Problem(
        TYPES.get(error.slug, TYPES["refused"]),
        error.text,
        members,
        _headers(error.slug, members.get("retry_after")),
    )


def _headers(slug: str, retry_after: int | None) -> Mapping[str, str]:
    if slug in {"not-signed-in", "sign-in-refused"}:
        scheme = "Tracking" if request.path.startswith("/api/v1/complaints") else "Bearer"
        return {"WWW-Authenticate": f'{scheme} realm="tuntas"'}
    if slug == "unavailable":
        return {"Retry-After": str(RETRY_AFTER)}
    return {"Retry-After": str(retry_after)} if retry_after else {}


def _of_http_error(error: HTTPException) -> Problem:
    code = error.code or 500
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    detail = NotFoundError.text if code == 404 else _HTTP_DETAILS.get(code, CaseError.text)
    return Problem(TYPES[_HTTP_SLUGS[code]], detail, headers=kept)


def errors_json(messages: Mapping[str, Any]) -> list[dict[str, str]]:
    """The members of ``errors``: the field, a JSON pointer into the body, and the sentence."""
    return [
        {
            "field": ".".join(path),
            "pointer": "#" + "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path),
            "detail": say(text),
            "detail_id": text.id,
            "detail_en": text.en,
        }
        for path, text in flatten(messages)
    ]


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings of the gate as JSON: where, what is wrong, and what to do about it."""
    return [
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "file": finding.file,
            "line": finding.line,
            "element_id": finding.element_id,
            "message": {"id": finding.message.id, "en": finding.message.en},
            "remedy": {"id": finding.remedy.id, "en": finding.remedy.en},
        }
        for finding in findings
    ]
