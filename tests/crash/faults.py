"""What is done to the office: kills, cut connections, a full disk, a worker that sleeps past its lease."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import psycopg
from sqlalchemy import make_url

from crash.site import DISK, LEASE_SECONDS, Site

Fault = Callable[[Site, Random], None]
_PAUSE = threading.Event()


def rest(seconds: float) -> None:
    """Let the load go on."""
    _PAUSE.wait(seconds)


def kill_web(site: Site, rng: Random) -> None:
    """SIGKILL to a web process in the middle of its requests."""
    site.kill(site.webs, rng.randrange(len(site.webs)))


def kill_worker(site: Site, rng: Random) -> None:
    """SIGKILL to a worker in the middle of whatever it does."""
    site.kill(site.workers, rng.randrange(len(site.workers)))


def kill_everything(site: Site, rng: Random) -> None:
    """The machine goes down: every process at once."""
    for which in (site.webs, site.workers):
        for running in which:
            running.kill()
    for which in (site.webs, site.workers):
        for number in range(len(which)):
            site.kill(which, number)


def cut_connections(site: Site, rng: Random) -> None:
    """Every connection to PostgreSQL is ended, several times; on SQLite the database is locked for a moment."""
    if site.url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(site.url).database or "", timeout=10)) as database:
            with suppress(sqlite3.OperationalError):
                database.execute("BEGIN EXCLUSIVE")
                rest(rng.uniform(0.2, 1.0))
            database.rollback()
        return
    url = make_url(site.url).set(drivername="postgresql")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        for _ in range(rng.randint(1, 6)):
            connection.execute(end, [url.database])
            rest(rng.uniform(0.02, 0.3))


def fill_disk(site: Site, rng: Random) -> None:
    """No object can be stored for a moment: the disk is full, or, where none of our own could be mounted, closed."""
    disk = site.objects.parent
    if os.path.ismount(disk):
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            _fill(file.fileno(), leave=rng.randint(0, 30_000))
            rest(rng.uniform(0.5, 1.2))
        ballast.unlink()
        return
    _close(site.objects / "incoming", rng)


def _fill(descriptor: int, *, leave: int) -> None:
    """Take what is free, in ever smaller pieces, but for a few bytes: a file breaks off in its middle."""
    size, piece = 0, DISK
    while piece > max(4096, leave):
        try:
            os.posix_fallocate(descriptor, size, piece)
            size += piece
        except OSError:
            piece //= 2


def _close(incoming: Path, rng: Random) -> None:
    aside = incoming.with_name("aside")
    with suppress(FileNotFoundError):
        incoming.rename(aside)
    incoming.touch()
    rest(rng.uniform(0.5, 1.2))
    incoming.unlink()
    with suppress(FileNotFoundError):
        aside.rename(incoming)


def pause_worker(site: Site, rng: Random) -> None:
    """A worker stands still until others have taken what it held, and then goes on as if nothing were."""
    victim = rng.choice(site.workers)
    victim.signal(signal.SIGSTOP)
    rest(LEASE_SECONDS + rng.uniform(0.2, 0.8))
    victim.signal(signal.SIGCONT)


FAULTS: dict[Fault, int] = {
    kill_web: 30,
    kill_worker: 25,
    cut_connections: 20,
    pause_worker: 12,
    fill_disk: 10,
    kill_everything: 3,
}
"""Each fault with its share."""


def drawn(rng: Random) -> Fault:
    """A fault by lot."""
    return rng.choices(list(FAULTS), list(FAULTS.values()))[0]
