"""Reads the list of categories: versioned, and nothing ever leaves it, because old cases name it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.model import Text


@dataclass(frozen=True, slots=True)
class Category:
    """A subject of complaints."""

    key: str
    label: Text
    active: bool = True
    """Whether it is offered; a retired one stays readable on the cases that have it."""
    parent: str | None = None
    since: int = 1
    """The version of the list that brought it."""
    retired_in: int | None = None
    """The version of the list that no longer offers it."""


def read_categories(raw: Mapping[str, Any]) -> Mapping[str, Category]:
    """The categories of the file, retired ones too, by code.

    Raises ValueError for a code that is there twice, an unknown parent, and a version that is still to come.
    """
    version = int(raw["version"])
    found: dict[str, Category] = {}
    for one in map(_category, raw["categories"]):
        if one.key in found:
            raise ValueError(f"the category {one.key} is there twice")
        found[one.key] = one
    _refuse("categories without their parent", (one.key for one in found.values() if _orphan(one, found)))
    _refuse(
        f"versions after {version}, or a retirement before the beginning",
        (one.key for one in found.values() if not _in_order(one, version)),
    )
    return MappingProxyType(found)


def _category(raw: Mapping[str, Any]) -> Category:
    retired_in = raw.get("retired_in")
    return Category(
        key=str(raw["code"]),
        label=Text(id=str(raw["name"]), en=str(raw.get("name_en", raw["name"]))),
        active=bool(raw.get("active", True)) and retired_in is None,
        parent=raw.get("parent"),
        since=int(raw.get("since", 1)),
        retired_in=None if retired_in is None else int(retired_in),
    )


def _orphan(one: Category, known: Mapping[str, Category]) -> bool:
    return one.parent is not None and one.parent not in known


def _in_order(one: Category, version: int) -> bool:
    last = version if one.retired_in is None else one.retired_in
    return 1 <= one.since <= last <= version and one.since != one.retired_in


def _refuse(what: str, keys: Iterable[str]) -> None:
    wrong = ", ".join(keys)
    if wrong:
        raise ValueError(f"{what}: {wrong}")
