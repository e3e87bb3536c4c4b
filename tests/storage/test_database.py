"""SQLite and PostgreSQL behave alike: instants, foreign keys, and readers that are not kept waiting by a writer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from storage.database import READ_ONLY, hurried, normalise_url, prepare
from storage.tables import ExternalRef, IdempotencyKey, ReferenceCounter
from tuntas.database import make_engine

FULL = 2
"""What SQLite answers when each commit waits for the disk."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Yield an engine on a migrated database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def key(created_at: datetime) -> dict[str, object]:
    """A row of a table that refers to nothing."""
    values = {"key": "k" * 64, "request_hash": "h" * 64, "status": 200, "body": "", "headers": {}}
    return {**values, "created_at": created_at}


def test_an_instant_comes_back_as_aware_utc(engine: Engine) -> None:
    jakarta = timezone(timedelta(hours=7))
    written = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=jakarta)
    with Session(engine) as session:
        session.execute(insert(IdempotencyKey).values(key(written)))
        session.commit()
        read = session.scalars(select(IdempotencyKey.created_at)).one()
    assert (read, read.tzinfo) == (written, UTC)


def test_a_naive_instant_is_refused(engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(StatementError, match="naive"):
        session.execute(insert(IdempotencyKey).values(key(datetime(2026, 3, 2, 9, 30))))  # noqa: DTZ001


def test_a_naive_instant_is_refused_in_a_comparison_too(engine: Engine) -> None:
    naive = datetime(2026, 3, 2)  # noqa: DTZ001
    with Session(engine) as session, pytest.raises(StatementError, match="naive"):
        session.execute(select(IdempotencyKey.key).where(IdempotencyKey.created_at < naive))


def test_a_row_that_refers_to_nothing_is_refused(engine: Engine) -> None:
    nowhere = "00000000-0000-7000-8000-000000000000"
    statement = insert(ExternalRef).values(system="s", external_id="1", case_id=nowhere)
    with Session(engine) as session, pytest.raises(IntegrityError):
        session.execute(statement)


def test_a_reader_neither_waits_for_a_writer_nor_sees_its_unfinished_work(engine: Engine) -> None:
    with Session(engine) as writer, Session(engine.execution_options(**READ_ONLY)) as reader:
        writer.execute(insert(ReferenceCounter).values(year=2026, last=1))
        assert reader.scalars(select(ReferenceCounter.year)).all() == []
        writer.commit()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_embedded_database_keeps_its_promises(engine: Engine) -> None:
    with engine.connect() as connection:
        settings = {
            name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1}


def test_an_embedded_database_waits_for_the_disk_again_when_the_hurry_is_over(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'tuntas.db'}")
    prepare(engine)

    def waits_for_the_disk() -> bool:
        with engine.connect() as connection:
            return connection.scalar(text("PRAGMA synchronous")) == FULL

    assert waits_for_the_disk()
    with hurried(engine):
        assert not waits_for_the_disk()
    assert waits_for_the_disk()
    engine.dispose()


def test_the_folder_of_an_embedded_database_is_made(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new' / 'folder' / 'tuntas.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


# (address given, address used)
ADDRESSES = [
    ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
    ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
    ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
    ("sqlite:////var/t.db", "sqlite:////var/t.db"),
]


@pytest.mark.parametrize(("given", "used"), ADDRESSES)
def test_every_spelling_of_a_postgresql_address_uses_the_driver_that_ships(given: str, used: str) -> None:
    assert normalise_url(given) == used
