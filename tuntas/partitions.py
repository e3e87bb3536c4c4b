"""Big tables of PostgreSQL in monthly pieces: what must be done to get there, and to be ready for the months to come.

Ids are UUIDv7, so a range of ids is a range of time. A plan is a list of steps; each is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from tuntas.alone import alone

KEYS = {"history_entries": "case_id"}
"""The tables that are worth it, each with the id that its primary key begins with (docs/nation.md says why)."""
AHEAD = 3
"""So many months after the present one are always ready."""
LONGEST = 240
"""So many months of the past at most get a piece each."""
_WAIT = "SET LOCAL lock_timeout = '10s'"

Step = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of UTC, as a range of ids."""

    year: int
    month: int

    @classmethod
    def of(cls, at: datetime) -> Month:
        """The month of an instant."""
        return cls(at.year, at.month)

    def plus(self, months: int) -> Month:
        """So many months later."""
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)

    @property
    def first_id(self) -> str:
        """What no id of an earlier month reaches."""
        began = int(datetime(self.year, self.month, 1, tzinfo=UTC).timestamp() * 1000)
        return str(UUID(int=began << 80))

    def __str__(self) -> str:
        return f"{self.year}_{self.month:02}"


def month_of_id(identity: str) -> Month:
    """The month in which a UUIDv7 was made."""
    return Month.of(datetime.fromtimestamp((UUID(identity).int >> 80) / 1000, UTC))


def partitions(connection: Connection) -> set[str]:
    """The tables that are pieces of others: whoever lists tables has them in the whole already."""
    if connection.dialect.name != "postgresql":
        return set()
    query = (
        "SELECT relname FROM pg_class WHERE relispartition AND relkind IN ('r', 'p')"
        " AND relnamespace = current_schema()::regnamespace"
    )
    return set(connection.scalars(text(query)))


def is_partitioned(connection: Connection, table: str) -> bool:
    """Whether the table consists of pieces."""
    if connection.dialect.name != "postgresql":
        return False
    kind = text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:name)")
    return bool(connection.scalar(kind, {"name": table}))


def plan_for(connection: Connection, table: str, now: datetime, *, copy: bool = False) -> list[Step]:
    """What a table still needs: everything when it is whole, the missing months when it is in pieces.

    A whole table becomes the piece of all months so far, without a row being moved; with ``copy`` its rows are moved
    into a piece for each month. Nothing is done here.
    """
    present = Month.of(now)
    coming = [present.plus(number) for number in range(1, AHEAD + 1)]
    if is_partitioned(connection, table):
        return [_month_later(table, month) for month in coming if not _exists(connection, table, month)]
    if copy:
        first = connection.scalar(text(f"SELECT min({KEYS[table]}::text) FROM {table}"))  # noqa: S608
        past = _until(month_of_id(str(first)) if first else present, present)
        return [_copied(connection, table, [*past, *coming])]
    return [*_fenced(table, coming[0]), _attached(connection, table, coming), (f"ANALYZE {table}",)]


def carry_out(engine: Engine, steps: list[Step]) -> None:
    """Do what was planned, step by step; one that fails leaves what was before it."""
    for step in steps:
        with engine.begin() as connection:
            connection.exec_driver_sql(_WAIT)
            for statement in step:
                connection.exec_driver_sql(statement)


def be_ready(engine: Engine, now: datetime) -> int:
    """Make the pieces of the coming months of tables in pieces; how many were missing. Safe to repeat and to race."""
    if engine.dialect.name != "postgresql" or not missing_steps(engine, now):
        return 0
    with alone(engine):
        missing = missing_steps(engine, now)
        carry_out(engine, missing)
    return len(missing)


def missing_steps(engine: Engine, now: datetime) -> list[Step]:
    """What tables in pieces need for the coming months; nothing for whole ones."""
    with engine.connect() as connection:
        return [
            step
            for table in KEYS
            if is_partitioned(connection, table)
            for step in plan_for(connection, table, now)
        ]


def _until(first: Month, last: Month) -> Iterator[Month]:
    """From the first to the last, but no more than the longest past; what is before it stays in the rest."""
    oldest = last.plus(-LONGEST)
    first = max(first, oldest)
    while first <= last:
        yield first
        first = first.plus(1)


def _exists(connection: Connection, table: str, month: Month) -> bool:
    name = {"name": f"{table}_{month}"}
    return connection.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), name) is True


def _fenced(table: str, until: Month) -> list[Step]:
    """Prove that every row is of a month before: the scan runs while everybody works on, and attaching needs none."""
    name, key = f"ck_{table}_earlier", KEYS[table]
    check = f"CHECK ({key} < '{until.first_id}')"
    return [
        # It may be there from a time before, when what follows failed.
        (
            f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {check} NOT VALID",
        ),
        (f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",),
    ]


def _attached(connection: Connection, table: str, coming: list[Month]) -> Step:
    """Let the whole table be the piece of all months so far: an exclusive lock for a moment, and no row is read."""
    earlier = f"{table}_earlier"
    bounds = f"FOR VALUES FROM (MINVALUE) TO ('{coming[0].first_id}')"
    return (
        *_replaced(connection, table, earlier),
        f"ALTER TABLE {table} ATTACH PARTITION {earlier} {bounds}",
        f"ALTER TABLE {earlier} DROP CONSTRAINT ck_{table}_earlier",
        f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT",
        *(_month(table, month) for month in coming),
    )


def _copied(connection: Connection, table: str, months: list[Month]) -> Step:
    """Move every row into the piece of its month: nobody works meanwhile, and there is room for the table twice."""
    earlier = f"{table}_earlier"
    return (
        *_replaced(connection, table, earlier),
        f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT",
        *(_month(table, month) for month in months),
        f"INSERT INTO {table} SELECT * FROM {earlier}",  # noqa: S608
        f"DROP TABLE {earlier}",
        f"ANALYZE {table}",
    )


def _replaced(connection: Connection, table: str, earlier: str) -> Iterator[str]:
    """The table takes another name, and one in pieces with the same columns, keys and indexes takes its place."""
    constraints = _read(
        connection,
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = to_regclass(:name) AND contype IN ('p', 'u', 'f') ORDER BY contype DESC, conname",
        table,
    )
    indexes = _read(
        connection,
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = to_regclass(:name)"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid AND contype IN ('p', 'u'))"
        " ORDER BY c.relname",
        table,
    )
    yield f"ALTER TABLE {table} RENAME TO {earlier}"
    for name, _ in constraints:
        yield f'ALTER TABLE {earlier} RENAME CONSTRAINT "{name}" TO "{name}_earlier"'
    for name, _ in indexes:
        yield f'ALTER INDEX "{name}" RENAME TO "{name}_earlier"'
    yield f"CREATE TABLE {table} (LIKE {earlier} INCLUDING DEFAULTS) PARTITION BY RANGE ({KEYS[table]})"
    for name, definition in constraints:
        yield f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
    for _, definition in indexes:
        yield definition


def _read(connection: Connection, query: str, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(text(query), {"name": table})]


def _month(table: str, month: Month) -> str:
    return f"CREATE TABLE {table}_{month} PARTITION OF {table} {_bounds(month)}"


def _month_later(table: str, month: Month) -> Step:
    """A piece, while others read and write, with what came before it was there; attaching makes nobody wait."""
    key, piece, rest = KEYS[table], f"{table}_{month}", f"{table}_rest"
    its = f"{key} >= '{month.first_id}' AND {key} < '{month.plus(1).first_id}'"
    return (
        f"CREATE TABLE {piece} (LIKE {table} INCLUDING ALL)",
        f"LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE",
        f"WITH late AS (DELETE FROM {rest} WHERE {its} RETURNING *) INSERT INTO {piece} SELECT * FROM late",  # noqa: S608
        f"ALTER TABLE {table} ATTACH PARTITION {piece} {_bounds(month)}",
    )


def _bounds(month: Month) -> str:
    return f"FOR VALUES FROM ('{month.first_id}') TO ('{month.plus(1).first_id}')"
