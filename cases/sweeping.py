"""Reconciles object store and database: objects that no case names are found, and attachments without their object.

An upload lays its object down before the transaction that names it, so that a process killed in between leaves an
object that nobody knows; an erasure names its objects in the outbox before they go. Neither is ever the other way
round: a row without its object means that somebody changed the store, or that a backup was restored without it.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.incidents.recording import kind_of
from storage.tables import Attachment, Incident, Letter

FOLDERS = ("attachments/", "letters/")
COMMAND = "object:"
_STEP = timedelta(milliseconds=2**28)
"""Keys have a UUIDv7, whose first five digits are the time in steps of three days."""
_AT_ONCE = 500
_UUID = 36


def list_objects(env: Environment, *, since: datetime | None, before: datetime) -> dict[str, datetime]:
    """Keys of the objects that were named since an instant and last changed before another. Uses no database.

    Without ``since`` the whole store is listed; with it, only the few parts of it whose keys carry such a time, so that
    the work does not grow with the years. Raises what the store raises when it is down.
    """
    found: dict[str, datetime] = {}
    for prefix in _prefixes(since, before):
        found.update({one.key: one.modified for one in env.objects.list(prefix) if one.modified < before})
    return found


def find_orphans(session: Session, keys: Collection[str]) -> tuple[str, ...]:
    """The objects that nothing names or is going to name. Two statements for each 500.

    A letter that is not kept yet keeps its objects: one of them may be about to be named.
    """
    orphans: list[str] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        named = set(session.scalars(select(Attachment.object_key).where(Attachment.object_key.in_(some))))
        left = [key for key in some if key not in named]
        letters = {_letter(key) for key in left if key.startswith("letters/")}
        waiting = select(Letter.id).where(Letter.id.in_(letters), Letter.attachment_id.is_(None))
        unprinted = set(session.scalars(waiting)) if letters else set()
        orphans += [key for key in left if _letter(key) not in unprinted]
    return tuple(orphans)


def find_missing(
    session: Session, env: Environment, *, since: datetime | None, before: datetime
) -> tuple[str, ...]:
    """The ids of attachments made between two instants whose object is gone; reads the store beside the database."""
    query = select(Attachment.id, Attachment.object_key).where(Attachment.created_at < before)
    if since is not None:
        query = query.where(Attachment.created_at >= since)
    rows = session.execute(query).all()
    stored = {key for prefix in _prefixes(since, before) for key in _keys(env, prefix)} if rows else set()
    # A listing may lag behind; what it does not have is asked for by name.
    return tuple(
        row.id for row in rows if row.object_key not in stored and not env.objects.exists(row.object_key)
    )


def note_missing(session: Session, env: Environment, attachment_id: str) -> bool:
    """Tell the administrators of a file that is gone: one open incident on its case. Two statements.

    Answers False when it was told before, or the file has been erased meanwhile.
    """
    command = f"{COMMAND}{attachment_id}"
    case_id = session.scalar(select(Attachment.case_id).where(Attachment.id == attachment_id))
    open_one = select(Incident.id).where(Incident.command == command, Incident.resolved_at.is_(None))
    if case_id is None or session.scalar(open_one) is not None:
        return False
    session.execute(
        insert(Incident).values(
            id=env.new_id(),
            case_id=case_id,
            task_id=attachment_id,
            subject="file",
            error="ObjectMissing",
            kind=kind_of(COMMAND, None, None, "ObjectMissing"),
            cause=f"ObjectMissing: the file {attachment_id} is not in the object store. Restore it from a backup.",
            command=command,
            at=env.clock.now(),
        )
    )
    return True


def _prefixes(since: datetime | None, before: datetime) -> Iterator[str]:
    """What the keys of that time begin with. An attachment's row may be younger than its key by an upload's length."""
    if since is None:
        yield from FOLDERS
        return
    first, last = (_digits(at) for at in (since - _STEP, before))
    for number in range(first, last + 1):
        yield from (f"{folder}{number:05x}" for folder in FOLDERS)


def _digits(at: datetime) -> int:
    return int(at.timestamp() * 1000) >> 28


def _keys(env: Environment, prefix: str) -> Iterator[str]:
    return (one.key for one in env.objects.list(prefix))


def _letter(key: str) -> str:
    """The id of the letter that an object belongs to: ``letters/<id>``, then which printing it is."""
    return key.removeprefix("letters/")[:_UUID]
