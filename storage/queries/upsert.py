"""One ``INSERT ... ON CONFLICT DO UPDATE`` for both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.tables import Base

Insert = postgresql.Insert | sqlite.Insert


def upsert(
    session: Session,
    table: type[Base],
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    change: Mapping[str, Any] | None,
) -> Insert:
    """Insert rows; where the key exists, ``change`` the row there, or leave it when ``change`` is None."""
    if session.get_bind().dialect.name == "postgresql":
        on_postgresql = postgresql.insert(table).values(values)
        if change is None:
            return on_postgresql.on_conflict_do_nothing(index_elements=key)
        return on_postgresql.on_conflict_do_update(index_elements=key, set_=change)
    on_sqlite = sqlite.insert(table).values(values)
    if change is None:
        return on_sqlite.on_conflict_do_nothing(index_elements=key)
    return on_sqlite.on_conflict_do_update(index_elements=key, set_=change)
