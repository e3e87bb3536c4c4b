"""Indexes of large tables, for migrations: on PostgreSQL each is built beside what is written, and nobody waits."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op


def create_indexes(indexes: Iterable[tuple[Any, ...]], *, concurrently: bool) -> None:
    """Each by name, table, columns, condition or None, and perhaps the columns that it only carries."""
    for name, table, columns, where, *carried in indexes:
        condition = sa.text(where) if where else None
        op.create_index(
            name,
            table,
            list(columns),
            if_not_exists=True,
            postgresql_where=condition,
            sqlite_where=condition,
            postgresql_include=[column for more in carried for column in more],
            postgresql_concurrently=concurrently,
        )


def drop_unfinished(ours: Collection[str]) -> None:
    """A migration that was ended while it built an index leaves one that is never used."""
    unfinished = sa.text(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace"
    )
    for name in op.get_bind().scalars(unfinished).all():
        if name in ours:
            op.execute(f"DROP INDEX CONCURRENTLY {name}")
