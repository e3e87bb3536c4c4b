"""Lines of JSON in a compressed file, written and read as a stream, and known by the SHA-256 of the file."""

from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import zstandard

from tuntas.backups.model import BackupError, private

CHUNK = 1024 * 1024


def write_lines(path: Path, lines: Iterable[Any]) -> tuple[int, str]:
    """Write each as a line of JSON; how many there were, and the SHA-256 of the file."""
    digest, count = hashlib.sha256(), 0
    # The checksum of the frame finds a broken file without the manifest too.
    compressor = zstandard.ZstdCompressor(level=6, write_checksum=True).compressobj()
    with private(path) as file:

        def write(packed: bytes) -> None:
            digest.update(packed)
            file.write(packed)

        for line in lines:
            write(compressor.compress(orjson.dumps(line, default=_as_text, option=orjson.OPT_APPEND_NEWLINE)))
            count += 1
        write(compressor.flush())
    return count, digest.hexdigest()


def _as_text(value: Any) -> str:
    """What JSON has no form for: bytes."""
    return b64encode(value).decode()


def read_lines(path: Path) -> Iterator[Any]:
    """The values of each line."""
    with damage_of(path), path.open("rb") as file:
        for line in io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file), CHUNK):
            yield orjson.loads(line)


def check_file(path: Path, sha256: str) -> None:
    """Raise BackupError unless the file is there and is what the manifest says."""
    digest = hashlib.sha256()
    with damage_of(path):
        for chunk in chunks_of(path):
            digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise BackupError(f"{path} is damaged. Use another copy of the backup.")


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file, piece by piece."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


@contextmanager
def damage_of(path: Path) -> Iterator[None]:
    """Say what a missing, broken or unreadable file of a backup means."""
    try:
        yield
    except FileNotFoundError:
        raise BackupError(f"{path} is missing. Use another copy of the backup.") from None
    except (zstandard.ZstdError, orjson.JSONDecodeError):
        raise BackupError(f"{path} is damaged. Use another copy of the backup.") from None
