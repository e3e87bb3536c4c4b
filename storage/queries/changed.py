"""How many rows a change met; the library's types tell it only of some results."""

from typing import cast

from sqlalchemy import CursorResult, Executable
from sqlalchemy.orm import Session


def count_changed(session: Session, statement: Executable) -> int:
    """Run an UPDATE or DELETE and answer the number of rows that it met."""
    return cast("CursorResult[tuple[()]]", session.execute(statement)).rowcount
