"""What one call of ``advance`` carries with it: the clock, the facts, and what the process does meanwhile."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import LimitExceededError, ProcessFaultError
from engine.model import DueDates, Effect, Element, Limits, ThrownMessage

BIRTHS_PER_TASK = 3
"""Library tasks that one step may create for each allowed activity; predictions come and go."""

LibraryTask = Any
"""A task of the library; it never leaves the engine."""


@dataclass(slots=True)
class Numbers:
    """Hands out the ids and the order of an instance, so that a step depends on its inputs only.

    Within the engine a task's id is a small number. Outside it is a UUID made of the instance's seed and that
    number, in the free layout of RFC 9562 (version 8), so that stored states carry the seed once.
    """

    seed: bytes
    next_task: int = 1
    next_tick: int = 1
    prefix: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay out the part of the ids that all tasks of the instance share."""
        digits = self.seed[:10].hex()
        variant = "89ab"[int(digits[16], 16) % 4]
        self.prefix = f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-"

    def task_number(self) -> int:
        """Answer a new number."""
        number = self.next_task
        self.next_task += 1
        return number

    def text(self, number: int) -> str:
        """Answer the id that a task bears outside of the engine."""
        return f"{self.prefix}{number:012x}"

    def number(self, text: str) -> int | None:
        """Answer the number behind an id, or None when it is none of this instance."""
        if not text.startswith(self.prefix) or len(text) != len(self.prefix) + 12:
            return None
        try:
            return int(text[len(self.prefix) :], 16)
        except ValueError:
            return None

    def tick(self) -> int:
        """Answer the next point in the order of state changes."""
        tick = self.next_tick
        self.next_tick += 1
        return tick


@dataclass(slots=True)
class Change:
    """A change of state of one activity, from which its ``Transition`` is made when the step is over."""

    task: LibraryTask
    element: Element
    before: str | None
    after: str
    came_from: str | None


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
    changes: list[Change] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    thrown: list[ThrownMessage] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)
    stage: str | None = None
    last_task: LibraryTask = None
    current: LibraryTask = None
    """The automatic activity that runs at the moment, for the report of a fault."""
    steps: int = 0
    births: int = 0
    started: float = field(default_factory=time.thread_time)

    def stepping(self, task: LibraryTask) -> None:
        """Count an automatic activity about to run."""
        self.current = task
        self.steps += 1
        if self.steps > self.limits.steps:
            raise self._exceeded(f"more than {self.limits.steps} automatic activities in one step")
        self.check_time()

    def created(self) -> None:
        """Count a new task of the library; predicted ones too, as diagrams can explode into those."""
        self.births += 1
        if self.births > BIRTHS_PER_TASK * self.limits.tasks:
            raise self._exceeded("the diagram unfolds into too many activities")
        if self.births % 64 == 0:
            self.check_time()

    def check_time(self) -> None:
        """Raise ``LimitExceededError`` once the step has computed for too long."""
        if time.thread_time() - self.started > self.limits.seconds:
            raise self._exceeded(f"the step computed longer than {self.limits.seconds} seconds")

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
