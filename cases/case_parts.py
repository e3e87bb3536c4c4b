"""What stands beside a case, one statement each: texts, files, deadlines, instances ...

None asks a permission.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from cases.case_rows import case_row, select_cases
from cases.dates import last_day
from cases.environment import Environment
from cases.model import (
    Actor,
    ActorKind,
    AttachmentView,
    CaseRow,
    CaseTextView,
    DeadlineView,
    ExternalRefView,
    InstanceView,
)
from cases.policy import visible_cases
from engine.model import Text
from storage.tables import (
    Attachment,
    Case,
    CaseText,
    CaseUnit,
    Deadline,
    DuplicateCandidate,
    ExternalRef,
    HistoryEntry,
    ProcessDefinition,
    ProcessInstance,
    Subscription,
    Timer,
    Unit,
    UserTask,
)

PUBLIC = "public"
_FILE = (
    Attachment.id,
    Attachment.case_id,
    Attachment.filename,
    Attachment.media_type,
    Attachment.size,
    Attachment.sha256,
    Attachment.visibility,
    Attachment.uploaded_by_kind,
    Attachment.created_at,
)


def list_texts(
    session: Session,
    case_id: str,
    *,
    public_only: bool,
    read: Callable[[str], str],
    names: bool = True,
) -> tuple[CaseTextView, ...]:
    """The case's texts, oldest first, each through ``read``; without authors' names unless ``names``."""
    statement = select(
        CaseText.id,
        CaseText.kind,
        CaseText.visibility,
        CaseText.text,
        CaseText.response_kind,
        CaseText.at,
        CaseText.published_at,
        CaseText.author_kind,
        CaseText.author_name,
    ).where(CaseText.case_id == case_id)
    if public_only:
        statement = statement.where(CaseText.visibility == PUBLIC)
    rows = session.execute(statement.order_by(CaseText.at, CaseText.id))
    return tuple(
        CaseTextView(
            id=row.id,
            kind=row.kind,
            visibility=row.visibility,
            text=read(row.text),
            response_kind=row.response_kind,
            at=(row.published_at or row.at) if public_only else row.at,
            author_kind=ActorKind(row.author_kind),
            author_name=row.author_name if names and row.author_kind == ActorKind.USER else None,
        )
        for row in rows
    )


def list_files(session: Session, case_id: str, *, visible: Collection[str]) -> tuple[AttachmentView, ...]:
    """The case's files of these visibilities, oldest first."""
    statement = (
        select(*_FILE)
        .where(Attachment.case_id == case_id, Attachment.visibility.in_(sorted(visible)))
        .order_by(Attachment.created_at, Attachment.id)
    )
    return tuple(file_view(row) for row in session.execute(statement))


def file_view(row: Any) -> AttachmentView:
    """The record of a row that has an attachment's columns."""
    return AttachmentView(
        id=row.id,
        case_id=row.case_id,
        filename=row.filename,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        visibility=row.visibility,
        uploaded_by_kind=ActorKind(row.uploaded_by_kind),
        created_at=row.created_at,
    )


def list_deadlines(session: Session, env: Environment, case_id: str) -> tuple[DeadlineView, ...]:
    """Every clock that ran or runs, by due date, paused ones last."""
    rows = session.execute(
        select(*Deadline.__table__.columns)
        .where(Deadline.case_id == case_id)
        .order_by(Deadline.due_at.is_(None), Deadline.due_at, Deadline.id)
    )
    return tuple(deadline_view(env, row) for row in rows)


def deadline_view(env: Environment, row: Any) -> DeadlineView:
    """The record of a row of ``deadlines``."""
    rule = env.reference.clocks.get(row.clock)
    return DeadlineView(
        id=row.id,
        clock=row.clock,
        label=rule.label if rule else Text(row.clock, row.clock),
        started_at=row.started_at,
        due_at=row.due_at,
        due_on=last_day(row.due_at, env.zone),
        stopped_at=row.stopped_at,
        overdue=row.due_at is not None and row.due_at <= (row.stopped_at or env.clock.now()),
        law=row.law,
        extended=row.extended,
        promised_on=row.promised_on,
        breached_at=row.breached_at,
        instance_id=row.instance_id,
        calendar_version=row.calendar_version,
    )


def list_refs(session: Session, case_id: str) -> tuple[ExternalRefView, ...]:
    """Ids that other systems gave the case."""
    rows = session.execute(
        select(ExternalRef.system, ExternalRef.external_id, ExternalRef.url)
        .where(ExternalRef.case_id == case_id)
        .order_by(ExternalRef.system, ExternalRef.external_id)
    )
    return tuple(ExternalRefView(row.system, row.external_id, row.url) for row in rows)


def list_duplicates(session: Session, env: Environment, case_id: str, *, by: Actor) -> tuple[CaseRow, ...]:
    """Cases that look like this one, as far as the reader sees them."""
    others = select(DuplicateCandidate.other_id).where(DuplicateCandidate.case_id == case_id)
    statement = select_cases(by).where(Case.id.in_(others), visible_cases(env, by))
    rows = session.execute(statement.order_by(Case.received_at.desc(), Case.id))
    return tuple(case_row(env, row) for row in rows)


def list_supporting_units(session: Session, case_id: str) -> tuple[str, ...]:
    """Names of the units that support the lead unit."""
    names = select(Unit.name).join(CaseUnit, CaseUnit.unit_id == Unit.id).where(CaseUnit.case_id == case_id)
    return tuple(session.scalars(names.order_by(Unit.name)))


def waiting_messages(
    session: Session, env: Environment, case_id: str, senders: tuple[str, ...]
) -> tuple[str, ...]:
    """Messages that the case's processes wait for and that one of the ``senders`` may send, in the
    vocabulary's order.
    """
    waiting = set(session.scalars(select(Subscription.message).where(Subscription.case_id == case_id)))
    return tuple(
        name for name, sender in env.reference.messages.items() if name in waiting and sender in senders
    )


def list_instances(session: Session, case_id: str, *, with_path: bool) -> tuple[InstanceView, ...]:
    """The case's process instances, the oldest first; two more statements for the path through their
    diagrams.
    """
    rows = session.execute(
        select(
            ProcessInstance.id,
            ProcessInstance.definition_id,
            ProcessInstance.process_id,
            ProcessDefinition.name,
            ProcessDefinition.version,
            ProcessInstance.main,
            ProcessInstance.status,
            ProcessInstance.started_at,
            ProcessInstance.ended_at,
        )
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(ProcessInstance.case_id == case_id)
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
    ).all()
    done = _done(session, case_id) if with_path else {}
    current = _current(session, case_id) if with_path else {}
    return tuple(
        InstanceView(
            id=row.id,
            definition_id=row.definition_id,
            process_id=row.process_id,
            process_name=row.name,
            definition_version=row.version,
            main=row.main,
            status=row.status,
            started_at=row.started_at,
            ended_at=row.ended_at,
            done=done.get(row.id, ()),
            current=current.get(row.id, ()),
        )
        for row in rows
    )


def _done(session: Session, case_id: str) -> Mapping[str, tuple[str, ...]]:
    """Elements that were completed, by instance, in the order of their first completion."""
    rows = session.execute(
        select(HistoryEntry.instance_id, HistoryEntry.element_id)
        .where(HistoryEntry.case_id == case_id, HistoryEntry.tag == "process:activity:completed")
        .order_by(HistoryEntry.seq)
    )
    return _grouped(rows)


def _current(session: Session, case_id: str) -> Mapping[str, tuple[str, ...]]:
    """Elements that wait for a person, a message or a time, by instance."""
    waiting = union(
        select(UserTask.instance_id, UserTask.element_id).where(
            UserTask.case_id == case_id, UserTask.state == "open"
        ),
        select(Subscription.instance_id, Subscription.element_id).where(Subscription.case_id == case_id),
        select(Timer.instance_id, Timer.element_id).where(Timer.case_id == case_id),
    ).subquery()
    rows = session.execute(select(waiting.c.instance_id, waiting.c.element_id).order_by(waiting.c.element_id))
    return _grouped(rows)


def _grouped(rows: Any) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.instance_id and row.element_id:
            found.setdefault(row.instance_id, {})[row.element_id] = None
    return {instance_id: tuple(elements) for instance_id, elements in found.items()}
