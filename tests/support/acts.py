"""Says in one line what somebody does with a case at any time, and who sees it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from cases.errors import NotFoundError
from cases.listing import get_case
from cases.model import CaseSummary
from storage.tables import Deadline, HistoryEntry, ProcessInstance, Unit, User, UserTask
from support.office import Desk, actor_named

ADMIN = "admin.instansi"
WHY = "Alasan uji"


def act(desk: Desk, username: str, function: Callable[..., Any], case_id: str, **values: Any) -> CaseSummary:
    """Somebody does something with a case, with a reason unless the values give another."""
    by, env = actor_named(desk.office, username), desk.office.env
    values.setdefault("reason", WHY)
    return desk.office.work.write(lambda session: function(session, env, case_id, by=by, **values))


def sees(desk: Desk, username: str, case_id: str) -> bool:
    """Whether somebody finds the case."""
    by, env = actor_named(desk.office, username), desk.office.env
    try:
        desk.office.work.write(lambda session: get_case(session, env, case_id, by=by))
    except NotFoundError:
        return False
    return True


def to_unit(desk: Desk, unit: str = "pupr", **fields: Any) -> str:
    """A case that a unit was given; it has not accepted it yet."""
    case_id = desk.register(**fields).id
    desk.accept(case_id)
    dispose(desk, case_id, unit)
    return case_id


def dispose(desk: Desk, case_id: str, unit: str = "pupr", username: str = ADMIN) -> None:
    """The coordinating admin routes a case."""
    values = {"lead_unit": unit, "priority": "normal", "instruction": "Tindak lanjuti."}
    desk.complete(case_id, "dispose_complaint", username, **values)


def last(desk: Desk, case_id: str, tag: str) -> dict[str, Any]:
    """The particulars of the newest history entry with this tag."""
    query = select(HistoryEntry.data).where(HistoryEntry.case_id == case_id, HistoryEntry.tag == tag)
    rows = desk.office.work.read(lambda session: session.scalars(query.order_by(HistoryEntry.seq)).all())
    assert rows, f"no {tag} in {desk.tags(case_id)}"
    return dict(rows[-1])


def clocks(desk: Desk, case_id: str) -> dict[str, Any]:
    """The running clocks of a case with their due dates."""
    query = select(Deadline.clock, Deadline.due_at).where(
        Deadline.case_id == case_id, Deadline.stopped_at.is_(None)
    )
    return {row.clock: row.due_at for row in desk.office.work.read(lambda s: s.execute(query).all())}


def processes(desk: Desk, case_id: str) -> set[str]:
    """The processes that run for a case."""
    query = select(ProcessInstance.process_id).where(
        ProcessInstance.case_id == case_id, ProcessInstance.status == "running"
    )
    return set(desk.office.work.read(lambda session: session.scalars(query).all()))


def open_tasks(desk: Desk, case_id: str) -> dict[str, Any]:
    """The open tasks of a case by element."""
    query = select(*UserTask.__table__.columns).where(UserTask.case_id == case_id, UserTask.state == "open")
    return {row.element_id: row for row in desk.office.work.read(lambda s: s.execute(query).all())}


def unit_id(desk: Desk, code: str) -> str:
    """The id of a unit."""
    return desk.office.work.read(
        lambda session: session.scalars(select(Unit.id).where(Unit.code == code)).one()
    )


def user_id(desk: Desk, username: str) -> str:
    """The id of a person."""
    query = select(User.id).where(User.username == username)
    return desk.office.work.read(lambda session: session.scalars(query).one())
