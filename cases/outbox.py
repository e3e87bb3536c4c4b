"""Delivers the outbox: written with the change that caused it, sent after the commit, repeated until it is taken."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.incidents import FaultedError, record_incident
from cases.model import SYSTEM
from cases.runtime import deliver, run_queue
from cases.work import CaseWork
from storage.tables import Case, CaseText, OutboxMessage

ACTIVE = Case.suspended_at.is_(None)
MAX_ATTEMPTS = 12
SLOW_TOPICS = ("letter:requested",)
log = logging.getLogger("tuntas.outbox")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that this worker may deliver until its lease ends; ``id`` is the idempotency key for the receiver.

    ``attempts`` counts those that failed; a worker that was killed or held up says nothing about the message.
    """

    id: str
    case_id: str | None
    topic: str
    payload: dict[str, Any]
    attempts: int
    lease: str


def claim_outgoing(
    session: Session, env: Environment, *, slow: bool = False, limit: int = 100
) -> tuple[Outgoing, ...]:
    """Take messages that are due. Two statements; commit before delivering.

    ``slow`` takes those that keep a worker busy (letters to print) instead of the others, so that these need not wait.
    """
    now = env.clock.now()
    topics = OutboxMessage.topic.in_(SLOW_TOPICS) if slow else OutboxMessage.topic.not_in(SLOW_TOPICS)
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.failed.is_(False),
            OutboxMessage.run_at <= now,
            topics,
        )
        .order_by(OutboxMessage.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(due))
    if not ids:
        return ()
    lease = env.new_id()
    taken = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids))
        .values(lease=lease, run_at=now + env.lease)
        .returning(
            OutboxMessage.id,
            OutboxMessage.case_id,
            OutboxMessage.topic,
            OutboxMessage.payload,
            OutboxMessage.attempts,
        )
    )
    return tuple(Outgoing(**row._mapping, lease=lease) for row in taken)


def settle_outgoing(session: Session, env: Environment, message: Outgoing, *, error: str | None) -> None:
    """Note that a message was taken, or try it again later; does nothing when the lease went to another worker."""
    if error is None:
        settle_delivered(session, env, [message])
        return
    attempts = message.attempts + 1
    pause = timedelta(seconds=min(3600, 2**attempts))
    held = (OutboxMessage.id == message.id) & (OutboxMessage.lease == message.lease)
    again = {
        "lease": None,
        "run_at": env.clock.now() + pause,
        "attempts": attempts,
        "last_error": error[:500],
    }
    failed = attempts >= MAX_ATTEMPTS
    if failed and message.topic not in SLOW_TOPICS:  # A letter has told already.
        _give_up(session, env, message, error)
    session.execute(update(OutboxMessage).where(held).values(**again, failed=failed))


def _give_up(session: Session, env: Environment, message: Outgoing, error: str) -> None:
    """Tell the administrator, unless the message went to another worker meanwhile."""
    mine = (OutboxMessage.id == message.id) & (OutboxMessage.lease == message.lease)
    if session.scalar(select(OutboxMessage.id).where(mine)) is None:
        return
    fault = FaultedError(
        case_id=message.case_id,
        instance_id=None,
        element_id=message.topic,
        cause=error,
        command="Deliver",
        task_id=message.id,
    )
    record_incident(session, env, fault)


def settle_delivered(session: Session, env: Environment, messages: list[Outgoing]) -> None:
    """Note that messages of one claim were taken: one statement, however many."""
    if not messages:
        return
    ids = [message.id for message in messages]
    held = OutboxMessage.id.in_(ids) & (OutboxMessage.lease == messages[0].lease)
    session.execute(update(OutboxMessage).where(held).values(lease=None, delivered_at=env.clock.now()))


def give_back(session: Session, env: Environment, messages: Collection[Outgoing]) -> None:
    """Messages of one claim that were not tried yet: any worker may take them at once."""
    if not messages:
        return
    ids, lease = [message.id for message in messages], next(iter(messages)).lease
    held = OutboxMessage.id.in_(ids) & (OutboxMessage.lease == lease)
    session.execute(update(OutboxMessage).where(held).values(lease=None, run_at=env.clock.now()))


def children_of(session: Session, case_id: str) -> tuple[str, ...]:
    """The cases merged into a case and still parked. A suspended one is told when it goes on."""
    query = select(Case.id).where(Case.parent_id == case_id, Case.stage != "closed", ACTIVE).order_by(Case.id)
    return tuple(session.scalars(query))


def tell_child(session: Session, env: Environment, child_id: str) -> None:
    """A parent case closed: its merged child gets the answer and the message it is parked on.

    Repeating it changes nothing.
    """
    work = CaseWork.load(session, env, child_id, by=SYSTEM)
    if tell_of_parent(work):
        run_queue(work)
        work.flush()


def tell_of_parent(work: CaseWork) -> bool:
    """Hand the message and the answers to a child that is parked; False when it is not."""
    parent_id = work.case["parent_id"]
    waited = deliver(work, "merge_parent_closed", {})
    if waited:
        _pass_on_answers(work, parent_id)
    return waited


def _pass_on_answers(work: CaseWork, parent_id: str) -> None:
    """The child's complainant gets the parent's published answers (domain.md, duplicates)."""
    answers = select(*CaseText.__table__.columns).where(
        CaseText.case_id == parent_id, CaseText.kind == "response", CaseText.visibility == "public"
    )
    for answer in work.session.execute(answers.order_by(CaseText.at, CaseText.id)):
        text_id = work.env.new_id()
        where = {"instance_id": None, "task_id": None, "element_id": None}
        work.add(CaseText, **{**answer._mapping, **where, "id": text_id, "case_id": work.case["id"]})
        work.record("case:text:written", data={"text": text_id, "kind": "response", "from": answer.id})
