"""Counts the statements of an action on their way to the database, and notices those that workers have to act on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event

_WORK = re.compile(r"\bINTO (?:outbox|jobs|operations|recalculations)\b")


@dataclass(slots=True)
class Tally:
    """What one action sent so far."""

    statements: int = 0
    work: bool = False
    """Whether it wrote something that a worker may do at once."""


_TALLY: ContextVar[Tally | None] = ContextVar("tally", default=None)


def tally() -> Tally:
    """The tally of the action that runs in this thread."""
    found = _TALLY.get()
    if found is None:
        found = Tally()
        _TALLY.set(found)
    return found


@contextmanager
def counting() -> Iterator[Tally]:
    """Count the statements of the block by themselves; those around it do not count them again."""
    before = _TALLY.get()
    own = Tally()
    _TALLY.set(own)
    try:
        yield own
    finally:
        _TALLY.set(before)


def count_on(engine: Engine) -> None:
    """Count every statement that goes to this database. ``storage.queries.batch`` tells of its own."""
    event.listen(engine, "before_cursor_execute", _count)


def _count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
    if statement.startswith("BEGIN"):
        return
    found = tally()
    found.statements += 1
    if not found.work and _gives_work(statement):
        found.work = True


@lru_cache(maxsize=2048)
def _gives_work(statement: str) -> bool:
    return _WORK.search(statement) is not None
