"""Lists incidents and shows one with what is known about it: values of a case only to who may read the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import Session

from cases.cursors import as_id, read_cursor, write_cursor
from cases.environment import Environment
from cases.errors import NotFoundError
from cases.ids import known_id
from cases.incidents.asked import Waiting
from cases.incidents.changes import open_activities
from cases.incidents.submission import Submission
from cases.masking import FIELD_MASK
from cases.model import Actor, ActorKind, Page
from cases.policy import require, require_act, sees_whole
from cases.read_log import note_read
from cases.sight import accused
from cases.work import CaseWork
from storage.tables import Case, Incident

CURSOR = "incidents"
READ = "read_incidents"


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as the administrator sees it in a list: no content of the case."""

    id: str
    kind: str | None
    reference: str | None
    case_id: str | None
    process_id: str | None
    element_id: str | None
    subject: str | None
    error: str | None
    cause: str
    command: str
    at: datetime
    suspended: bool
    resolved_at: datetime | None
    resolution: str | None
    resolved_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """An incident with everything that helps to mend it."""

    incident: IncidentView
    stage: str | None
    stack: str | None
    data: Mapping[str, Any] | None
    """Process data before the command."""
    submitted: Mapping[str, Any] | None
    """What a person entered into the task that failed, or wrote; a retry does it again in their name."""
    submitted_by: str | None
    """None for the complainant."""
    submitted_at: datetime | None
    message: str | None
    """The name of the message that was sent; None when it was a task."""
    masked: bool
    """Whether the values of both are hidden: the reader may not read the case."""
    task_id: str | None
    instance_id: str | None
    waiting: tuple[Waiting, ...]
    """What the processes of the case wait for now."""
    targets: tuple[tuple[str, str, str], ...]
    """Elements of the process to which an activity may be moved: id, name, kind."""
    alike: int
    """Open incidents of the same kind, this one among them."""


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """Open incidents that are alike: the same command, process, element and error."""

    kind: str
    command: str
    process_id: str | None
    element_id: str | None
    error: str | None
    count: int
    first_at: datetime
    last_at: datetime


def list_incidents(
    session: Session,
    env: Environment,
    *,
    by: Actor,
    state: str = "all",
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[IncidentView]:
    """Incidents, newest first; ``state`` is ``open``, ``resolved`` or ``all``. One statement.

    Raises NotFoundError unless the actor may read incidents, BadCursorError.
    """
    require_act(env, by, READ)
    query = _select(by).order_by(Incident.id.desc()).limit(limit + 1)
    if state != "all":
        over = Incident.resolved_at.is_not(None)
        query = query.where(over if state == "resolved" else not_(over))
    if kind is not None:
        query = query.where(Incident.kind == kind)
    if cursor is not None:
        (before,) = read_cursor(cursor, CURSOR, as_id)
        query = query.where(Incident.id < before)
    rows = session.execute(query).all()
    items = tuple(_view(row) for row in rows[:limit])
    return Page(items, write_cursor(CURSOR, items[-1].id) if len(rows) > limit else None)


def list_kinds(session: Session, env: Environment, *, by: Actor) -> tuple[IncidentKind, ...]:
    """Open incidents grouped by kind, the most frequent first. One statement."""
    require_act(env, by, READ)
    alike = (Incident.command, Incident.process_id, Incident.element_id, Incident.error)
    counted = func.count().label("count")
    query = (
        # What is alike differs in its command at most by what follows the colon: the letter, or the file.
        select(
            Incident.kind,
            *(func.min(column).label(column.key) for column in alike),
            counted,
            func.min(Incident.at).label("first_at"),
            func.max(Incident.at).label("last_at"),
        )
        .outerjoin(Case, Case.id == Incident.case_id)
        .where(Incident.resolved_at.is_(None), Incident.kind.is_not(None), _sight(by))
        .group_by(Incident.kind)
        .order_by(counted.desc(), Incident.kind)
        .limit(100)
    )
    return tuple(_kind(row) for row in session.execute(query))


def _kind(row: Any) -> IncidentKind:
    values = dict(row._mapping)
    return IncidentKind(**{**values, "command": values["command"].partition(":")[0]})


def get_incident(session: Session, env: Environment, incident_id: str, *, by: Actor) -> IncidentDetail:
    """An incident with data, stack and where the case stands now. Eight statements, one more to note a read.

    Values of the data are shown only to who may read the case. Raises NotFoundError.
    """
    require_act(env, by, READ)
    row = session.execute(_select(by).where(Incident.id == known_id(incident_id))).one_or_none()
    if row is None:
        raise NotFoundError
    found: Incident = row.Incident
    kept = Submission.read(found)
    shown = (found.data is not None or kept is not None) and _may_read(session, env, found.case_id, by)
    work = None if found.case_id is None else CaseWork.load(session, env, found.case_id, by=by)
    alike = select(func.count()).where(Incident.kind == found.kind, Incident.resolved_at.is_(None))
    return IncidentDetail(
        incident=_view(row),
        stage=work.case["stage"] if work else None,
        stack=found.stack,
        data=found.data if shown or found.data is None else mask(found.data),
        submitted=None if kept is None else kept.values if shown else mask(kept.values),
        submitted_by=kept.user_name or None if kept else None,
        submitted_at=kept.at if kept else None,
        message=kept.message if kept else None,
        masked=not shown,
        task_id=found.task_id,
        instance_id=found.instance_id,
        waiting=open_activities(work) if work else (),
        targets=_targets(work, found.instance_id) if work and found.instance_id else (),
        alike=session.scalar(alike) or 0,
    )


def mask(value: Any) -> Any:
    """The shape of data without their values: names of fields stay, and how many members a list has."""
    if isinstance(value, Mapping):
        return {name: mask(member) for name, member in value.items()}
    if isinstance(value, list):
        return [mask(member) for member in value]
    return None if value is None else FIELD_MASK


def _targets(work: CaseWork, instance_id: str) -> tuple[tuple[str, str, str], ...]:
    instance = work.instance(instance_id)
    elements = work.env.deployments.get(instance.deployment_hash).elements.values()
    return tuple(
        (element.element_id, element.name, element.kind)
        for element in elements
        if element.process_id == instance.process_id
        and element.kind.endswith(("Task", "task", "Gateway", "Event"))
        and element.kind not in ("startEvent", "boundaryEvent")
    )


def _may_read(session: Session, env: Environment, case_id: str | None, by: Actor) -> bool:
    if case_id is None or by.kind is not ActorKind.USER:
        return False
    try:
        facts = require(session, env, case_id, "read_cases", by=by)
    except NotFoundError:
        return False
    if facts.oversight:
        note_read(session, env, case_id, "case", by=by)
    return sees_whole(env, by, facts)


def _sight(by: Actor) -> ColumnElement[bool]:
    """A case does not exist for who is complained about, nor do its incidents."""
    return Case.id.is_(None) | not_(accused(by))


def _select(by: Actor) -> Select[Any, Any, Any]:
    return (
        select(Incident, Case.reference, Case.suspended_at)
        .outerjoin(Case, Case.id == Incident.case_id)
        .where(_sight(by))
    )


def _view(row: Any) -> IncidentView:
    found: Incident = row.Incident
    return IncidentView(
        id=found.id,
        kind=found.kind,
        reference=row.reference,
        case_id=found.case_id,
        process_id=found.process_id,
        element_id=found.element_id,
        subject=found.subject,
        error=found.error,
        cause=found.cause,
        command=found.command,
        at=found.at,
        suspended=row.suspended_at is not None,
        resolved_at=found.resolved_at,
        resolution=found.resolution,
        resolved_by=found.resolved_by_name,
        reason=found.reason,
    )
