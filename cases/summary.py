"""Where a case stands after a command: the answer to starting a case, completing a task, sending a message."""

from typing import Any

from sqlalchemy import bindparam

from cases.model import CaseSummary, Outcome, Stage, Status
from cases.task_rows import BY_URGENCY, select_tasks, task_row
from cases.work import CaseWork
from storage.queries.batch import Call, Prepared
from storage.tables import UserTask

_OPEN_TASKS = Prepared(
    select_tasks(None)
    .where(UserTask.case_id == bindparam("case"), UserTask.state == "open")
    .order_by(*BY_URGENCY)
)


def write_and_summarise(work: CaseWork) -> CaseSummary:
    """Write the work and answer where the case stands now: stage, status and the open tasks, in one round trip."""
    case: dict[str, Any] = work.case
    rows = work.flush(Call(_OPEN_TASKS, [{"case": case["id"]}])).rows
    return CaseSummary(
        id=case["id"],
        reference=case["reference"],
        version=case["version"],
        stage=Stage(case["stage"]),
        status=Status(case["status"]),
        outcome=Outcome(case["outcome"]) if case["outcome"] else None,
        next_tasks=tuple(task_row(work.env, row) for row in rows),
    )
