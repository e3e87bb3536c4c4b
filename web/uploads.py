"""Files on their way in: checked and stored as they are read, before a transaction gives them to a case."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, request
from flask_babel import format_decimal, gettext
from werkzeug.datastructures import FileStorage

from cases.attachments import StoredUpload, discard_upload, store_upload
from cases.errors import OutcomeUnknownError
from cases.model import Upload
from web.context import environment, product
from web.entered import Problems
from web.language import is_english

PIECE = 64 * 1024
MAX_FILES = 10


@contextmanager
def stored_files(name: str = "files", *, visibility: str = "public") -> Iterator[tuple[StoredUpload, ...]]:
    """Check and store the files of a form field; inside, a transaction gives them to a case.

    When it is refused they go again at once. Whether a lost commit was done nobody knows: then they stay, and a worker
    sweeps what no case names. Raises FileRefusedError.
    """
    stored: list[StoredUpload] = []
    try:
        for file in [file for file in request.files.getlist(name) if file.filename][:MAX_FILES]:
            upload = _store(file, visibility)
            stored.append(upload)
        yield tuple(stored)
    except OutcomeUnknownError:
        raise
    except Exception:
        for upload in stored:
            discard_upload(environment(), upload)
        raise


def _store(file: FileStorage, visibility: str) -> StoredUpload:
    upload = Upload(
        filename=str(file.filename),
        chunks=_pieces(file),
        media_type=file.mimetype or "application/octet-stream",
        visibility=visibility,
    )
    return store_upload(environment(), upload)


def store_is_down() -> Problems:
    """What to tell beside the files when the object store cannot be reached; the rest of the form is kept."""
    return Problems(
        {
            "files": gettext(
                "Penyimpanan berkas sedang tidak tersedia. Kirim tanpa berkas, atau coba lagi nanti."
            )
        }
    )


def _pieces(file: FileStorage) -> Iterator[bytes]:
    while piece := file.stream.read(PIECE):
        yield piece


def file_size(size: int) -> str:
    """``1,4 MB``: a size as people say it."""
    for unit, step in (("MB", 1024 * 1024), ("kB", 1024)):
        if size >= step:
            return f"{format_decimal(round(size / step, 1))} {unit}"
    return f"{size} {'bytes' if is_english() else 'bita'}"


def most_bytes() -> int:
    """The largest file taken, for the hint beside the field."""
    return product().config.max_upload_bytes


def add_uploads(app: Flask) -> None:
    """Offer the words to templates."""
    app.jinja_env.filters["file_size"] = file_size
    app.jinja_env.globals["most_bytes"] = most_bytes
