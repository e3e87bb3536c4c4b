"""The list of cases that the reader may see, with filters and pages."""

from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from cases.errors import NotFoundError
from cases.listing import list_cases
from cases.model import CaseQuery, CaseRow, Channel, Page, Stage, Status
from cases.people import UnitView, list_units
from web.access import current_actor, permission
from web.context import environment, read
from web.entered import argument, day

E = TypeVar("E", bound=StrEnum)
blueprint = Blueprint("case_list", __name__)
SORTS = ("-received", "due")
FILTERS = ("stage", "status", "unit", "category", "channel", "from", "to", "late", "text")


@blueprint.get("/cases")
@permission("read_cases")
def list_all_cases() -> str:
    """Cases, newest first or those at risk first."""
    query = _query()
    page, units = read(lambda session: _gather(session, query))
    filtered = [name for name in FILTERS if argument(name)]
    return render_template(
        "cases/list.html",
        page=page,
        query=query,
        units=[(unit.id, unit.name) for unit in units],
        filtered=filtered,
    )


def _gather(session: Session, query: CaseQuery) -> tuple[Page[CaseRow], tuple[UnitView, ...]]:
    env, actor = environment(), current_actor()
    try:
        units = list_units(session, env, by=actor)
    except NotFoundError:
        units = ()
    return list_cases(session, env, query, by=actor), units


def _query() -> CaseQuery:
    sort = argument("sort")
    return CaseQuery(
        stage=_one_of(Stage, "stage"),
        status=_one_of(Status, "status"),
        unit_id=argument("unit"),
        category=argument("category"),
        channel=_one_of(Channel, "channel"),
        received_from=day(argument("from")),
        received_to=day(argument("to")),
        overdue=True if argument("late") else None,
        text=argument("text"),
        sort=sort if sort in SORTS else "-received",
        cursor=argument("cursor"),
        limit=25,
    )


def _one_of(words: type[E], name: str) -> E | None:
    """The filter's word when it is one of ours; anything else filters nothing."""
    given = request.args.get(name)
    return words(given) if given in set(words) else None
