"""Turns results into JSON values by their schema; making a schema costs more than using it, so each is made once."""

from functools import cache
from typing import Any

from marshmallow import Schema


def dumped(schema: type[Schema], result: Any) -> Any:
    """The result as the schema shows it to clients."""
    return _made(schema).dump(result)


@cache
def _made(schema: type[Schema]) -> Schema:
    return schema()
