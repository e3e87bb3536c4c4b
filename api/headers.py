"""Headers of every answer of the API: nothing is cached by others, sniffed, framed or run."""

from flask import Flask, Response, request

from api.errors import PREFIX

DEFAULTS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def register_headers(app: Flask) -> None:
    """Add the headers to every answer below /api/, errors of routing included."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    if request.path.startswith(PREFIX):
        for name, value in DEFAULTS.items():
            response.headers.setdefault(name, value)
    return response
