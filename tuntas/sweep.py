"""Sweeps the object store: what killed uploads left behind goes, and files that are gone are told of."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.sweeping import find_missing, find_orphans, list_objects, note_missing
from storage.objects.files import FileObjectStore
from tuntas.office import Tuntas

GRACE = timedelta(hours=24)
"""Younger objects are left alone: an upload, a letter or a repeated message may still be on its way to them."""
REACH = timedelta(days=3)
"""How far back a worker looks each time; one that was away for longer has others, or is followed by a whole sweep."""
log = logging.getLogger("tuntas.sweep")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    orphans: tuple[str, ...]
    """Keys of objects that no case named; they are deleted."""
    missing: tuple[str, ...]
    """Ids of attachments without their object; each has an incident on its case."""


def sweep(office: Tuntas, *, since: datetime | None, before: datetime) -> Swept:
    """Delete orphans that last changed before an instant, and note files that are gone. Safe to repeat and to kill.

    ``since`` None looks at the whole store. Objects are listed before the database is asked: whatever is named in
    between is not an orphan any more. Raises what the store raises when it is down.
    """
    env, work = office.env, office.work
    listed = list_objects(env, since=since, before=before)
    orphans = work.read(lambda session: find_orphans(session, listed))
    for key in orphans:
        env.objects.delete(key)
    missing = work.read(lambda session: find_missing(session, env, since=since, before=before))
    for attachment_id in missing:
        work.write(lambda session, gone=attachment_id: note_missing(session, env, gone))  # type: ignore[misc]
    if isinstance(office.objects, FileObjectStore):
        office.objects.sweep(before=before)
    if orphans or missing:
        log.warning("sweep: %d objects of nobody deleted, %d files missing", len(orphans), len(missing))
    return Swept(orphans, missing)


def sweep_lately(office: Tuntas) -> Swept:
    """What a worker does once an hour."""
    before = office.env.clock.now() - GRACE
    return sweep(office, since=before - REACH, before=before)
