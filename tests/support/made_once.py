"""What is the same for every office of a test run is made once in a process: making it anew took longer than the tests.

Nothing here answers differently than the product does: a deployment and a statement are known by their whole content.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

import engine.deployment
import tuntas.app
import tuntas.database
import tuntas.office
from cases.reference import load_reference
from engine.deployment import Deployment, load
from storage.database import prepare

if TYPE_CHECKING:
    from engine.model import Files

_BUILT: dict[Any, Deployment] = {}
_COMPILED: dict[str, Engine] = {}


@pytest.fixture(autouse=True, scope="session")
def made_once() -> Iterator[None]:
    """Let the offices of this process share deployments, reference data and compiled statements."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.deployment, "load", _load)
        patch.setattr(tuntas.office, "load_reference", functools.cache(load_reference))
        for module in (tuntas.app, tuntas.database):
            patch.setattr(module, "prepare", _prepare)
        yield


def _load(files: Files, deployment_hash: str) -> Deployment:
    """Build a set, unless the very same was built before."""
    key = (deployment_hash, frozenset(files.items()))
    if key not in _BUILT:
        _BUILT[key] = load(files, deployment_hash)
    return _BUILT[key]


def _prepare(engine: Engine) -> None:
    """Prepare an engine as the product does, but with what earlier ones compiled, and without waiting for the disk.

    SQLAlchemy keeps what it compiled by engine and dialect. Power cuts are no subject of tests in one process.
    """
    prepare(engine)
    first = _COMPILED.get(engine.dialect.driver)
    if first is None or first.dialect.server_version_info is None:
        # A dialect learns about its server with the first connection; until then it cannot stand in for others.
        _COMPILED[engine.dialect.driver] = engine
    else:
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _do_not_wait)


def _do_not_wait(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
