"""Starts web processes and workers of the product, and of the floor, and drives them with the light client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.place import Place
from support.processes import accepts, free_port, running
from tuntas.config import ROOT


@dataclass(frozen=True)
class Load:
    """What the client saw: seconds for everything, and milliseconds for each request."""

    seconds: float
    taken: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.taken) / self.seconds


def environment(place: Place, url: str) -> Mapping[str, str]:
    """The settings of a process of the product, on this database."""
    return {
        "TUNTAS_DATABASE_URL": url,
        "TUNTAS_VAR": str(place.folder / "var"),
        "TUNTAS_LOG_LEVEL": "ERROR",
    }


@contextmanager
def web(place: Place, url: str, number: int) -> Iterator[list[tuple[int, int]]]:
    """Run web processes of the product with waitress, as ``tuntas serve`` does; yields their ports and process ids."""
    with ExitStack() as stack:
        found = []
        for _ in range(number):
            port = free_port()
            settings = {**environment(place, url), "TUNTAS_PORT": str(port)}
            found.append(
                (port, _served([sys.executable, "-m", "tuntas", "serve"], port, place, stack, settings))
            )
        yield found


@contextmanager
def floor(place: Place, url: str, diagram: Path, number: int) -> Iterator[list[tuple[int, int]]]:
    """Run web processes of the floor; yields their ports and process ids."""
    with ExitStack() as stack:
        found = []
        for _ in range(number):
            port = free_port()
            command = [sys.executable, "-m", "bench.floor", url, str(diagram), str(port)]
            found.append((port, _served(command, port, place, stack, {})))
        yield found


def _served(
    command: Sequence[str], port: int, place: Place, stack: ExitStack, settings: Mapping[str, str]
) -> int:
    log = place.folder / f"{port}.log"
    told = {"PYTHONPATH": str(ROOT), **settings}
    process = stack.enter_context(
        running(command, log=log, ready=lambda: accepts(port), environment=told, seconds=90)
    )
    return process.pid


@contextmanager
def workers(place: Place, url: str, number: int) -> Iterator[list[int]]:
    """Run worker processes of the product; yields their process ids."""
    with ExitStack() as stack:
        found = []
        for position in range(number):
            process = running(
                [sys.executable, "-m", "tuntas", "worker"],
                log=place.folder / f"worker{position}.log",
                ready=lambda: True,
                environment={"PYTHONPATH": str(ROOT), **environment(place, url)},
            )
            found.append(stack.enter_context(process).pid)
        yield found


def drive(kind: str, ports: Sequence[int], chains: Sequence[str], clients: int, token: str = "") -> Load:
    """Let clients complete all tasks of these cases; raises when anything was refused."""
    plan = {"ports": ports, "clients": clients, "chains": chains, "kind": kind, "token": token}
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        cwd=ROOT,
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TUNTAS_")},
    )
    said: dict[str, Any] = json.loads(done.stdout)
    if said["refused"]:
        raise RuntimeError(f"{len(said['refused'])} refused, first: {said['refused'][0]}")
    return Load(said["seconds"], tuple(said["taken"]))


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
