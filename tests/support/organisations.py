"""Fixtures: two organisations in one PostgreSQL and one object store, each with the fictional regency."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cases.ports import FixedClock
from storage.organisation import in_organisation
from support.office import START, config_for
from support.postgres import PostgresqlServer
from tuntas.database import make_engine, migrate
from tuntas.found import found_office
from tuntas.office import Tuntas, build

FIRST, SECOND = "sukamaju", "sukamiskin"
TEMPLATE = "organisations"


def office_in(url: str, name: str, folder: Path, clock: FixedClock) -> Tuntas:
    """The organisation's office; the store is the same for all that have the folder."""
    own = in_organisation(url, name)
    store = f"file://{folder / 'objects'}"
    config = config_for(own, folder / "organisations" / name, organisation=name, object_store=store)
    return build(config, make_engine(own), clock=clock)


@pytest.fixture(scope="session")
def two_organisations(
    postgresql: PostgresqlServer, postgresql_office: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield the name of a database with both, only copied, never used."""
    url = postgresql.create(TEMPLATE, template=postgresql_office)
    engine = make_engine(url)
    with engine.begin() as connection:
        # So an office that had its database for itself becomes one of several.
        connection.execute(text(f"ALTER SCHEMA public RENAME TO {FIRST}"))
        connection.execute(text("CREATE SCHEMA public"))
        if connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
            connection.execute(text("ALTER EXTENSION pg_trgm SET SCHEMA public"))
    engine.dispose()
    migrate(in_organisation(url, SECOND))
    office = office_in(url, SECOND, tmp_path_factory.mktemp("second"), FixedClock(START))
    found_office(office)
    office.work.engine.dispose()
    postgresql.release(TEMPLATE)
    yield TEMPLATE
    postgresql.drop(TEMPLATE)


@pytest.fixture
def shared_url(postgresql: PostgresqlServer, two_organisations: str) -> Iterator[str]:
    """Yield the address of a database with both that only this test uses."""
    name = f"s{secrets.token_hex(6)}"
    yield postgresql.create(name, template=two_organisations)
    postgresql.drop(name)


@pytest.fixture
def both(shared_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[tuple[Tuntas, Tuntas]]:
    """Yield the two offices."""
    offices = (
        office_in(shared_url, FIRST, tmp_path, clock),
        office_in(shared_url, SECOND, tmp_path, clock),
    )
    yield offices
    for office in offices:
        office.work.engine.dispose()
