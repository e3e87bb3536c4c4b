"""Reclassification: another class, kind or formality in any stage, with deadlines counted anew from the receipt."""

from typing import Any

from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish, refuse_closed, refuse_unchanged
from cases.actions.handling import follow_handling, handling_of
from cases.case_fields import set_class, set_kind
from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.model import Actor, CaseClass, CaseSummary, Kind
from cases.work import CaseWork
from engine.model import Text

_TOLD = ("case_class", "kind", "formal", "sensitivity", "lead_unit_id")


def reclassify(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    reason: str,
    by: Actor,
    case_class: CaseClass | None = None,
    kind: Kind | None = None,
    formal: bool | None = None,
    version: int | None = None,
) -> CaseSummary:
    """Give the case another class, kind or formality; None leaves one as it is.

    Deadlines are counted anew from the original receipt, old and new are kept in history (domain.md, "at any time").
    To oversight: sensitivity follows, the lead unit loses the case at once and the inspectorate has it. The class may
    change again, but the sensitivity is never lowered. Raises NotFoundError, StaleError, RefusedByRuleError (closed,
    no reason, nothing to change, formal without being an information request).
    """
    work, reason_id = begin(session, env, case_id, "classify", reason, by=by, version=version)
    refuse_closed(work)
    before, handled = _state(work), handling_of(work)
    _set_kind(work, kind, formal)
    if case_class is not None:
        set_class(work, case_class.value)
    after = _state(work)
    if after == before:
        refuse_unchanged()
    started = follow_handling(work, handled, anew=before["formal"] != after["formal"])
    changed = {name: [before[name], after[name]] for name in _TOLD if before[name] != after[name]}
    work.record("case:case:reclassified", data={"changed": changed, "reason": reason_id, **started})
    return finish(work)


def _state(work: CaseWork) -> dict[str, Any]:
    return {name: work.case[name] for name in _TOLD}


def _set_kind(work: CaseWork, kind: Kind | None, formal: bool | None) -> None:
    """Only a request for information can be a formal one, with the clock of the law."""
    present = kind or Kind(work.case["kind"])
    if formal and present is not Kind.INFORMATION_REQUEST:
        raise RefusedByRuleError(
            Text(
                id="Hanya permintaan informasi yang dapat bersifat resmi. Ubah jenisnya lebih dahulu.",
                en="Only an information request can be formal. Change the kind first.",
            )
        )
    if formal is None:
        formal = bool(work.case["formal"]) and present is Kind.INFORMATION_REQUEST
    set_kind(work, present.value)
    work.set(formal=formal)
