"""Everything that one command writes, as statements with their rows, and the one place that sends them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.model import Actor
from storage.errors import StaleVersionError
from storage.queries.batch import NOTHING, Answer, Call, Prepared, send
from storage.tables import (
    Attachment,
    Base,
    Case,
    CasePause,
    CaseRequest,
    CaseText,
    CaseUnit,
    Complainant,
    Deadline,
    DuplicateCandidate,
    Escalation,
    ExternalRef,
    HistoryEntry,
    Job,
    Letter,
    Notice,
    OutboxMessage,
    ProcessInstance,
    Referral,
    Subscription,
    TeamMember,
    Timer,
    UserTask,
)

Rows = Sequence[Mapping[str, Any]]

INSERT_ORDER: tuple[type[Base], ...] = (
    Case,
    ProcessInstance,
    Deadline,
    CasePause,
    Complainant,
    ExternalRef,
    CaseUnit,
    CaseText,
    Attachment,
    DuplicateCandidate,
    Escalation,
    Notice,
    CaseRequest,
    Referral,
    TeamMember,
    Letter,
    UserTask,
    Timer,
    Subscription,
    Job,
    OutboxMessage,
    HistoryEntry,
)
"""What is pointed at comes before what points at it."""

_CASES = cast("Table", Case.__table__)
_TASKS = cast("Table", UserTask.__table__)
_INSTANCES = cast("Table", ProcessInstance.__table__)
_MOVING = ("status", "outcome", "version", "state", "depth", "task_count", "ended_at")
_INSTANCE_UPDATE = Prepared(
    update(_INSTANCES)
    .where(_INSTANCES.c.id == bindparam("instance_id"), _INSTANCES.c.version == bindparam("seen"))
    .values({name: bindparam(name, type_=_INSTANCES.c[name].type) for name in _MOVING})
)
_COMPLETED_BY = ("completed_by", "completed_by_name")
_CANCELLED = (
    update(_TASKS)
    .where(_TASKS.c.id == bindparam("task_id"))
    .values(
        state=bindparam("new_state"),
        completed_at=bindparam("ended_at", type_=_TASKS.c.completed_at.type),
        version=_TASKS.c.version + 1,
    )
)
_TASKS_CANCELLED = Prepared(_CANCELLED)
_TASKS_COMPLETED = Prepared(
    _CANCELLED.values({name: bindparam(name, type_=_TASKS.c[name].type) for name in _COMPLETED_BY})
)
_DELETES: Mapping[type[Base], Prepared] = {
    table: Prepared(
        delete(cast("Table", table.__table__)).where(
            cast("Table", table.__table__).c[key] == bindparam("waiting_id")
        )
    )
    for table, key in ((Timer, "task_id"), (Subscription, "task_id"), (Job, "id"))
}


@dataclass(frozen=True, slots=True)
class Write:
    """A statement with its rows, one run for each. ``guarded`` ones must meet their row as it was read."""

    statement: Prepared
    rows: Rows
    guarded: bool = False


def write(session: Session, writes: Iterable[Write], then: Call | None = None) -> Answer:
    """Run the writes in order, in one round trip where the database can, and what is to be read ``then``.

    Raises StaleVersionError when a guarded one meets nothing: somebody was first.
    """
    writes = list(writes)
    calls = [Call(one.statement, one.rows) for one in writes]
    try:
        answers = send(session, [*calls, then] if then else calls)
    except IntegrityError as error:
        # What follows a guarded write that met nothing is under way already: the next number of the history is taken.
        raise StaleVersionError from error
    for one, answer in zip(writes, answers, strict=False):
        if one.guarded and answer.count != 1:
            raise StaleVersionError
    return answers[-1] if then else NOTHING


def change_case(case: Mapping[str, Any], names: Iterable[str], *, seen: int) -> Write:
    """The named columns of a stored case, if it still has the version that was seen."""
    names = tuple(sorted(names))
    values = {f"new_{name}": case[name] for name in names}
    return Write(_case_update(names), [{"case_id": case["id"], "seen": seen, **values}], guarded=True)


@cache
def _case_update(names: tuple[str, ...]) -> Prepared:
    same = (_CASES.c.id == bindparam("case_id")) & (_CASES.c.version == bindparam("seen"))
    values = {name: bindparam(f"new_{name}", type_=_CASES.c[name].type) for name in names}
    return Prepared(update(_CASES).where(same).values(values))


def move_instance(row: Mapping[str, Any], *, seen: int) -> Write:
    """What moves of a stored process instance, if it still has the version that was seen."""
    moved = {name: row[name] for name in _MOVING}
    return Write(_INSTANCE_UPDATE, [{"instance_id": row["id"], "seen": seen, **moved}], guarded=True)


def end_tasks(closed: Mapping[str, str], *, at: datetime, by: Actor) -> Iterator[Write]:
    """Stored user tasks that are no longer open, by id with their new state."""
    who = {"completed_by": by.id, "completed_by_name": by.name}
    for state, statement, more in (
        ("completed", _TASKS_COMPLETED, who),
        ("cancelled", _TASKS_CANCELLED, {}),
    ):
        ids = [task_id for task_id, new_state in closed.items() if new_state == state]
        yield Write(statement, [{"task_id": one, "new_state": state, "ended_at": at, **more} for one in ids])


def delete_waiting(gone: Mapping[type[Base], Collection[str]]) -> Iterator[Write]:
    """Stored timers, subscriptions and jobs that nothing waits for any more, by the key of their table."""
    for table, ids in gone.items():
        yield Write(_DELETES[table], [{"waiting_id": one} for one in sorted(ids)])


def insert_rows(rows: Mapping[type[Base], Rows]) -> Iterator[Write]:
    """New rows, one statement for each table. Raises ValueError for a table without a place in the order."""
    for table in sorted((table for table, new in rows.items() if new), key=INSERT_ORDER.index):
        keys = frozenset().union(*rows[table])
        yield Write(_insert(table, keys), rows[table])


@cache
def _insert(table: type[Base], keys: frozenset[str]) -> Prepared:
    return Prepared(insert(cast("Table", table.__table__)), sorted(keys))
