"""To whom a task can be given: people who hold its role in its unit."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select

from cases.model import TaskRow, TaskView
from storage.tables import Role, User
from web.access import current_actor
from web.context import read


def colleagues(task: TaskView) -> tuple[tuple[str, str], ...]:
    """Id and name of everybody else who holds the task's role; ``delegate_task`` has the last word on the
    unit.
    """
    conditions = [Role.role == task.row.role, User.id != current_actor().id]
    if task.row.unit_id is not None and task.row.role != "superior":
        conditions.append(Role.unit_id == task.row.unit_id)
    return _holders(*conditions)


def able(tasks: Iterable[TaskRow]) -> tuple[tuple[str, str], ...]:
    """Id and name of everybody who holds the role of one of the tasks; ``reassign_task`` has the last word."""
    return _holders(Role.role.in_(sorted({task.role for task in tasks})))


def _holders(*conditions: ColumnElement[bool]) -> tuple[tuple[str, str], ...]:
    query = (
        select(User.id, User.name)
        .join(Role, Role.user_id == User.id)
        .where(User.active, *conditions)
        .order_by(User.name)
        .distinct()
        .limit(200)
    )
    return tuple((row.id, row.name) for row in read(lambda session: session.execute(query).all()))
