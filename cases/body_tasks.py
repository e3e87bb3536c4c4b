"""Tasks of the whole body in a case about somebody: none is left with nobody when only the accused hold its role.

The law sends a complaint about an officer to the superior (Act 25/2009, article 45). A task that any holder of a role
may take has no unit whose superior could step in; when everybody who holds the role is complained about, it goes to the
body's own unit, where its superior, the regional secretary and the leadership may take it [INFER].
"""

from sqlalchemy import delete, select

from cases.lead_unit import change_task, open_tasks, record_task
from cases.sight import INSPECTORATE
from cases.unit_rows import unit_row
from cases.work import CaseWork
from storage.tables import Role, TeamMember, Unit, User

WHOLE_BODY = (None, "organisation")
"""Unit expressions of diagrams for tasks of the whole body."""
TEAM_OF_AT_LEAST = 2
"""Whoever examines may not decide alone [INFER], so one person is no team."""


def unit_of_body_task(work: CaseWork, role: str) -> str | None:
    """Where a task of the whole body belongs: nowhere in particular, or to the body's own unit. At most two statements.

    None unless the case is about somebody and nobody else holds the role.
    """
    if work.case["accused_user_id"] is None and work.case["accused_unit_id"] is None:
        return None
    lines = _holders(work, role)
    if not lines or any(not _is_accused(work, user_id, line) for user_id, line in lines.items()):
        return None
    return unit_row(work.session, None).id


def reassign_body_tasks(work: CaseWork) -> None:
    """After an accusation: open tasks of the whole body go where they now belong, and a team loses its accused."""
    _shrink_team(work)
    for task in open_tasks(work):
        element = work.env.deployments.get(task.deployment_hash).elements.get(
            (task.process_id, task.element_id)
        )
        if element is None or element.unit not in WHOLE_BODY:
            continue
        unit_id = unit_of_body_task(work, task.role)
        if unit_id != task.unit_id:
            change_task(work, task, unit_id=unit_id, owner_id=None)
            told = {"from": task.owner_id, "to": None, "from_unit": task.unit_id, "to_unit": unit_id}
            record_task(work, "case:task:reassigned", task, told)


def _holders(work: CaseWork, role: str) -> dict[str, frozenset[str]]:
    """Who holds a role and can sign in, each with the units that they answer for, the root left out."""
    holds = select(Role.user_id).where(Role.role == role)
    query = (
        select(Role.user_id, Unit.path)
        .join(Unit, Unit.id == Role.unit_id)
        .join(User, User.id == Role.user_id)
        .where(Role.user_id.in_(holds), User.active)
    )
    found: dict[str, frozenset[str]] = {}
    for row in work.session.execute(query):
        found[row.user_id] = found.get(row.user_id, frozenset()) | frozenset(row.path.split("/")[1:])
    return found


def _is_accused(work: CaseWork, user_id: str, line: frozenset[str]) -> bool:
    """The rule of ``sight.is_about`` for somebody who is not asking."""
    return work.case["accused_user_id"] == user_id or work.case["accused_unit_id"] in line


def _shrink_team(work: CaseWork) -> None:
    """The accused leave the team that examines the case; too small a team is none, and other inspectors may go on."""
    team = TeamMember.case_id == work.case["id"]
    members = work.session.scalars(select(TeamMember.user_id).where(team).order_by(TeamMember.user_id)).all()
    if not members:
        return
    lines = _holders(work, INSPECTORATE)
    free = [one for one in members if one in lines and not _is_accused(work, one, lines[one])]
    if len(free) == len(members):
        return
    kept = free if len(free) >= TEAM_OF_AT_LEAST else []
    work.session.execute(delete(TeamMember).where(team, TeamMember.user_id.not_in(kept)))
    work.record("case:team:formed", data={"members": kept})
