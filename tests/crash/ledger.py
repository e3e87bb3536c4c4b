"""What clients asked for and what they were told: the audit holds the office to it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Ledger:
    """Asked-for things by their keys; the value says whether the client was told that they happened."""

    cases: dict[str, bool] = field(default_factory=dict)
    """By the complaint's title, which is written once only."""
    references: dict[str, str] = field(default_factory=dict)
    """The title of each reference that was told."""
    tasks: dict[str, bool] = field(default_factory=dict)
    """By the task's id."""
    messages: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By case and message."""
    files: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By case and the content's SHA-256, which is sent once only."""
    surprises: list[str] = field(default_factory=list)
    """Answers that nobody should get, whatever is killed."""
    statuses: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, kind: dict[Any, bool], key: Any) -> None:
        """Something is asked for."""
        with self._lock:
            kind[key] = False

    def told(self, kind: dict[Any, bool], key: Any) -> None:
        """The client was told that it happened."""
        with self._lock:
            kind[key] = True

    def answered(self, what: str) -> None:
        """Count an answer, or that none came."""
        with self._lock:
            self.statuses[what] += 1

    def surprised(self, what: str) -> None:
        """Note an answer that nobody should get."""
        with self._lock:
            self.surprises.append(what)

    @property
    def acknowledged(self) -> int:
        """How many things clients were told of."""
        return sum(sum(kind.values()) for kind in (self.cases, self.tasks, self.messages, self.files))
