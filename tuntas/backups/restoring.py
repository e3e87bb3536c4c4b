"""Restores a backup into an empty place: files first, then every row in one transaction that ends with the proof."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, inspect, select, text
from sqlalchemy import table as sql_table

from storage.objects import ORGANISATIONS, ObjectStore
from storage.tables import Base
from tuntas.backups.columns import insert_rows, portable_table, row_reader
from tuntas.backups.lines import check_file, chunks_of, damage_of, read_lines
from tuntas.backups.making import AT_ONCE, listed_files
from tuntas.backups.model import OBJECT_LIST, BackupError, Manifest, Progress, TableFile, read_manifest
from tuntas.backups.proof import broken_histories, prove_objects, prove_rows, references_proven
from tuntas.database import make_engine, migrate, revision_of, revisions


def check_backup(folder: Path, progress: Progress) -> Manifest:
    """Read a whole backup and compare every file with its SHA-256; BackupError for the first that is not whole."""
    manifest = read_manifest(folder)
    _check_tables(folder, manifest)
    for count, file in enumerate(listed_files(folder), start=1):
        if file.key not in manifest.missing:
            check_file(file.place(folder), file.sha256)
        progress("files", count)
    return manifest


def restore_backup(
    folder: Path, url: str, store: ObjectStore, progress: Progress
) -> tuple[Manifest, list[str]]:
    """Fill an empty database and object store; the manifest, and the cases whose history does not prove itself.

    Whatever stops it, the database has no row until every row, reference and file was counted and compared. A backup
    of an older release is migrated at the end. BackupError for a place that is not empty or a backup that is not whole.
    """
    manifest = read_manifest(folder)
    if manifest.schema not in revisions():
        raise BackupError(
            f"The backup has the schema {manifest.schema} of a newer release. Restore it with that release."
        )
    _check_tables(folder, manifest)
    engine = make_engine(url)
    try:
        _lay_schema(engine, url, manifest.schema)
        _require_own_objects(folder, store)
        _put_objects(folder, manifest, store, progress)
        broken = _load(engine, folder, manifest, store, progress)
        migrate(url)
    finally:
        engine.dispose()
    return manifest, broken


def _check_tables(folder: Path, manifest: Manifest) -> None:
    for table in manifest.tables:
        check_file(folder / table.path, table.sha256)
    check_file(folder / OBJECT_LIST, manifest.objects_sha256)


def _lay_schema(engine: Engine, url: str, revision: str) -> None:
    """Give an empty database the tables that the backup was made of."""
    with engine.begin() as connection:
        _require_no_rows(connection)
        if revision_of(connection) not in (None, revision):
            # Empty tables of another release are in the way.
            stored = MetaData()
            stored.reflect(
                connection, only=lambda name, _: name in {*Base.metadata.tables, "alembic_version"}
            )
            stored.drop_all(connection)
    migrate(url, revision)


def _require_no_rows(connection: Connection) -> None:
    for name in sorted(set(inspect(connection).get_table_names()) - {"alembic_version"}):
        if connection.execute(select(text("1")).select_from(sql_table(name)).limit(1)).first():
            raise BackupError(
                f"The database is not empty: {name} has rows. Restore into a new one "
                "(TUNTAS_DATABASE_URL or TUNTAS_VAR)."
            )


def _require_own_objects(folder: Path, store: ObjectStore) -> None:
    """Refuse an object store that holds anything but what an interrupted restore of this backup left."""
    ours = (file.key for file in listed_files(folder))
    own = next(ours, None)
    for stored in store.list():
        if stored.key.startswith(f"{ORGANISATIONS}/"):
            continue
        while own is not None and own < stored.key:
            own = next(ours, None)
        if stored.key != own:
            raise BackupError(
                "The object store is not empty: it has files that are not in this backup. Restore into a new "
                "folder or bucket (TUNTAS_OBJECT_STORE or TUNTAS_VAR)."
            )


def _put_objects(folder: Path, manifest: Manifest, store: ObjectStore, progress: Progress) -> None:
    for count, file in enumerate(listed_files(folder), start=1):
        place = file.place(folder)
        if file.key not in manifest.missing:
            with damage_of(place):
                stored = store.put(key=file.key, chunks=chunks_of(place), media_type=file.media_type)
            if (stored.sha256, stored.size) != (file.sha256, file.size):
                raise BackupError(f"{place} is damaged. Use another copy of the backup.")
        progress("files", count)


def _load(
    engine: Engine, folder: Path, manifest: Manifest, store: ObjectStore, progress: Progress
) -> list[str]:
    """Write and prove every row in one transaction; the cases whose history is broken, as it was when backed up."""
    with engine.connect() as connection, references_proven(connection):
        # Nobody else can write from here on, so that of two restores at once the second one is refused.
        _require_no_rows(connection)
        done = 0
        for table in manifest.tables:
            for rows in batches(folder, table):
                connection.execute(_statement(connection, table), rows)
                progress("rows", done := done + len(rows))
        prove_rows(connection, manifest)
        prove_objects(connection, store, manifest)
        return broken_histories(connection)


def _statement(connection: Connection, table: TableFile) -> Any:
    return insert_rows(portable_table(table.name, table.columns), table.columns, connection.dialect.name)


def batches(folder: Path, table: TableFile) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table, a few at a time."""
    read = row_reader(table.columns)
    rows = (read(line) for line in read_lines(folder / table.path))
    while batch := list(islice(rows, AT_ONCE)):
        yield batch
