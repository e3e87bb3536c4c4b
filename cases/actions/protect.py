"""More protection for a case and whoever brought it; never less (domain.md, "at any time")."""

from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish, refuse_unchanged
from cases.actions.handling import follow_handling, handling_of
from cases.case_fields import set_sensitivity
from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.model import Actor, CaseSummary, Sensitivity, Stage
from engine.model import Text

_TOLD = ("sensitivity", "confidential", "anonymous", "lead_unit_id")


def protect(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    reason: str,
    by: Actor,
    sensitivity: Sensitivity | None = None,
    confidential: bool | None = None,
    anonymous: bool | None = None,
    version: int | None = None,
) -> CaseSummary:
    """Raise the sensitivity, or switch confidentiality or anonymity on; None leaves one as it is.

    Every surface follows at once, of closed cases too. Sensitivity ``oversight`` takes the case into the restricted
    lane. Raises NotFoundError, StaleError, RefusedByRuleError for less protection, for nothing to change and without
    a reason.
    """
    work, reason_id = begin(session, env, case_id, "protect", reason, by=by, version=version)
    before, handled = {name: work.case[name] for name in _TOLD}, handling_of(work)
    for name, wanted in (("confidential", confidential), ("anonymous", anonymous)):
        if wanted is False and before[name]:
            raise RefusedByRuleError(_NEVER_LESS)
        if wanted:
            work.set(**{name: True})
    if sensitivity is not None:
        set_sensitivity(work, sensitivity.value)
    after = {name: work.case[name] for name in _TOLD}
    if after == before:
        refuse_unchanged()
    started = {} if work.case["stage"] == Stage.CLOSED else follow_handling(work, handled)
    changed = {name: [before[name], after[name]] for name in _TOLD if before[name] != after[name]}
    work.record("case:case:protected", data={"changed": changed, "reason": reason_id, **started})
    return finish(work)


_NEVER_LESS = Text(
    id="Kerahasiaan dan anonimitas hanya dapat diaktifkan, tidak dapat dimatikan lagi.",
    en="Confidentiality and anonymity can only be switched on, never off again.",
)
