"""Pages of lists of any length: the first rows in an order, read from indexes and never from the whole table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Select,
    String,
    false,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

COUNTED = 100
"""How far a list is counted: looking up so many costs hardly more than a page, whatever lies behind them."""
FEW = 500
"""So many rows are looked up by their keys and sorted; where there are more, the order is read until enough are met."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A condition that an index can lead to.

    With ``column``, its value is also ``among`` those of a query, each of them at most once; or empty without one.
    ``keys`` are those of a few rows, among which all are that are meant. ``is_open`` tells a way that leads to open
    cases only, or to closed ones only. ``last`` tells one to rows whose first column of the order is empty: all others
    stand before them.
    """

    where: ColumnElement[bool]
    column: Any = None
    among: Select[Any] | None = None
    keys: Select[Any] | None = None
    is_open: bool | None = None
    last: bool = False

    @property
    def condition(self) -> ColumnElement[bool]:
        """The whole condition."""
        if self.column is None:
            return self.where
        found = self.column.is_(None) if self.among is None else one_of(self.column, self.among)
        return found & self.where

    def also(self, condition: ColumnElement[bool], *, is_open: bool | None = None) -> "Way":
        """The same way with one more condition."""
        return replace(
            self, where=condition & self.where, is_open=self.is_open if is_open is None else is_open
        )


@dataclass(frozen=True, slots=True)
class Order:
    """The columns of an order, the last of them the key. Ascending, the first may be empty and is then last.

    ``sorted`` keeps PostgreSQL from reading an index of the order until enough rows have met a range of another column,
    among which none may be soon in the order: the rows of the range are sorted instead.
    """

    columns: tuple[Any, ...]
    descending: bool = False
    sorted: bool = False

    def by(self, columns: Iterable[Any]) -> list[ColumnElement[Any]]:
        """What to order by, in the columns of some query."""
        if self.descending:
            return [column.desc() for column in columns]
        first, *rest = columns
        return [first.asc().nulls_last(), *rest]

    def after(self, values: Sequence[Any] | None) -> tuple[ColumnElement[bool], ...]:
        """What is behind the row with these values: conditions that follow one another, each a range of an index."""
        if values is None:
            return (true(),)
        if self.descending:
            return (_row(self.columns) < _values(self.columns, values),)
        first, *rest = self.columns
        if values[0] is None:
            return (first.is_(None) & (_row(rest) > _values(rest, values[1:])),)
        return (_row(self.columns) > _values(self.columns, values), first.is_(None))


def constant(value: str) -> Any:
    """A word of the program as the database sees it when it plans: only so it knows which partial indexes hold."""
    return literal_column(f"'{value}'", String)


class _OneOf(FunctionElement[bool]):
    """A column and a query, of whose values it is one."""

    type = Boolean()
    name = "one_of"
    inherit_cache = True


def one_of(column: Any, values: Select[Any]) -> ColumnElement[bool]:
    """``column IN values``; PostgreSQL reads the few values first, so that an index of the column can be used."""
    return _OneOf(column, values.scalar_subquery())


@compiles(_OneOf)
def _in_values(element: _OneOf, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN {values}"


@compiles(_OneOf, "postgresql")
def _any_of_values(element: _OneOf, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY (ARRAY{values})"


def any_of(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Any of the conditions; false for none."""
    found = list(conditions)
    return reduce(or_, found) if found else false()


def distinct(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Each way once: two roles in one unit lead to the same rows."""
    return tuple({_words(way.condition): way for way in ways}.values())


def _words(condition: ColumnElement[bool]) -> tuple[str, str]:
    compiled = condition.compile()
    return compiled.string, repr(compiled.params)


def few_or_many(session: Session, keys: Select[Any], few: Way, many: Iterable[Way]) -> tuple[Way, ...]:
    """Ways to rows with these keys: one for few of them, which looks each up, and others where they are more.

    PostgreSQL counts up to ``FEW`` keys and walks the ways that hold; SQLite does well without.
    """
    if session.get_bind().dialect.name != "postgresql":
        return tuple(many)
    known = keys.limit(FEW + 1).cte("known").prefix_with("MATERIALIZED")
    key = next(iter(known.c))
    is_few = select(func.count()).select_from(known).scalar_subquery() <= FEW
    return (replace(few, keys=select(key)).also(is_few), *(way.also(~is_few) for way in many))


def first_rows(
    session: Session,
    statement: Select[Any],
    order: Order,
    *,
    ways: Sequence[Way],
    parts: Sequence[ColumnElement[bool]],
    where: Sequence[ColumnElement[bool]],
    joined: Any = None,
    limit: int,
    count_to: int = 0,
) -> Select[Any]:
    """The statement's first rows that are on any of the ways, in any of the parts of the order, and meet all else.

    One condition with "or" would have PostgreSQL read the whole order until enough rows have met it, which is every
    row for a reader of few. So each way and part is looked up by itself, up to the limit, and the first of all of
    them are shown. ``joined`` are the table and condition that the ways speak of beside the ordered table.
    Each row says as ``counted`` how many there are, up to ``count_to``: so many are looked up, however few are shown.
    """
    most = max(limit, count_to)
    if session.get_bind().dialect.name != "postgresql":
        met = (any_of(way.condition for way in ways), any_of(parts), *where)
        every = select(*order.columns).where(*met)
        listed: Any = (every if joined is None else every.join(*joined)).limit(most).subquery()
        found = statement.where(*met)
    else:
        listed = _first_of(order, _pieces(order, ways, parts, where=where, joined=joined, most=most), most)
        first = select(*listed.c).order_by(*order.by(listed.c)).limit(limit).subquery()
        found = statement.join(first, order.columns[-1] == list(first.c)[-1])
    counted = select(func.count()).select_from(listed).scalar_subquery() if count_to else null()
    found = found.add_columns(counted.label("counted"))
    return found.order_by(*order.by(order.columns)).limit(limit)


def _pieces(
    order: Order,
    ways: Sequence[Way],
    parts: Sequence[ColumnElement[bool]],
    *,
    where: Sequence[ColumnElement[bool]],
    joined: Any,
    most: int,
) -> list[Select[Any]]:
    """The first rows along each way, in each part; of those that stand last only when the others leave room."""
    last = [way for way in ways if way.last]
    found = [
        _piece(order, way, (part, *where), joined, most) for way in ways if not way.last for part in parts
    ]
    behind = (order.columns[0].is_(None), parts[-1], *where)
    if found and last:
        before = _first_of(order, found, most)
        full = select(func.count()).select_from(before).where(next(iter(before.c)).is_not(None))
        found, behind = [select(*before.c)], (*behind, full.scalar_subquery() < most)
    return [*found, *(_piece(order, way, behind, joined, most) for way in last)]


def _first_of(order: Order, pieces: Sequence[Select[Any]], limit: int) -> CTE:
    """The first rows of all the pieces; the same row may lie on several ways."""
    rows = union_all(*pieces).subquery()
    return select(*rows.c).distinct().order_by(*order.by(rows.c)).limit(limit).cte()


def counted_rows(rows: Sequence[Any], bound: int, *, first_page: bool) -> tuple[int | None, bool]:
    """How many rows there are, up to the bound, and whether that is all of them; only the first page knows."""
    if not first_page:
        return None, False
    count = rows[0].counted if rows else 0
    return min(count, bound), count <= bound


def _piece(
    order: Order, way: Way, conditions: Sequence[ColumnElement[bool]], joined: Any, limit: int
) -> Select[Any]:
    """The first rows along one way; where it has several values, the first of each."""
    rows = select(*order.columns).where(*conditions)
    rows = rows if joined is None else rows.join(*joined)
    if way.keys is not None:
        # Read by their keys before anything else: the order of the result is no reason to look for them along it.
        known = rows.where(way.where, order.columns[-1].in_(way.keys)).subquery()
        return select(*known.c).order_by(*order.by(known.c)).limit(limit)
    # An index that begins with an empty column has the order behind it only when the column stands in both.
    empty = [way.column] if way.column is not None and way.among is None else []
    first, *rest = order.columns
    rows = rows.order_by(*empty, *order.by((func.greatest(first) if order.sorted else first, *rest)))
    rows = rows.limit(limit)
    if way.among is None:
        return rows.where(way.condition)
    rows = rows.where(way.where)
    values = way.among.subquery()
    each = rows.where(way.column == next(iter(values.c))).lateral()
    return select(each).select_from(values.join(each, true()))


def _row(columns: Sequence[Any]) -> Any:
    return tuple_(*columns) if len(columns) > 1 else columns[0]


def _values(columns: Sequence[Any], values: Sequence[Any]) -> Any:
    found = [literal(value, column.type) for column, value in zip(columns, values, strict=True)]
    return tuple_(*found) if len(found) > 1 else found[0]
