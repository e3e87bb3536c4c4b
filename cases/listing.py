"""Lists of cases, and the case with everything beside it; ``visible_cases`` stands in every statement."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from cases.case_reference import find_reference
from cases.case_rows import case_row, select_cases
from cases.case_view import get_case
from cases.cursors import as_id, as_instant, as_instant_or_none, read_cursor, write_cursor
from cases.dates import day_end, day_start
from cases.environment import Environment
from cases.errors import CaseError
from cases.ids import known_id
from cases.keyset import COUNTED, Order, Way, constant, counted_rows, few_or_many, first_rows
from cases.model import Actor, CaseQuery, CaseRow, Page, Stage, Status, status_of
from cases.policy import OPEN, OVERSIGHT, sees_oversight_titles, visible_cases, ways_to_visible_cases
from engine.model import Text
from storage.tables import Case, UserTask

__all__ = ["BadSortError", "find_case_id", "get_case", "list_cases"]

MOST = 200
NEWEST, SOONEST_DUE = "-received", "due"


class BadSortError(CaseError):
    """The list has no such order."""

    slug = "bad-sort"
    text = Text(
        id="Urutan daftar tidak dikenal. Gunakan -received atau due.",
        en="The list has no such order. Use -received or due.",
    )


def list_cases(session: Session, env: Environment, query: CaseQuery, *, by: Actor) -> Page[CaseRow]:
    """Cases that the reader sees. One statement, by keyset; the first page counts up to a hundred or its limit.

    ``text`` looks in titles and for a reference; days are the office's own. Titles of the restricted lane are
    found and shown only to those who work in it. Raises BadCursorError and BadSortError.
    """
    limit = max(1, min(query.limit, MOST))
    order, parsers = _order(query)
    bound = max(limit, COUNTED)
    last = None if query.cursor is None else read_cursor(query.cursor, query.sort, *parsers)
    statement = first_rows(
        session,
        select_cases(by),
        order,
        ways=_ways(session, env, query, by),
        parts=_parts(env, query, order, last),
        where=_filters(env, query, by),
        limit=limit + 1,
        count_to=bound + 1 if last is None else 0,
    )
    rows = session.execute(statement).all()
    items = tuple(case_row(env, row) for row in rows[:limit])
    following = _position(query.sort, items[-1]) if len(rows) > limit else None
    return Page(items, following, *counted_rows(rows, bound, first_page=last is None))


def find_case_id(session: Session, env: Environment, reference: str, *, by: Actor) -> str | None:
    """The id of the case with this reference, however it was typed; None when the reader does not see one."""
    known = find_reference(reference)
    if known is None:
        return None
    found: str | None = session.scalar(select(Case.id).where(Case.reference == known, visible_cases(env, by)))
    return found


def _order(query: CaseQuery) -> tuple[Order, tuple[Any, Any]]:
    """The order that is asked for, and how its cursor is read."""
    if query.sort == NEWEST:
        return Order((Case.received_at, Case.id), descending=True), (as_instant, as_id)
    if query.sort == SOONEST_DUE:
        by_days = query.received_from is not None or query.received_to is not None
        return Order((Case.due_at, Case.id), sorted=by_days), (as_instant_or_none, as_id)
    raise BadSortError


def _position(sort: str, last: CaseRow) -> str:
    return write_cursor(sort, last.received_at if sort == NEWEST else last.due_at, last.id)


def _ways(session: Session, env: Environment, query: CaseQuery, by: Actor) -> tuple[Way, ...]:
    """The ways to what the reader sees and searches.

    Of a text that few titles hold, the cases are looked up once, however many ways there are.
    """
    ways, titled = _ways_to_seen(env, query, by), _titled(query)
    if query.sort == SOONEST_DUE:
        # What is closed has no deadline.
        ways = tuple(replace(way, last=way.is_open is False) for way in ways)
    if titled is None:
        return ways
    few = Way(visible_cases(env, by) & _searched(by))
    many = (way.also(titled & _searched(by)) for way in ways)
    return few_or_many(session, select(Case.id).where(titled), few, many)


def _ways_to_seen(env: Environment, query: CaseQuery, by: Actor) -> tuple[Way, ...]:
    """The ways to what the reader sees, without those that lead only to what the filters leave out.

    Nobody owns more open tasks than can be looked up one by one.
    """
    if query.owner_id is not None:
        return (Way(visible_cases(env, by), keys=_owned(query.owner_id)),)
    wanted = None
    if query.stage is not None or query.status is not None:
        wanted = Stage.CLOSED is not query.stage and Status.SELESAI is not query.status
    elif query.overdue:
        wanted = True
    ways = ways_to_visible_cases(env, by)
    return tuple(way for way in ways if None in (wanted, way.is_open) or way.is_open is wanted) or ways


def _parts(
    env: Environment, query: CaseQuery, order: Order, last: Sequence[Any] | None
) -> Sequence[ColumnElement[bool]]:
    """What follows the last row. By deadline, what is not late lies behind all that is: another range of an index."""
    parts = order.after(last)
    if query.overdue is not False or query.sort != SOONEST_DUE or (last is not None and last[0] is None):
        return parts
    return (parts[0] & (Case.due_at > env.clock.now()), parts[-1] & Case.due_at.is_(None))


def _filters(env: Environment, query: CaseQuery, by: Actor) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.stage is not None:
        found.append(Case.stage == constant(query.stage.value))
    if query.status is not None:
        found.append(Case.stage.in_([constant(stage) for stage in _stages_of(query.status)]))
    if query.unit_id is not None:
        found.append(Case.lead_unit_id == known_id(query.unit_id))
    if query.category is not None:
        found.append(Case.category == query.category)
    if query.channel is not None:
        found.append(Case.channel == query.channel.value)
    if query.owner_id is not None:
        found.append(Case.id.in_(_owned(query.owner_id)))
    return found + _dates(env, query) + _reference(query)


def _owned(owner_id: str) -> Select[str]:
    """The cases in which somebody has an open task."""
    owned = (UserTask.state == constant("open")) & (UserTask.owner_id == known_id(owner_id))
    return select(UserTask.case_id).where(owned).correlate(None)


def _dates(env: Environment, query: CaseQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.received_from is not None:
        found.append(Case.received_at >= day_start(query.received_from, env.zone))
    if query.received_to is not None:
        found.append(Case.received_at < day_end(query.received_to, env.zone))
    if query.overdue is not None:
        late = Case.due_at <= env.clock.now()
        if query.sort != SOONEST_DUE:
            # The planner takes what is late to be as rare among the old as among the new: keep it from that index.
            late = late.is_(true())
        late = and_(late, OPEN)
        on_time = or_(Case.due_at.is_(None), Case.due_at > env.clock.now(), ~OPEN)
        found.append(late if query.overdue else on_time)
    return found


def _reference(query: CaseQuery) -> list[ColumnElement[bool]]:
    reference = find_reference(query.text or "")
    return [] if reference is None else [Case.reference == reference]


def _titled(query: CaseQuery) -> ColumnElement[bool] | None:
    """That the title holds the text; None without a text or for a reference."""
    text = (query.text or "").strip()
    if not text or find_reference(text) is not None:
        return None
    return Case.title.ilike(f"%{_escaped(text)}%", escape="/")


def _searched(by: Actor) -> ColumnElement[bool]:
    """The cases whose titles are searched for the reader."""
    return true() if sees_oversight_titles(by) else ~OVERSIGHT


def _escaped(text: str) -> str:
    """The text as a pattern that stands for itself."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _stages_of(status: Status) -> list[str]:
    return [stage.value for stage in Stage if status_of(stage) is status]
