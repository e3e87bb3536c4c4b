"""The shipped set, built once."""

from __future__ import annotations

import pytest

from engine.deployment import Deployment, build
from support.coverage import walked
from support.seed_case import seed_files

__all__ = ["walked"]


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    """Return the deployment of the diagrams, decisions and forms that ship with the product."""
    return build(seed_files())
