"""Who brought a case, and what they wrote, unmasked: once, for a reason that goes on record."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.case_view import get_case
from cases.environment import Environment
from cases.errors import NotFoundError, RefusedByRuleError
from cases.ids import known_id
from cases.model import Actor, CaseTextView, ComplainantView
from cases.policy import require, require_act
from cases.two_persons import REVEAL, use_grant
from cases.work import CaseWork
from engine.model import Text
from storage.tables import TwoPersonRequest


@dataclass(frozen=True, slots=True)
class IdentityReading:
    """The originals of one case."""

    complainant: ComplainantView
    title: str
    text: str
    texts: tuple[CaseTextView, ...]


def read_identity(
    session: Session, env: Environment, case_id: str, *, reason: str, by: Actor
) -> IdentityReading:
    """The originals that every page and list masks; the read log keeps who read them and why.

    Each reading is noted anew: nothing is kept to be answered again. Raises NotFoundError (unknown, or not the
    reader's to read) and RefusedByRuleError without a reason, or when this case keeps its complainant from the role.
    """
    require(session, env, known_id(case_id), "read_identity", by=by)
    if not reason.strip():
        raise RefusedByRuleError(
            Text(
                id="Tulis alasan membaca identitas; alasan dan nama Anda dicatat.",
                en="Give the reason for reading the identity; it is noted with your name.",
            )
        )
    case = get_case(session, env, case_id, by=by, reason=reason)
    if case.complainant.masked:
        raise RefusedByRuleError(
            Text(
                id="Identitas di balik kasus rahasia berkadar pengawasan hanya terbuka bagi inspektorat.",
                en="Who is behind a confidential oversight case is open to the inspectorate only.",
            )
        )
    return IdentityReading(case.complainant, case.row.title, case.text, case.texts)


def read_revealed(session: Session, env: Environment, request_id: str, *, by: Actor) -> IdentityReading:
    """The originals of one case, once, because a second person agreed; noted with the reason that was given for it.

    Raises NotFoundError (unknown, or the case is no longer the reader's) and RefusedByRuleError (nobody agreed, read
    already, or over).
    """
    require_act(env, by, REVEAL)
    request_id = known_id(request_id)
    mine = (TwoPersonRequest.id == request_id) & (TwoPersonRequest.requested_by == by.id)
    case_id = session.scalar(select(TwoPersonRequest.case_id).where(mine, TwoPersonRequest.act == REVEAL))
    if case_id is None:
        raise NotFoundError
    require(session, env, case_id, REVEAL, by=by)
    grant = use_grant(session, env, REVEAL, TwoPersonRequest.id == request_id, by=by)
    work = CaseWork.load(session, env, case_id, by=by)
    work.record("case:identity:revealed", data={"request": request_id})
    work.flush()
    case = get_case(session, env, case_id, by=by, reason=grant.reason, revealed=True)
    return IdentityReading(case.complainant, case.row.title, case.text, case.texts)
