"""Who is asking, and whether the view may answer: every view declares an act of the policy, or that it is
public.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import abort, current_app, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from cases.errors import NotFoundError
from cases.model import PUBLIC, Actor, ActorKind
from cases.people import find_session, touch_session
from cases.policy import may
from web.context import environment, read, write
from web.cookies import SESSION, read_cookie

csrf = CSRFProtect()
View = TypeVar("View", bound=Callable[..., Any])
IS_PUBLIC = "public"
SIGNED_IN = "signed-in"


def permission(act: str) -> Callable[[View], View]:
    """Declare that a view is for signed-in users who may do ``act`` somewhere; ``cases`` still checks the
    case.
    """

    def mark(view: View) -> View:
        view.tuntas_permission = act  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Declare that anybody may ask for a view."""
    view.tuntas_permission = IS_PUBLIC  # type: ignore[attr-defined]
    return view


def declared_permission(view: object) -> str | None:
    """What a view declares, or None when somebody forgot."""
    return cast("str | None", getattr(view, "tuntas_permission", None))


def current_actor() -> Actor:
    """Who is signed in as an officer, or PUBLIC."""
    return cast("Actor", g.get("actor", PUBLIC))


def identify() -> None:
    """Find out who is asking, from the opaque secret in the cookie; runs before every page."""
    secret = read_cookie(SESSION)
    g.actor = PUBLIC if secret is None else _signed_in(secret)


def _signed_in(secret: str) -> Actor:
    env = environment()
    found = read(lambda session: find_session(session, env, secret))
    if found is None:
        return PUBLIC
    if found.stale:
        write(lambda session: touch_session(session, env, secret))
    return found.actor


def guard() -> Response | None:
    """Refuse what the view's declaration does not allow; a view without a declaration answers nobody."""
    if not is_page():
        return None
    identify()
    if request.endpoint is None:
        return None  # An unknown address: the 404 follows.
    refused = _refuse_undeclared()
    if refused is None:
        _refuse_unstorable(request.args)
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            csrf.protect()
            _refuse_unstorable(request.form)
    return refused


def _refuse_unstorable(given: MultiDict[str, str]) -> None:
    """Nobody types NUL, and PostgreSQL keeps no text with it."""
    if any("\0" in value for _, value in given.items(multi=True)):
        abort(400)


def _refuse_undeclared() -> Response | None:
    act = declared_permission(current_app.view_functions.get(request.endpoint or ""))
    if act == IS_PUBLIC:
        return None
    if current_actor().kind is not ActorKind.USER:
        return to_sign_in()
    if act is None or not is_allowed(act):
        raise NotFoundError
    return None


def is_allowed(act: str) -> bool:
    """Whether the signed-in user may do ``act`` at all; templates ask this for the navigation."""
    if act == SIGNED_IN:
        return current_actor().kind is ActorKind.USER
    return may(environment(), current_actor(), act)


def is_page() -> bool:
    """Whether the request is for this surface; the API looks after itself."""
    name = request.blueprint or ""
    return not name.startswith("api") and not request.path.startswith("/api/")


def to_sign_in() -> Response:
    """Ask for the sign-in, and come back afterwards when the request was harmless."""
    if request.method not in {"GET", "HEAD", "POST"}:
        abort(405)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.show_sign_in", next=back), 303)
