"""The deadlines of one case while a command works on it: read at most once, written at the end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from storage.tables import Deadline

_TABLE = cast("Table", Deadline.__table__)
_INSERT = insert(_TABLE)
_STOP = (
    update(_TABLE).where(_TABLE.c.id.in_(bindparam("ids", expanding=True))).values(stopped_at=bindparam("at"))
)
_RUNNING = select(*_TABLE.c).where(_TABLE.c.case_id == bindparam("case"), _TABLE.c.stopped_at.is_(None))


class Deadlines:
    """Opens and stops clocks; knows the soonest open one."""

    def __init__(
        self, session: Session, case_id: str, new_id: Callable[[], str], *, fresh: bool, now: datetime
    ) -> None:
        self._session = session
        self._case_id = case_id
        self._new_id = new_id
        self._now = now
        self._open: dict[str, dict[str, Any]] | None = {} if fresh else None
        self._added: list[dict[str, Any]] = []
        self._stopped: list[str] = []

    @property
    def touched(self) -> bool:
        """Whether anything was opened or stopped."""
        return bool(self._added or self._stopped)

    def open(self, clock: str, *, started_at: datetime, due_at: datetime, law: bool) -> None:
        """A clock starts to run."""
        row = {
            "id": self._new_id(),
            "case_id": self._case_id,
            "clock": clock,
            "started_at": started_at,
            "due_at": due_at,
            "stopped_at": None,
            "law": law,
        }
        self._added.append(row)
        self._running()[clock] = row

    def stop(self, clock: str) -> None:
        """A clock stops; one that does not run is no error."""
        row = self._running().pop(clock, None)
        if row is None:
            return
        if row in self._added:
            row["stopped_at"] = self._now
        else:
            self._stopped.append(row["id"])

    def stop_all(self) -> None:
        """Every clock stops: the case is closed."""
        for clock in list(self._running()):
            self.stop(clock)

    def due(self, clock: str) -> datetime | None:
        """When a running clock is due."""
        row = self._running().get(clock)
        return row["due_at"] if row else None

    def soonest(self) -> tuple[str, datetime] | None:
        """The open clock that is due first."""
        rows = sorted(self._running().values(), key=lambda row: row["due_at"])
        return (rows[0]["clock"], rows[0]["due_at"]) if rows else None

    def flush(self) -> None:
        """Write what was opened and stopped: at most two statements."""
        if self._stopped:
            self._session.connection().execute(_STOP, {"ids": self._stopped, "at": self._now})
        if self._added:
            self._session.connection().execute(_INSERT, self._added)

    def _running(self) -> dict[str, dict[str, Any]]:
        if self._open is None:
            rows = self._session.connection().execute(_RUNNING, {"case": self._case_id})
            self._open = {row.clock: dict(row._mapping) for row in rows}
        return self._open
