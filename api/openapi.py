"""Builds the OpenAPI 3.1 document from the sections."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from apispec import APISpec
from flask import Flask
from flask_smorest import Api
from werkzeug.routing import BaseConverter

from api.problems import MEDIA_TYPE
from api.schemas.common import ProblemSchema
from api.section import Section

DESCRIPTION = """Complaints from intake to closure, driven by executable BPMN.

Officers and integrations send `Authorization: Bearer <token>`; a token is made with `tuntas token create` and
has the rights of its user. Complainants need no account: they send the secret of their receipt as
`Authorization: Tracking <secret>`, never in an address. Unknown ids and other people's cases answer the same
404.

Times are ISO 8601 in UTC. Refusals are RFC 9457 problems; `Accept-Language: en` asks for English. Lists
answer `items` and `next`: send `next` back as `cursor`. Changes of tasks need `If-Match`; every changing POST
takes an `Idempotency-Key`, kept for a day.
"""


class ReferenceConverter(BaseConverter):
    """The public reference of a case as somebody may have typed it."""

    regex = "[A-Za-z0-9][A-Za-z0-9._-]{3,39}"


class WordConverter(BaseConverter):
    """The name of a message."""

    regex = "[a-z][a-z_]{0,39}"


class QuietApi(Api):  # type: ignore[misc]
    """flask-smorest without its own error handler, which would answer for the pages too."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Errors are answered by ``api.errors``."""


def register_sections(app: Flask, sections: tuple[Section, ...]) -> dict[str, Any]:
    """Serve the sections, and answer the document that describes them."""
    app.url_map.converters |= {"reference": ReferenceConverter, "word": WordConverter}
    api = QuietApi(
        app,
        spec_kwargs={
            "title": "Tuntas",
            "version": _version(),
            "openapi_version": "3.1.0",
            "info": {"description": DESCRIPTION},
        },
    )
    for converter in (ReferenceConverter, WordConverter):
        api.register_converter(converter, _pattern)
    _describe_security(api.spec)
    for section in sections:
        api.register_blueprint(section.blueprint)
    document: dict[str, Any] = api.spec.to_dict()
    document["components"]["schemas"].pop(
        "PaginationMetadata", None
    )  # Of flask-smorest; used by nothing here.
    document["tags"] = [{"name": s.name, "description": s.blueprint.description} for s in sections]
    return document


def _describe_security(spec: APISpec) -> None:
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "tts_..."})
    spec.components.security_scheme("tracking", {"type": "http", "scheme": "tracking"})
    problem = {"description": "A refusal", "content": {MEDIA_TYPE: {"schema": ProblemSchema}}}
    spec.components.response("Problem", problem)


def _pattern(converter: BaseConverter) -> dict[str, str]:
    return {"type": "string", "pattern": f"^{converter.regex}$"}


def _version() -> str:
    try:
        return version("tuntas")
    except PackageNotFoundError:
        return "0"
