"""The office under fire: real web processes and workers, followed by new ones when they were killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest
import requests

from crash.stores import Store
from support.processes import free_port, wait_until
from tuntas.cli import main
from tuntas.config import ROOT

WEBS, WORKERS = 2, 2
LEASE_SECONDS = 1
STARTS_WITHIN, STOPS_WITHIN = 180.0, 30.0
"""Seconds that a process may take to answer on a busy machine, and to end when it is asked to."""


@dataclass
class Running:
    """One process of the office; ``port`` is 0 for a worker."""

    port: int
    process: ForkServerProcess

    def signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self.process.is_alive() and self.process.pid:
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        """Kill it without warning, even while it is stopped."""
        self.process.kill()


@dataclass
class Site:
    """Processes on one database and one store. ``start`` before everything else, ``end`` at the end."""

    url: str
    folder: Path
    receiver: str
    store: Store
    crash_database: Callable[[], None] | None = None
    """Brings the database's server down and up again; None where there is none."""
    sabotage: Callable[[], None] | None = None
    """Runs in each process before the product does: tests of the harness itself put faults in."""
    stubborn: int = 0
    """Processes that did not end when they were asked to."""
    webs: list[Running] = field(default_factory=list)
    workers: list[Running] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=count)

    @property
    def log(self) -> Path:
        """Where every process writes its log."""
        return self.folder / "log"

    @property
    def ports(self) -> list[int]:
        """Where the office answers; the same however often a process is killed."""
        return [web.port for web in self.webs]

    def start(self, webs: int = WEBS, workers: int = WORKERS) -> None:
        """Start everything and wait until every web process answers."""
        self.webs = [self._web(free_port()) for _ in range(webs)]
        self.workers = [self._worker() for _ in range(workers)]
        for web in self.webs:
            wait_until(lambda web=web: answers(web.port), "a web process", seconds=STARTS_WITHIN)  # type: ignore[misc]

    def kill(self, which: list[Running], number: int) -> None:
        """Kill one process without warning; another one takes its place."""
        victim = which[number]
        victim.kill()
        victim.process.join()
        which[number] = self._follow(victim)

    def replace(self, which: list[Running], number: int) -> None:
        """Ask one process to end, and start another one in its place; a web process answers then."""
        leaver = which[number]
        if leaver.port:
            # One that took a killed one's place a moment ago does not listen yet, not even to signals.
            wait_until(lambda: answers(leaver.port), "a web process", seconds=STARTS_WITHIN)
        leaver.signal(signal.SIGTERM)
        leaver.process.join(STOPS_WITHIN)
        # One that is still starting has nobody to answer yet: the signal itself ends it.
        if leaver.process.exitcode not in (0, -signal.SIGTERM):
            self.stubborn += 1
            leaver.kill()
            leaver.process.join()
        which[number] = self._follow(leaver)
        if leaver.port:
            wait_until(lambda: answers(leaver.port), "a web process", seconds=STARTS_WITHIN)

    def any_answers(self) -> bool:
        """Whether a client finds somebody."""
        return any(answers(port) for port in self.ports)

    def end_webs(self) -> None:
        """Nobody is served any more."""
        self._end(self.webs)

    def end(self) -> None:
        """Kill everything."""
        self._end(self.webs)
        self._end(self.workers)

    @staticmethod
    def _end(which: list[Running]) -> None:
        for running in which:
            running.kill()
            running.process.join()

    def _follow(self, gone: Running) -> Running:
        return self._web(gone.port) if gone.port else self._worker()

    def _web(self, port: int) -> Running:
        return Running(port, self._spawn(["serve"], {"TUNTAS_PORT": str(port)}))

    def _worker(self) -> Running:
        return Running(0, self._spawn(["worker"], {}))

    def _spawn(self, arguments: list[str], more: dict[str, str]) -> ForkServerProcess:
        settings = {
            "TUNTAS_DATABASE_URL": self.url,
            "TUNTAS_OBJECT_STORE": self.store.address,
            # Nothing is shared but database and store: each process has a machine of its own, so to speak.
            "TUNTAS_VAR": str(self.folder / "machines" / str(next(self._number))),
            "TUNTAS_SECRET_KEY": "of an office under fire, long enough to sign with",
            "TUNTAS_RECEIVER_URL": self.receiver,
            "TUNTAS_LEASE_SECONDS": str(LEASE_SECONDS),
            "TUNTAS_LOG_LEVEL": "INFO",
            "TUNTAS_LOG_FORMAT": "json",
            **more,
        }
        given = (arguments, settings, str(self.log), self.sabotage)
        process = forks().Process(target=run_product, args=given, daemon=True)
        process.start()
        return process


@cache
def forks() -> ForkServerContext:
    """What processes are forked from: it reads the product's modules once, which takes seconds of computing.

    Python hands it no ``sys.path`` before 3.13, and what it cannot find it leaves out without a word.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crash.site", "crash.warm"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    return context


def run_product(
    arguments: list[str], settings: Mapping[str, str], log: str, sabotage: Callable[[], None] | None
) -> None:
    """Be one process of the office, as ``python -m tuntas`` with these settings is."""
    for name in [name for name in os.environ if name.startswith("TUNTAS_")]:
        del os.environ[name]
    os.environ.update(settings)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(ROOT)
    if sabotage is not None:
        sabotage()
    sys.argv = ["tuntas", *arguments]
    main()


def end_warm() -> None:
    """Be a process that ends well when what takes long was read before it was forked."""
    sys.exit("crash.warm" not in sys.modules)


def answers(port: int) -> bool:
    """Whether a web process is ready, or says that something else is not."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code in (200, 503)
    except requests.RequestException:
        return False
