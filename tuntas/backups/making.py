"""Makes a backup of a running office: every table as of one moment, then the files that it names, then the manifest."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, collate, inspect, select

from storage.database import READ_ONLY
from storage.objects import ObjectMissingError, ObjectStore
from storage.tables import Attachment
from tuntas.backups.columns import declared_columns, portable_table, select_rows
from tuntas.backups.lines import read_lines, write_lines
from tuntas.backups.model import (
    OBJECT_LIST,
    BackupError,
    Manifest,
    Progress,
    StoredFile,
    TableFile,
    private,
    write_manifest,
)
from tuntas.database import revision_of
from tuntas.partitions import partitions

AT_ONCE = 100
SHOWN = 5
PASSING = frozenset(
    {"alembic_version", "login_sessions", "complainant_sessions", "rate_limits", "workers"},
)
"""Not in a backup: who signed out must not be signed in again by a restore, and counts of a minute are stale then."""


def make_backup(
    engine: Engine, store: ObjectStore, folder: Path, *, lossy: bool = False, progress: Progress
) -> Manifest:
    """Copy the office into a new folder, which appears when everything in it is whole and on the disk.

    ``lossy`` goes on without files that the object store has lost; otherwise they are a BackupError. So is a folder
    that is there already. Memory does not grow with the office.
    """
    with _partial(folder) as partial:
        with snapshot(engine).connect() as connection:
            schema = revision_of(connection)
            if schema is None:
                raise BackupError("The database has no tables yet: there is nothing to back up.")
            tables = _write_tables(connection, partial, progress)
            objects, sha256 = _write_object_list(connection, partial)
        copied, missing = _copy_objects(store, partial, progress)
        lost = _still_named(engine, missing)
        if lost and not lossy:
            raise BackupError(
                f"{len(lost)} files are lost or damaged in the object store, such as {', '.join(lost[:SHOWN])}. "
                "Put them back, or make the backup without them with --lossy."
            )
        manifest = Manifest(
            schema=schema,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database=engine.dialect.name,
            tables=tables,
            objects=objects,
            object_bytes=copied,
            objects_sha256=sha256,
            missing=tuple(missing),
        )
        # One call instead of one for each of very many files.
        os.sync()
        write_manifest(partial, manifest)
    return manifest


def snapshot(engine: Engine) -> Engine:
    """The engine for a transaction whose statements all see the database as it was at the first of them."""
    if engine.dialect.name != "postgresql":
        return engine.execution_options(**READ_ONLY)
    return engine.execution_options(**READ_ONLY, isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """A folder beside the wanted one, which takes its name at the end and is removed when anything fails."""
    partial = folder.with_name(f"{folder.name}.partial")
    if folder.exists():
        raise BackupError(f"{folder} is there already. Name a new folder.")
    try:
        partial.mkdir(mode=0o700)
    except FileExistsError:
        raise BackupError(
            f"{partial} is there: another backup is being made, or was interrupted. If none is, delete it."
        ) from None
    except OSError as error:
        raise BackupError(f"{folder.parent}: {os.strerror(error.errno or 0)}. Name another folder.") from None
    try:
        yield partial
        _sync(partial)
        partial.rename(folder)
        _sync(folder.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            shutil.rmtree(partial)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_tables(connection: Connection, folder: Path, progress: Progress) -> tuple[TableFile, ...]:
    (folder / "tables").mkdir(mode=0o700)
    inspector = inspect(connection)
    tables: list[TableFile] = []
    for name in sorted(set(inspector.get_table_names()) - PASSING - partitions(connection)):
        columns = declared_columns(name, [column["name"] for column in inspector.get_columns(name)])
        table = portable_table(name, columns)
        key = [table.c[column] for column in inspector.get_pk_constraint(name)["constrained_columns"]]
        rows = _rows(connection, select_rows(table, columns).order_by(*key))
        place = TableFile(name, columns, 0, "")
        count, sha256 = write_lines(folder / place.path, rows)
        tables.append(TableFile(name, columns, count, sha256))
        progress("rows", sum(table.rows for table in tables))
    return tuple(tables)


def _rows(connection: Connection, query: Any) -> Iterator[list[Any]]:
    with connection.execute(query.execution_options(yield_per=AT_ONCE)) as result:
        for row in result:
            yield list(row)


def _write_object_list(connection: Connection, folder: Path) -> tuple[int, str]:
    """The attachments' files in the order in which every object store lists its keys."""
    key = Attachment.object_key
    in_order = collate(key, "C") if connection.dialect.name == "postgresql" else key
    query = select(key, Attachment.sha256, Attachment.size, Attachment.media_type).order_by(in_order)
    return write_lines(folder / OBJECT_LIST, _rows(connection, query))


def listed_files(folder: Path) -> Iterator[StoredFile]:
    """The files that the attachments of a backup name, by key."""
    for line in read_lines(folder / OBJECT_LIST):
        yield StoredFile(*line)


def _copy_objects(store: ObjectStore, folder: Path, progress: Progress) -> tuple[int, list[str]]:
    """Copy what the list names; the bytes copied, and the keys whose object is not there or is not what it was."""
    (folder / "objects").mkdir(mode=0o700)
    copied, missing = 0, []
    for count, file in enumerate(listed_files(folder), start=1):
        if _copy_object(store, file, folder):
            copied += file.size
        else:
            missing.append(file.key)
        progress("files", count)
    return copied, missing


def _still_named(engine: Engine, keys: list[str]) -> list[str]:
    """Those of the keys that have an attachment now: what was erased since the moment of the backup is rightly gone."""
    found: list[str] = []
    with snapshot(engine).connect() as connection:
        for at in range(0, len(keys), AT_ONCE):
            query = select(Attachment.object_key).where(Attachment.object_key.in_(keys[at : at + AT_ONCE]))
            found += connection.scalars(query)
    return found


def _copy_object(store: ObjectStore, file: StoredFile, folder: Path) -> bool:
    """Copy one object; False when it is not there or not what its row says."""
    place = file.place(folder)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    incoming = place.with_suffix(".incoming")
    digest = hashlib.sha256()
    try:
        with store.open(file.key) as chunks, private(incoming) as copy:
            for chunk in chunks:
                digest.update(chunk)
                copy.write(chunk)
    except ObjectMissingError:
        incoming.unlink(missing_ok=True)
        return False
    if digest.hexdigest() != file.sha256:
        incoming.unlink()
        return False
    incoming.replace(place)
    return True
