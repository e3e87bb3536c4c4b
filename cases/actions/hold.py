"""Legal hold: while it is on, nothing of a case may be erased, whatever the retention says."""

from sqlalchemy import ColumnElement, not_
from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish, refuse_unchanged
from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.model import Actor, CaseSummary
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Case

NOT_HELD: ColumnElement[bool] = not_(Case.legal_hold)
"""The condition that every statement which erases something of a case carries."""


def set_legal_hold(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    on: bool,
    reason: str,
    by: Actor,
    version: int | None = None,
) -> CaseSummary:
    """Put the case on legal hold or lift it, open or closed.

    Raises NotFoundError, StaleError, and RefusedByRuleError when it is so already or without a reason.
    """
    work, reason_id = begin(session, env, case_id, "hold", reason, by=by, version=version)
    before = bool(work.case["legal_hold"])
    if before is on:
        refuse_unchanged()
    work.set(legal_hold=on)
    tag = "case:legal-hold:set" if on else "case:legal-hold:lifted"
    work.record(tag, data={"from": before, "to": on, "reason": reason_id})
    return finish(work)


def refuse_held(work: CaseWork) -> None:
    """Raise RefusedByRuleError for a case on legal hold: whoever erases something asks this first."""
    if work.case["legal_hold"]:
        raise RefusedByRuleError(
            Text(
                id="Kasus ini dalam penahanan hukum; tidak ada datanya yang boleh dihapus sampai penahanan dicabut.",
                en="This case is on legal hold; nothing of it may be erased until the hold is lifted.",
            )
        )
