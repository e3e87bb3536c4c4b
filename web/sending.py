"""Sends a stored file so that no browser runs it: always as a download, never guessed at, never kept."""

from flask import Response
from werkzeug.http import dump_options_header

from cases.attachments import open_attachment
from cases.model import Actor
from web.context import environment, read

DISPLAYED = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What a browser may show in place, because it cannot hold a script."""


def send_attachment(attachment_id: str, *, by: Actor) -> Response:
    """The file's bytes, in pieces; raises NotFoundError."""
    env = environment()
    content = read(lambda session: open_attachment(session, env, attachment_id, by=by))
    view = content.view
    shown = view.media_type in DISPLAYED
    response = Response(content.chunks, mimetype=view.media_type if shown else "application/octet-stream")
    response.content_length = view.size
    response.headers["Content-Disposition"] = dump_options_header(
        "inline" if shown else "attachment", {"filename": view.filename}
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
