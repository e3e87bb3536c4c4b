"""The files of a ruleset: from a folder, and from an archive that somebody uploads."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from cases.errors import FileRefusedError
from engine.markup import MAX_SET_BYTES, MAX_SET_FILES
from engine.model import Text

TOO_LARGE = Text(
    id=f"Berkas zip terlalu besar: paling banyak {MAX_SET_FILES} berkas dan {MAX_SET_BYTES // 1_000_000} MB.",
    en=f"The zip file is too large: at most {MAX_SET_FILES} files and {MAX_SET_BYTES // 1_000_000} MB.",
)
BROKEN = Text(
    id="Berkas zip rusak atau tersandi. Unggah zip berisi ruleset.json, clocks.json, archive_reasons.json dan dmn/.",
    en="The zip file is broken or encrypted. Upload a zip with ruleset.json, clocks.json, archive_reasons.json "
    "and dmn/.",
)


def ruleset_folder(root: Path, shared: Path | None = None) -> Mapping[str, bytes]:
    """The files of a ruleset in a folder, by path below it.

    Decision tables that ``ruleset.json`` names and ``root/dmn`` does not hold are taken from ``shared``, where the
    product keeps those it ships. Raises OSError; a missing table is left to the gate.
    """
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((*root.glob("*.json"), *root.glob("dmn/*.dmn")))
    }
    for name in named_decisions(files):
        source = shared / f"{name}.dmn" if shared and name.isidentifier() else None
        if f"dmn/{name}.dmn" not in files and source and source.is_file():
            files[f"dmn/{name}.dmn"] = source.read_bytes()
    return files


def named_decisions(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The decision tables that ``ruleset.json`` names; nothing when it cannot be read."""
    try:
        named = json.loads(files.get("ruleset.json", b"{}"))["decisions"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(str(name) for name in named) if isinstance(named, list) else ()


def unpack(content: bytes) -> Mapping[str, bytes]:
    """The files of a ZIP archive; one folder around all of them is taken away. Raises FileRefusedError.

    What comes out of an entry counts, not what it claims.
    """
    files: dict[str, bytes] = {}
    room = MAX_SET_BYTES
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_SET_FILES:
                raise FileRefusedError(TOO_LARGE)
            for entry in entries:
                with archive.open(entry) as stream:
                    files[entry.filename] = stream.read(room + 1)
                room -= len(files[entry.filename])
                if room < 0:
                    raise FileRefusedError(TOO_LARGE)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error) as error:
        raise FileRefusedError(BROKEN) from error
    return _without_folder(files)


def _without_folder(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    tops = {path.partition("/")[0] for path in files}
    if len(tops) == 1 and all("/" in path for path in files) and tops != {"dmn"}:
        return {path.partition("/")[2]: content for path, content in files.items()}
    return files
