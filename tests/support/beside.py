"""Processes beside a case, started by themselves: a small one stands in for the one that waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.model import SYSTEM
from cases.runtime import run_queue, start_process
from cases.work import CaseWork
from storage.tables import Deadline, HistoryEntry, Notice, ProcessInstance, UserTask
from support.office import Desk
from support.own_process import deploy_drawn, start_beside

MOMENT = timedelta(microseconds=1)


def begin(desk: Desk, case_id: str, process: str, waits_for: str, **columns: Any) -> str:
    """Start a process as the main one would, which is then waiting for the message; answers the instance's id."""
    deploy_drawn(
        desk.office,
        f"""stand_in
        start begin
        catch told message={waits_for}
        end over
        begin -> told -> over""",
    )
    start_beside(desk.office, case_id, "stand_in")

    def run(session: Session) -> str:
        work = CaseWork.load(session, desk.office.env, case_id, by=SYSTEM)
        work.set(**columns)
        instance = start_process(work, process, {})
        run_queue(work)
        work.flush()
        return instance.id

    return desk.office.work.write(run)


def verdict(desk: Desk, case_id: str) -> str | None:
    """What the waiting process was told; None while it waits."""
    query = select(HistoryEntry.data).where(
        HistoryEntry.case_id == case_id,
        HistoryEntry.process_id == "stand_in",
        HistoryEntry.element_id == "told",
        HistoryEntry.tag == "process:activity:completed",
    )
    data = desk.office.work.read(lambda session: session.scalar(query))
    return data["changed"]["verdict"] if data else None


def open_tasks(desk: Desk, case_id: str, process: str) -> set[str]:
    """Elements of the process that wait for a person."""
    query = (
        select(UserTask.element_id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(UserTask.case_id == case_id, UserTask.state == "open", ProcessInstance.process_id == process)
    )
    return set(desk.office.work.read(lambda session: session.scalars(query).all()))


def told(desk: Desk, case_id: str) -> list[str]:
    """The templates of everything that the complainant was told, in order."""
    query = select(Notice.template).where(Notice.case_id == case_id).order_by(Notice.at, Notice.id)
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def clock_of(desk: Desk, case_id: str, clock: str) -> Any:
    """The newest deadline of a clock; None when it never ran."""
    query = select(*Deadline.__table__.columns).where(Deadline.case_id == case_id, Deadline.clock == clock)
    newest = query.order_by(Deadline.started_at.desc(), Deadline.id.desc()).limit(1)
    return desk.office.work.read(lambda session: session.execute(newest).one_or_none())


def status_of(desk: Desk, instance_id: str) -> str:
    """``running``, ``completed`` or ``cancelled``."""
    query = select(ProcessInstance.status).where(ProcessInstance.id == instance_id)
    return desk.office.work.read(lambda session: session.scalars(query).one())
