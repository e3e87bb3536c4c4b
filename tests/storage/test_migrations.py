"""A migrated database and the declared tables are the same thing, on SQLite and on PostgreSQL."""

from __future__ import annotations

from sqlalchemy import inspect

from storage.tables import Base
from tuntas.database import differences, is_current, make_engine, migrate


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
