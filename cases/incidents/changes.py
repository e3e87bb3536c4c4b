"""Says what the work on a case changes, and rehearses it without leaving a trace."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.incidents.asked import Act, Change, Waiting
from cases.incidents.faults import FaultedError
from cases.masking import mask_numbers
from cases.work import CaseWork
from storage.tables import Base, Job, Subscription, Timer, UserTask

WAITING: tuple[tuple[str, type[Base], str], ...] = (
    ("task", UserTask, "id"),
    ("timer", Timer, "task_id"),
    ("message", Subscription, "task_id"),
    ("job", Job, "id"),
)


def rehearse(session: Session, act: Callable[[], Change], asked: Act) -> Change:
    """Do it and take it back; a process that fails again is told instead of becoming an incident."""
    savepoint = session.begin_nested()
    try:
        return act()
    except FaultedError as fault:
        return Change(asked, dry_run=True, fails=mask_numbers(fault.cause)[:2000])
    finally:
        savepoint.rollback()


def change_of(work: CaseWork, act: Act, before: str, *, dry_run: bool) -> Change:
    """What the work on a case comes to; ``before`` is the stage in which it was. Ask before it is flushed."""
    done = [entry for entry in work.entries if entry.tag == "process:activity:completed"]
    return Change(
        act,
        dry_run,
        reference=work.case["reference"],
        stage_before=before,
        stage_after=work.case["stage"],
        status_after=work.case["status"],
        outcome=work.case["outcome"],
        suspended=work.case["suspended_at"] is not None,
        passed=tuple(entry.element_id for entry in done if entry.element_id),
        opened=tuple(_opened(work)),
        closed=tuple(_closed(work)),
        history=tuple(entry.tag for entry in work.entries),
    )


def open_activities(work: CaseWork) -> tuple[Waiting, ...]:
    """Everything that the processes of a stored case wait for. Five statements."""
    work.running_instances()
    return tuple(
        _waiting(work, kind, key, row)
        for kind, table, key in WAITING
        for row in _stored(work, table, key, None)
    )


def _opened(work: CaseWork) -> Iterator[Waiting]:
    for kind, table, key in WAITING:
        for row in work.rows.get(table, []):
            if kind != "task" or row["state"] == "open":
                yield _waiting(work, kind, key, row)


def _closed(work: CaseWork) -> Iterator[Waiting]:
    for kind, table, key in WAITING:
        ids = set(work.closed) if kind == "task" else work.gone.get(table, set())
        for row in _stored(work, table, key, ids) if ids else ():
            yield _waiting(work, kind, key, row)


def _stored(work: CaseWork, table: type[Base], key: str, ids: set[str] | None) -> list[dict[str, Any]]:
    columns = table.__table__.columns
    query = select(*columns).where(columns["case_id"] == work.case["id"])
    if ids is not None:
        query = query.where(columns[key].in_(sorted(ids)))
    elif table is UserTask:
        query = query.where(UserTask.state == "open")
    return [row._asdict() for row in work.session.execute(query.order_by(columns[key]))]


def _waiting(work: CaseWork, kind: str, key: str, row: dict[str, Any]) -> Waiting:
    instance = work.instance(row["instance_id"])
    # A job's row does not know its element; its handler says what it does.
    element_id = row.get("element_id") or row.get("handler") or ""
    element = work.env.deployments.get(instance.deployment_hash).elements.get(
        (instance.process_id, element_id)
    )
    name = row.get("name") or (element.name if element else "") or element_id
    due = row.get("due_at") or row.get("run_at")
    return Waiting(kind, row[key], element_id, name, instance.process_id, due)
