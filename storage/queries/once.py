"""What one transaction reads once although it asks again and again: for work on many cases at a time."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")
_KEPT = "tuntas read once"


def read_once(session: Session) -> None:
    """From now on ``once`` keeps its answers until the session ends. Not for one that changes what it asks for."""
    session.info.setdefault(_KEPT, {})


def once(session: Session, key: Hashable, read: Callable[[], T]) -> T:
    """The answer of ``read``; in a session that reads once, the first answer for this key."""
    kept: dict[Hashable, Any] | None = session.info.get(_KEPT)
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    return cast("T", kept[key])
