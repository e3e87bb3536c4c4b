"""The case page: one case with everything beside it, as far as the reader may see it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from cases.case_parts import (
    list_deadlines,
    list_duplicates,
    list_files,
    list_instances,
    list_refs,
    list_supporting_units,
    list_texts,
    waiting_messages,
)
from cases.case_rows import case_row, select_cases
from cases.environment import Environment
from cases.errors import NotFoundError
from cases.file_sight import readable_files
from cases.ids import known_id
from cases.masking import NumberKind, mask_field, mask_numbers
from cases.model import AccusedView, Actor, ActorKind, CaseView, ComplainantView, TaskRow
from cases.policy import (
    CaseFacts,
    acts_of,
    facts_columns,
    facts_of,
    identity_access,
    may,
    sees_whole,
    visible_cases,
)
from cases.read_log import note_read
from cases.reference import IdentityAccess
from cases.task_rows import task_rows
from storage.tables import Case, Complainant, Unit, User, UserTask

_IDENTITY = ("name", "address", "phone", "email", "proxy_name")
_MORE = (
    Case.version,
    Case.text,
    Case.event_on,
    Case.place,
    Case.target,
    Case.entered_at,
    Case.round,
    Case.returns,
    Case.has_identity,
    Case.outcome_reason,
    Case.referred_to,
    Case.parent_id,
    Case.formal,
    Case.legal_hold,
    Case.suspended_at,
    Case.accused_kind,
    Case.accused_unit_id,
    Case.accused_user_id,
    Case.ruleset,
    Case.ruleset_version,
)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What one reader may see of one case."""

    facts: CaseFacts
    whole: bool
    identity: bool
    numbers: bool
    """Whether identity numbers in texts are shown: for a reason that is noted, and never otherwise."""

    def text(self, text: str) -> str:
        """Free text; a mobile number in it belongs to an identity that is shown, an identity number does not."""
        if self.numbers:
            return text
        return mask_numbers(text, {NumberKind.IDENTITY}) if self.identity else mask_numbers(text)


def get_case(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    by: Actor,
    with_path: bool = False,
    reason: str | None = None,
    revealed: bool = False,
) -> CaseView:
    """A case as the reader may see it.

    Nine statements, one more each for a parent and for who may send messages, two more with ``with_path``, one for
    each read noted.

    Identity numbers in texts are masked unless somebody who may read identities gives a ``reason``.
    ``with_path`` adds which elements of the diagrams are done and current. Roles that may know the
    complainant only with a ``reason`` see the identity masked without one. Reading a case of the restricted
    lane, or an identity through a role whose reads are noted, writes the read log in the same transaction; in
    a read-only one that raises ReadMustBeLoggedError. ``revealed`` shows the originals because a second person agreed
    (``cases.identity``). Raises NotFoundError for unknown and other people's
    cases.
    """
    row = _row(session, env, known_id(case_id), by)
    facts = facts_of(row)
    access = identity_access(env, by, facts)
    open_identity = revealed or (_opens(access, reason) and by.kind is not ActorKind.COMPLAINANT)
    numbers = revealed or (open_identity and _opens_numbers(env, facts, reason, by))
    reader = _Reader(facts, sees_whole(env, by, facts), open_identity, numbers)
    if by.kind is ActorKind.USER:
        if facts.oversight:
            note_read(session, env, row.id, "case", by=by, reason=reason)
        noted = access is not IdentityAccess.FULL and row.has_identity
        if open_identity and (noted or numbers):
            note_read(session, env, row.id, "identity", by=by, reason=reason)
    return _view(session, env, row, reader, by=by, with_path=with_path)


def _row(session: Session, env: Environment, case_id: str, by: Actor) -> Any:
    identity = [getattr(Complainant, name).label(f"complainant_{name}") for name in _IDENTITY]
    accused_unit, accused_user = aliased(Unit), aliased(User)
    names = (accused_unit.name.label("accused_unit_name"), accused_user.name.label("accused_user_name"))
    row = session.execute(
        select_cases(by, *_MORE, *facts_columns(env, by), *identity, *names)
        .outerjoin(accused_unit, accused_unit.id == Case.accused_unit_id)
        .outerjoin(accused_user, accused_user.id == Case.accused_user_id)
        .outerjoin(Complainant, Complainant.case_id == Case.id)
        .where(Case.id == case_id, visible_cases(env, by))
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def _opens(access: IdentityAccess, reason: str | None) -> bool:
    if access is IdentityAccess.LOGGED_WITH_REASON:
        return bool(reason and reason.strip())
    return access in (IdentityAccess.FULL, IdentityAccess.LOGGED)


def _opens_numbers(env: Environment, facts: CaseFacts, reason: str | None, by: Actor) -> bool:
    """Originals are for those who may read identities and say why; the system sees everything."""
    if by.kind is ActorKind.SYSTEM:
        return True
    return bool(reason and reason.strip()) and may(env, by, "read_identity", facts)


def _parent_reference(session: Session, env: Environment, parent_id: str | None, by: Actor) -> str | None:
    """The parent's number, for whom the parent itself exists."""
    if parent_id is None:
        return None
    seen = select(Case.reference).where(Case.id == parent_id, visible_cases(env, by))
    found: str | None = session.scalar(seen)
    return found


def _view(
    session: Session, env: Environment, row: Any, reader: _Reader, *, by: Actor, with_path: bool
) -> CaseView:
    case_id, whole = row.id, reader.whole
    shown_title = None if row.hide_title and not whole else reader.text(row.title)
    return CaseView(
        row=case_row(env, row, title=shown_title),
        version=row.version,
        text=reader.text(row.text),
        event_on=row.event_on,
        place=row.place,
        target=row.target,
        entered_at=row.entered_at,
        round=row.round,
        returns=row.returns,
        anonymous=row.anonymous,
        confidential=row.confidential,
        has_identity=row.has_identity,
        outcome_reason=row.outcome_reason,
        referred_to=row.referred_to,
        ruleset=row.ruleset,
        ruleset_version=row.ruleset_version,
        parent_reference=_parent_reference(session, env, row.parent_id, by) if whole else None,
        formal=row.formal,
        legal_hold=row.legal_hold,
        suspended=row.suspended_at is not None,
        accused=_accused(row, reader),
        complainant=_complainant(row, reader),
        texts=list_texts(session, case_id, public_only=not whole, read=reader.text),
        attachments=list_files(session, case_id, visible=readable_files(env, reader.facts, by=by)),
        deadlines=list_deadlines(session, env, case_id),
        tasks=_tasks(session, env, case_id, by) if whole else (),
        external_refs=list_refs(session, case_id) if whole else (),
        duplicates=list_duplicates(session, env, case_id, by=by) if whole else (),
        instances=list_instances(session, case_id, with_path=with_path) if whole else (),
        supporting_units=list_supporting_units(session, case_id),
        acts=acts_of(env, reader.facts),
        messages=() if row.suspended_at else _messages(session, env, case_id, reader.facts, by),
    )


def _tasks(session: Session, env: Environment, case_id: str, by: Actor) -> tuple[TaskRow, ...]:
    return task_rows(session, env, UserTask.case_id == case_id, UserTask.state == "open", by=by)


def _accused(row: Any, reader: _Reader) -> AccusedView | None:
    if not reader.whole or (row.accused_unit_id is None and row.accused_user_id is None):
        return None
    return AccusedView(
        kind=row.accused_kind or ("unit" if row.accused_unit_id else "officer"),
        unit_id=row.accused_unit_id,
        unit_name=row.accused_unit_name,
        user_id=row.accused_user_id,
        user_name=row.accused_user_name,
    )


def _complainant(row: Any, reader: _Reader) -> ComplainantView:
    known = {name: getattr(row, f"complainant_{name}") for name in _IDENTITY}
    if not reader.identity:
        known = {name: mask_field(value) for name, value in known.items()}
    return ComplainantView(**known, masked=not reader.identity, anonymous=row.anonymous)


def _messages(
    session: Session, env: Environment, case_id: str, facts: CaseFacts, by: Actor
) -> tuple[str, ...]:
    if by.kind is ActorKind.COMPLAINANT:
        senders: tuple[str, ...] = ("complainant",)
    elif may(env, by, "send_message", facts):
        senders = ("complainant", "officer")
    else:
        return ()
    return waiting_messages(session, env, case_id, senders)
