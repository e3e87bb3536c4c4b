"""Corrects what is kept of a complainant, because the complainant asked for it (Act 27/2022)."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.actions.requests import DATA_OFFICER, RequestView, list_requests
from cases.environment import Environment
from cases.errors import NotFoundError, RefusedByRuleError
from cases.ids import known_id
from cases.model import Actor
from cases.policy import require
from cases.work import CaseWork
from engine.model import Text
from storage.tables import CaseRequest, Complainant

KIND = "data_correction"
FIELDS = ("name", "address", "phone", "email", "proxy_name")


def correct_identity(
    session: Session,
    env: Environment,
    case_id: str,
    request_id: str,
    *,
    changes: Mapping[str, str | None],
    by: Actor,
) -> RequestView:
    """Set the given items, None to empty one, while a request for correction is open.

    History names the items and never holds their values. Raises NotFoundError (unknown, answered, or not the
    data-protection officer's), RefusedByRuleError (nothing to change, or the case is on legal hold).
    """
    case_id, request_id = known_id(case_id), known_id(request_id)
    facts = require(session, env, case_id, "answer", by=by)
    mine = (CaseRequest.id == request_id) & (CaseRequest.case_id == case_id)
    open_one = select(CaseRequest.id).where(mine, CaseRequest.kind == KIND, CaseRequest.answered_at.is_(None))
    if DATA_OFFICER not in facts.roles or session.scalar(open_one) is None:
        raise NotFoundError
    work = CaseWork.load(session, env, case_id, by=by)
    if work.case["legal_hold"]:
        raise RefusedByRuleError(_HELD)
    changes = {name: changes[name] for name in FIELDS if name in changes}
    if not changes:
        raise RefusedByRuleError(_NOTHING)
    session.execute(update(Complainant).where(Complainant.case_id == case_id).values(**changes))
    if changes.get("name"):
        work.set(has_identity=True)
    work.record("case:identity:corrected", data={"items": sorted(changes), "request": request_id})
    work.flush()
    return next(view for view in list_requests(session, env, case_id, by=by) if view.id == request_id)


_HELD = Text(
    id="Kasus ini dalam penahanan, jadi datanya tidak boleh diubah. Tolak permintaan dengan alasan itu.",
    en="This case is on legal hold, so its data may not be changed. Refuse the request for that reason.",
)
_NOTHING = Text(
    id="Tidak ada yang diperbaiki. Sebutkan paling sedikit satu butir data.",
    en="Nothing would be corrected. Give at least one item.",
)
