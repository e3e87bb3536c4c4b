"""Suspending a case: no timer fires, no job runs, no command moves it until it goes on. The office's clocks go on.

Those by which the complainant would lose the case stand still, since they cannot answer. Reading goes on, and so does
what moves no process: files, claiming and handing on tasks, protection, legal hold.
"""

from sqlalchemy import select, update

from cases.actions.beginning import refuse_closed
from cases.deadlines.events import go_on, stand_still
from cases.deadlines.pauses import SUSPENDED
from cases.errors import RefusedByRuleError
from cases.outbox import tell_of_parent
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Case, Job, Timer


def suspend(work: CaseWork, *, reason_id: str, definition_id: str | None = None) -> None:
    """Let the case rest. Raises RefusedByRuleError when it is closed or rests already."""
    refuse_closed(work)
    if work.case["suspended_at"] is not None:
        raise RefusedByRuleError(_SUSPENDED)
    work.set(suspended_at=work.now, suspended_for=definition_id)
    hold(work, held=True)
    work.record("case:case:suspended", data={"reason": reason_id, "definition": definition_id})
    stand_still(work)


def resume(work: CaseWork, *, reason_id: str) -> None:
    """Let the case go on; timers that came due meanwhile fire at once.

    Raises RefusedByRuleError when it does not rest.
    """
    if work.case["suspended_at"] is None:
        raise RefusedByRuleError(_NOT_SUSPENDED)
    let_go(work)
    work.record("case:case:resumed", data={"reason": reason_id})
    go_on(work)
    if _parent_closed(work):
        tell_of_parent(work)


def let_go(work: CaseWork) -> None:
    """The mark of the suspension goes, its pause ends, and timers and jobs may be claimed again."""
    work.set(suspended_at=None, suspended_for=None)
    work.pauses.end(SUSPENDED)
    hold(work, held=False)


def hold(work: CaseWork, *, held: bool) -> None:
    """Keep the timers and jobs of the case from being claimed, or let them be. Two statements."""
    for table in (Timer, Job):
        of_case = table.__table__.columns["case_id"] == work.case["id"]
        work.session.execute(update(table).where(of_case).values(held=held))


def _parent_closed(work: CaseWork) -> bool:
    """Whether the case was to be told while it rested that the one it was merged into is closed."""
    parent = work.case["parent_id"]
    if parent is None:
        return False
    return work.session.scalar(select(Case.stage).where(Case.id == parent)) == "closed"


_SUSPENDED = Text(
    id="Kasus ini sudah ditangguhkan. Cabut penangguhannya bila harus berjalan lagi.",
    en="This case is suspended already. Resume it when it is to go on.",
)
_NOT_SUSPENDED = Text(
    id="Kasus ini tidak sedang ditangguhkan, jadi tidak ada yang dicabut.",
    en="This case is not suspended, so there is nothing to resume.",
)
