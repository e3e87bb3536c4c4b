"""What is asked for beside a complaint at any time: letters of the Ombudsman and requests about personal data.

Each request runs as a process of its own, several side by side, and goes on when the case is closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.case_fields import add_texts
from cases.dates import last_day
from cases.environment import Environment
from cases.errors import NotFoundError, NotWaitingForItError, RefusedByRuleError
from cases.forms import FormText
from cases.ids import known_id
from cases.model import Actor, ActorKind
from cases.policy import may, require, sees_whole
from cases.reference import RequestKind
from cases.runtime import move, run_queue, start_process
from cases.sight import OVERSIGHT, accused
from cases.work import CaseWork
from engine.errors import NotWaitingError
from engine.model import DeliverMessage, Text
from storage.errors import StaleVersionError
from storage.tables import Case, CaseRequest, Deadline, Subscription

ACT = "start_request"
DATA_PREFIX = "data_"
DATA_OFFICER = "data_protection_officer"
LONGEST_TEXT = 5000
FROM_OMBUDSMAN = ("ombudsman_recommended", "ombudsman_took_over", "ombudsman_finished")


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request beside a case, as its reader may see it."""

    id: str
    kind: str
    label: Text
    number: str | None
    received_at: datetime
    entered_at: datetime
    answered_at: datetime | None
    outcome: str | None
    due_at: datetime | None
    """When its soonest running clock is due."""
    due_on: date | None
    overdue: bool
    messages: tuple[str, ...]
    """What the reader may tell its process now, such as that the Ombudsman takes the case over."""


def start_request(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    kind: str,
    by: Actor,
    received_on: date | None = None,
    number: str | None = None,
    text: str | None = None,
) -> RequestView:
    """Begin a request of a kind of ``reference/request_kinds.json`` and its process, whatever the case waits for.

    ``received_on`` is the day on which it reached the body, None for now: its clock counts from there. Raises
    NotFoundError (unknown case or kind, or not the actor's to begin), RefusedByRuleError (a day in the future, the
    same letter again, the same question still open).
    """
    case_id = known_id(case_id)
    rule = _require_kind(session, env, case_id, kind, by)
    work = CaseWork.load(session, env, case_id, by=by)
    received_at = _received_at(work, received_on)
    _refuse_again(session, case_id, rule, number)
    request_id, instance_id = env.new_id(), env.new_id()
    keys = {"id": request_id, "case_id": case_id, "instance_id": instance_id, "process_id": rule.process}
    _add_row(work, keys, kind=kind, number=number, received_at=received_at)
    said = {"request": request_id, "kind": kind, "number": number, "received_at": received_at.isoformat()}
    work.record("case:request:received", data=said, instance_id=instance_id)
    _keep_text(work, text, instance_id)
    start_process(work, rule.process, {"request_kind": kind}, instance_id=instance_id)
    run_queue(work)
    work.flush()
    return _one(session, env, case_id, request_id, by)


def _add_row(work: CaseWork, keys: Mapping[str, str], **said: Any) -> None:
    """The request as it was entered, not answered yet."""
    entered_by = work.by.id if work.by.kind is ActorKind.USER else None
    work.add(
        CaseRequest,
        **keys,
        **said,
        entered_at=work.now,
        entered_by=entered_by,
        answered_at=None,
        outcome=None,
    )


def tell_request(
    session: Session, env: Environment, case_id: str, request_id: str, message: str, *, by: Actor
) -> RequestView:
    """Hand a message to the process of one request: several letters may wait for the same news.

    Raises NotFoundError (unknown, or not the actor's to send), NotWaitingForItError.
    """
    case_id, request_id = known_id(case_id), known_id(request_id)
    row = session.execute(
        select(CaseRequest.kind, CaseRequest.instance_id).where(
            CaseRequest.id == request_id, CaseRequest.case_id == case_id
        )
    ).one_or_none()
    if row is None or message not in FROM_OMBUDSMAN or by.kind is ActorKind.COMPLAINANT:
        raise NotFoundError
    _require_kind(session, env, case_id, row.kind, by)
    work = CaseWork.load(session, env, case_id, by=by)
    task_id = session.scalar(
        select(Subscription.task_id).where(
            Subscription.instance_id == row.instance_id, Subscription.message == message
        )
    )
    if task_id is None:
        raise NotWaitingForItError
    work.record(
        "case:message:received",
        data={"message": message, "request": request_id},
        instance_id=row.instance_id,
    )
    try:
        move(work, work.instance(row.instance_id), DeliverMessage(task_id, message, {}))
    except NotWaitingError:
        raise StaleVersionError from None
    run_queue(work)
    work.flush()
    return _one(session, env, case_id, request_id, by)


def list_requests(session: Session, env: Environment, case_id: str, *, by: Actor) -> tuple[RequestView, ...]:
    """The requests beside a case that the reader may see, oldest first. Up to four statements.

    A complainant sees requests about personal data; officers who see the case whole see all; whoever may begin a
    kind sees those. Raises NotFoundError.
    """
    case_id = known_id(case_id)
    kinds = _readable(session, env, case_id, by)
    query = select(*CaseRequest.__table__.columns).where(
        CaseRequest.case_id == case_id, CaseRequest.kind.in_(sorted(kinds))
    )
    rows = session.execute(query.order_by(CaseRequest.entered_at, CaseRequest.id)).all()
    if not rows:
        return ()
    due = _due(session, case_id)
    waiting = _waiting(session, case_id) if by.kind is ActorKind.USER else {}
    begun = {
        row.kind
        for row in rows
        if _may_begin(session, env, case_id, env.reference.request_kinds[row.kind], by)
    }
    return tuple(
        _view(
            env,
            row,
            due.get(row.instance_id),
            waiting.get(row.instance_id, set()) if row.kind in begun else set(),
        )
        for row in rows
    )


def request_kinds(session: Session, env: Environment, case_id: str, *, by: Actor) -> tuple[RequestKind, ...]:
    """The kinds of request that the actor may begin on the case; none when the case is not the actor's."""
    case_id = known_id(case_id)
    kinds = env.reference.request_kinds.values()
    return tuple(kind for kind in kinds if _may_begin(session, env, case_id, kind, by))


def _one(session: Session, env: Environment, case_id: str, request_id: str, by: Actor) -> RequestView:
    return next(view for view in list_requests(session, env, case_id, by=by) if view.id == request_id)


def _keep_text(work: CaseWork, text: str | None, instance_id: str) -> None:
    if text and text.strip():
        asked = FormText("text", "request", text.strip()[:LONGEST_TEXT])
        add_texts(work, (asked,), response_kind=None, instance_id=instance_id)


def _require_kind(session: Session, env: Environment, case_id: str, kind: str, by: Actor) -> RequestKind:
    rule = env.reference.request_kinds.get(kind)
    if rule is None or not _may_begin(session, env, case_id, rule, by):
        raise NotFoundError
    return rule


def _may_begin(session: Session, env: Environment, case_id: str, kind: RequestKind, by: Actor) -> bool:
    """Whether one of the roles through which the actor reaches the case may begin this kind of request.

    A request about personal data may also arrive at the data-protection officer by letter, who does not see the case
    before it is there; never one of the restricted lane, nor one that is about the officer.
    """
    if by.kind is ActorKind.SYSTEM:
        return True
    if not may(env, by, ACT):
        return False
    if DATA_OFFICER in kind.roles and by.has(DATA_OFFICER):
        ordinary = select(Case.id).where(Case.id == case_id, ~OVERSIGHT, ~accused(by))
        return session.scalar(ordinary) is not None
    try:
        return bool(require(session, env, case_id, ACT, by=by).roles & kind.roles)
    except NotFoundError:
        return False


def _readable(session: Session, env: Environment, case_id: str, by: Actor) -> set[str]:
    kinds = env.reference.request_kinds
    try:
        facts = require(session, env, case_id, by=by)
    except NotFoundError:
        begun = {key for key, kind in kinds.items() if _may_begin(session, env, case_id, kind, by)}
        if not begun:
            raise
        return begun
    if by.kind is ActorKind.COMPLAINANT:
        return {key for key in kinds if key.startswith(DATA_PREFIX)}
    return set(kinds) if sees_whole(env, by, facts) else set()


def _received_at(work: CaseWork, received_on: date | None) -> datetime:
    today = work.calendar.local_day(work.now)
    if received_on is None or received_on == today:
        return work.now
    if received_on > today:
        raise RefusedByRuleError(
            Text(
                id="Tanggal penerimaan tidak boleh di masa depan. Periksa tanggalnya.",
                en="The day of receipt cannot be in the future. Check the date.",
            )
        )
    # The hour is not known any more: the day's beginning never gives more time than there was.
    return work.calendar.start_of(received_on)


def _refuse_again(session: Session, case_id: str, kind: RequestKind, number: str | None) -> None:
    same = (CaseRequest.case_id == case_id) & (CaseRequest.kind == kind.key)
    if number is not None:
        known = select(CaseRequest.id).where(same, CaseRequest.number == number)
        if session.scalar(known) is not None:
            raise RefusedByRuleError(
                Text(
                    id="Surat dengan nomor ini sudah dicatat pada kasus ini.",
                    en="A letter with this number is on record for this case already.",
                )
            )
    open_one = select(CaseRequest.id).where(same, CaseRequest.answered_at.is_(None))
    if kind.key.startswith(DATA_PREFIX) and session.scalar(open_one.limit(1)) is not None:
        raise RefusedByRuleError(
            Text(
                id="Permintaan yang sama masih diproses. Tunggu jawabannya, paling lambat 72 jam sejak diterima.",
                en="The same request is still open. Wait for its answer, within 72 hours of its receipt.",
            )
        )


def _due(session: Session, case_id: str) -> Mapping[str, datetime]:
    """The soonest running clock of each process instance."""
    query = select(Deadline.instance_id, Deadline.due_at).where(
        Deadline.case_id == case_id,
        Deadline.instance_id.is_not(None),
        Deadline.stopped_at.is_(None),
        Deadline.due_at.is_not(None),
    )
    found: dict[str, datetime] = {}
    for row in session.execute(query.order_by(Deadline.due_at)):
        found.setdefault(row.instance_id, row.due_at)
    return found


def _waiting(session: Session, case_id: str) -> Mapping[str, set[str]]:
    query = select(Subscription.instance_id, Subscription.message).where(Subscription.case_id == case_id)
    found: dict[str, set[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.instance_id, set()).add(row.message)
    return found


def _view(env: Environment, row: Any, due_at: datetime | None, waiting: set[str]) -> RequestView:
    return RequestView(
        id=row.id,
        kind=row.kind,
        label=env.reference.request_kinds[row.kind].label,
        number=row.number,
        received_at=row.received_at,
        entered_at=row.entered_at,
        answered_at=row.answered_at,
        outcome=row.outcome,
        due_at=due_at,
        due_on=last_day(due_at, env.zone),
        overdue=due_at is not None and due_at <= env.clock.now(),
        messages=tuple(name for name in FROM_OMBUDSMAN if name in waiting),
    )
