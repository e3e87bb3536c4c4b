"""The extension that a superior promises directly: a day told to the complainant, which moves no legal date."""

from datetime import date

from sqlalchemy.orm import Session

from cases.actions.beginning import finish, load, refuse_closed
from cases.deadlines.promises import promise
from cases.environment import Environment
from cases.model import Actor, CaseSummary
from cases.rules.handling import FINAL


def promise_extension(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    promised_on: date,
    reason: str,
    by: Actor,
    clock: str = FINAL,
    version: int | None = None,
) -> CaseSummary:
    """Promise an answer by a day. ``final`` stands for the final clock of the case's class.

    Raises NotFoundError, StaleError, RefusedByRuleError (closed, a clock that does not run, a day that is over, no
    reason).
    """
    work = load(session, env, case_id, "extend", by=by, version=version)
    refuse_closed(work)
    promise(work, clock, promised_on, reason)
    return finish(work)
