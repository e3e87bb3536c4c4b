"""One process at a time: several that are told to migrate the same database do it one after another."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

KEY = 0x74756E746173
"""The advisory lock of PostgreSQL: the word tuntas as a number."""


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Wait until no other process is in such a block on this database; a process that dies leaves it.

    On PostgreSQL a lock of the session, on a connection of its own; on SQLite a lock on the folder of the file.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": KEY})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": KEY})
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
