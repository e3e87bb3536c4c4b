"""Notes who read protected content; a read that cannot be noted does not happen."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.model import Actor
from storage.database import READ_ONLY
from storage.tables import ReadLogEntry


class ReadMustBeLoggedError(Exception):
    """Protected content was asked for in a transaction that keeps nothing.

    Run the same function in a write.
    """


def note_read(
    session: Session, env: Environment, case_id: str, what: str, *, by: Actor, reason: str | None = None
) -> None:
    """Write that ``by`` read ``what`` (``case``, ``identity``, ``attachment`` ...) of a case. One insert.

    Raises ReadMustBeLoggedError in a read-only transaction: the unit of work then runs the read again as a
    write.
    """
    options = session.connection().get_execution_options()
    if any(options.get(key) == value for key, value in READ_ONLY.items()):
        raise ReadMustBeLoggedError
    session.execute(
        insert(ReadLogEntry).values(
            id=env.new_id(),
            at=env.clock.now(),
            case_id=case_id,
            actor_id=by.id,
            actor_name=by.name or None,
            what=what,
            reason=reason[:500] if reason else None,
        )
    )
