"""The headers of every page: what a browser may load, where a page may be shown, and that it is not kept."""

from flask import Response, g, request

from web.access import is_page

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}
_STATIC_SECONDS = 365 * 24 * 3600


def protect(response: Response) -> Response:
    """Add the headers to a page, a file or a refusal of this surface; runs after every request."""
    if not is_page():
        return response
    policy = g.get("content_policy", POLICY)
    response.headers.setdefault(
        "Content-Security-Policy", "; ".join(f"{key} {value}" for key, value in policy.items())
    )
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "site.static":
        _keep(response)
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _keep(response: Response) -> None:
    """A file asked for by the hash of its content may be kept for good; any other is asked for again."""
    versioned = "v" in request.args and response.status_code == 200
    response.headers["Cache-Control"] = (
        f"public, max-age={_STATIC_SECONDS}, immutable" if versioned else "public, no-cache"
    )
    response.headers.pop("Set-Cookie", None)
