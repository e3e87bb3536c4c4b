"""The office under fire: real web processes and workers, started anew when they were killed, and a disk that fills."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import requests

from support.processes import free_port, wait_until
from tuntas.cli import main
from tuntas.config import ROOT

WEBS, WORKERS = 2, 2
LEASE_SECONDS = 1
DISK = 256 * 1024 * 1024
FORKS: ForkServerContext = multiprocessing.get_context("forkserver")
# Reading the product's modules takes seconds, each time that something is killed; they are read once and forked.
FORKS.set_forkserver_preload(["crash.site", "crash.warm"])


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
    sabotage: Callable[[], None] | None = None
    """Runs in each process before the product does: tests of the harness itself put faults in."""
    webs: list[Running] = field(default_factory=list)
    workers: list[Running] = field(default_factory=list)

    @property
    def objects(self) -> Path:
        """Where the objects lie."""
        return self.folder / "disk" / "objects"

    @property
    def ports(self) -> list[int]:
        """Where the office answers; the same however often a process is killed."""
        return [web.port for web in self.webs]

    def start(self, webs: int = WEBS, workers: int = WORKERS) -> None:
        """Start everything and wait until every web process answers."""
        self.webs = [self._web(free_port()) for _ in range(webs)]
        self.workers = [self._worker() for _ in range(workers)]
        for web in self.webs:
            wait_until(lambda web=web: answers(web.port), "a web process", seconds=90)  # type: ignore[misc]

    def kill(self, which: list[Running], number: int) -> None:
        """Kill one process without warning; another one takes its place."""
        victim = which[number]
        victim.kill()
        victim.process.join()
        which[number] = self._web(victim.port) if victim.port else self._worker()

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

    def _web(self, port: int) -> Running:
        return Running(port, self._spawn(["serve"], {"TUNTAS_PORT": str(port)}))

    def _worker(self) -> Running:
        return Running(0, self._spawn(["worker"], {}))

    def _spawn(self, arguments: list[str], more: dict[str, str]) -> ForkServerProcess:
        settings = {
            "TUNTAS_DATABASE_URL": self.url,
            "TUNTAS_OBJECT_STORE": f"file://{self.objects}",
            "TUNTAS_VAR": str(self.folder),
            "TUNTAS_RECEIVER_URL": self.receiver,
            "TUNTAS_LEASE_SECONDS": str(LEASE_SECONDS),
            "TUNTAS_LOG_LEVEL": "ERROR",
            **more,
        }
        given = (arguments, settings, str(self.folder / "log"), self.sabotage)
        process = FORKS.Process(target=run_product, args=given, daemon=True)
        process.start()
        return process


def run_product(
    arguments: list[str], settings: Mapping[str, str], log: str, sabotage: Callable[[], None] | None
) -> None:
    """Be one process of the office, as ``python -m tuntas`` with these settings is."""
    for name in [name for name in os.environ if name.startswith("TUNTAS_")]:
        del os.environ[name]
    os.environ.update(settings)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(ROOT)
    if sabotage is not None:
        sabotage()
    sys.argv = ["tuntas", *arguments]
    main()


def answers(port: int) -> bool:
    """Whether a web process is ready, or says that something else is not."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code in (200, 503)
    except requests.RequestException:
        return False


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Give the objects a file system of their own that can be full, where that is allowed; yields whether it is."""
    disk = folder / "disk"
    disk.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    try:
        mounted = (
            os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
        )
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)
