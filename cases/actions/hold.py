"""Legal hold: while it is on, nothing of a case may be erased, whatever the retention says."""

from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish, refuse_unchanged
from cases.environment import Environment
from cases.model import Actor, CaseSummary


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
