"""A complaint whose dates the calendar does not reach: taken in all the same, its intake begins when the year is there.

Refusing it would lose a complaint, and starting without dates would lose its deadlines silently. So the case is there
for everybody with an incident that names the year, and nothing runs yet.
"""

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.orm import Session

from cases.deadlines.calendar import Calendar, CalendarGapError
from cases.deadlines.calendar_gaps import mended_by
from cases.environment import Environment
from cases.incidents import FaultedError
from cases.incidents.recording import kind_of
from cases.work import CaseWork
from storage.tables import Case, Incident, ProcessInstance

COMMAND = "BeginIntake"


def postpone_intake(work: CaseWork, fault: FaultedError, gap: CalendarGapError) -> None:
    """Note that the intake has not begun, and tell the administrator why."""
    work.record("case:intake:postponed", data={"cause": fault.cause[:500]})
    work.session.execute(
        insert(Incident).values(
            id=work.env.new_id(),
            case_id=work.case["id"],
            instance_id=None,
            element_id=None,
            cause=fault.cause[:2000],
            missing_day=gap.day,
            command=COMMAND,
            subject="case",
            error=type(gap).__name__,
            kind=kind_of(COMMAND, None, None, type(gap).__name__),
            at=work.now,
        )
    )


def find_postponed(session: Session, calendar: Calendar) -> str | None:
    """The oldest case whose intake has not begun although this calendar has the day that it waits for."""
    running = exists().where(ProcessInstance.case_id == Case.id)
    waiting = exists().where(Incident.case_id == Case.id, Incident.command == COMMAND, mended_by(calendar))
    return session.scalar(
        select(Case.id).where(waiting, ~running).order_by(Case.received_at, Case.id).limit(1)
    )


def wait_for_another_day(session: Session, case_id: str, fault: FaultedError, gap: CalendarGapError) -> None:
    """The intake met the end of the calendar once more, further on."""
    session.execute(
        update(Incident).where(_of(case_id)).values(cause=fault.cause[:2000], missing_day=gap.day)
    )


def intake_began(session: Session, env: Environment, case_id: str) -> None:
    """The incident is over."""
    over = {"resolved_at": env.clock.now(), "resolution": "calendar"}
    session.execute(update(Incident).where(_of(case_id)).values(**over))


def _of(case_id: str) -> ColumnElement[bool]:
    return (Incident.case_id == case_id) & (Incident.command == COMMAND) & Incident.resolved_at.is_(None)
