"""The databases that tests run on are the real ones, fresh for each test."""

from __future__ import annotations

import sqlalchemy as sa


def test_each_test_gets_an_empty_database_of_its_own(empty_database_url: str) -> None:
    engine = sa.create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE mark (number INTEGER)"))
    assert sa.inspect(engine).get_table_names() == ["mark"]
    engine.dispose()


def test_a_migrated_database_has_tables(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    assert sa.inspect(engine).get_table_names()
    engine.dispose()
