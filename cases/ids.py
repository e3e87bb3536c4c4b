"""Ids as they come from outside: whatever is no UUID names nothing."""

from uuid import UUID

from cases.errors import NotFoundError


def known_id(value: str) -> str:
    """The id in its usual spelling. Raises NotFoundError for anything that cannot be one."""
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise NotFoundError from None
