"""The audit: what clients were told, what receivers did, and what rows, states and objects say must be the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.history import verify_history
from cases.model import SYSTEM
from cases.work import CaseWork
from crash.ledger import Ledger
from crash.receiver import Outside
from crash.violation import Violation
from engine.runtime import inspect
from storage.tables import (
    Attachment,
    Base,
    Case,
    HistoryEntry,
    Incident,
    Job,
    OutboxMessage,
    ProcessInstance,
    Subscription,
    Timer,
    UserTask,
)
from tuntas.office import Tuntas

ONCE_A_CASE = ("case:registered", "case:closed")


def audit(office: Tuntas, ledger: Ledger, world: Outside) -> list[Violation]:
    """Everything that is wrong. Nobody may be at work meanwhile, and the outbox must have come to rest."""

    def look(session: Session) -> list[Violation]:
        return [
            *_surprises(ledger),
            *_promises(session, ledger),
            *_effects(session, world),
            *_doubled_messages(session),
            *_states(session, office),
            *_histories(session, office),
            *_incidents(session),
            *_files(session, office),
        ]

    return office.work.read(look)


def _surprises(ledger: Ledger) -> Iterator[Violation]:
    yield from (Violation("surprising answer", what) for what in ledger.surprises)


def _promises(session: Session, ledger: Ledger) -> Iterator[Violation]:
    """What was told is there once, and what was not told is there at most once."""
    titles = Counter(session.scalars(select(Case.title)))
    yield from _held("case", ledger.cases, titles)
    completed = select(HistoryEntry.task_id).where(HistoryEntry.tag == "case:task:completed")
    yield from _held("completed task", ledger.tasks, Counter(session.scalars(completed)))
    states = {row.id: row.state for row in session.execute(select(UserTask.id, UserTask.state))}
    for task_id, told in ledger.tasks.items():
        if told and states.get(task_id) != "completed":
            yield Violation("lost", f"task {task_id} is {states.get(task_id)}")
    received = select(HistoryEntry.case_id, HistoryEntry.data).where(
        HistoryEntry.tag == "case:message:received"
    )
    sent = Counter((row.case_id, row.data["message"]) for row in session.execute(received))
    yield from _held("message", ledger.messages, sent)
    rows = session.execute(select(Attachment.case_id, Attachment.sha256))
    yield from _held("file", ledger.files, Counter((row.case_id, row.sha256) for row in rows))
    for reference, title in ledger.references.items():
        if session.scalar(select(Case.title).where(Case.reference == reference)) != title:
            yield Violation("lost", f"reference {reference}")


def _held(what: str, asked: dict[Any, bool], found: Counter[Any]) -> Iterator[Violation]:
    for key, told in asked.items():
        number = found[key]
        if told and not number:
            yield Violation("lost", f"{what} {key} was acknowledged and is not there")
        if number > 1:
            yield Violation("doubled", f"{what} {key} is there {number} times")


def _effects(session: Session, world: Outside) -> Iterator[Violation]:
    """Each message had its effect once, and nothing had an effect that is no message."""
    done = Counter(effect.key for effect in world.effects)
    sent = {row.id: row for row in session.execute(select(*OutboxMessage.__table__.columns))}
    for key, row in sent.items():
        if row.delivered_at is None:
            yield Violation("undelivered", f"message {row.topic} {key}: {row.last_error}")
        elif done[key] != 1:
            kind = "lost effect" if not done[key] else "double effect"
            yield Violation(kind, f"message {row.topic} {key} had {done[key]} effects")
    for effect in world.effects:
        row = sent.get(effect.key)
        if row is None and not effect.topic.startswith("job:"):
            yield Violation("double effect", f"{effect.topic} came under {effect.key}, which is no message")
        elif row is not None and (row.topic, row.payload) != (effect.topic, effect.payload):
            yield Violation("double effect", f"{effect.key} came with another content")


def _doubled_messages(session: Session) -> Iterator[Violation]:
    query = (
        select(OutboxMessage.case_id, OutboxMessage.topic, func.count())
        .where(OutboxMessage.topic.in_(ONCE_A_CASE))
        .group_by(OutboxMessage.case_id, OutboxMessage.topic)
        .having(func.count() > 1)
    )
    for case_id, topic, number in session.execute(query):
        yield Violation("double effect", f"{topic} of case {case_id} was written {number} times")


def _states(session: Session, office: Tuntas) -> Iterator[Violation]:
    """The rows that wait are those that the engine sees in the stored state."""
    tables: tuple[tuple[str, type[Base], Any], ...] = (
        ("tasks", UserTask, UserTask.id),
        ("timers", Timer, Timer.task_id),
        ("messages", Subscription, Subscription.task_id),
        ("jobs", Job, Job.id),
    )
    waiting: dict[tuple[str, str], Counter[str]] = {}
    for name, table, key in tables:
        query = select(table.instance_id, key.label("id"))  # type: ignore[attr-defined]
        if table is UserTask:
            query = query.where(UserTask.state == "open")
        for row in session.execute(query.distinct()):
            waiting.setdefault((name, row.instance_id), Counter())[row.id] += 1
    columns = (
        ProcessInstance.id,
        ProcessInstance.deployment_hash,
        ProcessInstance.state,
        ProcessInstance.status,
    )
    for row in session.execute(select(*columns)):
        snapshot = inspect(office.env.deployments.get(row.deployment_hash), row.state)
        for name, _table, _key in tables:
            seen = {one.task_id for one in getattr(snapshot, name)} if row.status == "running" else set()
            stored = waiting.get((name, row.id), Counter())
            if set(stored) != seen:
                yield Violation("lost or doubled wait", f"{name} of instance {row.id}: {stored} and {seen}")


def _histories(session: Session, office: Tuntas) -> Iterator[Violation]:
    """Every case loads, and its history is whole."""
    for case_id in session.scalars(select(Case.id)).all():
        try:
            CaseWork.load(session, office.env, case_id, by=SYSTEM)
            if verify_history(session, case_id) < 1:
                yield Violation("history", f"case {case_id} has none")
        except Exception as error:
            yield Violation("unusable case", f"{case_id}: {type(error).__name__} {error}")


def _incidents(session: Session) -> Iterator[Violation]:
    """A crash is no fault of a process: nothing is left to an administrator."""
    query = select(Incident.command, Incident.cause).where(Incident.resolved_at.is_(None))
    yield from (Violation("incident", f"{row.command}: {row.cause}") for row in session.execute(query))
    given_up = select(func.count()).select_from(Timer).where(Timer.failed)
    if session.scalar(given_up):
        yield Violation("incident", "a timer was given up")


def _files(session: Session, office: Tuntas) -> Iterator[Violation]:
    """Objects and attachments name each other, and the bytes are those that were sent."""
    rows = {row.object_key: row for row in session.execute(select(*Attachment.__table__.columns))}
    stored = {one.key for one in office.objects.list()}
    yield from (Violation("orphan object", key) for key in sorted(stored - set(rows)))
    for key, row in rows.items():
        if key not in stored:
            yield Violation("attachment without object", f"{row.id} {key}")
            continue
        with office.objects.open(key) as chunks:
            if hashlib.sha256(b"".join(chunks)).hexdigest() != row.sha256:
                yield Violation("spoilt object", key)
