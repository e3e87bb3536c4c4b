"""The team of an oversight case: once there is one, only its members may take the tasks of the inspectorate."""

from sqlalchemy import ColumnElement, exists, not_, select
from sqlalchemy.orm import Session

from cases.errors import RefusedByRuleError
from cases.model import Actor
from cases.sight import INSPECTORATE
from engine.model import Text
from storage.tables import TeamMember, UserTask

_OF_A_TEAM = (UserTask.role == INSPECTORATE) & exists().where(
    TeamMember.case_id == UserTask.case_id
).correlate(UserTask)


def outside_team(actor: Actor) -> ColumnElement[bool]:
    """The condition on ``UserTask``: it belongs to a team in which the actor is not."""
    mine = exists().where(TeamMember.case_id == UserTask.case_id, TeamMember.user_id == actor.id)
    return _OF_A_TEAM & not_(mine.correlate(UserTask))


def require_member(session: Session, task_id: str, role: str, actor: Actor) -> None:
    """Refuse whoever is not in the team of the task's case. One statement, none for tasks of other roles.

    Raises RefusedByRuleError.
    """
    if role != INSPECTORATE:
        return
    query = select(UserTask.id).where(UserTask.id == task_id, outside_team(actor))
    if session.scalar(query) is not None:
        raise RefusedByRuleError(
            Text(
                id="Kasus ini diperiksa oleh sebuah tim. Hanya anggotanya yang dapat mengambil tugas ini.",
                en="This case is examined by a team. Only its members can take this task.",
            )
        )
