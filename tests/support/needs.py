"""What a test needs from the machine: skipped with a reason when absent, a failure in CI."""

from __future__ import annotations

import os

import pytest


def require(present: object, what: str, remedy: str = "make test") -> None:
    """Go on when the need is met; otherwise skip, or fail where CI=true promises that nothing is skipped."""
    if present:
        return
    message = f"{what} is missing; {remedy} installs it"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
