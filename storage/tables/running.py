"""What is running: process instances, user tasks, timers, subscriptions, jobs, outbox, incidents and history."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Id

OPEN = text("state = 'open'")
NOBODYS = text("owner_id IS NULL")
UNRESOLVED = text("resolved_at IS NULL")
GIVEN_UP = text("failed")


class ProcessInstance(Base):
    """One running of a process for a case. ``state`` is the engine's own codec: opaque bytes, never JSONB."""

    __tablename__ = "process_instances"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    """Empty for processes of the office itself, such as the monthly report."""
    definition_id: Mapped[str] = mapped_column(ForeignKey("process_definitions.id"))
    deployment_hash: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[str] = mapped_column(String(80))
    main: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    depth: Mapped[int] = mapped_column(default=0)
    task_count: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class UserTask(Base):
    """Work for a person. ``id`` is the engine's task id; the row's own version makes its ETag."""

    __tablename__ = "user_tasks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instances.id"))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    element_id: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    form_key: Mapped[str] = mapped_column(String(160))
    role: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(16))
    """``open``, ``completed`` or ``cancelled``."""
    version: Mapped[int] = mapped_column(default=1)
    clock: Mapped[str | None] = mapped_column(String(32))
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None] = mapped_column(Id)
    completed_by_name: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        Index("ix_user_tasks_case", "case_id"),
        # Whose cases are at hand: the tasks that somebody owns, and those of a role in a unit.
        Index("ix_user_tasks_owner_cases", "owner_id", "case_id", postgresql_where=OPEN, sqlite_where=OPEN),
        Index(
            "ix_user_tasks_role_cases", "role", "unit_id", "case_id", postgresql_where=OPEN, sqlite_where=OPEN
        ),
        # The lists by urgency: somebody's, a unit's, those for whoever takes them, and all open ones.
        Index("ix_user_tasks_owned", "owner_id", "state", "due_at", "created_at", "id"),
        Index("ix_user_tasks_unit", "unit_id", "state", "due_at", "created_at", "id"),
        Index(
            "ix_user_tasks_free",
            *("role", "unit_id", "state", "due_at", "created_at", "id"),
            postgresql_where=NOBODYS,
            sqlite_where=NOBODYS,
        ),
        Index(
            "ix_user_tasks_open_listed",
            *("due_at", "created_at", "id"),
            postgresql_where=OPEN,
            sqlite_where=OPEN,
            postgresql_include=("owner_id", "role", "case_id"),
        ),
    )


class Timer(Base):
    """A timer that waits. The row is the truth about when; moving it needs no look at the engine's state."""

    __tablename__ = "timers"

    task_id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instances.id"), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    element_id: Mapped[str] = mapped_column(String(120))
    clock: Mapped[str | None] = mapped_column(String(32))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """Empty while the clock that it waits for is paused."""
    attempts: Mapped[int] = mapped_column(default=0)
    failed: Mapped[bool] = mapped_column(default=False)
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it waits for its suspended case to go on."""

    __table_args__ = (Index("ix_timers_failed", "task_id", postgresql_where=GIVEN_UP, sqlite_where=GIVEN_UP),)


class Subscription(Base):
    """An activity that waits for a message about its case."""

    __tablename__ = "subscriptions"

    task_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message: Mapped[str] = mapped_column(String(80), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instances.id"), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    element_id: Mapped[str] = mapped_column(String(120))

    __table_args__ = (Index("ix_subscriptions_route", "case_id", "message"),)


class Job(Base):
    """A side effect that a service task waits for; claimed with a lease, carried out after the commit."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instances.id"), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    handler: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    run_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(Id)
    failed: Mapped[bool] = mapped_column(default=False)
    last_error: Mapped[str | None] = mapped_column(Text)
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it waits for its suspended case to go on."""

    __table_args__ = (Index("ix_jobs_failed", "id", postgresql_where=GIVEN_UP, sqlite_where=GIVEN_UP),)


class OutboxMessage(Base):
    """A message to the outside, written with the change that caused it and delivered after the commit."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str | None] = mapped_column(Id)
    topic: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(Id)
    delivered_at: Mapped[datetime | None]
    failed: Mapped[bool] = mapped_column(default=False)
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "ix_outbox_due",
            "run_at",
            postgresql_where=text("delivered_at IS NULL"),
            sqlite_where=text("delivered_at IS NULL"),
        ),
        Index("ix_outbox_failed", "id", postgresql_where=GIVEN_UP, sqlite_where=GIVEN_UP),
    )


class Incident(Base):
    """A command that failed inside the process; the state of the case is unchanged."""

    __tablename__ = "incidents"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str | None] = mapped_column(Id, index=True)
    instance_id: Mapped[str | None] = mapped_column(Id)
    element_id: Mapped[str | None] = mapped_column(String(120))
    task_id: Mapped[str | None] = mapped_column(Id)
    """What failed: the timer, job, alert or message that is left alone since, or the task that a person completed."""
    subject: Mapped[str | None] = mapped_column(String(16))
    """Of what kind that is: ``timer``, ``job``, ``alert``, ``outbox``, ``letter``, ``file``, ``task``, ``start``,
    ``message`` or ``case``.
    """
    process_id: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str | None] = mapped_column(String(64))
    """The same for incidents alike: a digest of command, process, element and error."""
    error: Mapped[str | None] = mapped_column(String(80))
    """The class of the error."""
    data: Mapped[dict[str, Any] | None]
    """Process data before the command; values are shown only to who may read the case."""
    submitted: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What a person entered into the task that failed, until the incident is over (``cases.incidents.submission``)."""
    stack: Mapped[str | None] = mapped_column(Text)
    """Where the program was: files, lines and functions, no values."""
    cause: Mapped[str] = mapped_column(Text)
    missing_day: Mapped[date | None]
    """The day that the calendar would have had to know; empty when something else failed."""
    command: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(String(16))
    """The act that ended it: ``retry``, ``move``, ``skip``, ``set_data``, ``terminate``, ``dismiss``, ``calendar``.

    Of a task: ``repeated`` when it failed again, ``completed`` or ``cancelled`` when it was so without the incident.
    """
    resolved_by: Mapped[str | None] = mapped_column(Id)
    resolved_by_name: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_incidents_open", "kind", "id", postgresql_where=UNRESOLVED, sqlite_where=UNRESOLVED),
    )


class Operation(Base):
    """An act of an administrator on many cases, worked off by the worker a few at a time."""

    __tablename__ = "operations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    act: Mapped[str] = mapped_column(String(16))
    incident_kind: Mapped[str | None] = mapped_column(String(64))
    definition_id: Mapped[str | None] = mapped_column(Id)
    arguments: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str | None] = mapped_column(Id)
    asked_by_name: Mapped[str | None] = mapped_column(String(200))
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    position: Mapped[str | None] = mapped_column(Id)
    """The incident or case that was passed last."""
    until: Mapped[str | None] = mapped_column(Id)
    """The last one that was there when it was asked for: what fails anew is not tried again for ever."""
    last_error: Mapped[str | None] = mapped_column(Text)
    """In English; why the newest of those that failed could not be done."""
    last_error_indonesian: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer to a changing request, so that a repeated one gets it again and does nothing."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of scope (actor, route) and the client's key."""
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)


class HistoryEntry(Base):
    """One thing that happened, append-only; each entry's hash covers the one before it in the same case."""

    __tablename__ = "history_entries"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    tag: Mapped[str] = mapped_column(String(60))
    """``case:task:completed``: source, subject, past tense."""
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_name: Mapped[str | None] = mapped_column(String(200))
    instance_id: Mapped[str | None] = mapped_column(Id)
    process_id: Mapped[str | None] = mapped_column(String(80))
    task_id: Mapped[str | None] = mapped_column(Id)
    element_id: Mapped[str | None] = mapped_column(String(120))
    element_name: Mapped[str | None] = mapped_column(String(200))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))


class ScheduledStart(Base):
    """The next time at which a process with a timer start event begins; one row for each such process."""

    __tablename__ = "scheduled_starts"

    process_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    clock: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime] = mapped_column(index=True)
