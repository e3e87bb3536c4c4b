"""Counts that are published: small ones are withheld, because a count of one may name somebody.

A case of the restricted lane is never counted in what is published (domain.md, section 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, not_

from cases.sight import OVERSIGHT

K = TypeVar("K")

SMALLEST = 5
"""The smallest count that is published [INFER]: no source gives a number; five is a common practice of statistics."""

COUNTED: ColumnElement[bool] = not_(OVERSIGHT)
"""The condition on ``Case`` of every figure that is published."""


@dataclass(frozen=True, slots=True)
class Published(Generic[K]):
    """Counts as they may be published; None stands for one that is withheld."""

    counts: Mapping[K, int | None]
    total: int


def publishable(counts: Mapping[K, int], smallest: int = SMALLEST) -> Published[K]:
    """The counts of one table with its total; those from one to below ``smallest`` are withheld.

    A single withheld count could be computed from the total and the others, so that the smallest of these is withheld
    with it. Zero tells of nobody and stays.
    """
    total = sum(counts.values())
    held = {key for key, count in counts.items() if 0 < count < smallest}
    # Two withheld counts that are small together would still tell too much: withhold until they are not.
    rest = sorted((key for key in counts if counts[key] >= smallest), key=lambda key: counts[key])
    while held and rest and (len(held) == 1 or sum(counts[key] for key in held) < smallest):
        held.add(rest.pop(0))
    return Published({key: None if key in held else count for key, count in counts.items()}, total)


def publishable_count(count: int, smallest: int = SMALLEST) -> int | None:
    """One count that stands alone; None when it is withheld."""
    return None if 0 < count < smallest else count
