"""Statements compiled once and sent together: one round trip on PostgreSQL, however many they are.

SQLAlchemy builds, caches and adapts a statement each time it runs; on the path that every completed task takes, that
costs more than the database does. Here a statement becomes text and converters once for each kind of database, and a
list of them goes to the driver as one pipeline. Transaction, errors and events stay those of the session.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain, islice
from typing import Any

from psycopg.adapt import PyFormat
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Dialect, Executable, LargeBinary, Uuid, exc
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from storage.queries import pipeline
from storage.tables.base import UtcDateTime

Parameters = Mapping[str, Any]
_Convert = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as text, with what turns values into the driver's and back."""

    text: str
    places: tuple[tuple[str, _Convert], ...]
    """Each parameter in the order of its place, with its conversion."""
    fixed: Mapping[str, Any]
    """Values that the statement brings itself."""
    row: Callable[..., Any] | None
    columns: tuple[_Convert, ...]
    converted: bool
    """Whether any column of the answer needs a conversion."""
    formats: tuple[PyFormat, ...] = ()
    """How PostgreSQL is told each parameter."""
    one_row: str | None = None
    """The part of an INSERT that stands for one row; one statement takes several where it is written several times."""

    def arguments(self, given: Parameters) -> tuple[Any, ...]:
        """The values of one run in the order of their places. Raises KeyError for one that is missing."""
        fixed = self.fixed
        return tuple(
            [
                convert(value) if convert is not None else value
                for value, convert in [
                    (given[name] if name in given else fixed[name], convert) for name, convert in self.places
                ]
            ]
        )

    def named(self, rows: int = 1) -> pipeline.Text:
        """The statement as PostgreSQL is told it; an INSERT for so many rows at once."""
        return _named(self.text, self.one_row or "", self.formats, rows)

    def rows(self, found: list[Any]) -> list[Any]:
        """The driver's rows as named tuples of Python values."""
        make = self.row
        if make is None:
            return []
        if not self.converted:
            return [make(*row) for row in found]
        columns = self.columns
        return [
            make(
                *[
                    value if convert is None else convert(value)
                    for value, convert in zip(row, columns, strict=True)
                ]
            )
            for row in found
        ]


_Sent = list[tuple[_Compiled, Sequence[Parameters]]]


class Prepared:
    """A statement of SQLAlchemy Core, compiled when it is first sent to a kind of database.

    ``keys`` names the columns of an INSERT without values of its own; a run that leaves one out gets its default.
    """

    def __init__(self, statement: Executable, keys: Sequence[str] | None = None) -> None:
        self.statement = statement
        self.keys = keys
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> _Compiled:
        """The statement as that kind of database takes it."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self.statement, dialect, self.keys)
        return found


@dataclass(frozen=True, slots=True)
class Call:
    """A statement with the parameters of each of its runs; without runs it is not sent."""

    statement: Prepared
    runs: Sequence[Parameters] = ({},)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: named tuples, and how many rows the statement met in all its runs."""

    rows: list[Any]
    count: int


NOTHING = Answer([], 0)
LOTS = (16, 4, 3, 2, 1)
KNOWN = "tuntas_known"
"""In the ``info`` of a connection: the names of the statements that the server at the other end knows."""
_PLACE = re.compile(r"\$(\d+)")


def send(session: Session, calls: Sequence[Call]) -> list[Answer]:
    """Run the statements in order, in the session's transaction; one round trip on PostgreSQL.

    Raises what the session would: IntegrityError, OperationalError and the like, after which it must be rolled back.
    """
    connection = session.connection()
    dialect = connection.dialect
    sent = [(call.statement.on(dialect), call.runs) for call in calls if call.runs]
    if not sent:
        return [NOTHING] * len(calls)
    _tell(connection, sent)
    with _translated(connection, sent[0][0].text):
        run = _pipelined if dialect.name == "postgresql" else _in_turn
        found = iter(run(connection, sent))
    return [next(found) if call.runs else NOTHING for call in calls]


def _pipelined(connection: Connection, sent: _Sent) -> list[Answer]:
    driver: Any = connection.connection.driver_connection
    opening = not driver.autocommit and driver.pgconn.transaction_status == TransactionStatus.IDLE
    # The driver would wait for the answer to its own BEGIN, which it leaves out when a transaction is under way.
    runs: list[pipeline.Run] = [(pipeline.BEGIN, ())] if opening else []
    sizes = []
    for compiled, given in sent:
        before = len(runs)
        runs += _packed(compiled, given)
        sizes.append(len(runs) - before)
    answers = iter(pipeline.run(driver, connection.info.setdefault(KNOWN, set()), runs))
    if opening:
        next(answers)
    return [
        _gathered(compiled, islice(answers, size)) for (compiled, _), size in zip(sent, sizes, strict=True)
    ]


def forget_known(connection: Connection) -> None:
    """With a transaction that is undone, the driver lets the server forget what it knows by name."""
    if connection.invalidated or connection.closed:
        return
    driver: Any = connection.connection.driver_connection
    if driver.pgconn.transaction_status != TransactionStatus.IDLE:
        connection.info.pop(KNOWN, None)


def _packed(compiled: _Compiled, runs: Sequence[Parameters]) -> Iterator[pipeline.Run]:
    """Several rows to insert go into one statement, in lots of few sizes, so that the server knows each text."""
    if compiled.one_row is None:
        for run in runs:
            yield compiled.named(), compiled.arguments(run)
        return
    start = 0
    for lot in LOTS:
        while len(runs) - start >= lot:
            rows = [compiled.arguments(run) for run in runs[start : start + lot]]
            yield compiled.named(lot), tuple(chain.from_iterable(rows))
            start += lot


@cache
def _named(text: str, one_row: str, formats: tuple[PyFormat, ...], rows: int) -> pipeline.Text:
    if rows == 1:
        return pipeline.Text(text, formats)
    head, _, tail = text.partition(one_row)
    width = len(formats)
    lots = [
        _PLACE.sub(lambda place, ahead=row * width: f"${int(place[1]) + ahead}", one_row)  # type: ignore[misc]
        for row in range(rows)
    ]
    return pipeline.Text(head + ", ".join(lots) + tail, formats * rows)


def _in_turn(connection: Connection, sent: _Sent) -> list[Answer]:
    driver: Any = connection.connection.driver_connection
    answers = []
    for compiled, runs in sent:
        arguments = [compiled.arguments(run) for run in runs]
        if len(arguments) > 1 and compiled.row is None:
            started = [driver.executemany(compiled.text, arguments)]
        else:
            started = [driver.execute(compiled.text, one) for one in arguments]
        found = [(cursor.fetchall() if compiled.row else [], cursor.rowcount) for cursor in started]
        answers.append(_gathered(compiled, found))
    return answers


def _gathered(compiled: _Compiled, found: Iterable[tuple[pipeline.Rows, int]]) -> Answer:
    several, counts = zip(*found, strict=True)
    if compiled.row is None:
        return Answer([], sum(counts))
    rows = compiled.rows([row for rows in several for row in rows])
    return Answer(rows, len(rows))


def _compile(statement: Executable, dialect: Dialect, keys: Sequence[str] | None) -> _Compiled:
    target = _numbered(dialect) if dialect.name == "postgresql" else dialect
    compiled: Any = statement.compile(dialect=target, column_keys=list(keys) if keys else None)  # type: ignore[attr-defined]
    return _read(compiled, dialect)


def _numbered(dialect: Dialect) -> Dialect:
    """The dialect with places that the server knows (``$1``), so that the driver need not rewrite each text."""
    made: Any = type(dialect)
    return made(dbapi=dialect.loaded_dbapi, paramstyle="numeric_dollar")  # type: ignore[no-any-return]


def _read(compiled: SQLCompiler, dialect: Dialect) -> _Compiled:
    binds = compiled.binds
    order = compiled.positiontup or []
    fixed = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
    fixed.update({column.key: _default(column) for column in compiled.insert_prefetch or ()})
    if compiled.isinsert:
        inserting: Any = compiled.statement
        table = inserting.table
        fixed.update({name: _default(table.c[name]) for name in order if name not in fixed})
    columns = compiled._result_columns
    results = tuple(_reader(entry.type, dialect) for entry in columns)
    names = [entry.keyname for entry in columns]
    return _Compiled(
        text=compiled.string,
        places=tuple((name, _writer(binds[name].type, dialect)) for name in order),
        fixed=fixed,
        row=namedtuple("Row", names) if names else None,
        columns=results,
        converted=any(results),
        formats=tuple(_format(binds[name].type) for name in order),
        one_row=_one_row(compiled) if dialect.name == "postgresql" else None,
    )


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> _Convert:
    """What makes Python's value of the driver's: SQLAlchemy's own, or the same in one call for what every row has."""
    sqlite = dialect.name == "sqlite"
    if isinstance(type_, UtcDateTime):
        return _instant if sqlite else _in_utc
    if isinstance(type_, Uuid) and not type_.as_uuid:
        return _hyphenated if sqlite else None
    return type_.dialect_impl(dialect).result_processor(dialect, None)


def _writer(type_: TypeEngine[Any], dialect: Dialect) -> _Convert:
    """What makes the driver's value of Python's. The server reads an id from text by itself."""
    if dialect.name == "postgresql" and isinstance(type_, Uuid) and not type_.as_uuid:
        return None
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _format(type_: TypeEngine[Any]) -> PyFormat:
    """Bytes as they are; of everything else the server knows the type, and reads text."""
    return PyFormat.BINARY if isinstance(type_, LargeBinary) else PyFormat.TEXT


def _instant(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _hyphenated(stored: str | None) -> str | None:
    if stored is None:
        return None
    return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"


def _in_utc(read: datetime | None) -> datetime | None:
    return None if read is None else read.astimezone(UTC)


def _one_row(compiled: SQLCompiler) -> str | None:
    """The parenthesis of a plain ``INSERT ... VALUES (...)``; None for every other statement."""
    if not compiled.isinsert:
        return None
    _, found, values = compiled.string.partition(" VALUES ")
    return values if found and values.startswith("(") and values.endswith(")") else None


def _default(column: Any) -> Any:
    return None if column.default is None else column.default.arg


@contextmanager
def _translated(connection: Connection, text: str) -> Iterator[None]:
    """Errors of the driver as SQLAlchemy's; a broken connection is not given to anybody else."""
    dialect: Any = connection.dialect
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, connection.connection, None)
        if lost:
            connection.invalidate(error)
            # The others that wait in the pool are from before, too.
            connection.engine.dispose()
        raise exc.DBAPIError.instance(
            text, None, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
        ) from error


def _tell(connection: Connection, sent: _Sent) -> None:
    """Whoever listens to the engine's statements hears of these too."""
    listeners = list(connection.dispatch.before_cursor_execute)
    for compiled, runs in sent:
        for listener in listeners:
            listener(connection, None, compiled.text, (), None, len(runs) > 1)
