"""Files on their way in: each is handed on in pieces, and can be read again when a transaction starts anew."""

from collections.abc import Iterator

from flask import Flask, request
from flask_babel import format_decimal
from werkzeug.datastructures import FileStorage

from cases.model import Upload
from web.context import product
from web.entered import Problems
from web.language import is_english

PIECE = 64 * 1024
MAX_FILES = 10


def uploads(name: str = "files", *, visibility: str = "public") -> tuple[Upload, ...]:
    """The files of a form field, from their first byte; call it inside the transaction."""
    chosen = [file for file in request.files.getlist(name) if file.filename]
    return tuple(
        Upload(
            filename=str(file.filename),
            chunks=_pieces(file),
            media_type=file.mimetype or "application/octet-stream",
            visibility=visibility,
        )
        for file in chosen[:MAX_FILES]
    )


def _pieces(file: FileStorage) -> Iterator[bytes]:
    file.stream.seek(0)
    while piece := file.stream.read(PIECE):
        yield piece


def file_size(size: int) -> str:
    """``1,4 MB``: a size as people say it."""
    for unit, step in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= step:
            return f"{format_decimal(round(size / step, 1))} {unit}"
    return f"{size} {'bytes' if is_english() else 'bita'}"


def most_bytes() -> int:
    """The largest file taken, for the hint beside the field."""
    return product().config.max_upload_bytes


def file_problem(message: str) -> Problems:
    """What is wrong with a file, beside the field."""
    return Problems({"files": message})


def add_uploads(app: Flask) -> None:
    """Offer the words to templates."""
    app.jinja_env.filters["file_size"] = file_size
    app.jinja_env.globals["most_bytes"] = most_bytes
