"""Gives back what somebody took in the place of a person who is there again."""

from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from cases.dates import day_start
from cases.environment import Environment
from cases.history import NewEntry, record
from cases.model import SYSTEM
from cases.sight import UP_THE_TREE
from storage.queries.changed import count_changed
from storage.tables import Delegation, Role, Unit, UserTask


def hand_back(session: Session, env: Environment) -> int:
    """Free the open tasks that somebody took in place of a person who is back, and answer how many there were.

    One statement when there are none. A worker does it every hour; ending an absence early does it at once.
    """
    today = env.clock.now().astimezone(env.zone).date()
    rows = session.execute(
        select(UserTask, Delegation.starts_on)
        .join(Delegation, (Delegation.delegate_id == UserTask.owner_id) & (Delegation.role == UserTask.role))
        .join(Unit, Unit.id == Delegation.unit_id)
        .where(
            UserTask.state == "open",
            or_(Delegation.revoked_at.is_not(None), Delegation.ends_on < today),
            _reaches_task(),
            ~_still_holds(today),
        )
    )
    taken = {task.id: task for task, starts_on in rows if _taken_since(env, task, starts_on)}
    for task in taken.values():
        _free(session, env, task)
    return len(taken)


def _reaches_task() -> ColumnElement[bool]:
    own = aliased(Unit)
    below = (
        select(own.id)
        .where(own.id == UserTask.unit_id, own.path.startswith(Unit.path))
        .correlate(UserTask, Unit)
    )
    up = Delegation.role.in_(sorted(UP_THE_TREE)) & exists(below)
    return or_(UserTask.unit_id.is_(None), UserTask.unit_id == Delegation.unit_id, up)


def _still_holds(today: date) -> ColumnElement[bool]:
    """Whether the owner may do tasks of this role all the same: as their own, or for somebody who is still away."""
    other = aliased(Delegation)
    own = exists().where(Role.user_id == UserTask.owner_id, Role.role == UserTask.role).correlate(UserTask)
    running = exists().where(
        other.delegate_id == UserTask.owner_id,
        other.role == UserTask.role,
        other.revoked_at.is_(None),
        other.starts_on <= today,
        other.ends_on >= today,
    )
    return own | running.correlate(UserTask)


def _taken_since(env: Environment, task: UserTask, starts_on: date) -> bool:
    return task.claimed_at is not None and task.claimed_at >= day_start(starts_on, env.zone)


def _free(session: Session, env: Environment, task: UserTask) -> None:
    seen = (UserTask.id == task.id) & (UserTask.version == task.version) & (UserTask.state == "open")
    freed = {"owner_id": None, "claimed_at": None, "version": task.version + 1}
    if count_changed(session, update(UserTask).where(seen).values(**freed)) != 1:
        return
    entry = NewEntry(
        "case:task:released",
        {"absence": "over"},
        instance_id=task.instance_id,
        task_id=task.id,
        element_id=task.element_id,
        element_name=task.name,
    )
    record(session, env, task.case_id, [entry], by=SYSTEM)
