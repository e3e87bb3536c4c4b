"""A migrated database and the declared tables are the same thing, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
)

from storage.errors import BrokenReferencesError
from storage.tables import Base
from storage.tables.base import UtcDateTime
from tuntas.database import _config, differences, is_current, make_engine, migrate

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
SAMPLES: dict[type, Any] = {String: "x", Text: "x", Integer: 1, Boolean: False, UtcDateTime: NOON}
"""Something that fits a column of each type."""


def test_a_fresh_database_is_not_current_and_a_migrated_one_is(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    assert not is_current(engine)
    migrate(empty_database_url)
    assert is_current(engine)
    engine.dispose()


def test_the_migrated_schema_equals_the_declared_one(database_url: str) -> None:
    engine = make_engine(database_url)
    assert differences(engine) == []
    engine.dispose()


def test_every_declared_table_is_there_and_nothing_else(database_url: str) -> None:
    engine = make_engine(database_url)
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    engine.dispose()


def test_every_declared_index_is_there(database_url: str) -> None:
    engine = make_engine(database_url)
    inspector = inspect(engine)
    for table in Base.metadata.tables.values():
        stored = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= stored, table.name
    engine.dispose()


def test_migrating_twice_is_harmless(database_url: str) -> None:
    migrate(database_url)
    engine = make_engine(database_url)
    assert is_current(engine)
    assert differences(engine) == []
    engine.dispose()


def migrate_to(connection: Connection, revision: str) -> None:
    """Bring the database to the schema of an older release."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()


def add_row(connection: Connection, name: str, **values: Any) -> str:
    """A row with the given values, and any that fit in the other columns that must have one; its id."""
    stored = {column["name"] for column in inspect(connection).get_columns(name)}
    table = Table(
        name,
        MetaData(),
        *(column._copy() for column in Base.metadata.tables[name].c if column.name in stored),
    )
    needed = {column.name: SAMPLES.get(type(column.type)) for column in table.c if not column.nullable}
    row = {**needed, "id": str(uuid4()), **values}
    connection.execute(insert(table).values(**row))
    return str(row["id"])


def test_a_database_of_the_first_release_keeps_its_rows_when_it_is_migrated(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with engine.connect() as connection:
        migrate_to(connection, "0001")
        # A case that other rows refer to: SQLite changes its table by copying it.
        case_id = add_row(connection, "cases")
        deadline_id = add_row(connection, "deadlines", case_id=case_id, due_at=NOON)
        connection.commit()
    migrate(empty_database_url)
    deadlines = Base.metadata.tables["deadlines"]
    with engine.connect() as connection:
        (row,) = connection.execute(select(deadlines)).all()
        assert (row.id, row.case_id, row.due_at) == (deadline_id, case_id, NOON)
        assert (row.calendar_version, row.extended, row.next_level) == (1, False, None)
    assert is_current(engine)
    engine.dispose()


def test_a_migration_after_which_rows_refer_to_nothing_names_the_table(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'broken.db'}"
    engine = make_engine(url)
    with engine.connect() as connection:
        migrate_to(connection, "0001")
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        add_row(connection, "deadlines", case_id=str(uuid4()), due_at=NOON)
        connection.commit()
    engine.dispose()
    with pytest.raises(BrokenReferencesError, match=r"Restore the backup .* Tables: deadlines\."):
        migrate(url)
