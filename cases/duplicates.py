"""Finds open cases that may be about the same matter as a new one, those of the same transaction among them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from cases.model import Sensitivity, Stage
from cases.work import CaseWork
from storage.queries.batch import Call, Prepared, send
from storage.tables import Case

MOST = 5
RECENT = timedelta(days=30)
"""Only cases received so shortly before or after: what is asked of the database does not grow with the years."""
_UNWRITTEN = "tuntas unwritten cases"
_CASES = cast("Table", Case.__table__)
_TITLE = func.lower(_CASES.c.title) == bindparam("title")
_PLACE = (_CASES.c.category == bindparam("category")) & (func.lower(_CASES.c.place) == bindparam("place"))
_NEWEST = (
    select(_CASES.c.id, _CASES.c.received_at, _TITLE.label("same_title"))
    .where(
        _CASES.c.id != bindparam("case"),
        _CASES.c.received_at.between(bindparam("earliest"), bindparam("latest")),
        # Words, not parameters: only so is the database sure that the index of the open cases serves.
        _CASES.c.stage != literal_column("'closed'"),
        _CASES.c.sensitivity != literal_column("'oversight'"),
    )
    .order_by(_CASES.c.received_at.desc())
    .limit(MOST)
)
_BY_TITLE, _BY_PLACE = Prepared(_NEWEST.where(_TITLE)), Prepared(_NEWEST.where(_PLACE))


class Alike(NamedTuple):
    """An open case that may be about the same matter: of the same title, or else of the same category and place."""

    received_at: datetime
    id: str
    same_title: bool


def unwritten(session: Session) -> list[CaseWork]:
    """The new cases that this transaction has made and not written yet; empty but where many are made at once."""
    works: list[CaseWork] = session.info.setdefault(_UNWRITTEN, [])
    return works


def find_alike(work: CaseWork) -> list[Alike]:
    """The newest open cases of these weeks, at most five, with the same title or the same category and place.

    One round trip.
    """
    found = {one.id: one for one in (*_stored(work), *_at_hand(work))}
    return sorted(found.values(), reverse=True)[:MOST]


def _stored(work: CaseWork) -> Iterator[Alike]:
    wanted = _wanted(work)
    calls = [Call(_BY_TITLE, [wanted])]
    if wanted["category"] and wanted["place"]:
        calls.append(Call(_BY_PLACE, [wanted]))
    for answer in send(work.session, calls):
        for row in answer.rows:
            yield Alike(row.received_at, row.id, bool(row.same_title))


def _at_hand(work: CaseWork) -> Iterator[Alike]:
    wanted = _wanted(work)
    for other in unwritten(work.session):
        one = _wanted(other)
        same_title = one["title"] == wanted["title"]
        same_place = all(one[name] and one[name] == wanted[name] for name in ("category", "place"))
        case = other.case
        offered = case["stage"] != Stage.CLOSED and case["sensitivity"] != Sensitivity.OVERSIGHT
        recent = wanted["earliest"] <= case["received_at"] <= wanted["latest"]
        if offered and recent and (same_title or same_place):
            yield Alike(case["received_at"], case["id"], same_title)


def _wanted(work: CaseWork) -> dict[str, Any]:
    case = work.case
    return {
        "earliest": case["received_at"] - RECENT,
        "latest": case["received_at"] + RECENT,
        "case": case["id"],
        "title": case["title"].lower(),
        "category": case["category"],
        "place": (case["place"] or "").lower(),
    }
