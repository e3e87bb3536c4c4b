"""Who is complained about: recorded or corrected at any time, with effect on every surface at once."""

from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish, refuse_unchanged
from cases.conflict import name_accused, read_accused
from cases.environment import Environment
from cases.model import Actor, CaseSummary


def accuse(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    kind: str | None,
    reason: str,
    by: Actor,
    unit: str | None = None,
    user: str | None = None,
    version: int | None = None,
) -> CaseSummary:
    """Record whom the case is about: ``officer`` with ``user``, ``unit`` or ``head`` with ``unit`` (code or id).

    A head stands for the whole agency. ``kind`` None clears it, for an accusation recorded by mistake. From then on
    the accused get the answer for an unknown case everywhere; tasks that they own are taken away; a case that they
    lead goes where the law sends it (Act 25/2009, article 45). Raises NotFoundError, StaleError, RefusedByRuleError
    (nobody named, nothing to change, no reason).
    """
    work, reason_id = begin(session, env, case_id, "accuse", reason, by=by, version=version)
    named = read_accused(session, kind=kind, unit=unit if kind else None, user=user if kind else None)
    if not name_accused(work, named, reason=reason_id):
        refuse_unchanged()
    return finish(work)
