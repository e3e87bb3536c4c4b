"""What one call of ``advance`` carries with it: the clock, the facts, and what the process does meanwhile."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.errors import LimitExceededError, ProcessFaultError
from engine.model import DueDates, Effect, Limits, ThrownMessage, Transition

BIRTHS_PER_TASK = 3
"""Library tasks that one step may create for each allowed activity; predictions come and go."""

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
    describe: Callable[..., Any]
    """Answers the ``Element`` behind a library task."""
    limits: Limits
    recording: bool = False
    """Off while a stored state is being restored: restoring is no transition."""
    changes: list[tuple[LibraryTask, Transition]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    thrown: list[ThrownMessage] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)
    stage: str | None = None
    last_task: LibraryTask = None
    current: LibraryTask = None
    """The automatic activity that runs at the moment, for the report of a fault."""
    steps: int = 0
    births: int = 0
    started: float = field(default_factory=time.monotonic)

    def stepping(self, task: LibraryTask) -> None:
        """Count an automatic activity about to run."""
        self.current = task
        self.steps += 1
        if self.steps > self.limits.steps:
            raise self._exceeded(f"more than {self.limits.steps} automatic activities in one step")
        self._check_time()

    def created(self) -> None:
        """Count a new task of the library; predicted ones too, as diagrams can explode into those."""
        self.births += 1
        if self.births > BIRTHS_PER_TASK * self.limits.tasks:
            raise self._exceeded("the diagram unfolds into too many activities")
        if self.births % 64 == 0:
            self._check_time()

    def _check_time(self) -> None:
        if time.monotonic() - self.started > self.limits.seconds:
            raise self._exceeded(f"the step took longer than {self.limits.seconds} seconds")

    def _exceeded(self, cause: str) -> LimitExceededError:
        return LimitExceededError(self.current.task_spec.bpmn_id if self.current is not None else None, cause)


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
