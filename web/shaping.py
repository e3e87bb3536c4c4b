"""Small things that templates ask for: addresses of further pages, trees as lists, data as facts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext

from cases.model import CaseView, InstanceView
from cases.people import UnitView

_DEEPEST = 3
"""Levels of nested data that are shown one by one; what lies deeper is shown as JSON."""


def page_link(cursor: str | None) -> str:
    """The same list with the same filters, from a cursor on or from its beginning."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value and name != "cursor"}
    return url_for(request.endpoint or "", **(request.view_args or {}), **kept, cursor=cursor)


def unit_choices(units: Iterable[UnitView], without: UnitView | None = None) -> list[tuple[str, str]]:
    """Units to choose from, each indented by its depth; a unit is not offered below itself."""
    return [
        (unit.id, "\u2003" * unit.depth + unit.name)
        for unit in units
        if without is None or not f"{unit.path}/".startswith(f"{without.path}/")
    ]


def current_steps(instance: InstanceView, case: CaseView) -> str:
    """The names of the tasks at which an instance stands, for whoever cannot see its picture."""
    names = [task.name for task in case.tasks if task.element_id in instance.current]
    return ", ".join(names) or gettext("tidak ada")


def flat_facts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Nested data as names and values, as the details of a history entry show them."""
    return [(name, value) for name, value in _flat(data, (), _DEEPEST) if value]


def _flat(data: Mapping[str, Any], above: tuple[str, ...], levels: int) -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        path = (*above, str(key))
        if isinstance(value, Mapping) and levels > 1:
            yield from _flat(value, path, levels - 1)
        else:
            yield " › ".join(path), _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(gettext("ya") if value else gettext("tidak"))
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def add_shaping(app: Flask) -> None:
    """Offer them to templates."""
    app.jinja_env.globals.update(page_link=page_link, unit_choices=unit_choices)
    app.jinja_env.filters.update(current_steps=current_steps, flat_facts=flat_facts)
