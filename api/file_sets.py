"""Sets of process files on their way in: as JSON by path, or as multipart with the path as file name."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from api.parsing import StrictParser
from api.refusals import InvalidInputError, UnsupportedMediaTypeError
from api.schemas.definitions import FileSetSchema, FileSetUploadSchema
from api.section import document
from api.uploads import MULTIPART
from engine.markup import MAX_SET_BYTES, MAX_SET_FILES
from engine.model import Files, Text

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY = 2 * MAX_SET_BYTES
"""Room for base64 and escapes; the gate measures the files themselves."""

_NO_FILES = Text(
    id="Sertakan berkas, masing-masing dengan jalurnya sebagai nama, misalnya bpmn/complaint.bpmn.",
    en="Send the files, each with its path as its name, for example bpmn/complaint.bpmn.",
)
_TWICE = Text(id="Dua berkas mempunyai jalur yang sama.", en="Two files have the same path.")
_parser = StrictParser()


def takes_files(view: View) -> View:
    """Take a set of files as JSON or as multipart/form-data, within the size that the gate would look at."""

    @wraps(view)
    def receiving(*args: Any, **kwargs: Any) -> Any:
        if request.mimetype != MULTIPART and not request.is_json:
            raise UnsupportedMediaTypeError(_EITHER)
        request.max_content_length = MAX_BODY
        request.max_form_memory_size = MAX_BODY
        return view(*args, **kwargs)

    content = {"application/json": {"schema": FileSetSchema}, MULTIPART: {"schema": FileSetUploadSchema}}
    document(receiving, requestBody={"required": True, "content": content})
    return cast("View", receiving)


_EITHER = Text(
    id="Kirim application/json atau multipart/form-data.", en="Send application/json or multipart/form-data."
)


def given_files() -> tuple[Files, str]:
    """The set and the note of this request; raises InvalidInputError."""
    if request.mimetype == MULTIPART:
        return _uploaded(), request.form.get("note", "")[:2000]
    body = _parser.parse(FileSetSchema(), request, location="json")
    return body["files"], body["note"]


def set_hash(files: Files, note: str) -> str:
    """What makes two sets the same request, in whichever form they were sent."""
    digest = hashlib.sha256(note.encode())
    for path in sorted(files):
        digest.update(f"\n{path}\n{len(files[path])}\n".encode() + files[path])
    return digest.hexdigest()


def _uploaded() -> Files:
    given = [file for file in request.files.getlist("files") if file.filename]
    if not given:
        raise InvalidInputError({"files": [_NO_FILES]})
    if len(given) > MAX_SET_FILES:
        raise RequestEntityTooLarge
    files = {str(file.filename): file.stream.read() for file in given}
    if len(files) != len(given):
        raise InvalidInputError({"files": [_TWICE]})
    return files
