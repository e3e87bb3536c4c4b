"""Acts on many cases at once: asked for once, worked off by a worker a few at a time, safe to kill at any point."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, not_, select, update
from sqlalchemy.orm import Session

from cases.cursors import as_id, read_cursor, write_cursor
from cases.environment import Environment
from cases.errors import CaseError, NotFoundError, RefusedByRuleError
from cases.ids import known_id
from cases.incidents.asked import Act, Change, Mending
from cases.incidents.faults import FaultedError
from cases.incidents.mending import LONGEST_REASON, MANAGE, OPEN, mend_case, mend_incident
from cases.masking import mask_numbers
from cases.model import SYSTEM, Actor, Page
from cases.policy import require_act
from cases.sight import accused
from cases.sign_in import actor_of_user
from engine.errors import EngineError
from engine.model import Text
from storage.tables import Case, Incident, Operation, ProcessDefinition, ProcessInstance

CURSOR = "operations"
BATCH = 10
"""Cases worked on in one transaction."""
OF_DEFINITION = frozenset({Act.SUSPEND, Act.RESUME})


@dataclass(frozen=True, slots=True)
class OperationView:
    """How far an act on many cases is."""

    id: str
    act: str
    incident_kind: str | None
    definition_id: str | None
    process: str | None
    """Key and version of the process whose cases it is about."""
    reason: str
    asked_by: str | None
    total: int
    done: int
    """How many were passed, those that failed among them."""
    failed: int
    last_error: Text | None
    """Why the newest of those that failed could not be done."""
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act on many would do: how many it meets, and what happens to the first of them."""

    total: int
    first: Change | None
    refused: Text | None


@dataclass(frozen=True, slots=True)
class Target:
    """On what to act: all open incidents of a kind, or all cases that run on a version of a process."""

    incident_kind: str | None = None
    definition_id: str | None = None


def begin_operation(
    session: Session, env: Environment, target: Target, asked: Mending, *, by: Actor
) -> OperationView:
    """Note the act for the worker. A suspended version of a process begins no case from now on.

    Raises NotFoundError (not the actor's, or nothing to act on) and RefusedByRuleError.
    """
    total = _require_total(session, env, target, asked, by)
    operation = {
        "id": env.new_id(),
        "act": asked.act.value,
        "incident_kind": target.incident_kind,
        "definition_id": target.definition_id,
        "arguments": _arguments(asked),
        "reason": asked.reason.strip()[:LONGEST_REASON],
        "asked_by": by.id,
        "asked_by_name": by.name or None,
        "total": total,
        "done": 0,
        "failed": 0,
        "until": _last(session, target, by),
        "started_at": env.clock.now(),
    }
    if target.definition_id is not None:
        at = env.clock.now() if asked.act is Act.SUSPEND else None
        this = ProcessDefinition.id == target.definition_id
        session.execute(update(ProcessDefinition).where(this).values(suspended_at=at))
    session.execute(insert(Operation).values(**operation))
    return _view(session.execute(_rows().where(Operation.id == operation["id"])).one())


def plan_operation(session: Session, env: Environment, target: Target, asked: Mending, *, by: Actor) -> Plan:
    """What ``begin_operation`` would do, without doing it. Raises what that does."""
    total = _require_total(session, env, target, asked, by)
    first = session.scalar(_subjects(target, asked.act, by).limit(1))
    if first is None:
        return Plan(total, None, None)
    try:
        return Plan(total, _act_on(session, env, target, asked, (str(first), by), dry_run=True), None)
    except CaseError as error:
        return Plan(total, None, error.text)


def work_off_operation(session: Session, env: Environment) -> bool:
    """Carry out the oldest unfinished operation on its next few cases; False when there is none.

    One that cannot be done is counted with its reason, and the others go on.
    """
    row = _claim(session)
    if row is None:
        return False
    target, asked = Target(row.incident_kind, row.definition_id), _asked(row)
    by = SYSTEM if row.asked_by is None else actor_of_user(session, env, row.asked_by)
    query = _subjects(target, asked.act, by).limit(BATCH)
    key = Incident.id if target.incident_kind is not None else Case.id
    if row.position is not None:
        query = query.where(key > row.position)
    if row.until is not None:
        query = query.where(key <= row.until)
    found = session.scalars(query).all()
    errors = [error for one in found if (error := _try(session, env, target, asked, (one, by))) is not None]
    progress: dict[str, Any] = {"done": row.done + len(found), "failed": row.failed + len(errors)}
    if errors:
        progress["last_error"] = errors[-1].en[:2000]
        progress["last_error_indonesian"] = errors[-1].id[:2000]
    if found:
        progress["position"] = found[-1]
    if len(found) < BATCH:
        # What was settled meanwhile by other hands is done as well.
        progress |= {"finished_at": env.clock.now(), "total": progress["done"]}
    session.execute(update(Operation).where(Operation.id == row.id).values(**progress))
    return True


def list_operations(
    session: Session, env: Environment, *, by: Actor, cursor: str | None = None, limit: int = 50
) -> Page[OperationView]:
    """Operations, the newest first. One statement. Raises NotFoundError, BadCursorError."""
    require_act(env, by, "read_incidents")
    query = _rows().order_by(Operation.id.desc()).limit(limit + 1)
    if cursor is not None:
        (before,) = read_cursor(cursor, CURSOR, as_id)
        query = query.where(Operation.id < before)
    rows = session.execute(query).all()
    items = tuple(_view(row) for row in rows[:limit])
    return Page(items, write_cursor(CURSOR, items[-1].id) if len(rows) > limit else None)


def get_operation(session: Session, env: Environment, operation_id: str, *, by: Actor) -> OperationView:
    """One operation with its progress. One statement. Raises NotFoundError."""
    require_act(env, by, "read_incidents")
    row = session.execute(_rows().where(Operation.id == known_id(operation_id))).one_or_none()
    if row is None:
        raise NotFoundError
    return _view(row)


def _require_total(session: Session, env: Environment, target: Target, asked: Mending, by: Actor) -> int:
    require_act(env, by, MANAGE)
    if not asked.reason.strip():
        raise RefusedByRuleError(_NO_REASON)
    if (target.incident_kind is None) is (target.definition_id is None):
        raise RefusedByRuleError(_ONE_TARGET)
    if target.definition_id is not None:
        _require_definition(session, target.definition_id, asked.act)
    many = _subjects(target, asked.act, by).order_by(None).subquery()
    total = session.scalar(select(func.count()).select_from(many)) or 0
    if not total and target.incident_kind is not None:
        raise NotFoundError
    return total


def _require_definition(session: Session, definition_id: str, act: Act) -> None:
    if act not in OF_DEFINITION:
        raise RefusedByRuleError(_OF_DEFINITION)
    columns = (ProcessDefinition.id, ProcessDefinition.suspended_at)
    row = session.execute(
        select(*columns).where(ProcessDefinition.id == known_id(definition_id))
    ).one_or_none()
    if row is None:
        raise NotFoundError
    if (row.suspended_at is not None) is (act is Act.SUSPEND):
        raise RefusedByRuleError(_DEFINITION_IS_SO)


def _subjects(target: Target, act: Act, by: Actor) -> Select[str]:
    """The ids to act on, in order: of incidents, or of cases."""
    if target.incident_kind is not None:
        return (
            select(Incident.id)
            .outerjoin(Case, Case.id == Incident.case_id)
            .where(Incident.kind == target.incident_kind, OPEN, Case.id.is_(None) | not_(accused(by)))
            .order_by(Incident.id)
        )
    if act is Act.RESUME:
        return select(Case.id).where(Case.suspended_for == target.definition_id).order_by(Case.id)
    runs = select(ProcessInstance.case_id).where(
        ProcessInstance.definition_id == target.definition_id, ProcessInstance.status == "running"
    )
    rests: ColumnElement[bool] = Case.suspended_at.is_(None) & (Case.stage != "closed")
    return select(Case.id).where(Case.id.in_(runs), rests).order_by(Case.id)


def _last(session: Session, target: Target, by: Actor) -> str | None:
    """The newest incident of the kind: those that a retry brings anew are not retried for ever."""
    if target.incident_kind is None:
        return None
    query = _subjects(target, Act.RETRY, by).order_by(None).order_by(Incident.id.desc()).limit(1)
    return session.scalar(query)


def _try(
    session: Session, env: Environment, target: Target, asked: Mending, whose: tuple[str, Actor]
) -> Text | None:
    """Act on one; why not, when it cannot be done."""
    try:
        with session.begin_nested():
            _act_on(session, env, target, asked, whose)
    except (CaseError, EngineError, FaultedError) as error:
        return _why(error)
    return None


def _why(error: CaseError | EngineError | FaultedError) -> Text:
    """A refusal in its own words; of a fault what the engine says, which speaks English only."""
    told = getattr(error, "text", None)
    if not isinstance(told, Text):
        told = Text(id=f"Prosesnya gagal: {error}", en=f"The process failed: {error}")
    return Text(id=mask_numbers(told.id), en=mask_numbers(told.en))


def _act_on(
    session: Session,
    env: Environment,
    target: Target,
    asked: Mending,
    whose: tuple[str, Actor],
    *,
    dry_run: bool = False,
) -> Change:
    subject, by = whose
    if target.incident_kind is not None:
        return mend_incident(session, env, subject, asked, by=by, dry_run=dry_run)
    # Whoever is complained about cannot suspend that case, but rests with the version like all others.
    by = SYSTEM if target.definition_id is not None else by
    return mend_case(session, env, subject, asked, by=by, dry_run=dry_run, definition_id=target.definition_id)


def _claim(session: Session) -> Any:
    return session.execute(
        select(*Operation.__table__.columns)
        .where(Operation.finished_at.is_(None))
        .order_by(Operation.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _arguments(asked: Mending) -> dict[str, Any]:
    kept: Mapping[str, Any] = {
        "to": asked.to,
        "values": dict(asked.values),
        "outcome_reason": asked.outcome_reason,
    }
    return {name: value for name, value in kept.items() if value}


def _asked(row: Any) -> Mending:
    return replace(Mending(Act(row.act), row.reason), **row.arguments)


def _rows() -> Select[Any]:
    of_version = ProcessDefinition.id == Operation.definition_id
    columns = (*Operation.__table__.columns, ProcessDefinition.key, ProcessDefinition.version)
    return select(*columns).outerjoin(ProcessDefinition, of_version)


def _view(row: Any) -> OperationView:
    return OperationView(
        id=row.id,
        act=row.act,
        incident_kind=row.incident_kind,
        definition_id=row.definition_id,
        process=f"{row.key} {row.version}" if row.key else None,
        reason=row.reason,
        asked_by=row.asked_by_name,
        total=row.total,
        done=row.done,
        failed=row.failed,
        last_error=_last_error(row),
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _last_error(row: Any) -> Text | None:
    if row.last_error is None:
        return None
    # A process of the release before says it in English only.
    return Text(id=row.last_error_indonesian or row.last_error, en=row.last_error)


_NO_REASON = Text(id="Tulis alasannya.", en="Give the reason.")
_ONE_TARGET = Text(
    id="Sebutkan satu jenis insiden atau satu versi proses, bukan keduanya.",
    en="Name one kind of incident or one version of a process, not both.",
)
_OF_DEFINITION = Text(
    id="Versi proses hanya dapat ditangguhkan atau dilanjutkan. Untuk yang lain, pilih jenis insiden.",
    en="A version of a process can only be suspended or resumed. For other acts choose a kind of incident.",
)
_DEFINITION_IS_SO = Text(
    id="Versi proses ini sudah dalam keadaan itu. Muat ulang halamannya.",
    en="This version of the process is so already. Load the page again.",
)
