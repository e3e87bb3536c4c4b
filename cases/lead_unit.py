"""The unit that leads a case while it is under way: who it is, and what moves with it when it is replaced."""

from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from cases.sight import OWNER_COLUMNS
from cases.unit_rows import UNIT_COLUMNS, UnitRow, unit_row
from cases.work import CaseWork
from storage.tables import Case, CaseUnit, ProcessInstance, Role, Unit, UserTask

FOLLOWING = ("lead_unit", "lead_unit_parent")
"""Unit expressions of diagrams that follow the lead unit."""


def supporting_units(work: CaseWork) -> tuple[UnitRow, ...]:
    """The units that support the lead unit."""
    query = select(*UNIT_COLUMNS).join(CaseUnit, CaseUnit.unit_id == Unit.id)
    rows = work.session.execute(query.where(CaseUnit.case_id == work.case["id"]).order_by(Unit.id))
    return tuple(UnitRow(*row) for row in rows)


def remove_support(work: CaseWork, *unit_ids: str) -> None:
    """The units no longer support the case; all of them when none is named."""
    mine = CaseUnit.case_id == work.case["id"]
    work.session.execute(delete(CaseUnit).where(mine, CaseUnit.unit_id.in_(unit_ids) if unit_ids else mine))


def move_lead_unit(work: CaseWork, unit: UnitRow, *, reason: str | None = None) -> None:
    """Another unit leads from now on; the open tasks of the old one follow, free for the new one to take.

    The clocks run on: a new handler is no new deadline. ``reason`` names a text.
    """
    old = work.case["lead_unit_id"]
    if old == unit.id:
        return
    work.set(lead_unit_id=unit.id)
    remove_support(work, unit.id)
    moved = _move_tasks(work, unit)
    work.record(
        "case:disposition:moved",
        data={"from": old, "to": unit.id, "tasks": moved, **({"reason": reason} if reason else {})},
    )


def withdraw_tasks(work: CaseWork) -> None:
    """Take the case's open tasks away from everybody who is complained about."""
    for task in open_tasks(work, UserTask.owner_id.is_not(None), _owned_by_accused(work)):
        change_task(work, task, owner_id=None)
        record_task(work, "case:task:withdrawn", task, {"from": task.owner_id, "to": None})


def open_tasks(work: CaseWork, *where: Any) -> list[Any]:
    """The stored tasks of the case that are still open after what this command did."""
    if work.new:
        return []
    query = (
        select(
            UserTask.id,
            UserTask.element_id,
            UserTask.name,
            UserTask.role,
            UserTask.unit_id,
            UserTask.owner_id,
            UserTask.instance_id,
            UserTask.version,
            ProcessInstance.process_id,
            ProcessInstance.deployment_hash,
            *OWNER_COLUMNS,
        )
        .join(Case, Case.id == UserTask.case_id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(UserTask.case_id == work.case["id"], UserTask.state == "open", *where)
        .order_by(UserTask.id)
    )
    return [row for row in work.session.execute(query) if row.id not in work.closed]


def change_task(work: CaseWork, task: Any, **values: Any) -> None:
    """Change columns of an open task; its version moves, so that nobody acts on what they saw before.

    The case's own version, which ``flush`` checks, keeps two such commands apart.
    """
    claimed = {"claimed_at": work.now if values["owner_id"] else None} if "owner_id" in values else {}
    work.session.execute(
        update(UserTask)
        .where(UserTask.id == task.id)
        .values(version=UserTask.version + 1, **claimed, **values)
    )


def record_task(work: CaseWork, tag: str, task: Any, data: dict[str, Any]) -> None:
    """A history entry about a task."""
    work.record(
        tag,
        data=data,
        instance_id=task.instance_id,
        process_id=task.process_id,
        task_id=task.id,
        element_id=task.element_id,
        element_name=task.name,
    )


def _move_tasks(work: CaseWork, unit: UnitRow) -> int:
    moved = 0
    for task in open_tasks(work):
        target = _target(work, task, unit)
        if target is not None and target != task.unit_id:
            change_task(work, task, unit_id=target, owner_id=None)
            moved += 1
    return moved


def _target(work: CaseWork, task: Any, unit: UnitRow) -> str | None:
    """Where a task goes when ``unit`` leads; None for one that does not follow the lead unit."""
    element = work.env.deployments.get(task.deployment_hash).elements.get((task.process_id, task.element_id))
    if element is None or element.unit not in FOLLOWING:
        return None
    return unit.id if element.unit == "lead_unit" else unit.parent_id or unit.id


def _owned_by_accused(work: CaseWork) -> Any:
    """Whether a task's owner is the accused person or holds a role in or below the accused unit."""
    user, unit = work.case["accused_user_id"], work.case["accused_unit_id"]
    found = [UserTask.owner_id == user] if user else []
    if unit and (path := unit_row(work.session, unit).path).count("/"):
        within = (Unit.path == path) | Unit.path.startswith(path + "/", autoescape=True)
        holders = select(Role.id).join(Unit, Unit.id == Role.unit_id).where(within)
        found.append(exists(holders.where(Role.user_id == UserTask.owner_id).correlate(UserTask)))
    return or_(*found) if found else UserTask.id.is_(None)
