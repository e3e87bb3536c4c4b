"""What is done to the office: kills, cuts, a store that breaks down, workers that sleep past their lease, upgrades."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from random import Random

import psycopg
from sqlalchemy import make_url

from crash.pause import rest
from crash.site import LEASE_SECONDS, Site

Fault = Callable[[Site, Random], None]


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


def roll(site: Site, rng: Random) -> None:
    """An upgrade: one process after the other is asked to end, and followed by a new one that answers."""
    for which in (site.webs, site.workers):
        for number in range(len(which)):
            site.replace(which, number)


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


def restart_database(site: Site, rng: Random) -> None:
    """PostgreSQL goes down without a word to anybody, and recovers; a database without a server is locked instead."""
    if site.crash_database is None:
        cut_connections(site, rng)
    else:
        site.crash_database()


def break_store(site: Site, rng: Random) -> None:
    """No object can be stored for a moment."""
    site.store.break_down(rng)


def pause_worker(site: Site, rng: Random) -> None:
    """A worker stands still until others have taken what it held, and then goes on as if nothing were."""
    victim = rng.choice(site.workers)
    victim.signal(signal.SIGSTOP)
    rest(LEASE_SECONDS + rng.uniform(0.2, 0.8))
    victim.signal(signal.SIGCONT)


FAULTS: dict[Fault, int] = {
    kill_web: 29,
    kill_worker: 25,
    cut_connections: 18,
    pause_worker: 10,
    break_store: 10,
    kill_everything: 3,
    restart_database: 3,
    roll: 2,
}
"""Each fault with its share."""


def drawn(rng: Random) -> Fault:
    """A fault by lot."""
    return rng.choices(list(FAULTS), list(FAULTS.values()))[0]
