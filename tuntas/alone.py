"""One process at a time: several that are told to migrate the same database do it one after another."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from storage.organisation import organisation_of

AGAIN = 0.5
"""Seconds after which one that waits looks again."""
KEY = 0x74756E746173
"""The advisory lock of PostgreSQL: the word tuntas as a number."""


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Wait until no other process is in such a block on this organisation's database; one that dies leaves it.

    On PostgreSQL a lock of the session, on a connection of its own; on SQLite a lock on the folder of the file.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # A statement that waits holds a snapshot, and an index that is built beside its writers waits for those
            # who hold one: whoever waited in the database would stop the migration that they wait for.
            while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key_of(engine)}):
                time.sleep(AGAIN)
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key_of(engine)})
        return
    name = engine.url.database
    if not name or name == ":memory:":
        yield
        return
    folder = os.open(Path(name).resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def key_of(engine: Engine) -> int:
    """The number of the lock: each organisation of a database has its own, because locks belong to the database."""
    name = organisation_of(engine.url)
    if not name:
        return KEY
    return int.from_bytes(hashlib.sha256(f"tuntas {name}".encode()).digest()[:8], signed=True)
