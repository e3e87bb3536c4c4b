"""A worker says every ten seconds that it is there, and leaves what it counted where the metrics look for it."""

import logging
import os
import time
from contextlib import suppress
from importlib.metadata import version

from cases.errors import CaseError
from cases.workers import BEAT, Identity, beat, leave
from tuntas.metrics import HOST, METRICS
from tuntas.office import Tuntas

log = logging.getLogger("tuntas.worker")


class Heartbeat:
    """The row of one worker; nothing that the worker does depends on it."""

    def __init__(self, office: Tuntas) -> None:
        self._office = office
        self._next = 0.0
        env = office.env
        self.identity = Identity(
            id=env.new_id(),
            host=HOST,
            pid=os.getpid(),
            release=version("tuntas"),
            started_at=env.clock.now(),
        )

    def beat(self) -> None:
        """Say it when it is time to."""
        METRICS.keep(self._office.config.var / "metrics")
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + BEAT.total_seconds()
        env = self._office.env
        self._office.work.write(lambda session: beat(session, env, self.identity))

    def end(self) -> None:
        """Say that it stopped; when that cannot be said, silence will tell."""
        with suppress(CaseError):
            self._office.work.write(lambda session: leave(session, self.identity.id))
