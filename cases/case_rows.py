"""A case as lists show it, masked for every reader alike."""

from typing import Any

from sqlalchemy import Select, literal, select

from cases.dates import last_day
from cases.environment import Environment
from cases.masking import mask_numbers
from cases.model import (
    Actor,
    CaseClass,
    CaseRow,
    Channel,
    Kind,
    Outcome,
    Priority,
    Sensitivity,
    Stage,
    Status,
)
from cases.policy import OVERSIGHT, sees_oversight_titles
from cases.task_rows import OVERSIGHT_TITLE
from storage.tables import Case, Unit


def select_cases(by: Actor, *more: Any) -> Select[*tuple[Any, ...]]:
    """What ``case_row`` needs, from ``Case`` joined with its lead ``Unit``, and more columns."""
    hidden = literal(False) if sees_oversight_titles(by) else OVERSIGHT
    return (
        select(
            Case.id,
            Case.reference,
            Case.title,
            Case.kind,
            Case.case_class,
            Case.sensitivity,
            Case.priority,
            Case.stage,
            Case.status,
            Case.outcome,
            Case.channel,
            Case.category,
            Case.area,
            Case.lead_unit_id,
            Unit.name.label("lead_unit_name"),
            Case.received_at,
            Case.due_at,
            Case.closed_at,
            Case.imported,
            hidden.label("hide_title"),
            *more,
        )
        .select_from(Case)
        .outerjoin(Unit, Unit.id == Case.lead_unit_id)
    )


def case_row(env: Environment, row: Any, *, title: str | None = None) -> CaseRow:
    """The record of a row selected by ``select_cases``; ``title`` replaces the masked one."""
    closed = row.stage == Stage.CLOSED
    return CaseRow(
        id=row.id,
        reference=row.reference,
        title=title or (OVERSIGHT_TITLE if row.hide_title else mask_numbers(row.title)),
        kind=Kind(row.kind),
        case_class=CaseClass(row.case_class),
        sensitivity=Sensitivity(row.sensitivity),
        priority=Priority(row.priority),
        stage=Stage(row.stage),
        status=Status(row.status),
        outcome=Outcome(row.outcome) if row.outcome else None,
        channel=Channel(row.channel),
        category=row.category,
        area=row.area,
        lead_unit_id=row.lead_unit_id,
        lead_unit_name=row.lead_unit_name,
        received_at=row.received_at,
        due_at=row.due_at,
        due_on=last_day(row.due_at, env.zone),
        overdue=not closed and row.due_at is not None and row.due_at <= env.clock.now(),
        closed_at=row.closed_at,
        imported=row.imported,
    )
