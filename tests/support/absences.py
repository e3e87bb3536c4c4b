"""What tests say about absences: who is away, who stands in, and a response that waits for approval."""

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


def submitted(desk: Desk) -> str:
    """A case whose response waits for approval; ``pelaksana.pupr`` wrote it."""
    case = desk.register()
    desk.accept(case.id)
    desk.complete(
        case.id,
        "dispose_complaint",
        "admin.instansi",
        lead_unit="pupr",
        priority="normal",
        instruction="Tindak lanjuti.",
    )
    desk.complete(case.id, "accept_disposition", "penghubung.pupr", decision="accept")
    desk.complete(case.id, "work_on_complaint", "pelaksana.pupr", note="Sudah ditinjau.")
    desk.complete(
        case.id, "draft_response", "pelaksana.pupr", response_kind="action_taken", response="Sudah ditambal."
    )
    return case.id


def complete(desk: Desk, case_id: str, element_id: str, by: Actor, **data: Any) -> Any:
    """Somebody completes a task with the roles of this moment."""
    task, env = desk.task(case_id, element_id), desk.office.env
    return desk.office.work.write(lambda session: complete_task(session, env, task.id, data, by=by))


def claim(desk: Desk, case_id: str, element_id: str, by: Actor) -> Any:
    """Somebody takes a task."""
    task, env = desk.task(case_id, element_id), desk.office.env
    return desk.office.work.write(lambda session: claim_task(session, env, task.id, by=by))
