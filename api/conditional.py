"""ETags: a task's is its version and changes only with that task; any other is a hash of what is sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, request

from api.refusals import MatchRequiredError
from api.section import document
from cases.errors import StaleError

View = TypeVar("View", bound=Callable[..., Any])

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the task that you saw: its version in quotation marks.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "An ETag that you hold; 304 when it is still the right one.",
    "schema": {"type": "string"},
}


def matching(view: View) -> View:
    """Hand the view the ``version`` that If-Match names (None for ``*``); 428 without the header."""

    @wraps(view)
    def matched(*args: Any, **kwargs: Any) -> Any:
        return view(*args, version=_matched_version(), **kwargs)

    document(matched, parameters=[IF_MATCH])
    return cast("View", matched)


def revalidated(view: View) -> View:
    """Answer 304 without a body when If-None-Match names what would be sent."""

    @wraps(view)
    def conditional(*args: Any, **kwargs: Any) -> Any:
        response: Response = view(*args, **kwargs)
        if response.status_code != 200:
            return response
        if "ETag" not in response.headers:
            response.add_etag()
        # Werkzeug's own make_conditional would obey If-Match and Range too, which no GET of ours takes.
        if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
            response.status_code = 304
            response.set_data(b"")
            del response.headers["Content-Type"], response.headers["Content-Length"]
        return response

    document(conditional, parameters=[IF_NONE_MATCH], responses={304: {"description": "Not Modified"}})
    return cast("View", conditional)


def task_etag(version: int) -> str:
    """The ETag header of a task."""
    return f'"{version}"'


def _matched_version() -> int | None:
    if "If-Match" not in request.headers:
        raise MatchRequiredError
    tags = request.if_match
    if tags.star_tag:
        return None
    versions = [tag for tag in tags.as_set() if tag.isdecimal() and len(tag) < 10]
    if len(versions) != 1 or not tags.contains(versions[0]):
        # A weak tag, somebody else's tag or several: none of them names the version that was seen.
        raise StaleError
    return int(versions[0])
