"""Where is measured: a durable PostgreSQL, fresh offices on it or on SQLite, and how large the measurement is."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cases.model import SYSTEM
from cases.ports import Clock
from cases.tokens import create_token
from support.office import config_for
from support.postgres import PostgresqlServer, postgresql_server
from tuntas.database import make_engine, migrate
from tuntas.found import found_office
from tuntas.office import Tuntas, build

ADMIN = "admin.instansi"
"""The coordinating admin of the fictional regency, who does everything that is measured."""


@dataclass
class Place:
    """One run of the benchmark. ``scale`` 1 is the whole; tests take a small part of it."""

    server: PostgresqlServer
    folder: Path
    scale: float = 1.0

    def some(self, whole: int, least: int = 2) -> int:
        """So many of a whole number as the scale asks for, but never fewer than ``least``."""
        return max(least, round(whole * self.scale))

    def seconds(self, whole: float) -> float:
        """A duration by the scale, at least half a second."""
        return max(0.5, whole * self.scale)

    @contextmanager
    def database(self, kind: str = "postgresql") -> Iterator[str]:
        """Yield the URL of an empty database."""
        name = f"b{secrets.token_hex(5)}"
        if kind == "sqlite":
            yield f"sqlite:///{self.folder / name}.db"
            return
        url = self.server.create(name)
        try:
            yield url
        finally:
            self.server.drop(name)

    @contextmanager
    def office(self, kind: str = "postgresql", *, clock: Clock | None = None) -> Iterator[Tuntas]:
        """Yield the fictional regency without a case, on a database of its own."""
        with self.database(kind) as url:
            migrate(url)
            engine = make_engine(url)
            office = build(config_for(url, self.folder / "var", testing=False), engine, clock=clock)
            found_office(office)
            try:
                yield office
            finally:
                engine.dispose()


@contextmanager
def a_place(scale: float) -> Iterator[Place]:
    """Start PostgreSQL as it is run in service, waiting for the disk at each commit."""
    with tempfile.TemporaryDirectory() as name, postgresql_server(durable=True) as server:
        yield Place(server, Path(name), scale)


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the bare driver to the database behind a URL of SQLAlchemy."""
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))


def learn(url: str) -> None:
    """Let PostgreSQL see what its tables hold by now, as it does by itself within a minute in service.

    Plans that it made when they were empty read them from end to end.
    """
    if url.startswith("postgresql"):
        with connect(url) as connection:
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE")


def token_for(office: Tuntas, username: str = ADMIN) -> str:
    """A token of somebody's for the API."""
    return office.work.write(
        lambda session: create_token(session, office.env, username, "bench", by=SYSTEM, expires_at=None)
    )
