"""Undoing a merge: the child case leaves its parent and goes on where it was."""

from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish, refuse_closed
from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.handlers.lifecycle import tell
from cases.model import Actor, CaseSummary
from cases.runtime import deliver
from cases.work import CaseWork
from engine.errors import NotWaitingError
from engine.model import Text
from storage.errors import StaleVersionError

MESSAGE = "merge_undone"


def unmerge(
    session: Session, env: Environment, case_id: str, *, reason: str, by: Actor, version: int | None = None
) -> CaseSummary:
    """Take the case out of its parent; its complainant is told. The parent and its other children are not touched.

    Raises NotFoundError, StaleError, and RefusedByRuleError for a case that is not merged, or was closed with its
    parent, and without a reason.
    """
    work, reason_id = begin(session, env, case_id, "merge", reason, by=by, version=version)
    refuse_closed(work)
    parent = work.case["parent_id"]
    if parent is None or work.find_waiting(MESSAGE) is None:
        raise RefusedByRuleError(
            Text(id="Kasus ini tidak sedang digabungkan.", en="This case is not merged into another.")
        )
    work.set(parent_id=None)
    work.record("case:case:unmerged", data={"from": parent, "to": None, "reason": reason_id})
    tell(work, "unmerged")
    _go_on(work)
    return finish(work)


def _go_on(work: CaseWork) -> None:
    try:
        deliver(work, MESSAGE, {})
    except NotWaitingError:
        raise StaleVersionError from None
