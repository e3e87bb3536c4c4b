"""Start and stop servers for tests: a free loopback port, a bounded wait until it answers, a sure end."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path


class ServerDidNotStartError(Exception):
    """A server that a test needs did not answer in time; its log is part of the message."""


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Tell whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(port: int) -> bool:
    """Tell whether a server answers a question over HTTP, with whatever: its first answer may take it long."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def wait_until(ready: Callable[[], bool], what: str, *, seconds: float = 30.0) -> None:
    """Poll a condition outside the tests' virtual time until it holds, for at most so many seconds."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise ServerDidNotStartError(f"{what} was not ready after {seconds:.0f} s")
        time.sleep(0.05)


@contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
    user: int | None = None,
    seconds: float = 30.0,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for as long as the block lasts, from its first answer to its end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    try:
        wait_until(lambda: process.poll() is not None or ready(), command[0], seconds=seconds)
        if process.poll() is not None:
            raise ServerDidNotStartError(f"{command[0]} stopped: {log.read_text(errors='replace')[-3000:]}")
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes], *, seconds: float = 10.0) -> None:
    """Ask a process to end, and end it when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(seconds)
