"""Wakes resting workers on PostgreSQL when there is something to do at once. Nothing depends on it: they look anyway.

NOTIFY in the transaction that adds the work would make all commits of the database wait for each other, so the word is
given after the commit, by a thread of its own, and ten times a second at most.
"""

import logging
import threading
import time
from contextlib import suppress
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from storage.organisation import organisation_of
from storage.tally import tally

CHANNEL = "tuntas_work"
PAUSE = 0.1
"""Seconds between two words of one process."""
IDLE = 5.0
"""After so many seconds without anything to say, thread and connection are given up."""
log = logging.getLogger("tuntas.wake")
_bells: WeakKeyDictionary[Engine, "Bell"] = WeakKeyDictionary()


class Bell:
    """Tells the workers of one database, from any thread and without making it wait."""

    def __init__(self, engine: Engine) -> None:
        self._address, self._channel = _address(engine), channel_of(engine)
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """There is something to do."""
        with self._lock:
            self._rung.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tuntas-bell", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            with psycopg.connect(self._address, autocommit=True, connect_timeout=5) as connection:
                while self._is_wanted():
                    connection.execute(f"NOTIFY {self._channel}".encode(), prepare=False)
                    time.sleep(PAUSE)
        except psycopg.Error as error:
            log.debug("nobody could be woken: %s", type(error).__name__)
            with self._lock:
                self._thread = None

    def _is_wanted(self) -> bool:
        """Wait for the next word to give; False when the thread may end, which it then must."""
        if not self._rung.wait(IDLE):
            with self._lock:
                if not self._rung.is_set():
                    self._thread = None
                    return False
        self._rung.clear()
        return True


class Ear:
    """Where a worker rests: until somebody rings, it is time, or it is told to stop."""

    def __init__(self, engine: Engine) -> None:
        self._address = _address(engine) if engine.dialect.name == "postgresql" else None
        self._channel = channel_of(engine)
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def open(self) -> None:
        """Listen from now on: what is rung while the worker works is heard when it rests."""
        if self._address is None or self._connection is not None:
            return
        try:
            self._connection = psycopg.connect(self._address, autocommit=True, connect_timeout=5)
            self._connection.execute(f"LISTEN {self._channel}".encode())
        except psycopg.Error as error:
            self.close()
            log.info("not listening, only looking: %s", type(error).__name__)

    def rest(self, stop: threading.Event, seconds: float) -> None:
        """Wait for at most so long; without a connection, as on SQLite, for exactly so long."""
        self.open()
        if self._connection is None:
            stop.wait(seconds)
            return
        try:
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.Error:
            self.close()
            stop.wait(seconds)

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None


def ring_on_commit(engine: Engine) -> None:
    """From now on ring when a session of this engine committed something that a worker may do at once."""
    if engine.dialect.name == "postgresql":
        _bells[engine] = Bell(engine)


def _committed(session: Session) -> None:
    sent = tally()
    if sent.work:
        sent.work = False
        bell = _bells.get(session.bind) if isinstance(session.bind, Engine) else None
        if bell is not None:
            bell.ring()


event.listen(Session, "after_commit", _committed)


def channel_of(engine: Engine) -> str:
    """What is rung and heard: channels belong to the whole database, so each organisation in it has its own."""
    name = organisation_of(engine.url)
    return f"{CHANNEL}_{name}" if name else CHANNEL


def _address(engine: Engine) -> str:
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    # PostgreSQL's own reading of an address knows no plus for a space.
    place, question, options = address.partition("?")
    return place + question + options.replace("+", "%20")
