"""A complaint whose dates the calendar does not reach: taken in all the same, its intake begins when the year is there.

Refusing it would lose a complaint, and starting without dates would lose its deadlines silently. So the case is there
for everybody with an incident that names the year, and nothing runs yet.
"""

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.incidents import FaultedError
from cases.work import CaseWork
from storage.tables import Case, Incident, ProcessInstance

COMMAND = "BeginIntake"


def postpone_intake(work: CaseWork, fault: FaultedError) -> None:
    """Note that the intake has not begun, and tell the administrator why."""
    work.record("case:intake:postponed", data={"cause": fault.cause[:500]})
    work.session.execute(
        insert(Incident).values(
            id=work.env.new_id(),
            case_id=work.case["id"],
            instance_id=None,
            element_id=None,
            cause=fault.cause[:2000],
            command=COMMAND,
            at=work.now,
        )
    )


def find_postponed(session: Session) -> tuple[str, ...]:
    """Cases whose intake has not begun, the oldest first."""
    running = exists().where(ProcessInstance.case_id == Case.id)
    waiting = exists().where(
        Incident.case_id == Case.id, Incident.command == COMMAND, Incident.resolved_at.is_(None)
    )
    return tuple(
        session.scalars(select(Case.id).where(waiting, ~running).order_by(Case.received_at, Case.id))
    )


def intake_began(session: Session, env: Environment, case_id: str) -> None:
    """The incident is over."""
    mine = (Incident.case_id == case_id) & (Incident.command == COMMAND)
    session.execute(update(Incident).where(mine).values(resolved_at=env.clock.now()))
