"""Fixtures for the object stores: a folder for everyday use, and real S3 servers for the contract."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.objects import FileObjectStore
from support.needs import require
from support.processes import answers, free_port, running
from support.radosgw import Gateway, gateway, missing_programs


@pytest.fixture
def object_store(tmp_path: Path) -> FileObjectStore:
    """Return a store in a fresh folder: what the product uses by default."""
    return FileObjectStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Yield a ministack server, which plays S3 and lets every key in."""
    require(importlib.util.find_spec("ministack"), "ministack (the S3 server from its wheel)")
    folder, port = tmp_path_factory.mktemp("ministack"), free_port()
    # The program keeps its notes in the temporary folder, and would listen on every interface.
    environment = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "TMPDIR": str(folder),
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-c", "from ministack.app import main; main()"]
    # It listens at once, and loads what plays S3 when first asked: longer than a store may take to say it is ready.
    with running(command, log=folder / "log", ready=lambda: answers(port), environment=environment):
        yield Gateway(port, "tests", "any-secret-will-do")


@pytest.fixture(scope="session")
def radosgw() -> Iterator[Gateway]:
    """Yield a Ceph object gateway on a cluster in memory; takes some 13 seconds to start."""
    missing = missing_programs()
    require(not missing, f"Ceph's gateway ({', '.join(missing)})", "make test, as root,")
    with gateway() as running_gateway:
        yield running_gateway
