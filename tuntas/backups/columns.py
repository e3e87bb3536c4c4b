"""Columns in words that every database understands, and their values as JSON knows them and back."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    insert,
    select,
)
from sqlalchemy import Column as SqlColumn
from sqlalchemy.types import TypeEngine

from storage.tables import Base
from storage.tables.base import Id, UtcDateTime
from tuntas.backups.model import BackupError, Column

KINDS: dict[str, tuple[tuple[type[TypeEngine[Any]], ...], TypeEngine[Any]]] = {
    "instant": ((UtcDateTime,), UtcDateTime()),
    "id": ((Uuid,), Id),
    "json": ((JSON,), Text()),
    "bytes": ((LargeBinary,), LargeBinary()),
    "boolean": ((Boolean,), Boolean()),
    "date": ((Date,), Date()),
    "integer": ((Integer,), BigInteger()),
    "text": ((String,), Text()),
}
"""Each kind with the declared types that it stands for, and the type by which it is read and written.

JSON travels as the text that is stored: a number that no parser holds, or the order of keys, stays as it was.
"""

_FROM_JSON: dict[str, Callable[[Any], Any]] = {
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": b64decode,
}


def declared_columns(table: str, stored: list[str]) -> tuple[Column, ...]:
    """The stored columns with their kinds; BackupError for what this release does not declare."""
    declared = Base.metadata.tables.get(table)
    if declared is None or not set(stored) <= set(declared.c.keys()):
        raise BackupError(
            f"This release does not know the table {table} as it is stored. Make the backup with the release "
            "that last migrated the database."
        )
    return tuple(Column(name, kind_of(declared.c[name])) for name in stored)


def kind_of(column: SqlColumn[Any]) -> str:
    """The kind of a declared column."""
    return next(kind for kind, (types, _) in KINDS.items() if isinstance(column.type, types))


def portable_table(name: str, columns: tuple[Column, ...]) -> Table:
    """The table as a backup sees it, whatever this release declares."""
    return Table(name, MetaData(), *(SqlColumn(column.name, KINDS[column.kind][1]) for column in columns))


def select_rows(table: Table, columns: tuple[Column, ...]) -> Select[Any]:
    """Every row of a table, its values in the order of the columns."""
    return select(*(_read(table.c[column.name], column.kind) for column in columns))


def _read(column: SqlColumn[Any], kind: str) -> ColumnElement[Any]:
    # The driver of PostgreSQL would parse JSON before we see it.
    return cast(column, Text) if kind == "json" else column


def insert_rows(table: Table, columns: tuple[Column, ...], dialect: str) -> Insert:
    """The statement that takes rows by the names of their columns."""
    # On SQLite a cast to JSON would make a number of it.
    as_json = [column.name for column in columns if column.kind == "json" and dialect == "postgresql"]
    return insert(table).values({name: cast(bindparam(name, type_=Text()), JSON) for name in as_json})


def row_reader(columns: tuple[Column, ...]) -> Callable[[list[Any]], dict[str, Any]]:
    """A function that gives the values of a line their names and types."""
    names = [column.name for column in columns]
    parsers = [
        (at, _FROM_JSON[column.kind]) for at, column in enumerate(columns) if column.kind in _FROM_JSON
    ]

    def read(values: list[Any]) -> dict[str, Any]:
        for at, parse in parsers:
            if values[at] is not None:
                values[at] = parse(values[at])
        return dict(zip(names, values, strict=True))

    return read
