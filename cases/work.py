"""One command on one case: everything it changes is gathered here and written with a few set-based statements."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from cases.along import READ_ALONG, Along, along_of, nothing_along
from cases.deadlines.calendar import Calendar
from cases.deadlines.calendars import NEWEST
from cases.deadlines.pauses import PAUSES, Pauses
from cases.deadlines.running import RUNNING, Deadlines
from cases.deadlines.waiting import follow, follow_added
from cases.definition_rows import NEWEST_ACTIVE, ActiveDefinition
from cases.environment import Environment
from cases.errors import NotFoundError
from cases.facts import facts_of
from cases.history import Entries, chain
from cases.model import Actor, Stage, status_of
from cases.rules.handling import handling_rule
from cases.rules.model import Ruleset
from cases.subject import about
from cases.unit_rows import UnitRow
from cases.writing import (
    Rows,
    Write,
    change_case,
    delete_waiting,
    end_tasks,
    insert_rows,
    move_instance,
    write,
)
from storage.queries.batch import Answer, Call, Prepared, send
from storage.queries.once import once
from storage.tables import (
    Base,
    Case,
    CasePause,
    Deadline,
    HistoryEntry,
    OutboxMessage,
    ProcessInstance,
    Subscription,
    Timer,
    UserTask,
)

_INSTANCE = Prepared(
    select(*ProcessInstance.__table__.columns).where(ProcessInstance.id == bindparam("instance"))
)
_LOAD = (
    Prepared(select(*Case.__table__.columns).where(Case.id == bindparam("case"))),
    Prepared(RUNNING.where(Deadline.case_id == bindparam("case"))),
    Prepared(NEWEST),
    Prepared(PAUSES.where(CasePause.case_id == bindparam("case"))),
    *READ_ALONG,
)
"""What most commands need of a case, read at once."""


@dataclass(slots=True)
class RunningInstance:
    """A process instance while a command moves it; ``stored_version`` 0 means that its row is still to be inserted."""

    id: str
    definition_id: str
    deployment_hash: str
    process_id: str
    main: bool
    state: bytes | None
    stored_version: int
    status: str = "running"
    outcome: str | None = None
    depth: int = 0
    task_count: int = 0
    dirty: bool = False

    @classmethod
    def from_columns(cls, row: Mapping[str, Any]) -> "RunningInstance":
        """The instance of a stored row, by the columns of ``process_instances``."""
        kept = (
            "id",
            "definition_id",
            "deployment_hash",
            "process_id",
            "main",
            "state",
            "status",
            "outcome",
            "depth",
            "task_count",
        )
        return cls(**{name: row[name] for name in kept}, stored_version=row["version"])


@dataclass(slots=True)
class CaseWork:
    """The case as it will be when ``flush`` has run. Made by ``load`` or ``begin``; used for one transaction."""

    session: Session
    env: Environment
    by: Actor
    case: dict[str, Any]
    new: bool
    now: datetime
    changes: dict[str, Any] = field(default_factory=dict)
    entries: Entries = field(default_factory=Entries)
    instances: dict[str, RunningInstance] = field(default_factory=dict)
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    """Stored user tasks that are no longer open, with their new state."""
    gone: dict[type[Base], set[str]] = field(default_factory=dict)
    """Stored timers, subscriptions and jobs to delete, by task id."""
    queue: deque[Callable[[], None]] = field(default_factory=deque)
    mending: bool = False
    """Whether an administrator gets the case moving: that works on a suspended one too."""
    deadlines: Deadlines = field(init=False)
    pauses: Pauses = field(init=False)
    calendar_version: int | None = None
    """The version in force, when it was read along with the case."""
    handling_units: Mapping[str, UnitRow] = field(default_factory=dict)
    """Units that may handle a case, by their codes, as far as a form's list of them was read."""
    also: list[Write] = field(default_factory=list)
    """Changes of other stored rows."""
    _along: Along | None = field(init=False, default=None)
    _calendar: Calendar | None = field(init=False, default=None)
    _definitions: Mapping[str, ActiveDefinition] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        case_id, new_id = self.case["id"], self.env.new_id
        # What belongs to the work does not know it: it is gone with its last use, without the garbage collector.
        record = self.entries.record
        self.deadlines = Deadlines(self.session, case_id, new_id, record, fresh=self.new, now=self.now)
        self.pauses = Pauses(self.session, case_id, new_id, fresh=self.new, now=self.now)
        about(self.case.get("reference"))

    @classmethod
    def load(cls, session: Session, env: Environment, case_id: str, *, by: Actor) -> "CaseWork":
        """Work on a stored case. One round trip; raises NotFoundError."""
        wanted = [{"case": case_id}]
        case, deadlines, calendar, pauses, *along = send(session, [Call(one, wanted) for one in _LOAD])
        if not case.rows:
            raise NotFoundError
        work = cls.of_columns(session, env, case.rows[0]._asdict(), by=by)
        work.know(deadlines, calendar, pauses)
        work._along = along_of(along)
        return work

    def know(self, deadlines: Answer, calendar: Answer, pauses: Answer) -> None:
        """Take what was read along with the case: its running clocks, the calendar in force, its pauses."""
        self.deadlines.know(deadlines.rows)
        self.pauses.know(pauses.rows)
        self.calendar_version = calendar.rows[0].version

    @classmethod
    def of_columns(
        cls, session: Session, env: Environment, row: Mapping[str, Any], *, by: Actor
    ) -> "CaseWork":
        """Work on a case whose row was read already."""
        return cls(session, env, by, dict(row), new=False, now=env.clock.now())

    @classmethod
    def begin(cls, session: Session, env: Environment, values: Mapping[str, Any], *, by: Actor) -> "CaseWork":
        """Work on a case that is not stored yet."""
        empty = dict.fromkeys(Case.__table__.columns.keys())
        return cls(session, env, by, {**empty, **values}, new=True, now=env.clock.now())

    @property
    def rules(self) -> Ruleset:
        """The ruleset under which the case was opened."""
        return self.env.rulesets.get(self.session, self.case["ruleset"], self.case["ruleset_version"])

    @property
    def calendar(self) -> Calendar:
        """The office's calendar, the same for everything that this command counts."""
        if self._calendar is None:
            self._calendar = self.env.calendars.current(self.session, self.calendar_version)
        return self._calendar

    @property
    def definitions(self) -> Mapping[str, ActiveDefinition]:
        """The processes that can be started, by their keys: read once, however many this command starts."""
        if self._definitions is None:
            self.know_definitions(once(self.session, "processes", self._read_definitions))
        return self._definitions or {}

    def _read_definitions(self) -> Answer:
        return send(self.session, [Call(NEWEST_ACTIVE)])[0]

    def started_by(self, message: str) -> ActiveDefinition | None:
        """The process that begins with this message; a deployment keeps it unique."""
        return next((one for one in self.definitions.values() if one.begins_with(message)), None)

    def know_definitions(self, found: Answer) -> None:
        """Take the processes that were read along with something else."""
        self._definitions = {row.key: ActiveDefinition(*row) for row in found.rows}

    def set(self, **values: Any) -> None:
        """Change columns of the case."""
        for key, value in values.items():
            if self.case[key] != value:
                self.case[key] = self.changes[key] = value

    def add(self, table: type[Base], **values: Any) -> None:
        """A row to insert."""
        self.rows.setdefault(table, []).append(values)

    def record(self, tag: str, *, data: Mapping[str, Any] | None = None, **where: str | None) -> None:
        """A history entry, in order."""
        self.entries.record(tag, data=data, **where)

    def send(self, topic: str, payload: Mapping[str, Any]) -> None:
        """A message to the outside, delivered after the commit."""
        self.add(
            OutboxMessage,
            id=self.env.new_id(),
            case_id=self.case["id"],
            topic=topic,
            payload=dict(payload),
            created_at=self.now,
            run_at=self.now,
        )

    def enter_stage(self, stage: Stage) -> None:
        """Move the case to a stage and its public status with it; ``events.enter_stage`` turns its clocks too."""
        if self.case["stage"] == stage:
            return
        self.record("case:stage:entered", data={"from": self.case["stage"], "to": stage.value})
        self.set(stage=stage.value, status=status_of(stage).value, work_left=False)

    def facts(self) -> Mapping[str, Any]:
        """What diagrams may read as ``case.<name>``; the names are those of the vocabulary."""
        return facts_of(self)

    def find_waiting(self, message: str) -> tuple[str, str] | None:
        """The activity of this case that waits for a message, as (instance id, task id)."""
        for row in self.rows.get(Subscription, []):
            if row["message"] == message:
                return row["instance_id"], row["task_id"]
        gone = self.gone.get(Subscription, set())
        for row in self.along.subscriptions:
            if row.message == message and row.task_id not in gone:
                return row.instance_id, row.task_id
        return None

    def instance(self, instance_id: str) -> RunningInstance:
        """An instance of this case, read once."""
        if instance_id not in self.instances:
            self._know_running()
        if instance_id not in self.instances:
            (row,) = send(self.session, [Call(_INSTANCE, [{"instance": instance_id}])])[0].rows
            self.instances[instance_id] = RunningInstance.from_columns(row._asdict())
        return self.instances[instance_id]

    def running_instances(self) -> list[RunningInstance]:
        """Every instance of this case that has not ended."""
        self._know_running()
        return [instance for instance in self.instances.values() if instance.status == "running"]

    def _know_running(self) -> None:
        for row in self.along.instances:
            if row.id not in self.instances:
                self.instances[row.id] = RunningInstance.from_columns(row._asdict())

    @property
    def along(self) -> Along:
        """What is stored of the case beside its row, read when it is first asked for."""
        if self._along is None:
            wanted = [{"case": self.case["id"]}]
            calls = [Call(one, wanted) for one in READ_ALONG]
            self._along = nothing_along() if self.new else along_of(send(self.session, calls))
        return self._along

    def drop(self, table: type[Base], key: str, task_ids: tuple[str, ...]) -> None:
        """Forget waiting rows, whether they are stored or were added by this very command."""
        ended = set(task_ids)
        pending = self.rows.get(table, [])
        fresh = {row[key] for row in pending} & ended
        self.rows[table] = [row for row in pending if row[key] not in ended]
        self.gone.setdefault(table, set()).update(ended - fresh)

    def close_tasks(self, task_ids: tuple[str, ...], state: str) -> None:
        """Mark user tasks as no longer open."""
        ended = set(task_ids)
        for row in self.rows.get(UserTask, []):
            if row["id"] in ended:
                row["state"] = state
                ended.discard(row["id"])
        for task_id in ended:
            self.closed.setdefault(task_id, state)

    def flush(self, then: Call | None = None) -> Answer:
        """Write everything, and answer what is to be read ``then``; one round trip where the database can.

        Raises StaleVersionError when the case or an instance was changed by somebody else.
        """
        added = self.finished()
        seen = self.case["version"]
        if not self.new:
            self.set(version=seen + 1)
        return write(self.session, [*self._changes(seen), *insert_rows(added)], then)

    def finished(self) -> Mapping[type[Base], Rows]:
        """Every new row, by table, when nothing more happens: all that there is to write of a new case."""
        self._show_deadlines()
        return self._added(self._chain())

    def _changes(self, seen: int) -> Iterator[Write]:
        """What becomes of stored rows: first what somebody else may have changed too, then what ends or moves."""
        if not self.new:
            yield change_case(self.case, self.changes, seen=seen)
        for instance in self.instances.values():
            if instance.stored_version and instance.dirty:
                yield move_instance(self._row_of(instance), seen=instance.stored_version)
        yield from end_tasks(self.closed, at=self.now, by=self.by)
        yield from delete_waiting(self.gone)
        yield from self.also
        yield from self.deadlines.changes()
        yield from self.pauses.changes()
        if not self.new:
            yield from follow(self.case["id"], self.deadlines)

    def _added(self, history: Rows) -> Mapping[type[Base], Rows]:
        """Every new row, by table."""
        fresh = [
            self._row_of(instance) for instance in self.instances.values() if instance.stored_version == 0
        ]
        return {
            **self.rows,
            Case: [self.case] if self.new else [],
            ProcessInstance: fresh,
            Deadline: self.deadlines.added(),
            CasePause: self.pauses.added(),
            HistoryEntry: history,
        }

    def _show_deadlines(self) -> None:
        """The case shows the clock that is due first, and new timers and tasks the date of theirs."""
        if self.deadlines.touched:
            open_ = self.case["stage"] != Stage.CLOSED
            soonest = self.deadlines.soonest() if open_ else None
            self.set(due_at=soonest[1] if soonest else None, due_clock=soonest[0] if soonest else None)
        timers = [row for row in self.rows.get(Timer, []) if row["clock"]]
        tasks = self.rows.get(UserTask, [])
        if timers or tasks:
            follow_added(self.deadlines, timers, tasks, handling_rule(self.rules, self.case).final_clock)

    def _chain(self) -> Rows:
        seq, last = self.case["history_seq"] or 0, self.case["history_hash"]
        rows = chain(self.case["id"], seq, last, self.entries, at=self.now, by=self.by)
        if rows:
            self.set(history_seq=rows[-1]["seq"], history_hash=rows[-1]["hash"])
        return rows

    def _row_of(self, instance: RunningInstance) -> dict[str, Any]:
        return {
            "id": instance.id,
            "case_id": self.case["id"],
            "definition_id": instance.definition_id,
            "deployment_hash": instance.deployment_hash,
            "process_id": instance.process_id,
            "main": instance.main,
            "started_at": self.now,
            "status": instance.status,
            "outcome": instance.outcome,
            "version": instance.stored_version + 1,
            "state": instance.state,
            "depth": instance.depth,
            "task_count": instance.task_count,
            "ended_at": None if instance.status == "running" else self.now,
        }
