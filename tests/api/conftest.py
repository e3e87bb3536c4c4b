"""Fixtures of the API's tests; what they hold is in tests/support/api.py."""

from __future__ import annotations

from support.api import anybody, as_role, as_user, complainant, filed, receipt

__all__ = ["anybody", "as_role", "as_user", "complainant", "filed", "receipt"]
