"""Append-only history: each entry's hash covers the one before it, so that a case can be proved unaltered."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError
from cases.model import Actor, ActorKind, HistoryView, Page
from cases.policy import require
from cases.read_log import note_read
from engine.model import Text
from storage.errors import StaleVersionError
from storage.queries.changed import count_changed
from storage.tables import Case, HistoryEntry

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class NewEntry:
    """Something that happened; ``data`` holds JSON values and no personal data."""

    tag: str
    data: Mapping[str, Any] = field(default_factory=dict)
    instance_id: str | None = None
    process_id: str | None = None
    task_id: str | None = None
    element_id: str | None = None
    element_name: str | None = None


class Entries(list[NewEntry]):
    """What one command puts on record, in order."""

    def record(self, tag: str, *, data: Mapping[str, Any] | None = None, **where: str | None) -> None:
        """One more entry; ``where`` are its instance, process, task and element."""
        self.append(NewEntry(tag, data or {}, **where))


class HistoryBrokenError(Exception):
    """The stored history of a case does not match its hashes: an entry was changed, removed or added."""

    def __init__(self, case_id: str, seq: int) -> None:
        self.case_id = case_id
        self.seq = seq
        super().__init__(f"History of case {case_id} is broken at entry {seq}.")


def chain(
    case_id: str,
    seq: int,
    last_hash: str | None,
    entries: Sequence[NewEntry],
    *,
    at: datetime,
    by: Actor,
) -> list[dict[str, Any]]:
    """Rows for ``history_entries`` that continue the chain after ``seq`` and ``last_hash``."""
    rows: list[dict[str, Any]] = []
    previous = last_hash or GENESIS
    for offset, entry in enumerate(entries, start=1):
        row: dict[str, Any] = {
            "case_id": case_id,
            "seq": seq + offset,
            "at": at,
            "tag": entry.tag,
            "actor_kind": by.kind.value,
            "actor_id": by.id,
            "actor_name": by.name or None,
            "instance_id": entry.instance_id,
            "process_id": entry.process_id,
            "task_id": entry.task_id,
            "element_id": entry.element_id,
            "element_name": entry.element_name,
            "data": dict(entry.data),
        }
        previous = row["hash"] = digest(previous, row)
        rows.append(row)
    return rows


def digest(previous: str, row: Mapping[str, Any]) -> str:
    """SHA-256 over the previous hash and the row's canonical JSON, as 64 hexadecimal digits."""
    covered = {key: value for key, value in row.items() if key not in ("hash", "at")}
    covered["at"] = row["at"].isoformat()
    return hashlib.sha256(previous.encode() + orjson.dumps(covered, option=orjson.OPT_SORT_KEYS)).hexdigest()


def record(
    session: Session, env: Environment, case_id: str, entries: Sequence[NewEntry], *, by: Actor
) -> None:
    """Append entries to a case that is not being worked on by a ``CaseWork``. Two statements and one insert.

    Raises NotFoundError for an unknown case and StaleVersionError when somebody else wrote meanwhile.
    """
    head = session.execute(
        select(Case.history_seq, Case.history_hash).where(Case.id == case_id)
    ).one_or_none()
    if head is None:
        raise NotFoundError
    rows = chain(case_id, head.history_seq, head.history_hash, entries, at=env.clock.now(), by=by)
    moved = count_changed(
        session,
        update(Case)
        .where(Case.id == case_id, Case.history_seq == head.history_seq)
        .values(history_seq=rows[-1]["seq"], history_hash=rows[-1]["hash"], version=Case.version + 1),
    )
    if moved != 1:
        raise StaleVersionError
    session.execute(insert(HistoryEntry), rows)


def verify_history(session: Session, case_id: str) -> int:
    """Check the whole chain of a case and answer the number of entries; raises HistoryBrokenError at the first flaw."""
    head = session.execute(
        select(Case.history_seq, Case.history_hash).where(Case.id == case_id)
    ).one_or_none()
    if head is None:
        raise NotFoundError
    previous, seq = GENESIS, 0
    columns = list(HistoryEntry.__table__.columns)
    for row in session.execute(
        select(*columns).where(HistoryEntry.case_id == case_id).order_by(HistoryEntry.seq)
    ):
        seq += 1
        values = dict(row._mapping)
        if values["seq"] != seq or digest(previous, values) != values["hash"]:
            raise HistoryBrokenError(case_id, seq)
        previous = values["hash"]
    if seq != head.history_seq or (seq and previous != head.history_hash):
        raise HistoryBrokenError(case_id, seq)
    return seq


def list_history(
    session: Session, env: Environment, case_id: str, *, by: Actor, after: int = 0, limit: int = 200
) -> Page[HistoryView]:
    """Entries of a case in order, after a sequence number, which is the cursor too. Two statements, three for a case
    of the restricted lane, whose reads are noted.

    Raises NotFoundError for a case that the actor does not see or whose history it may not read.
    """
    facts = require(session, env, case_id, "read_history", by=by)
    if facts.oversight:
        note_read(session, env, case_id, "history", by=by)
    limit = max(1, min(limit, 500))
    columns = list(HistoryEntry.__table__.columns)
    query = (
        select(*columns)
        .where(HistoryEntry.case_id == case_id, HistoryEntry.seq > after)
        .order_by(HistoryEntry.seq)
        .limit(limit + 1)
    )
    rows = session.execute(query).all()
    items = tuple(_view(env, row) for row in rows[:limit])
    return Page(items, str(items[-1].seq) if len(rows) > limit else None)


def _view(env: Environment, row: Row[Any]) -> HistoryView:
    return HistoryView(
        seq=row.seq,
        at=row.at,
        tag=row.tag,
        label=env.reference.labels["history_tags"].get(row.tag) or Text(id=row.tag, en=row.tag),
        actor_kind=ActorKind(row.actor_kind),
        actor_name=row.actor_name,
        process_id=row.process_id,
        element_id=row.element_id,
        element_name=row.element_name,
        data=row.data,
        hash=row.hash,
    )
