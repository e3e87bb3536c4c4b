"""A measured figure with its goal and its floor, the table that is printed, and the file that is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``ratio`` is ``value / floor``; a figure without a goal is shown beside and counts as met."""

    name: str
    value: float
    unit: str
    goal: str | None = None
    met: bool = True
    floor: float | None = None
    ratio: float | None = None


def at_least(
    name: str, value: float, unit: str, goal: float, *, floor: float | None = None, times: float | None = None
) -> Figure:
    """More is better. With ``times`` the ratio to the floor is judged and the absolute goal is only shown."""
    return _judged(name, value, unit, goal, "at least", floor=floor, times=times)


def at_most(
    name: str, value: float, unit: str, goal: float, *, floor: float | None = None, times: float | None = None
) -> Figure:
    """Less is better. With ``times`` the ratio to the floor is judged and the absolute goal is only shown."""
    return _judged(name, value, unit, goal, "at most", floor=floor, times=times)


def beside(name: str, value: float, unit: str, *, floor: float | None = None) -> Figure:
    """A figure without a goal: a floor, or what explains another figure."""
    return Figure(name, _rounded(value), unit, None, True, _maybe(floor), _ratio(value, floor))


def _judged(
    name: str,
    value: float,
    unit: str,
    goal: float,
    words: str,
    *,
    floor: float | None,
    times: float | None,
) -> Figure:
    ratio = _ratio(value, floor)
    told = f"{words} {goal:g} {unit}"
    judged, limit = value, goal
    if times is not None:
        if ratio is None:
            raise ValueError(f"{name} is judged by its ratio and has no floor")
        told, judged, limit = f"{words} {times:g} x floor ({goal:g} {unit})", ratio, times
    met = judged >= limit if words == "at least" else judged <= limit
    return Figure(name, _rounded(value), unit, told, bool(met), _maybe(floor), ratio)


def _ratio(value: float, floor: float | None) -> float | None:
    return _rounded(value / floor) if floor else None


def _maybe(value: float | None) -> float | None:
    return None if value is None else _rounded(value)


def _rounded(value: float) -> float:
    return float(f"{value:.4g}") if abs(value) < 1000 else round(value)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, ceil(share * len(ordered)) - 1))]


def table(figures: Iterable[Figure]) -> str:
    """The figures as people read them."""
    lines = [f"{'figure':<44}{'value':>10} {'unit':<10}{'floor':>10}{'ratio':>8}  goal"]
    for figure in figures:
        floor = "" if figure.floor is None else f"{figure.floor:g}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:g}"
        goal = "" if figure.goal is None else f"{'met   ' if figure.met else 'MISSED'} {figure.goal}"
        told = f"{figure.name:<44}{figure.value:>10g} {figure.unit:<10}{floor:>10}{ratio:>8}  {goal}"
        lines.append(told.rstrip())
    return "\n".join(lines)


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Write a flat object with one key for each figure."""
    found = {}
    for figure in figures:
        values = asdict(figure)
        found[values.pop("name")] = values
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
