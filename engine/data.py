"""Checks what enters process data from outside: plain JSON of bounded size under names that are free."""

import math
from collections.abc import Mapping
from typing import Any

from engine.errors import DataRefusedError
from engine.model import Data
from engine.names import reserved_among

MAX_DEPTH = 20
MAX_INT = 2**53


def plain(data: Data, *, scalars_only: bool = False) -> dict[str, Any]:
    """Answer a copy of ``data``; raises ``DataRefusedError`` for reserved names and what JSON lacks."""
    reserved = reserved_among(name for name in data if isinstance(name, str))
    if reserved:
        raise DataRefusedError(f"The name {reserved[0]} is reserved. Use another name.")
    for name, value in data.items():
        if scalars_only and isinstance(value, Mapping | list):
            raise DataRefusedError(f"{name} is a list or mapping. A message carries single values only.")
    return _mapping(data, 0)


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    for key in value:
        # An exact type check: a subclass could change on its way through storage.
        if type(key) is not str:
            raise DataRefusedError(f"The name {key!r} is no text. Use texts as names.")
    return {_text(key): _value(item, depth + 1) for key, item in value.items()}


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise DataRefusedError("A text holds half a character. Enter it again.") from None
    return value


def _value(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise DataRefusedError("The data is nested too deeply. Flatten it.")
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return _text(value)
    if type(value) is int and abs(value) <= MAX_INT:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is list:
        return [_value(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    raise DataRefusedError(f"{value!r:.60} is no JSON value. Use text, numbers, yes/no, lists and mappings.")
