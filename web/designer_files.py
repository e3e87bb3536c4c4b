"""Files of a set on their way in and out: uploads within bounds, downloads that no browser runs."""

import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from flask import Response
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from cases.definition_sets import facts_of
from cases.errors import FileRefusedError, NotFoundError
from cases.model import DefinitionView
from engine.diagram import to_svg
from engine.markup import MAX_FILE_BYTES, MAX_SET_BYTES, MAX_SET_FILES
from engine.model import Files, Text
from web.language import is_english

FOLDERS = {".bpmn": "bpmn", ".dmn": "dmn"}
TOO_LARGE = Text(
    id=f"Terlalu besar: paling banyak {MAX_SET_FILES} berkas, {MAX_FILE_BYTES // 1_000_000} MB per berkas.",
    en=f"The upload is too large: at most {MAX_SET_FILES} files of {MAX_FILE_BYTES // 1_000_000} MB each.",
)
NO_FILES = Text(
    id="Pilih diagram (.bpmn), tabel keputusan (.dmn), formulir (.json) atau kumpulannya (.zip).",
    en="Choose diagrams (.bpmn), decision tables (.dmn), forms (.json) or a set of them (.zip).",
)
BROKEN_ZIP = Text(id="Berkas zip rusak atau tersandi.", en="The zip file is broken or encrypted.")


@dataclass(frozen=True, slots=True)
class Content:
    """One file of a set as a page lists it."""

    path: str
    kind: str
    title: str
    size: int


def describe(files: Files) -> tuple[Content, ...]:
    """List a set: diagrams first, then decision tables, then forms by their titles."""
    kinds = ("bpmn", "dmn", "forms")
    listed = [
        Content(path, path.split("/")[0], _title(path, content), len(content))
        for path, content in files.items()
    ]
    return tuple(
        sorted(listed, key=lambda one: (kinds.index(one.kind) if one.kind in kinds else 9, one.path))
    )


def _title(path: str, content: bytes) -> str:
    if path.endswith(".json"):
        try:
            form = json.loads(content)
        except ValueError:
            return path
        return str(form.get("title") or path) if isinstance(form, dict) else path
    facts = facts_of(path, content)
    return ", ".join(facts.processes or facts.decisions) or path


def diagram_of(files: Files, key: str) -> str | None:
    """The path of the diagram that draws a process, or else of the first diagram."""
    diagrams = [path for path in files if path.endswith(".bpmn")]
    return next(
        (path for path in diagrams if key in facts_of(path, files[path]).processes),
        next(iter(diagrams), None),
    )


def picture(files: Files, definition: DefinitionView) -> Response:
    """The diagram of a process as a picture; shown as an image, so that nothing in it can run."""
    path = diagram_of(files, definition.key)
    if path is None:
        raise NotFoundError
    language = "en" if is_english() else "id"
    drawn = to_svg(files[path], title=definition.name, language=language)
    return Response(drawn, mimetype="image/svg+xml")


def download(name: str, content: bytes) -> Response:
    """Bytes for the visitor to keep; never shown by the browser itself."""
    response = Response(content, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def zipped(files: Files) -> bytes:
    """A set as a zip file; the same set always gives the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), files[path], zipfile.ZIP_DEFLATED)
    return held.getvalue()


def received_files(uploads: Iterable[FileStorage]) -> Files:
    """Take uploaded files and unpack zip files; raises FileRefusedError for too many, too much or nothing."""
    received: dict[str, bytes] = {}
    for upload in uploads:
        name, content = upload.filename or "", upload.stream.read(MAX_SET_BYTES + 1)
        if name:
            received.update(
                _unzipped(content) if name.lower().endswith(".zip") else {_path(name, content): content}
            )
        if len(received) > MAX_SET_FILES or sum(map(len, received.values())) > MAX_SET_BYTES:
            raise FileRefusedError(TOO_LARGE)
    if not received:
        raise FileRefusedError(NO_FILES)
    return received


def _unzipped(content: bytes) -> dict[str, bytes]:
    """Unpack within the bounds of a set; what comes out of an entry counts, not what it claims."""
    unpacked: dict[str, bytes] = {}
    room = MAX_SET_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_SET_FILES:
                raise FileRefusedError(TOO_LARGE)
            for entry in entries:
                with archive.open(entry) as stream:
                    part = stream.read(room + 1)
                room -= len(part)
                if room < 0:
                    raise FileRefusedError(TOO_LARGE)
                unpacked[_path(entry.filename, part)] = part
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise FileRefusedError(BROKEN_ZIP) from error
    return unpacked


def _path(name: str, content: bytes) -> str:
    """Where an uploaded file belongs: its kind by its ending, a form by its ``$id`` or its last folder."""
    plain = PurePosixPath(name.replace("\\", "/").lower())
    if plain.suffix in FOLDERS:
        return f"{FOLDERS[plain.suffix]}/{plain.name}"
    if plain.suffix == ".json":
        return _form_path(plain, content)
    raise FileRefusedError(
        Text(
            id=f"{gettext('Berkas')} {plain.name[:80]}: {NO_FILES.id}",
            en=f"File {plain.name[:80]}: {NO_FILES.en}",
        )
    )


def _form_path(plain: PurePosixPath, content: bytes) -> str:
    try:
        form = json.loads(content)
    except (ValueError, RecursionError):
        form = None
    key = form.get("$id") if isinstance(form, dict) else None
    if isinstance(key, str) and key.count("/") == 1:
        return f"forms/{key}.json"
    return f"forms/{plain.parent.name or 'proses'}/{plain.name}"
