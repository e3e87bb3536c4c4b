"""Ways through the shipped diagrams that tests of several files take, and what they look at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from cases.model import CaseSummary
from storage.tables import ProcessInstance, UserTask
from support.office import Desk

CATEGORY = "pekerjaan_umum_jalan_berlubang"
ORDINARY = {"decision": "accept", "case_class": "ordinary", "category": CATEGORY}


def opened(desk: Desk, **fields: Any) -> str:
    """A complaint on the web whose verification is open; its id."""
    return desk.register(**fields).id


def verified(desk: Desk, case_id: str, **values: Any) -> CaseSummary:
    """The coordinating admin decides the verification."""
    return desk.complete(case_id, "verify_complaint", "admin.instansi", **values)


def disposed(desk: Desk, **values: Any) -> str:
    """A case that was accepted and disposed to the agency of public works; its id."""
    case_id = opened(desk)
    verified(desk, case_id, **ORDINARY)
    dispose(desk, case_id, **values)
    return case_id


def dispose(desk: Desk, case_id: str, lead_unit: str = "pupr", **values: Any) -> CaseSummary:
    """The coordinating admin routes the case."""
    given = {"priority": "normal", "instruction": "Tindak lanjuti.", **values}
    return desk.complete(case_id, "dispose_complaint", "admin.instansi", lead_unit=lead_unit, **given)


def give_back(desk: Desk, case_id: str, username: str = "penghubung.pupr") -> CaseSummary:
    """The unit returns the case."""
    reason = "Bukan wilayah kerja unit kami."
    return desk.complete(case_id, "accept_disposition", username, decision="return", reason=reason)


def drafted(desk: Desk, kind: str = "action_taken", **values: Any) -> str:
    """A case whose response waits for approval; its id."""
    case_id = disposed(desk, **values)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    desk.complete(case_id, "work_on_complaint", "pelaksana.pupr", note="Ditinjau.")
    draft(desk, case_id, kind)
    return case_id


def draft(desk: Desk, case_id: str, kind: str = "action_taken") -> CaseSummary:
    """The worker writes the response."""
    text = "Lubang sudah ditambal hari ini."
    return desk.complete(case_id, "draft_response", "pelaksana.pupr", response_kind=kind, response=text)


def responded(desk: Desk) -> str:
    """A case that waits for its complainant; its id."""
    case_id = disposed(desk)
    desk.answer(case_id)
    return case_id


def waiting_tasks(desk: Desk, case_id: str) -> list[str]:
    """Elements of the open tasks of the case, sorted."""
    query = select(UserTask.element_id).where(UserTask.case_id == case_id, UserTask.state == "open")
    return sorted(desk.office.work.read(lambda session: session.scalars(query).all()))


def instances(desk: Desk, case_id: str, process: str) -> list[Any]:
    """The rows of the case's instances of a process, oldest first."""
    query = (
        select(*ProcessInstance.__table__.columns)
        .where(ProcessInstance.case_id == case_id, ProcessInstance.process_id == process)
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
    )
    return list(desk.office.work.read(lambda session: session.execute(query).all()))


def stands(desk: Desk, case_id: str) -> tuple[str, str | None]:
    """Stage and outcome of the case."""
    row = desk.case(case_id)
    return row.stage, row.outcome
