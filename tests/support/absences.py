"""What tests say about absences: who is away, and who does what in their place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cases.delegations import (
    Absence,
    DelegationView,
    declare_absence,
    revoke_delegation,
)
from cases.model import Actor
from cases.people import actor_of_user
from cases.tasks import claim_task, complete_task
from support.office import Desk, actor_named

TODAY = date(2026, 3, 2)


def now_as(desk: Desk, username: str) -> Actor:
    """Somebody with every role that they hold at this moment, also for the absent."""
    env, user_id = desk.office.env, str(actor_named(desk.office, username).id)
    return desk.office.work.read(lambda session: actor_of_user(session, env, user_id))


def away(
    desk: Desk, who: str = "atasan.pupr", stand_in: str = "pelaksana.pupr", **changes: Any
) -> DelegationView:
    """Somebody declares their absence from today to the end of the week."""
    absent, by = actor_named(desk.office, who), changes.pop("by", who)
    values = {
        "user_id": absent.id,
        "role": absent.grants[0].role,
        "unit_id": absent.grants[0].unit_id,
        "delegate_id": actor_named(desk.office, stand_in).id,
        "starts_on": TODAY,
        "ends_on": TODAY + timedelta(days=4),
        "reason": "Cuti tahunan",
        **changes,
    }
    env, actor = desk.office.env, actor_named(desk.office, by)
    return desk.office.work.write(lambda session: declare_absence(session, env, Absence(**values), by=actor))


def revoke(desk: Desk, delegation: DelegationView, by: str) -> DelegationView:
    """Somebody ends an absence."""
    env, actor = desk.office.env, actor_named(desk.office, by)
    return desk.office.work.write(lambda session: revoke_delegation(session, env, delegation.id, by=actor))


def complete(desk: Desk, case_id: str, element_id: str, by: Actor, **data: Any) -> Any:
    """Somebody completes a task with the roles of this moment."""
    task, env = desk.task(case_id, element_id), desk.office.env
    return desk.office.work.write(lambda session: complete_task(session, env, task.id, data, by=by))


def claim(desk: Desk, case_id: str, element_id: str, by: Actor) -> Any:
    """Somebody takes a task."""
    task, env = desk.task(case_id, element_id), desk.office.env
    return desk.office.work.write(lambda session: claim_task(session, env, task.id, by=by))
