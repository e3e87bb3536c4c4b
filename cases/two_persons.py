"""Acts that need a second person: one asks, another who holds the same right agrees, and it is used once.

What the domain facts name (section 5): revealing an identity, erasing personal data, publishing a process.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Update, insert, select, true, update
from sqlalchemy.orm import Session, aliased

from cases.actions.erase import erase_complainant, refuse_unerasable
from cases.cursors import as_id, read_cursor, write_cursor
from cases.environment import Environment
from cases.errors import ConflictError, NotFoundError, RefusedByRuleError
from cases.ids import known_id
from cases.model import Actor, ActorKind, Page
from cases.policy import facts_columns, facts_of, may, require, require_act, visible_cases
from cases.two_person_texts import AGAIN, NEEDS_SUBJECT, NO_GRANT, NO_REASON, OVER, OWN, unpublished
from cases.work import CaseWork
from storage.queries.changed import count_changed
from storage.tables import Case, TwoPersonRequest, User

ACT = "second_person"
"""What lets somebody ask, agree and see what is asked, within the acts that they hold."""
REVEAL, ERASE, PUBLISH = "reveal_identity", "erase", "deploy_process"
CASE_ACTS = (REVEAL, ERASE)
VALID_FOR = timedelta(hours=72)
"""From asking to using [INFER]."""
LONGEST_REASON = 500
CURSOR = "two-person-requests"
_SUBJECT = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TwoPersonView:
    """What was asked, and what became of it."""

    id: str
    act: str
    case_id: str | None
    reference: str | None
    subject: str | None
    reason: str
    requested_by: str
    requested_by_name: str
    requested_at: datetime
    expires_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None
    used_at: datetime | None
    state: str
    """``pending``, ``granted``, ``refused``, ``used`` or ``expired``."""
    may_decide: bool
    may_use: bool


def ask(
    session: Session,
    env: Environment,
    *,
    act: str,
    reason: str,
    by: Actor,
    case_id: str | None = None,
    subject: str | None = None,
) -> TwoPersonView:
    """Ask for a second person: about a case, or about the set of files whose ``fingerprint`` is the subject.

    Raises NotFoundError (unknown case, or an act that is not the asker's there) and RefusedByRuleError (no reason,
    asked already, nothing to erase yet).
    """
    _require_person(env, by)
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise RefusedByRuleError(NO_REASON)
    request_id = env.new_id()
    if act in CASE_ACTS:
        case_id, subject = _ask_about_case(session, env, act, case_id, request_id, by=by), None
    elif act == PUBLISH:
        require_act(env, by, act)
        case_id, subject = None, _checked(subject)
    else:
        raise NotFoundError
    _refuse_again(session, env, (act, case_id, subject), by)
    now = env.clock.now()
    values = {"id": request_id, "act": act, "case_id": case_id, "subject": subject, "reason": reason}
    times = {"requested_at": now, "expires_at": now + VALID_FOR}
    session.execute(insert(TwoPersonRequest).values(**values, **times, requested_by=by.id))
    return _one(session, env, request_id, by)


def list_two_person_requests(
    session: Session,
    env: Environment,
    *,
    by: Actor,
    pending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[TwoPersonView]:
    """What was asked within the reader's own rights and sight, the newest first. One statement.

    ``pending`` leaves only what still waits for a second person. Raises NotFoundError, BadCursorError.
    """
    _require_person(env, by)
    where: list[ColumnElement[bool]] = []
    if pending:
        where = [TwoPersonRequest.decided_at.is_(None), TwoPersonRequest.expires_at > env.clock.now()]
    if cursor is not None:
        (after,) = read_cursor(cursor, CURSOR, as_id)
        where.append(TwoPersonRequest.id < after)
    rows = _rows(session, env, by, *where, limit=limit + 1)
    following = write_cursor(CURSOR, rows[limit - 1].id) if len(rows) > limit else None
    seen = tuple(_view(env, row, by) for row in rows[:limit] if _holds(env, row, by))
    return Page(seen, following)


def decide_two_person_request(
    session: Session, env: Environment, request_id: str, *, granted: bool, by: Actor
) -> TwoPersonView:
    """Agree or refuse, as somebody else who holds the same right. An erasure is carried out with the agreement.

    Raises NotFoundError (unknown, or not within the actor's rights), RefusedByRuleError (one's own, also through a
    stand-in; over or decided already; the case may not be erased), ConflictError.
    """
    _require_person(env, by)
    row = _find(session, env, request_id, by)
    own_rights = tuple(grant for grant in by.grants if grant.for_user != row.requested_by)
    second = replace(by, grants=own_rights)
    if row.requested_by == by.id or not _still_holds(session, env, row, second):
        raise RefusedByRuleError(OWN)
    now = env.clock.now()
    if row.decided_at is not None or row.expires_at <= now:
        raise RefusedByRuleError(OVER)
    erased_at = now if granted and row.act == ERASE else None
    undecided = (TwoPersonRequest.id == row.id) & TwoPersonRequest.decided_at.is_(None)
    decision = update(TwoPersonRequest).where(undecided)
    _once(session, decision.values(decided_by=by.id, decided_at=now, granted=granted, used_at=erased_at))
    if row.case_id is not None:
        work = CaseWork.load(session, env, row.case_id, by=by)
        tag = "case:second-person:granted" if granted else "case:second-person:refused"
        work.record(tag, data={"request": row.id, "act": row.act})
        if erased_at is not None:
            erase_complainant(work, row.id)
        work.flush()
    return _view(env, _rows(session, env, by, TwoPersonRequest.id == row.id, seen=False)[0], by)


def use_grant(session: Session, env: Environment, act: str, *wanted: ColumnElement[bool], by: Actor) -> Any:
    """Use up what a second person agreed to, and answer its row: of the asker only, in time, and once.

    Raises RefusedByRuleError when there is nothing to use, ConflictError when it is being used.
    """
    row = session.execute(
        select(*TwoPersonRequest.__table__.columns)
        .where(
            TwoPersonRequest.act == act,
            TwoPersonRequest.requested_by == by.id,
            TwoPersonRequest.granted.is_(True),
            TwoPersonRequest.used_at.is_(None),
            TwoPersonRequest.expires_at > env.clock.now(),
            *wanted,
        )
        .order_by(TwoPersonRequest.id)
    ).first()
    if row is None:
        raise RefusedByRuleError(NO_GRANT)
    unused = (TwoPersonRequest.id == row.id) & TwoPersonRequest.used_at.is_(None)
    _once(session, update(TwoPersonRequest).where(unused).values(used_at=env.clock.now()))
    return row


def publish_with_second_person(
    session: Session, env: Environment, files: Mapping[str, bytes], *, by: Actor
) -> None:
    """Where the office asks for it, use up the agreement to exactly this set of files.

    Raises RefusedByRuleError naming the subject to ask for when nobody agreed to it.
    """
    if PUBLISH not in env.reference.second_person or by.kind is not ActorKind.USER:
        return
    subject = fingerprint(files)
    try:
        use_grant(session, env, PUBLISH, TwoPersonRequest.subject == subject, by=by)
    except RefusedByRuleError:
        raise RefusedByRuleError(unpublished(subject)) from None


def fingerprint(files: Mapping[str, bytes]) -> str:
    """What a set of files is called when somebody is asked about it; another content is another subject."""
    whole = sha256()
    for path in sorted(files):
        whole.update(f"{path}\0{sha256(files[path]).hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def _require_person(env: Environment, by: Actor) -> None:
    if by.kind is not ActorKind.USER:
        raise NotFoundError
    require_act(env, by, ACT)


def _ask_about_case(
    session: Session, env: Environment, act: str, case_id: str | None, request_id: str, *, by: Actor
) -> str:
    if case_id is None:
        raise NotFoundError
    case_id = known_id(case_id)
    if act == ERASE:
        require(session, env, case_id, "erase", by=by)
    else:
        require(session, env, case_id, "reveal_identity", by=by)
    work = CaseWork.load(session, env, case_id, by=by)
    if act == ERASE:
        refuse_unerasable(work)
    work.record("case:second-person:asked", data={"request": request_id, "act": act})
    work.flush()
    return case_id


def _checked(subject: str | None) -> str:
    if subject is None or not _SUBJECT.fullmatch(subject):
        raise RefusedByRuleError(NEEDS_SUBJECT)
    return subject


def _refuse_again(
    session: Session, env: Environment, what: tuple[str, str | None, str | None], by: Actor
) -> None:
    act, case_id, subject = what
    same = (TwoPersonRequest.act == act, TwoPersonRequest.requested_by == by.id)
    about = TwoPersonRequest.case_id == case_id if case_id else TwoPersonRequest.subject == subject
    alive = (TwoPersonRequest.used_at.is_(None), TwoPersonRequest.expires_at > env.clock.now())
    open_one = TwoPersonRequest.granted.is_(None) | TwoPersonRequest.granted.is_(True)
    if session.scalar(select(TwoPersonRequest.id).where(*same, about, *alive, open_one)) is not None:
        raise RefusedByRuleError(AGAIN)


def _rows(
    session: Session,
    env: Environment,
    by: Actor,
    *where: ColumnElement[bool],
    seen: bool = True,
    limit: int = 1,
) -> list[Any]:
    """Requests about cases that the reader sees, and about nothing of a case; all of them unless ``seen``."""
    asker, second = aliased(User), aliased(User)
    sight = TwoPersonRequest.case_id.is_(None) | visible_cases(env, by) if seen else true()
    query = (
        select(
            *TwoPersonRequest.__table__.columns,
            Case.reference,
            asker.name.label("asker_name"),
            second.name.label("second_name"),
            *facts_columns(env, by),
        )
        .outerjoin(Case, Case.id == TwoPersonRequest.case_id)
        .join(asker, asker.id == TwoPersonRequest.requested_by)
        .outerjoin(second, second.id == TwoPersonRequest.decided_by)
        .where(sight, *where)
        .order_by(TwoPersonRequest.id.desc())
        .limit(limit)
    )
    return list(session.execute(query))


def _find(session: Session, env: Environment, request_id: str, by: Actor) -> Any:
    rows = _rows(session, env, by, TwoPersonRequest.id == known_id(request_id))
    if not rows or not _holds(env, rows[0], by):
        raise NotFoundError
    return rows[0]


def _one(session: Session, env: Environment, request_id: str, by: Actor) -> TwoPersonView:
    return _view(env, _find(session, env, request_id, by), by)


def _holds(env: Environment, row: Any, by: Actor) -> bool:
    """Whether the reader holds the act: with the case, when there is one."""
    return may(env, by, row.act, None if row.case_id is None else facts_of(row))


def _still_holds(session: Session, env: Environment, row: Any, by: Actor) -> bool:
    if row.case_id is None:
        return may(env, by, row.act)
    try:
        require(session, env, row.case_id, row.act, by=by)
    except NotFoundError:
        return False
    return True


def _once(session: Session, statement: Update) -> None:
    if count_changed(session, statement) != 1:
        raise ConflictError


def _view(env: Environment, row: Any, by: Actor) -> TwoPersonView:
    state = _state(env, row)
    mine = row.requested_by == by.id
    return TwoPersonView(
        id=row.id,
        act=row.act,
        case_id=row.case_id,
        reference=row.reference,
        subject=row.subject,
        reason=row.reason,
        requested_by=row.requested_by,
        requested_by_name=row.asker_name,
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        decided_by_name=row.second_name,
        decided_at=row.decided_at,
        used_at=row.used_at,
        state=state,
        may_decide=state == "pending" and not mine,
        may_use=state == "granted" and mine and row.act == REVEAL,
    )


def _state(env: Environment, row: Any) -> str:
    if row.used_at is not None:
        return "used"
    if row.granted is False:
        return "refused"
    if row.expires_at <= env.clock.now():
        return "expired"
    return "granted" if row.granted else "pending"
