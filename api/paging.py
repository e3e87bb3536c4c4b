"""Pages of lists: ``items``, an opaque ``next`` cursor, and the same as a Link header."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, json, request
from marshmallow import Schema

from api.dumping import dumped
from cases.cursors import BadCursorError
from cases.model import Page


def page_response(schema: type[Schema], page: Page[Any]) -> Response:
    """The page as JSON, with a Link to the next one that keeps every filter."""
    response = Response(json.dumps(dumped(schema, page)), mimetype="application/json")
    if page.next is not None:
        query = urlencode({**request.args.to_dict(), "cursor": page.next})
        response.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return response


def cursor_number(cursor: str | None) -> int:
    """The number that a cursor of history stands for; raises BadCursorError for anything else."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise BadCursorError
    return int(cursor)


def plain(value: Any) -> Any:
    """A filter as ``cases`` takes it: ids are strings there."""
    return str(value) if isinstance(value, UUID) else value


def json_response(schema: type[Schema], result: Any, **headers: str) -> Response:
    """One result as JSON."""
    return Response(json.dumps(dumped(schema, result)), headers=headers, mimetype="application/json")
