"""Whether a unit has the people to handle a case: without them it would wait for somebody who is not there."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from storage.tables import Role, Unit, User

OWN_PEOPLE = ("unit_liaison", "case_worker")
"""Roles that somebody must hold in the unit itself; a superior may sit in any unit above."""


def staffed() -> ColumnElement[bool]:
    """The condition on ``Unit``: active people who accept, who work, and who approve."""
    above = aliased(Unit)
    within = (above.id == Unit.id) | Unit.path.startswith(above.path + "/")
    superior = (
        select(Role.id)
        .join(User, User.id == Role.user_id)
        .join(above, above.id == Role.unit_id)
        .where(Role.role == "superior", User.active, within)
        .correlate(Unit)
    )
    condition: ColumnElement[bool] = exists(superior)
    for role in OWN_PEOPLE:
        holder = select(Role.id).join(User, User.id == Role.user_id)
        condition &= exists(
            holder.where(Role.role == role, Role.unit_id == Unit.id, User.active).correlate(Unit)
        )
    return condition
