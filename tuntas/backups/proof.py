"""Proves a restored office before it is committed: counts, references, files, and the history of every case."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select, text
from sqlalchemy import table as sql_table
from sqlalchemy.orm import Session

from cases.history import HistoryBrokenError, verify_history
from storage.objects import ObjectMissingError, ObjectStore
from storage.tables import Attachment, Case
from tuntas.backups.model import BackupError, Manifest

AT_ONCE = 500
_REFERENCES = text(
    "SELECT conrelid::regclass::text AS name, conname AS key, pg_get_constraintdef(oid) AS says"
    " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
    " AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
)


@contextmanager
def references_proven(connection: Connection) -> Iterator[None]:
    """A transaction in which rows may come in any order; at its end every reference leads to a row, or it is undone."""
    around = _on_postgresql if connection.dialect.name == "postgresql" else _on_sqlite
    with around(connection):
        yield


@contextmanager
def _on_postgresql(connection: Connection) -> Iterator[None]:
    """Take the foreign keys away and give them back, which checks every row. Locks the tables until the commit."""
    with connection.begin():
        found = connection.execute(_REFERENCES).all()
        quote = connection.dialect.identifier_preparer.quote
        for row in found:
            connection.execute(text(f"ALTER TABLE {row.name} DROP CONSTRAINT {quote(row.key)}"))
        yield
        for row in found:
            connection.execute(text(f"ALTER TABLE {row.name} ADD CONSTRAINT {quote(row.key)} {row.says}"))


@contextmanager
def _on_sqlite(connection: Connection) -> Iterator[None]:
    """Turn the foreign keys off, which only works outside of a transaction, and check them before the commit."""
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                tables = ", ".join(sorted({row[0] for row in broken}))
                raise BackupError(
                    f"Rows of the backup refer to rows that it lacks, in {tables}. Report this."
                )
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def prove_rows(connection: Connection, manifest: Manifest) -> None:
    """Raise BackupError unless every table has as many rows as it had."""
    for table in manifest.tables:
        count = connection.scalar(select(func.count()).select_from(sql_table(table.name)))
        if count != table.rows:
            raise BackupError(f"{table.name} has {count} rows instead of {table.rows}. Report this.")


def prove_objects(connection: Connection, store: ObjectStore, manifest: Manifest) -> None:
    """Read every file back as its attachment names it; BackupError for the first that is not what it was."""
    columns = (Attachment.object_key, Attachment.sha256)
    query = select(*columns).where(Attachment.object_key.not_in(manifest.missing))
    for key, sha256 in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        if _sha256(store, key) != sha256:
            raise BackupError(f"The object store did not keep {key} as it was written. Examine it.")


def _sha256(store: ObjectStore, key: str) -> str | None:
    digest = hashlib.sha256()
    try:
        with store.open(key) as chunks:
            for chunk in chunks:
                digest.update(chunk)
    except ObjectMissingError:
        return None
    return digest.hexdigest()


def broken_histories(connection: Connection) -> list[str]:
    """Ids of the cases whose chain of history entries does not prove itself."""
    broken: list[str] = []
    with Session(connection) as session:
        after = "00000000-0000-0000-0000-000000000000"
        query = select(Case.id).order_by(Case.id).limit(AT_ONCE)
        while ids := session.scalars(query.where(Case.id > after)).all():
            for case_id in ids:
                try:
                    verify_history(session, case_id)
                except HistoryBrokenError:
                    broken.append(case_id)
            after = ids[-1]
    return broken
