"""What a person entered, or a complainant wrote, when the process failed: kept with the incident, to be done again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.incidents.faults import FaultedError
from cases.model import Actor, TaskView
from storage.tables import Incident


@dataclass(frozen=True, slots=True)
class Submission:
    """The values of a form, whose they are, and when they were sent. Files are given to the case at once."""

    task_id: str
    """The task, or the activity that waited for the message."""
    user_id: str | None
    """None for the complainant."""
    user_name: str
    owned: bool
    """Whether the task was theirs: whoever has released it since does not want it done in their name."""
    values: Mapping[str, Any]
    at: datetime
    message: str | None = None
    """The name of the message; None for a task."""

    @property
    def by_complainant(self) -> bool:
        """Whether a complainant wrote it, who waits to be heard."""
        return self.message is not None and self.user_id is None

    @classmethod
    def of(cls, task: Any, values: Mapping[str, Any], *, by: Actor, at: datetime) -> "Submission":
        """What ``by`` enters into a task."""
        return cls(task.id, str(by.id), by.name, task.owner_id == by.id, values, at)

    @classmethod
    def said(
        cls, task_id: str, message: str, values: Mapping[str, Any], *, by: Actor, at: datetime
    ) -> "Submission":
        """What ``by`` writes to a process that waits for the message."""
        return cls(task_id, by.id, by.name, False, values, at, message)

    @classmethod
    def read(cls, incident: Any) -> "Submission | None":
        """What is kept with an incident; None when nothing is."""
        kept = incident.submitted
        if kept is None:
            return None
        return cls(**{**kept, "task_id": incident.task_id, "at": datetime.fromisoformat(kept["at"])})

    def as_data(self) -> dict[str, Any]:
        """What is stored in the incident's row; ``read`` is the way back."""
        return {
            "user_id": self.user_id,
            "user_name": self.user_name,
            "owned": self.owned,
            "values": dict(self.values),
            "at": self.at.isoformat(),
            "message": self.message,
        }


@contextmanager
def keeping(submission: Submission) -> Iterator[None]:
    """Give what was entered to a fault on its way out: the incident is the task's, wherever the process failed.

    So it is with a message and the activity that waited for it.
    """
    try:
        yield
    except FaultedError as fault:
        fault.task_id, fault.submitted = submission.task_id, submission.as_data()
        raise


def find_submission(session: Session, task: TaskView, *, by: Actor) -> Submission | None:
    """What waits to be done again for a task that the reader was shown; the values to whoever entered them.

    One statement.
    """
    of_task = (Incident.case_id == task.row.case_id) & (Incident.task_id == task.row.id)
    waits = select(Incident.task_id, Incident.submitted).where(of_task, Incident.resolved_at.is_(None))
    row = session.execute(waits.where(Incident.submitted.is_not(None)).limit(1)).one_or_none()
    kept = Submission.read(row) if row is not None else None
    if kept is None or kept.user_id == by.id:
        return kept
    return replace(kept, values={})


def find_unheard(session: Session, case_id: str) -> Submission | None:
    """The newest message of the complainant that failed and waits to be done again. One statement."""
    kept = (Incident.case_id == case_id) & Incident.submitted.is_not(None) & Incident.resolved_at.is_(None)
    rows = session.execute(
        select(Incident.task_id, Incident.submitted).where(kept).order_by(Incident.id.desc())
    )
    found = (Submission.read(row) for row in rows)
    return next((one for one in found if one and one.by_complainant), None)
