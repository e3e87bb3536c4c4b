"""What a backup says of itself: its manifest, and why one cannot be made or restored."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

FORMAT = 1
MANIFEST = "manifest.json"
OBJECT_LIST = "objects.ndjson.zst"

Progress = Callable[[str, int], None]
"""Told what is being done, and how many of it are done."""


class BackupError(Exception):
    """The backup cannot be made or restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column in words that every database understands; the kinds are those of ``columns.KINDS``."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table: its columns in the order of the lines' values, and what its file must be."""

    name: str
    columns: tuple[Column, ...]
    rows: int
    sha256: str

    @property
    def path(self) -> str:
        """Where it lies in the backup."""
        return f"tables/{self.name}.ndjson.zst"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Written last: a folder without it is no backup."""

    schema: str
    """The migration that the database had seen."""
    made_at: str
    database: str
    tables: tuple[TableFile, ...]
    objects: int
    object_bytes: int
    objects_sha256: str
    missing: tuple[str, ...]
    """Keys of attachments whose file was erased while the backup was made, or was lost before."""
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A line of the list of files: an attachment's object and what it must be."""

    key: str
    sha256: str
    size: int
    media_type: str

    def place(self, folder: Path) -> Path:
        """Where the bytes lie in a backup; equal ones lie there once."""
        return folder / "objects" / self.sha256[:2] / self.sha256


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it so that it outlasts a power cut."""
    with private(folder / MANIFEST) as file:
        file.write(json.dumps(asdict(manifest), indent=1).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished backup; BackupError for anything else."""
    try:
        raw = json.loads((folder / MANIFEST).read_bytes())
        if raw["format"] != FORMAT:
            raise BackupError(
                f"{folder} was written in format {raw['format']}; this release reads {FORMAT}. "
                "Use the release that made it, or a newer one."
            )
        tables = [
            TableFile(**{**table, "columns": tuple(Column(**column) for column in table["columns"])})
            for table in raw["tables"]
        ]
        return Manifest(**{**raw, "tables": tuple(tables), "missing": tuple(raw["missing"])})
    except FileNotFoundError:
        raise BackupError(
            f"{folder} is no finished backup: it has no {MANIFEST}. Name the folder of one that is whole."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{folder / MANIFEST} is damaged. Use another copy of the backup.") from None


def private(path: Path) -> BinaryIO:
    """A new file that only this account may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
