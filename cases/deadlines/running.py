"""The deadlines of one case while a command works on it: read at most once, written at the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from cases.deadlines.ladder import AT_DUE
from cases.writing import Rows, Write
from storage.queries.batch import Call, Prepared, send
from storage.tables import Deadline

_TABLE = cast("Table", Deadline.__table__)
_STOP = Prepared(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("deadline_id"))
    .values(stopped_at=bindparam("at", type_=_TABLE.c.stopped_at.type))
)
RUNNING = select(*_TABLE.c).where(_TABLE.c.stopped_at.is_(None))
"""The clocks that run, of any case."""
_OF_CASE = Prepared(RUNNING.where(_TABLE.c.case_id == bindparam("case")))
_CHANGING = (
    "due_at",
    "calendar_version",
    "extended",
    "promised_on",
    "breached_at",
    "next_level",
    "next_alert_at",
    "attempts",
)
_CHANGE = Prepared(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("deadline_id"))
    .values({name: bindparam(f"new_{name}", type_=_TABLE.c[name].type) for name in _CHANGING})
)


@dataclass(slots=True, eq=False)
class RunningDeadline:
    """One clock while it runs; ``due_at`` is None while a pause holds it. Change it through ``Deadlines`` only."""

    id: str
    case_id: str
    clock: str
    instance_id: str | None
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    law: bool
    calendar_version: int
    extended: bool = False
    promised_on: date | None = None
    breached_at: datetime | None = None
    next_level: int | None = None
    next_alert_at: datetime | None = None
    attempts: int = 0

    @property
    def key(self) -> tuple[str, str | None]:
        """What names a running clock within its case."""
        return self.clock, self.instance_id

    def missed_by(self, now: datetime) -> bool:
        """Whether a legal clock was missed although no worker has noted it yet."""
        unmarked = self.law and self.breached_at is None
        awaited = self.next_level is not None and self.next_level <= AT_DUE
        return unmarked and awaited and self.due_at is not None and self.due_at <= now


_COLUMNS = tuple(column.key for column in _TABLE.c)


@dataclass(frozen=True, slots=True)
class Shift:
    """A new due date that timers and open tasks must take over; ``was`` is the clock that they showed before."""

    clock: str
    instance_id: str | None
    due_at: datetime | None
    was: str


class Recorder(Protocol):
    """Writes a history entry."""

    def __call__(self, tag: str, *, data: Mapping[str, Any] | None = None, **where: str | None) -> None:
        """Add the entry."""
        ...


class Deadlines:
    """Opens, moves and stops clocks by key and process instance; knows the soonest that runs."""

    def __init__(
        self,
        session: Session,
        case_id: str,
        new_id: Callable[[], str],
        record: Recorder,
        *,
        fresh: bool,
        now: datetime,
    ) -> None:
        self._session = session
        self._case_id = case_id
        self._new_id = new_id
        self._record = record
        self._fresh = fresh
        self._now = now
        self._open: dict[tuple[str, str | None], RunningDeadline] | None = {} if fresh else None
        self._added: list[RunningDeadline] = []
        self._stopped: list[str] = []
        self._changed: dict[str, RunningDeadline] = {}
        self._shifts: dict[tuple[str, str | None], Shift] = {}

    @property
    def touched(self) -> bool:
        """Whether anything was opened, moved or stopped."""
        return bool(self._added or self._stopped or self._changed)

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """The due dates that stored timers and tasks must take over."""
        return tuple(self._shifts.values())

    def open(
        self,
        clock: str,
        *,
        started_at: datetime,
        due_at: datetime | None,
        law: bool,
        calendar_version: int,
        instance_id: str | None = None,
        alert: tuple[int, datetime | None] | None = None,
        waited_for: bool = False,
    ) -> None:
        """A clock starts to run.

        ``alert`` is the first level of its ladder and when it is raised; ``waited_for`` says that no timer or task
        that is stored already can show it.
        """
        row = RunningDeadline(
            self._new_id(),
            self._case_id,
            clock,
            instance_id,
            started_at,
            due_at,
            None,
            law,
            calendar_version,
            next_level=alert[0] if alert else None,
            next_alert_at=alert[1] if alert else None,
        )
        self._added.append(row)
        self._known()[row.key] = row
        if not waited_for:
            self.shift(clock, due_at, instance_id=instance_id)

    def stop(self, clock: str, instance_id: str | None = None) -> None:
        """A clock stops; one that does not run is no error."""
        row = self._known().pop((clock, instance_id), None)
        if row is None:
            return
        self._shifts.pop(row.key, None)
        if row.missed_by(self._now):
            self.breach(row)
        if row in self._added:
            row.stopped_at = self._now
        else:
            self._stopped.append(row.id)

    def breach(self, row: RunningDeadline) -> None:
        """The law was not kept from the due instant on, whenever that is noted."""
        told = {"clock": row.clock, "due_at": _iso(row.due_at)}
        self._record("case:deadline:breached", data=told, instance_id=row.instance_id)
        self.change(row, breached_at=row.due_at)

    def stop_all(self) -> None:
        """Every clock of the case itself stops: it is closed. Those of an instance stop with the instance."""
        for clock, instance_id in list(self._known()):
            if instance_id is None:
                self.stop(clock)

    def stop_instance(self, instance_id: str) -> None:
        """The clocks of a process instance stop: it has ended."""
        for clock, owner in list(self._known()):
            if owner == instance_id:
                self.stop(clock, owner)

    def move(
        self,
        clock: str,
        due_at: datetime | None,
        why: Mapping[str, Any],
        *,
        instance_id: str | None = None,
        **columns: Any,
    ) -> None:
        """Give a running clock another due date, None while a pause holds it; its timers and tasks move with it.

        The history keeps the old date, the new one and ``why``. ``columns`` change with it (calendar_version,
        extended, next_level, next_alert_at). Raises KeyError for a clock that does not run.
        """
        row = self._known()[clock, instance_id]
        data = {"clock": clock, "from": _iso(row.due_at), "to": _iso(due_at), "why": dict(why)}
        self._record("case:deadline:moved", data=data, instance_id=instance_id)
        self.change(row, due_at=due_at, **columns)
        self.shift(clock, due_at, instance_id=instance_id)

    def change(self, row: RunningDeadline, **columns: Any) -> None:
        """Change columns of a running clock, without a word in the history."""
        for name, value in columns.items():
            setattr(row, name, value)
        if row not in self._added:
            self._changed[row.id] = row

    def shift(
        self, clock: str, due_at: datetime | None, *, instance_id: str | None = None, was: str | None = None
    ) -> None:
        """Let the timers and open tasks of a clock wait for another date; ``was`` names the clock they showed."""
        self._shifts[clock, instance_id] = Shift(clock, instance_id, due_at, was or clock)

    def find(self, clock: str, instance_id: str | None = None) -> RunningDeadline | None:
        """The running clock of the instance, or else of the case; None when it does not run."""
        known = self._known()
        return known.get((clock, instance_id)) or known.get((clock, None))

    def due(self, clock: str, instance_id: str | None = None) -> datetime | None:
        """When a running clock is due; None when it is paused or does not run."""
        row = self.find(clock, instance_id)
        return row.due_at if row else None

    def running(self) -> tuple[RunningDeadline, ...]:
        """Every clock that runs, paused ones among them."""
        return tuple(self._known().values())

    def soonest(self) -> tuple[str, datetime] | None:
        """The running clock that is due first; paused ones are not asked."""
        due = [(row.due_at, row.clock) for row in self._known().values() if row.due_at is not None]
        if not due:
            return None
        at, clock = min(due)
        return clock, at

    def know(self, rows: Iterable[Any]) -> None:
        """Take the rows of ``RUNNING`` that were read along with the case."""
        self._open = _by_key(rows)

    def changes(self) -> Iterator[Write]:
        """What was stopped and what was changed: at most two statements."""
        if self._stopped:
            yield Write(_STOP, [{"deadline_id": one, "at": self._now} for one in self._stopped])
        if self._changed:
            yield Write(_CHANGE, [_changed(row) for row in self._changed.values()])

    def added(self) -> Rows:
        """The rows of the clocks that were opened."""
        return [{name: getattr(row, name) for name in _COLUMNS} for row in self._added]

    def _known(self) -> dict[tuple[str, str | None], RunningDeadline]:
        if self._open is None:
            self._open = _by_key(send(self._session, [Call(_OF_CASE, [{"case": self._case_id}])])[0].rows)
        return self._open


def _by_key(rows: Iterable[Any]) -> dict[tuple[str, str | None], RunningDeadline]:
    found = [RunningDeadline(**row._asdict()) for row in rows]
    return {row.key: row for row in found}


def _changed(row: RunningDeadline) -> dict[str, Any]:
    return {"deadline_id": row.id, **{f"new_{name}": getattr(row, name) for name in _CHANGING}}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
