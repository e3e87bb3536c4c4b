"""Reads JSON and query strings strictly: unknown names, wrong types and unstorable characters are refused."""

from typing import Any, NoReturn

import marshmallow
from flask import Request
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from api.refusals import BadRequestError, InvalidInputError, UnsupportedMediaTypeError
from engine.model import Text

MAX_DEPTH = 12
"""Levels of nesting; forms need three."""


class StrictParser(FlaskParser):
    """The parser of every route. Raises refusals that ``api.errors`` knows."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - declared so by webargs
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": marshmallow.RAISE,
        "querystring": marshmallow.RAISE,
    }

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """The body as JSON. Raises UnsupportedMediaTypeError and BadRequestError."""
        if not req.is_json:
            raise UnsupportedMediaTypeError
        try:
            body = super().load_json(req, schema)
        except (RecursionError, ValueError) as error:  # Too deep to decode, or a number without end.
            raise BadRequestError from error
        _check_storable(body)
        return body

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> MultiDictProxy:
        """The query string; a parameter given twice counts once, as its last value would hide the first."""
        for name, values in req.args.lists():
            if len(values) > 1:
                raise InvalidInputError({name: [_GIVEN_TWICE]})
            _check_storable(values)
        return self._makeproxy(req.args, schema)

    def _handle_invalid_json_error(self, error: Any, req: Any, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise BadRequestError from error

    def handle_error(self, error: marshmallow.ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse input that does not fit its schema; webargs files the messages by where the input was."""
        messages: Any = error.messages
        if isinstance(messages, dict) and len(messages) == 1:
            messages = messages.get("json", messages.get("query", messages))
        raise InvalidInputError(messages) from error


_GIVEN_TWICE = Text(id="Sebut satu kali saja.", en="Give it once only.")
_UNSTORABLE = Text(
    id="Teks berisi karakter yang tidak dapat disimpan (NUL atau pengganti lepas).",
    en="The text holds characters that cannot be stored (NUL or lone surrogates).",
)
_TOO_DEEP = Text(id="Objek JSON bersarang terlalu dalam.", en="The JSON is nested too deeply.")


def _check_storable(value: Any, depth: int = 0) -> None:
    """PostgreSQL refuses NUL and UTF-8 has no lone surrogates: better told here than as a server error."""
    if depth > MAX_DEPTH:
        raise BadRequestError(_TOO_DEEP)
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise BadRequestError(_UNSTORABLE)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_storable(name, depth + 1)
            _check_storable(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_storable(inner, depth + 1)
