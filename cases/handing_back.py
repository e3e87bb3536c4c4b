"""Gives back what somebody took in the place of a person who is there again."""

from datetime import date
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from cases.dates import day_start
from cases.environment import Environment
from cases.history import NewEntry, record
from cases.model import SYSTEM
from cases.policy import OWNER_COLUMNS, potential_owner
from cases.sign_in import actor_of_user
from storage.queries.changed import count_changed
from storage.tables import Case, Delegation, UserTask


def hand_back(session: Session, env: Environment) -> int:
    """Free the open tasks that somebody took in place of a person who is back, and answer how many there were.

    One statement when there are none. A worker does it every hour; ending an absence early does it at once.
    """
    today = env.today
    rows = session.execute(
        select(*UserTask.__table__.columns, *OWNER_COLUMNS, Delegation.starts_on)
        .join(Case, Case.id == UserTask.case_id)
        .join(Delegation, Delegation.delegate_id == UserTask.owner_id)
        .where(
            UserTask.state == "open",
            or_(Delegation.revoked_at.is_not(None), Delegation.ends_on < today),
        )
        .order_by(UserTask.id)
    )
    taken = {row.id: row for row in rows if _taken_since(env, row, row.starts_on)}
    able = {owner: actor_of_user(session, env, owner) for owner in {row.owner_id for row in taken.values()}}
    free = [row for row in taken.values() if not potential_owner(env, able[row.owner_id], row)]
    for row in free:
        _free(session, env, row)
    return len(free)


def _taken_since(env: Environment, task: Any, starts_on: date) -> bool:
    return task.claimed_at is not None and task.claimed_at >= day_start(starts_on, env.zone)


def _free(session: Session, env: Environment, task: Any) -> None:
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
