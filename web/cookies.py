"""Our cookies: opaque random secrets and the chosen language, never anything that says who somebody is."""

import hashlib
import hmac
import secrets
from typing import Any

from flask import Flask, Request, request
from flask import Response as FlaskResponse
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin
from werkzeug.wrappers import Response

from web.context import product

SESSION = "tuntas_session"
"""The signed-in officer's secret."""
COMPLAINANT = "tuntas_complainant"
"""The secret of a complainant who opened the private page."""
VISIT = "tuntas_visit"
"""A random value that ties the forms of a visitor who is not signed in to that visitor's browser."""
LANGUAGE = "tuntas_language"

_YEAR = 365 * 24 * 3600


def cookie_name(name: str) -> str:
    """The name under which a browser holds the cookie; over TLS the prefix keeps other hosts from setting
    it.
    """
    return f"__Host-{name}" if product().config.secure_cookies else name


def read_cookie(name: str) -> str | None:
    """The value of one of our cookies."""
    return request.cookies.get(cookie_name(name)) or None


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """Give the browser one of our cookies, unreadable for scripts and other sites."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=max_age,
        secure=product().config.secure_cookies,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def drop_cookie(response: Response, name: str) -> None:
    """Take one of our cookies back."""
    response.delete_cookie(
        cookie_name(name), secure=product().config.secure_cookies, httponly=True, samesite="Lax", path="/"
    )


def keep_language(response: Response, code: str) -> None:
    """Remember the chosen language for a year."""
    set_cookie(response, LANGUAGE, code, max_age=_YEAR)


class FormSession(SessionInterface):
    """Flask's session, reduced to the one value that CSRF protection needs and never sent to the browser.

    The value is derived from the opaque secret that the browser already holds, so a form is bound to the
    server's own
    session: it stops working when somebody signs in or out. Nothing else is kept here, and no Flask cookie
    exists.
    """

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The session of one request, made from its cookies."""
        secure = app.extensions["tuntas"].config.secure_cookies
        prefix = "__Host-" if secure else ""
        held = request.cookies.get(prefix + VISIT)
        visit = held or secrets.token_urlsafe(24)
        seed = "\0".join([request.cookies.get(prefix + SESSION, ""), visit])
        session = _Bound({"csrf_token": _derive(app.secret_key, seed)})
        session.new_visit = None if held else visit
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: FlaskResponse) -> None:
        """Send the visit's random value when a form was made for a browser that had none."""
        visit = getattr(session, "new_visit", None)
        if visit is not None and session.accessed and not response.cache_control.public:
            set_cookie(response, VISIT, visit)
            response.vary.add("Cookie")


class _Bound(SecureCookieSession):
    new_visit: str | None = None


def _derive(key: Any, seed: str) -> str:
    raw = key if isinstance(key, bytes) else str(key).encode()
    return hmac.new(raw, b"csrf 1:" + seed.encode(), hashlib.sha256).hexdigest()
