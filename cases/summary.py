"""Where a case stands after a command: the answer to starting a case, completing a task, sending a message."""

from typing import Any

from sqlalchemy import select

from cases.inbox import task_rows
from cases.model import CaseSummary, Outcome, Stage, Status
from cases.work import CaseWork
from storage.tables import UserTask


def summarise(work: CaseWork) -> CaseSummary:
    """The answer to starting a case or completing a task: stage, status and the open tasks. Call after ``flush``."""
    case: dict[str, Any] = work.case
    open_tasks = select(UserTask.id).where(UserTask.case_id == case["id"], UserTask.state == "open")
    return CaseSummary(
        id=case["id"],
        reference=case["reference"],
        version=case["version"],
        stage=Stage(case["stage"]),
        status=Status(case["status"]),
        outcome=Outcome(case["outcome"]) if case["outcome"] else None,
        next_tasks=task_rows(work.session, work.env, UserTask.id.in_(open_tasks)),
    )
