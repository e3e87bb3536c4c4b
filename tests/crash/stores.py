"""Object stores that break down: a small disk that fills, and an S3 bucket behind a door that shuts."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Protocol

from crash.door import Door
from crash.pause import rest
from support.radosgw import Gateway

DISK = 256 * 1024 * 1024


class Store(Protocol):
    """Where an office under fire keeps its files."""

    address: str
    """The setting."""

    def break_down(self, rng: Random) -> None:
        """Let nothing be stored for a moment."""
        ...


class Disk:
    """A folder on a file system that is full for a moment, or, where none of our own could be mounted, closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.address = f"file://{self.objects}"

    def break_down(self, rng: Random) -> None:
        """Leave room for a part of a file at most."""
        if not os.path.ismount(self.folder):
            self._close(rng)
            return
        ballast = self.folder / "ballast"
        with ballast.open("wb") as file:
            _fill(file.fileno(), leave=rng.randint(0, 30_000))
            rest(rng.uniform(0.5, 1.2))
        ballast.unlink()

    def _close(self, rng: Random) -> None:
        incoming = self.objects / "incoming"
        aside = incoming.with_name("aside")
        with suppress(FileNotFoundError):
            incoming.rename(aside)
        incoming.touch()
        rest(rng.uniform(0.5, 1.2))
        incoming.unlink()
        with suppress(FileNotFoundError):
            aside.rename(incoming)


class Bucket:
    """A new bucket of a gateway, behind a door that is shut or hushed for a moment."""

    def __init__(self, gateway: Gateway, door: Door) -> None:
        self.door = door
        name = f"crash-{secrets.token_hex(6)}"
        self.address = f"s3+http://{gateway.access_key}:{gateway.secret_key}@127.0.0.1:{door.port}/{name}"

    def break_down(self, rng: Random) -> None:
        """Cut and refuse every connection, or do not answer."""
        if rng.random() < 0.5:
            self.door.shut()
        else:
            self.door.hush()
        rest(rng.uniform(0.5, 1.2))
        self.door.open()


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Give the objects a file system of their own that can be full, where that is allowed."""
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
        yield Disk(disk)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextmanager
def bucket(gateway: Gateway) -> Iterator[Bucket]:
    """Lead to a bucket that the office makes when it first needs it."""
    door = Door(gateway.port)
    try:
        yield Bucket(gateway, door)
    finally:
        door.close()


def _fill(descriptor: int, *, leave: int) -> None:
    """Take what is free, in ever smaller pieces, but for a few bytes: a file breaks off in its middle."""
    size, piece = 0, DISK
    while piece > max(4096, leave):
        try:
            os.posix_fallocate(descriptor, size, piece)
            size += piece
        except OSError:
            piece //= 2
