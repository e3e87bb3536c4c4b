"""What one call of ``advance`` carries with it: the clock, the facts, and what the process does meanwhile."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.errors import ProcessFaultError
from engine.model import DueDates, Effect, ThrownMessage, Transition

LibraryTask = Any
"""A task of the library; it never leaves the engine."""


@dataclass(slots=True)
class Numbers:
    """Hands out the ids and the order of an instance, so that a step depends on its inputs only.

    An id is the instance's seed and a counter, in the free layout of RFC 9562 (version 8): stored states
    carry the seed once and then small numbers.
    """

    seed: bytes
    next_task: int = 0
    next_tick: int = 1

    def task_id(self) -> UUID:
        """Answer a new id."""
        number = self.next_task
        self.next_task += 1
        return self.id_of(number)

    def id_of(self, number: int) -> UUID:
        """Answer the id with this number."""
        value = int.from_bytes(self.seed[:10]) << 48 | number
        value = value & ~(0xF << 76) | 8 << 76
        return UUID(int=value & ~(0x3 << 62) | 2 << 62)

    def number_of(self, task_id: UUID) -> int:
        """Answer the number behind an id of this instance."""
        return task_id.int & 0xFFFF_FFFF_FFFF

    def tick(self) -> int:
        """Answer the next point in the order of state changes."""
        tick = self.next_tick
        self.next_tick += 1
        return tick


@dataclass(slots=True)
class Session:
    """The context of one step."""

    now: datetime
    facts: Mapping[str, Any]
    due_at: DueDates
    handler_modes: Mapping[str, str]
    numbers: Numbers
    describe: Callable[[LibraryTask], Any]
    """Answers the ``Element`` behind a library task."""
    recording: bool = False
    """Off while a stored state is being restored: restoring is no transition."""
    transitions: list[Transition] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    thrown: list[ThrownMessage] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)
    stage: str | None = None
    last_task: LibraryTask = None
    current: LibraryTask = None


_ACTIVE: ContextVar[Session | None] = ContextVar("tuntas_engine_session", default=None)


def active() -> Session | None:
    """Answer the session of the step that runs here, or None outside of any."""
    return _ACTIVE.get()


def required() -> Session:
    """Answer the session; the library's objects of this engine work inside ``advance`` only."""
    session = _ACTIVE.get()
    if session is None:
        raise ProcessFaultError(None, "the engine runs outside of a step")
    return session


@contextmanager
def running(session: Session) -> Iterator[Session]:
    """Make ``session`` the active one."""
    token = _ACTIVE.set(session)
    try:
        yield session
    finally:
        _ACTIVE.reset(token)
