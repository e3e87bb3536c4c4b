"""What tests of clocks look at: the stored deadlines, timers, tasks and pauses of a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.model import SYSTEM
from cases.runtime import run_queue
from cases.work import CaseWork
from storage.tables import CasePause, Deadline, HistoryEntry, Timer, UserTask
from support.office import Desk

JAKARTA = ZoneInfo("Asia/Jakarta")


def end_of(day: str, zone: ZoneInfo = JAKARTA) -> datetime:
    """The instant at which a day of the office is over."""
    after = date.fromisoformat(day) + timedelta(days=1)
    return datetime.combine(after, time(), zone).astimezone(UTC)


def at(day: str, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of the office's day."""
    return datetime.combine(date.fromisoformat(day), time(hour, minute), JAKARTA).astimezone(UTC)


def rows(desk: Desk, table: Any, case_id: str, **matching: Any) -> list[Any]:
    """Stored rows of the case with these values."""
    query = select(table).filter_by(case_id=case_id, **matching)
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def deadline(desk: Desk, case_id: str, clock: str) -> Any:
    """The one running deadline of a clock."""
    (found,) = rows(desk, Deadline, case_id, clock=clock, stopped_at=None)
    return found


def dues(desk: Desk, case_id: str) -> dict[str, datetime | None]:
    """The clocks that run on a case, with their due dates; None while one is paused."""
    return {row.clock: row.due_at for row in rows(desk, Deadline, case_id, stopped_at=None)}


def timer(desk: Desk, case_id: str, element_id: str) -> Any:
    """The one timer of an element."""
    (found,) = rows(desk, Timer, case_id, element_id=element_id)
    return found


def open_task(desk: Desk, case_id: str, element_id: str) -> Any:
    """The one open task of an element."""
    (found,) = rows(desk, UserTask, case_id, element_id=element_id, state="open")
    return found


def pauses(desk: Desk, case_id: str) -> list[tuple[str, datetime, datetime | None]]:
    """Stage, start and end of each pause of the case."""
    found = sorted(rows(desk, CasePause, case_id), key=lambda row: row.started_at)
    return [(row.stage, row.started_at, row.ended_at) for row in found]


def told(desk: Desk, case_id: str, tag: str) -> list[dict[str, Any]]:
    """The particulars of the history entries with a tag, in order."""
    query = (
        select(HistoryEntry.data)
        .where(HistoryEntry.case_id == case_id, HistoryEntry.tag == tag)
        .order_by(HistoryEntry.seq)
    )
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def do(desk: Desk, case_id: str, act: Callable[[CaseWork], Any]) -> Any:
    """Carry out one command of the system on the case."""

    def run(session: Session) -> Any:
        work = CaseWork.load(session, desk.office.env, case_id, by=SYSTEM)
        result = act(work)
        run_queue(work)
        work.flush()
        return result

    return desk.office.work.write(run)


def ask_completion(desk: Desk, case_id: str) -> None:
    """The coordinating admin asks the complainant for what is missing."""
    desk.complete(
        case_id,
        "verify_complaint",
        "admin.instansi",
        decision="ask_completion",
        completion_request="Di mana tempatnya?",
    )
