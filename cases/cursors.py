"""Opaque cursors for keyset pages: the sort values and the id of the last item, so that no page is ever
counted.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from cases.errors import CaseError
from engine.model import Text

_LONGEST = 600


class BadCursorError(CaseError):
    """The cursor was not given out by this list."""

    slug = "bad-cursor"
    text = Text(
        id="Penanda halaman tidak dikenal. Mulai lagi dari halaman pertama.",
        en="The page cursor is not known. Begin again with the first page.",
    )


def write_cursor(name: str, *values: str | datetime | bool | None) -> str:
    """A cursor of the list ``name`` that continues after the item with these sort values."""
    raw = [name, *(value.isoformat() if isinstance(value, datetime) else value for value in values)]
    return base64.urlsafe_b64encode(orjson.dumps(raw)).rstrip(b"=").decode()


def read_cursor(cursor: str, name: str, *parsers: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The sort values of a cursor, each through its parser. Raises BadCursorError for anything else."""
    try:
        if len(cursor) > _LONGEST:
            raise BadCursorError
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        raw = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(raw, list) or len(raw) != len(parsers) + 1 or raw[0] != name:
            raise BadCursorError
        return tuple(parser(value) for parser, value in zip(parsers, raw[1:], strict=True))
    except (binascii.Error, UnicodeError, ValueError, TypeError, AttributeError) as error:
        raise BadCursorError from error


def as_instant(value: Any) -> datetime:
    """Parse an aware instant; raises ValueError for naive ones."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("naive")
    return found


def as_instant_or_none(value: Any) -> datetime | None:
    """Parse an aware instant or null."""
    return None if value is None else as_instant(value)


def as_text(value: Any) -> str:
    """Take a string and nothing else."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("no text")
    return value


def as_id(value: Any) -> str:
    """Take a UUID in its usual spelling; anything else would be an error of the database."""
    return str(UUID(as_text(value)))
