"""Files on their way in and out: multipart bodies that never lie in memory as a whole."""

import hashlib
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import chain
from typing import Any, TypeVar, cast

from flask import Response, request
from werkzeug.datastructures import FileStorage

from api.context import env
from api.refusals import InvalidInputError, UnsupportedMediaTypeError
from api.schemas.attachments import VISIBILITIES, UploadSchema
from api.section import document
from cases.model import AttachmentContent, Upload
from engine.model import Text

View = TypeVar("View", bound=Callable[..., Any])

CHUNK = 64 * 1024
MULTIPART = "multipart/form-data"
ENVELOPE = 64 * 1024
"""What boundaries, headers and small fields may add to the largest file."""

_NO_FILE = Text(
    id="Sertakan satu berkas pada bagian bernama file.", en="Send one file in the part named file."
)


def takes_file(view: View) -> View:
    """Take one file as multipart/form-data; 413 while it is being received when it is too large."""

    @wraps(view)
    def receiving(*args: Any, **kwargs: Any) -> Any:
        if request.mimetype != MULTIPART:
            raise UnsupportedMediaTypeError(_AS_MULTIPART)
        request.max_content_length = env().max_upload_bytes + ENVELOPE
        return view(*args, **kwargs)

    content = {MULTIPART: {"schema": UploadSchema}}
    document(receiving, requestBody={"required": True, "content": content})
    return cast("View", receiving)


_AS_MULTIPART = Text(
    id="Kirim berkas sebagai multipart/form-data.", en="Send the file as multipart/form-data."
)


def received_file() -> FileStorage:
    """The one file of the request, spooled to disk. Raises InvalidInputError when there is none."""
    files = request.files.getlist("file")
    if len(files) != 1 or not files[0].filename:
        raise InvalidInputError({"file": [_NO_FILE]})
    return files[0]


def visibility(*, default: str = "public") -> str:
    """Who may see the file; raises InvalidInputError for anything but the documented words."""
    word = request.form.get("visibility", default)
    if word not in VISIBILITIES:
        raise InvalidInputError({"visibility": [f"Must be one of: {', '.join(VISIBILITIES)}."]})
    return word


def upload_of(file: FileStorage, visible_to: str) -> Upload:
    """The file for ``cases``, from its first byte: a transaction that is retried reads it again."""
    return Upload(
        filename=(file.filename or "")[:200],
        chunks=_chunks(file),
        media_type=file.mimetype or "application/octet-stream",
        visibility=visible_to,
    )


def file_hash(file: FileStorage, visible_to: str) -> str:
    """What makes two uploads the same request: name, visibility and content."""
    digest = hashlib.sha256(f"{file.filename}\n{visible_to}\n".encode())
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def send_file(content: AttachmentContent) -> Response:
    """The bytes as a download that no browser runs; the first chunk is read before anything is promised."""
    chunks = iter(content.chunks)
    first = next(chunks, b"")
    response = Response(_closing(chain([first], chunks), content.chunks), mimetype=content.view.media_type)
    response.content_length = content.view.size
    response.headers.set("Content-Disposition", "attachment", filename=content.view.filename)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.set_etag(content.view.sha256)
    return response


def _chunks(file: FileStorage) -> Iterator[bytes]:
    file.stream.seek(0)
    while chunk := file.stream.read(CHUNK):
        yield chunk


def _closing(chunks: Iterator[bytes], source: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()
