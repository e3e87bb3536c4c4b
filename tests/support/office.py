"""Fixtures for a whole office: the fictional regency with its units, people and processes, but no cases yet."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cases.ports import FixedClock
from support.databases import DATABASES
from tuntas.app import create_app, tuntas_of
from tuntas.config import Config
from tuntas.office import Tuntas
from tuntas.seed import found_office
from tuntas.worker import Worker

if TYPE_CHECKING:
    from flask import Flask

    from support.postgres import PostgresqlServer

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Monday 2 March 2026, 09.00 in western Indonesia."""

OFFICE_TEMPLATE = "office_template"


def config_for(url: str, var: Path, **changes: object) -> Config:
    """A configuration for tests on a database of their own."""
    values: dict[str, object] = {
        "database_url": url,
        "object_store": "memory",
        "secret_key": b"only for tests, long enough to sign cookies",
        "var": var,
        "testing": True,
    }
    return Config(**{**values, **changes})  # type: ignore[arg-type]


def _found(url: str, var: Path) -> None:
    app = create_app(config_for(url, var), clock=FixedClock(START))
    found_office(tuntas_of(app))
    tuntas_of(app).work.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the office in it, only copied, never used."""
    folder = tmp_path_factory.mktemp("office")
    path = folder / "office.db"
    shutil.copyfile(sqlite_template, path)
    _found(f"sqlite:///{path}", folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgresql_office(
    postgresql: PostgresqlServer, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield the name of a PostgreSQL database with the office in it, only copied, never used."""
    _found(
        postgresql.create(OFFICE_TEMPLATE, template=postgresql_template), tmp_path_factory.mktemp("office")
    )
    postgresql.release(OFFICE_TEMPLATE)
    yield OFFICE_TEMPLATE
    postgresql.drop(OFFICE_TEMPLATE)


@pytest.fixture(params=DATABASES)
def office_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database with the office in it that only this test uses, once for each kind of database."""
    if request.param == "sqlite":
        path = tmp_path / "office.db"
        shutil.copyfile(request.getfixturevalue("sqlite_office"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = f"o{tmp_path.name[:20].lower().replace('-', '_')}_{id(request)}"[:50]
    yield server.create(name, template=request.getfixturevalue("postgresql_office"))
    server.drop(name)


@pytest.fixture
def clock() -> FixedClock:
    """Return the virtual clock of the test's office."""
    return FixedClock(START)


@pytest.fixture
def app(office_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Flask]:
    """Yield the application on the office's database and the virtual clock."""
    app = create_app(config_for(office_url, tmp_path), clock=clock)
    yield app
    tuntas_of(app).work.engine.dispose()


@pytest.fixture
def office(app: Flask) -> Tuntas:
    """Return the office behind the application."""
    return tuntas_of(app)


@pytest.fixture
def worker(office: Tuntas) -> Worker:
    """Return a worker of the office; tests call ``run_until_idle``."""
    return Worker(office)
