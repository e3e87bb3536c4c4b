"""Another handler under way: another lead unit for the case, or another owner for a task; never somebody accused."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish, refuse_closed, refuse_unchanged
from cases.conflict import accused_of, is_accused, mandatory_unit, require_free
from cases.environment import Environment
from cases.errors import NotFoundError, RefusedByRuleError
from cases.ids import known_id
from cases.lead_unit import (
    change_task,
    move_lead_unit,
    open_tasks,
    record_task,
)
from cases.model import Actor, CaseSummary
from cases.policy import answers_for, potential_owner, visible_cases
from cases.sign_in import actor_of_user
from cases.team import require_member
from cases.unit_rows import find_handling_unit, require_staffed
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Case, UserTask


def reassign_unit(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    unit: str,
    reason: str,
    by: Actor,
    version: int | None = None,
) -> CaseSummary:
    """Give the case to another lead unit, named by code or id; open tasks follow, the clocks run on.

    Raises NotFoundError, StaleError, RefusedByRuleError (closed, not disposed yet, the same unit, one without people,
    or one that is complained about: the law then says who, Act 25/2009, article 45).
    """
    work, reason_id = begin(session, env, case_id, "dispose", reason, by=by, version=version)
    refuse_closed(work)
    if work.case["lead_unit_id"] is None:
        raise RefusedByRuleError(
            Text(
                id="Kasus ini belum didisposisikan. Kerjakan dahulu tugas disposisinya.",
                en="This case was not disposed yet. Do its disposition task first.",
            )
        )
    chosen = find_handling_unit(session, unit, on=work.now.astimezone(env.zone).date())
    if chosen.id == work.case["lead_unit_id"]:
        refuse_unchanged()
    require_free(work, chosen)
    require_staffed(chosen)
    move_lead_unit(work, chosen, reason=reason_id)
    return finish(work)


def reassign_task(
    session: Session,
    env: Environment,
    case_id: str,
    *,
    task: str,
    to: str,
    reason: str,
    by: Actor,
    version: int | None = None,
) -> CaseSummary:
    """Give an open task of the superior's units to another person who may do it, whoever owned it.

    Raises NotFoundError (also for a task of units for which the actor does not answer), StaleError, and
    RefusedByRuleError for the same owner, for somebody who may not do it, and for somebody who is complained about.
    """
    work, reason_id = begin(session, env, case_id, "reassign", reason, by=by, version=version)
    found = open_tasks(work, UserTask.id == known_id(task))
    if not found or not answers_for(by, "superior", found[0].unit_path):
        raise NotFoundError
    chosen, to = found[0], known_id(to)
    if chosen.owner_id == to:
        refuse_unchanged()
    _require_able(work, chosen, to)
    change_task(work, chosen, owner_id=to)
    data = {"from": chosen.owner_id, "to": to, "reason": reason_id}
    record_task(work, "case:task:reassigned", chosen, data)
    return finish(work)


def _require_able(work: CaseWork, task: Any, to: str) -> None:
    """Refuse a receiver who may not do the task, and somebody accused with the way that the law demands."""
    try:
        receiver = actor_of_user(work.session, work.env, to)
    except NotFoundError:
        raise RefusedByRuleError(_CANNOT) from None
    if is_accused(accused_of(work.case), receiver):
        way = mandatory_unit(work)
        raise RefusedByRuleError(
            Text(
                id=f"Orang itu diadukan dalam kasus ini, jadi tidak boleh menanganinya. Kasus ditangani {way.name} "
                "(UU 25/2009 pasal 45).",
                en=f"That person is complained about in this case and may not handle it. It belongs to {way.name} "
                "(Act 25/2009, article 45).",
            )
        )
    if not potential_owner(work.env, receiver, task) or not _keeps_sight(work, receiver):
        raise RefusedByRuleError(_CANNOT)
    require_member(work.session, task.id, task.role, receiver)


def _keeps_sight(work: CaseWork, receiver: Actor) -> bool:
    """In the restricted lane a task gives no sight of its case: whoever is to do it must have it already."""
    if "oversight" not in (work.case["case_class"], work.case["sensitivity"]):
        return True
    seen = select(Case.id).where(Case.id == work.case["id"], visible_cases(work.env, receiver))
    return work.session.scalar(seen) is not None


_CANNOT = Text(
    id="Orang itu tidak dapat menerima tugas ini. Pilih rekan dengan peran dan unit yang sesuai.",
    en="That person cannot take this task. Choose a colleague with the right role and unit.",
)
