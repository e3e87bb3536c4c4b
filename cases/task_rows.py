"""A user task as an inbox shows it: one statement, with the names that people read."""

from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.orm import Session

from cases.dates import last_day
from cases.environment import Environment
from cases.keyset import Order
from cases.masking import mask_numbers
from cases.model import Actor, Priority, Stage, TaskRow
from cases.policy import OVERSIGHT, sees_oversight_titles
from storage.tables import Case, Unit, User, UserTask

OVERSIGHT_TITLE = "[berkadar pengawasan]"
"""What lists show instead of the title of a case of the restricted lane, whose every read is logged."""


def select_tasks(by: Actor | None, *more: Any) -> Select[*tuple[Any, ...]]:
    """What ``task_row`` needs, from ``UserTask`` joined with ``Case``, and more columns."""
    hidden = literal(False) if by is not None and sees_oversight_titles(by) else OVERSIGHT
    return (
        select(
            UserTask.id,
            UserTask.name,
            UserTask.element_id,
            UserTask.form_key,
            UserTask.role,
            UserTask.unit_id,
            Unit.name.label("unit_name"),
            UserTask.owner_id,
            User.name.label("owner_name"),
            UserTask.state,
            UserTask.version,
            UserTask.created_at,
            UserTask.due_at,
            UserTask.case_id,
            Case.reference,
            Case.title.label("case_title"),
            Case.stage,
            Case.priority,
            Case.round,
            hidden.label("hide_title"),
            *more,
        )
        .select_from(UserTask)
        .join(Case, Case.id == UserTask.case_id)
        .outerjoin(Unit, Unit.id == UserTask.unit_id)
        .outerjoin(User, User.id == UserTask.owner_id)
    )


def task_rows(
    session: Session, env: Environment, *where: ColumnElement[bool], by: Actor | None = None
) -> tuple[TaskRow, ...]:
    """The tasks that meet the conditions, most urgent first. One statement; asks no permission."""
    statement = select_tasks(by).where(*where).order_by(*BY_URGENCY)
    return tuple(task_row(env, row) for row in session.execute(statement))


URGENCY = Order((UserTask.due_at, UserTask.created_at, UserTask.id))
BY_URGENCY = tuple(URGENCY.by(URGENCY.columns))


def task_row(env: Environment, row: Any) -> TaskRow:
    """The record of a row selected by ``select_tasks``."""
    return TaskRow(
        id=row.id,
        name=row.name,
        element_id=row.element_id,
        form_key=row.form_key,
        role=row.role,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        state=row.state,
        version=row.version,
        created_at=row.created_at,
        due_at=row.due_at,
        due_on=last_day(row.due_at, env.zone),
        overdue=row.state == "open" and row.due_at is not None and row.due_at <= env.clock.now(),
        case_id=row.case_id,
        reference=row.reference,
        case_title=OVERSIGHT_TITLE if row.hide_title else mask_numbers(row.case_title),
        stage=Stage(row.stage),
        priority=Priority(row.priority),
        round=row.round,
    )
