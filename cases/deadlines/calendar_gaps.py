"""What failed because the calendar did not reach far enough: tried again when a calendar that does is in force."""

from sqlalchemy import ColumnElement, Select, null, select, update
from sqlalchemy.orm import Session

from cases.deadlines.calendar import Calendar
from cases.environment import Environment
from storage.tables import Incident, Job, Timer


def mended_by(calendar: Calendar) -> ColumnElement[bool]:
    """Open incidents about a day that this calendar knows."""
    known = Incident.missing_day.between(calendar.first, calendar.last)
    return Incident.resolved_at.is_(None) & known


def cases_not_counted(command: str) -> Select[str | None]:
    """The cases in which this command failed; nobody has mended the reason yet."""
    return select(Incident.case_id).where(
        Incident.command == command, Incident.resolved_at.is_(None), Incident.case_id.is_not(None)
    )


def retry_mended(session: Session, env: Environment, calendar: Calendar) -> None:
    """Let the timers and jobs that lacked a year go on, and call the incidents resolved. Three statements.

    What a person entered waits for an administrator to retry it.
    """
    mended = mended_by(calendar) & Incident.submitted.is_(None)
    left_alone = select(Incident.task_id).where(mended)
    again = {"failed": False, "attempts": 0}
    session.execute(update(Timer).where(Timer.failed, Timer.task_id.in_(left_alone)).values(**again))
    session.execute(update(Job).where(Job.failed, Job.id.in_(left_alone)).values(**again))
    session.execute(
        update(Incident).where(mended).values(resolved_at=env.clock.now(), resolution="calendar", data=null())
    )
