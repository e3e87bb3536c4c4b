"""The inbox of officers: tasks by urgency, and one task with its form and what the reader may do with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from cases.cursors import as_id, as_instant, as_instant_or_none, read_cursor, write_cursor
from cases.environment import Environment
from cases.errors import NotFoundError
from cases.forms import Form, deployed_form
from cases.four_eyes import approves, newest_draft, wrote
from cases.ids import known_id
from cases.keyset import COUNTED, Way, constant, counted_rows, first_rows
from cases.model import Actor, ActorKind, Page, TaskQuery, TaskRow, TaskView
from cases.policy import (
    OWNER_COLUMNS,
    grants_for,
    visible_tasks,
    ways_to_free_tasks,
    workable_cases,
)
from cases.read_log import note_read
from cases.rules.routing import allowed_unit, routed_unit
from cases.task_rows import URGENCY, select_tasks, task_row, task_rows
from cases.team import outside_team
from storage.tables import Case, CaseUnit, ProcessInstance, Unit, UserTask

__all__ = ["get_task", "list_tasks", "task_rows"]

MOST = 200
STATES = ("open", "completed", "cancelled")


def list_tasks(session: Session, env: Environment, query: TaskQuery, *, by: Actor) -> Page[TaskRow]:
    """Tasks, the most urgent first: by due date with none last, then by age. One statement;
    the first page counts up to a hundred or its limit.

    ``mine`` are those that the reader owns, ``available`` those free for the reader to take, ``all`` both.
    ``all`` with a filter by unit, owner or case reaches further: to every task of the cases that the reader
    sees. Raises BadCursorError.
    """
    limit = max(1, min(query.limit, MOST))
    bound, first_page = max(limit, COUNTED), query.cursor is None
    ways, where = _scope(env, query, by)
    parts, filters = _parts(env, query), _filters(query)
    statement = first_rows(
        session,
        select_tasks(by),
        URGENCY,
        ways=ways,
        parts=parts,
        where=[*where, *filters],
        joined=(Case, Case.id == UserTask.case_id),
        limit=limit + 1,
        count_to=bound + 1 if first_page else 0,
    )
    rows = session.execute(statement).all()
    items = tuple(task_row(env, row) for row in rows[:limit])
    last = items[-1] if len(rows) > limit else None
    following = write_cursor("tasks", last.due_at, last.created_at, last.id) if last else None
    return Page(items, following, *counted_rows(rows, bound, first_page=first_page))


def get_task(session: Session, env: Environment, task_id: str, *, by: Actor) -> TaskView:
    """A task with its form, what the form starts with, and what the reader may do. Up to three statements, or five.

    The form starts with what is known of the case, and with the newest draft where it asks for a response. Where it
    asks for the lead unit of a case that has none, it proposes the one that the ruleset's table gives.
    The author of that draft is not offered to approve it (domain.md, approval). Raises NotFoundError.
    """
    row = _task(session, env, known_id(task_id), by)
    deployment = env.deployments.get(row.deployment_hash)
    form = deployed_form(deployment, row.form_key)
    draft = newest_draft(session, row.case_id)
    # A case that rests is not moved; claiming, releasing and handing on its tasks changes nothing of that.
    refused = row.suspended_at is not None or (approves(env, row) and wrote(env, row, draft, by))
    if "oversight" in (row.case_class, row.sensitivity):
        note_read(session, env, row.case_id, "task", by=by)
    return TaskView(
        row=task_row(env, row),
        form=form,
        values={**_proposed(session, env, form, row), **_values(session, form, row, draft)},
        completed_at=row.completed_at,
        completed_by_name=row.completed_by_name,
        may=_may(env, row, by, refused=refused),
        instance_id=row.instance_id,
        definition_id=row.definition_id,
        ruleset=(row.ruleset, row.ruleset_version),
    )


def _code_of(unit_id: Any) -> ColumnElement[Any]:
    """Forms name units by their codes, which people can read and type."""
    return select(Unit.code).where(Unit.id == unit_id).correlate(Case).scalar_subquery()


_CASE_VALUES: Mapping[str, Any] = {
    "kind": Case.kind,
    "case_class": Case.case_class,
    "category": Case.category,
    "area": Case.area,
    "place": Case.place,
    "sensitivity": Case.sensitivity,
    "priority": Case.priority,
    "lead_unit": _code_of(Case.lead_unit_id),
    "accused_kind": Case.accused_kind,
    "accused_unit": _code_of(Case.accused_unit_id),
    "accused_user": Case.accused_user_id,
    "outcome_reason": Case.outcome_reason,
    "referred_to": Case.referred_to,
    "formal": Case.formal,
}
"""Where the case keeps what a form's ``x-case`` names."""


def _task(session: Session, env: Environment, task_id: str, by: Actor) -> Any:
    statement = select_tasks(
        by,
        UserTask.instance_id,
        UserTask.completed_at,
        UserTask.completed_by_name,
        *OWNER_COLUMNS,
        outside_team(by).label("outside_team"),
        ProcessInstance.definition_id,
        ProcessInstance.deployment_hash,
        ProcessInstance.process_id,
        *(column.label(f"case_{name}") for name, column in _CASE_VALUES.items()),
        Case.ruleset,
        Case.ruleset_version,
        Case.suspended_at,
    ).join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
    row = session.execute(statement.where(UserTask.id == task_id, visible_tasks(env, by))).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def _scope(
    env: Environment, query: TaskQuery, by: Actor
) -> tuple[tuple[Way, ...], tuple[ColumnElement[bool], ...]]:
    """The ways to the tasks of the scope, and what must hold on each."""
    if query.scope == "all" and (query.unit_id or query.owner_id or query.case_id):
        return (Way(visible_tasks(env, by)),), ()
    if by.kind is not ActorKind.USER:
        return (Way(false()),), ()
    mine = (Way(UserTask.owner_id == by.id),) if query.scope != "available" else ()
    # What is completed is free for nobody.
    free = ways_to_free_tasks(by) if query.scope != "mine" and query.state == "open" else ()
    return (*mine, *free) or (Way(false()),), (workable_cases(env, by),)


def _filters(query: TaskQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [UserTask.state == _state(query.state)]
    for column, value in (
        (UserTask.unit_id, query.unit_id),
        (UserTask.owner_id, query.owner_id),
        (UserTask.case_id, query.case_id),
    ):
        if value is not None:
            found.append(column == known_id(value))
    return found


def _state(word: str) -> Any:
    return constant(word) if word in STATES else word


def _parts(env: Environment, query: TaskQuery) -> Sequence[ColumnElement[bool]]:
    """What follows the last task, late or not as asked; what is not late lies behind all that is."""
    last = None
    if query.cursor is not None:
        last = read_cursor(query.cursor, "tasks", as_instant_or_none, as_instant, as_id)
    parts = URGENCY.after(last)
    if query.overdue is None:
        return parts
    if query.overdue:
        return (parts[0] & (UserTask.due_at <= env.clock.now()),)
    undated = parts[-1] & UserTask.due_at.is_(None)
    return (
        (undated,) if last and last[0] is None else (parts[0] & (UserTask.due_at > env.clock.now()), undated)
    )


def _may(env: Environment, row: Any, by: Actor, *, refused: bool) -> frozenset[str]:
    if row.state != "open":
        return frozenset()
    mine = row.owner_id is not None and row.owner_id == by.id
    grants = () if row.outside_team else grants_for(env, by, row)
    free = row.owner_id is None and bool(grants)
    if not mine and any(grant.for_user == row.owner_id for grant in grants if grant.for_user):
        return frozenset({"claim"})
    found = {"release"} if mine else {"claim"} if free else set()
    if mine or free:
        found |= {"delegate"} if refused else {"delegate", "complete"}
    return frozenset(found)


def _values(session: Session, form: Form, row: Any, draft: Any) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for field in form.fields:
        if field.text_kind == "response" and draft is not None:
            values[field.name] = draft.text
        elif field.case_field == "response_kind" and draft is not None:
            values[field.name] = draft.response_kind
        elif field.case_field == "supporting_units":
            units = select(Unit.code).join(CaseUnit, CaseUnit.unit_id == Unit.id).order_by(Unit.code)
            units = units.where(CaseUnit.case_id == row.case_id)
            values[field.name] = list(session.scalars(units))
        elif field.case_field in _CASE_VALUES:
            values[field.name] = getattr(row, f"case_{field.case_field}")
    return {name: value for name, value in values.items() if value is not None}


def _proposed(session: Session, env: Environment, form: Form, row: Any) -> Mapping[str, Any]:
    """The lead unit that the ruleset of the case proposes; it may be changed like any other answer."""
    asked = [field.name for field in form.fields if field.case_field == "lead_unit"]
    if not asked or row.state != "open" or row.case_lead_unit is not None:
        return {}
    rules = env.rulesets.get(session, row.ruleset, row.ruleset_version)
    code = routed_unit(rules, env.reference.categories, row.case_category, row.case_area)
    today = env.today
    unit = allowed_unit(session, code, row.accused_unit_id, today)
    return dict.fromkeys(asked, unit) if unit is not None else {}
