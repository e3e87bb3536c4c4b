"""Re-opening: a closed case is verified anew, and reaches the agency that had it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.actions.beginning import begin, finish
from cases.deadlines.events import enter_stage, start
from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.handlers.lifecycle import tell
from cases.model import Actor, CaseSummary, Outcome, Stage
from cases.runtime import MAIN_STARTS_WITH, start_process
from cases.work import CaseWork
from engine.model import Text
from storage.tables import ProcessInstance


def reopen(
    session: Session, env: Environment, case_id: str, *, reason: str, by: Actor, version: int | None = None
) -> CaseSummary:
    """Open a closed case again: outcome cleared, round + 1, a new main process begins at verification.

    The lead unit stays on the case, so that the disposition proposes it again. Verification gets its clock anew
    [INFER]; a further round brings no new final deadline. The complainant is told. Raises NotFoundError, StaleError,
    RefusedByRuleError (open, merged, imported without a process, no reason, no process to start).
    """
    work, reason_id = begin(session, env, case_id, "reopen", reason, by=by, version=version)
    _refuse_unsuited(work)
    before = {"outcome": work.case["outcome"], "round": work.case["round"]}
    definition = work.started_by(MAIN_STARTS_WITH)
    if definition is None:
        raise RefusedByRuleError(_NO_PROCESS)
    work.set(
        outcome=None,
        outcome_reason=None,
        closed_at=None,
        retain_until=None,
        responded_at=None,
        returns=0,
        round=work.case["round"] + 1,
    )
    enter_stage(work, Stage.VERIFICATION)
    rule = work.rules.clocks.get("verification")
    if rule is not None:
        start(work, rule, work.now)
    after = {"outcome": None, "round": work.case["round"]}
    work.record("case:case:reopened", data={"from": before, "to": after, "reason": reason_id})
    tell(work, "reopened")
    start_process(work, definition.key, {})
    return finish(work)


def _refuse_unsuited(work: CaseWork) -> None:
    if work.case["stage"] != Stage.CLOSED:
        raise RefusedByRuleError(_OPEN)
    if work.case["outcome"] == Outcome.MERGED:
        raise RefusedByRuleError(_MERGED)
    ran = select(ProcessInstance.id).where(ProcessInstance.case_id == work.case["id"]).limit(1)
    if work.session.scalar(ran) is None:
        raise RefusedByRuleError(_ARCHIVE)


_OPEN = Text(
    id="Kasus ini masih terbuka, jadi tidak perlu dibuka kembali.",
    en="This case is still open, so there is nothing to re-open.",
)
_MERGED = Text(
    id="Kasus ini selesai bersama kasus induknya. Buka kembali kasus induknya.",
    en="This case was closed with its parent case. Re-open the parent instead.",
)
_ARCHIVE = Text(
    id="Kasus ini arsip dari sistem lain dan tidak punya proses. Daftarkan pengaduan baru dan sebut nomornya.",
    en="This case is an archive of another system and has no process. Register a new complaint that names it.",
)
_NO_PROCESS = Text(
    id="Belum ada proses penanganan yang diterbitkan. Minta perancang proses menerbitkannya.",
    en="No process for handling is deployed. Ask a process designer to deploy one.",
)
