"""Checks what enters process data from outside: plain JSON of bounded size under names that are free."""

import math
from collections.abc import Mapping
from typing import Any

from engine.errors import DataRefusedError
from engine.model import Data, Text
from engine.names import reserved_among

MAX_DEPTH = 20
MAX_INT = 2**53


def plain(data: Data, *, scalars_only: bool = False) -> dict[str, Any]:
    """Answer a copy of ``data``; raises ``DataRefusedError`` for reserved names and what JSON lacks."""
    reserved = reserved_among(name for name in data if isinstance(name, str))
    if reserved:
        raise DataRefusedError(
            Text(
                id=f"Nama {reserved[0]} dicadangkan. Pakai nama lain.",
                en=f"The name {reserved[0]} is reserved. Use another name.",
            )
        )
    for name, value in data.items():
        if scalars_only and isinstance(value, Mapping | list):
            raise DataRefusedError(
                Text(
                    id=f"{name} berupa daftar atau objek. Sebuah pesan hanya membawa nilai tunggal.",
                    en=f"{name} is a list or mapping. A message carries single values only.",
                )
            )
    return _mapping(data, 0)


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    for key in value:
        # An exact type check: a subclass could change on its way through storage.
        if type(key) is not str:
            raise DataRefusedError(
                Text(
                    id=f"Nama {key!r} bukan teks. Pakai teks sebagai nama.",
                    en=f"The name {key!r} is no text. Use texts as names.",
                )
            )
    return {_text(key): _value(item, depth + 1) for key, item in value.items()}


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise DataRefusedError(_HALF) from None
    return value


def _value(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise DataRefusedError(_TOO_DEEP)
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
    shown = f"{value!r:.60}"
    raise DataRefusedError(
        Text(
            id=f"{shown} bukan nilai JSON. Pakai teks, angka, ya/tidak, daftar, dan objek.",
            en=f"{shown} is no JSON value. Use text, numbers, yes/no, lists and mappings.",
        )
    )


_HALF = Text(
    id="Sebuah teks memuat setengah karakter. Ketik ulang.",
    en="A text holds half a character. Enter it again.",
)
_TOO_DEEP = Text(
    id="Datanya bersarang terlalu dalam. Ratakan susunannya.", en="The data is nested too deeply. Flatten it."
)
