"""The managed matter: the case, its complainant, texts, files, deadlines and notices."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, TextClause
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Id

OPEN_CASES = sql("stage <> 'closed'")
RUNNING = sql("stopped_at IS NULL")
RESTRICTED = sql("sensitivity = 'oversight' OR case_class = 'oversight'")
ABOUT_SOMEBODY = sql("accused_user_id IS NOT NULL OR accused_unit_id IS NOT NULL")
INFORMATION = sql("kind = 'information_request'")
ENTERED = sql("entered_by IS NOT NULL")
WORK_LEFT = sql("work_left")
UNANSWERED = sql("answered_at IS NULL")


LISTED = (
    *("stage", "category", "channel", "sensitivity", "case_class", "confidential", "escalation_level"),
    *("lead_unit_id", "accused_unit_id", "accused_user_id", "due_at", "title"),
)
"""What filters, search and policy ask of a case, beside the time of its receipt."""
OF_OPEN = (*LISTED, "kind", "entered_by", "entered_at")
"""The same of open cases, which are read in their order for whatever reason somebody sees them."""
OF_OPEN_BY_DUE = (*(column for column in OF_OPEN if column != "due_at"), "received_at")


def _with(columns: tuple[str, ...]) -> dict[str, Any]:
    """The option of an index that holds more columns than it is ordered by; SQLite has none of these."""
    return {"postgresql_include": columns}


def _where(condition: TextClause) -> dict[str, Any]:
    """The options of an index that only holds some rows."""
    return {"postgresql_where": condition, "sqlite_where": condition}


class ReferenceCounter(Base):
    """The last case number given out in a year."""

    __tablename__ = "reference_counters"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Case(Base):
    """A complaint under management. ``stage`` is where it stands; ``status`` is the public word derived from it."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    case_class: Mapped[str] = mapped_column(String(16))
    sensitivity: Mapped[str] = mapped_column(String(16))
    priority: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(24))
    outcome_reason: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    event_on: Mapped[date | None]
    place: Mapped[str | None] = mapped_column(String(300))
    area: Mapped[str | None] = mapped_column(String(60))
    category: Mapped[str | None] = mapped_column(String(60))
    target: Mapped[str | None] = mapped_column(String(200))
    received_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str | None] = mapped_column(Id)
    closed_at: Mapped[datetime | None]
    disposed_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]
    lead_unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))
    accused_unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))
    accused_user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    referred_to: Mapped[str | None] = mapped_column(String(200))
    round: Mapped[int] = mapped_column(default=1)
    returns: Mapped[int] = mapped_column(default=0)
    anonymous: Mapped[bool] = mapped_column(default=False)
    confidential: Mapped[bool] = mapped_column(default=False)
    has_identity: Mapped[bool] = mapped_column(default=True)
    holds_identity_number: Mapped[bool] = mapped_column(default=False)
    tracking_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    due_at: Mapped[datetime | None]
    due_clock: Mapped[str | None] = mapped_column(String(32))
    escalation_level: Mapped[int] = mapped_column(default=0)
    ruleset: Mapped[str] = mapped_column(String(24))
    ruleset_version: Mapped[int] = mapped_column(default=1)
    accused_kind: Mapped[str | None] = mapped_column(String(16))
    """``officer``, ``unit`` or ``head``; decides the mandatory route (Act 25/2009, article 45)."""
    formal: Mapped[bool] = mapped_column(default=False)
    """A formal information request, with the clock of the law."""
    legal_hold: Mapped[bool] = mapped_column(default=False)
    """Nothing of the case may be erased, whatever the retention says."""
    retain_until: Mapped[date | None]
    category_version: Mapped[int | None]
    imported: Mapped[bool] = mapped_column(default=False)
    work_left: Mapped[bool] = mapped_column(default=False)
    """Closed, and a process that outlives the case may still have open tasks."""
    suspended_at: Mapped[datetime | None]
    """Since when its processes rest: no timer fires and no command moves them; the clocks of the law go on."""
    suspended_for: Mapped[str | None] = mapped_column(Id)
    """The definition for whose sake the case rests; empty when the case itself was suspended."""
    version: Mapped[int] = mapped_column(default=1)
    history_seq: Mapped[int] = mapped_column(default=0)
    history_hash: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_cases_stage_due", "stage", "due_at", "id"),
        Index("ix_cases_category", "category", "received_at"),
        Index("ix_cases_parent", "parent_id"),
        # One for each filter of the list in each of its orders; the key makes pages of the same instant certain.
        Index("ix_cases_stage_received", "stage", "received_at", "id"),
        Index("ix_cases_unit_due", "lead_unit_id", "due_at", "id"),
        Index("ix_cases_category_due", "category", "due_at", "id"),
        Index("ix_cases_channel_received", "channel", "received_at", "id"),
        Index("ix_cases_channel_due", "channel", "due_at", "id"),
        Index("ix_cases_due", "due_at", "id"),
        # And one for each kind of reader, with whatever else a list asks of a row: the row itself is not looked up.
        Index("ix_cases_listed", "received_at", "id", **_with(LISTED)),
        Index("ix_cases_unit_listed", "lead_unit_id", "received_at", "id", **_with(LISTED)),
        Index("ix_cases_open_listed", "received_at", "id", **_where(OPEN_CASES), **_with(OF_OPEN)),
        Index("ix_cases_open_listed_by_due", "due_at", "id", **_where(OPEN_CASES), **_with(OF_OPEN_BY_DUE)),
        Index("ix_cases_work_left", "received_at", "id", **_where(WORK_LEFT)),
        Index("ix_cases_entered", "entered_by", "entered_at", **_where(ENTERED)),
        Index("ix_cases_restricted_listed", "received_at", "id", **_where(RESTRICTED), **_with(LISTED)),
        Index("ix_cases_about_listed", "received_at", "id", **_where(ABOUT_SOMEBODY), **_with(LISTED)),
        Index("ix_cases_information_listed", "received_at", "id", **_where(INFORMATION), **_with(LISTED)),
    )


class Complainant(Base):
    """Who brought the case; kept apart so that reading it can be refused and logged."""

    __tablename__ = "complainants"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(500))
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(254))
    identity_number: Mapped[str | None] = mapped_column(String(20))
    proxy_name: Mapped[str | None] = mapped_column(String(200))


class CaseUnit(Base):
    """A supporting unit of a case."""

    __tablename__ = "case_units"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"), primary_key=True)

    __table_args__ = (Index("ix_case_units_unit", "unit_id", "case_id"),)


class ExternalRef(Base):
    """The id that another system gave the same matter."""

    __tablename__ = "external_refs"

    system: Mapped[str] = mapped_column(String(40), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    url: Mapped[str | None] = mapped_column(String(500))
    row_hash: Mapped[str | None] = mapped_column(String(64))


class CaseText(Base):
    """A text that somebody wrote on a case: note, instruction, reason, response, reply."""

    __tablename__ = "case_texts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(24))
    visibility: Mapped[str] = mapped_column(String(16))
    """``public`` (the complainant reads it), ``internal``, or ``draft`` (a response before approval)."""
    text: Mapped[str] = mapped_column(Text)
    response_kind: Mapped[str | None] = mapped_column(String(24))
    at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    author_kind: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[str | None] = mapped_column(Id)
    author_name: Mapped[str | None] = mapped_column(String(200))
    instance_id: Mapped[str | None] = mapped_column(Id)
    task_id: Mapped[str | None] = mapped_column(Id)
    element_id: Mapped[str | None] = mapped_column(String(120))

    __table_args__ = (Index("ix_case_texts_case", "case_id", "at"),)


class Attachment(Base):
    """A file of a case; the bytes are in the object store under ``object_key``."""

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    object_key: Mapped[str] = mapped_column(String(200), unique=True)
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    visibility: Mapped[str] = mapped_column(String(16))
    uploaded_by_kind: Mapped[str] = mapped_column(String(16))
    uploaded_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class Deadline(Base):
    """One clock of one case, open while ``stopped_at`` is empty; ``due_at`` is the exclusive end of its last day.

    ``due_at`` is empty while a pause holds the clock. A promise never moves the legal date.
    """

    __tablename__ = "deadlines"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    instance_id: Mapped[str | None] = mapped_column(Id)
    """The process instance beside the case whose own clock this is; empty for clocks of the case."""
    clock: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    law: Mapped[bool]
    calendar_version: Mapped[int] = mapped_column(default=1)
    extended: Mapped[bool] = mapped_column(default=False)
    promised_on: Mapped[date | None]
    breached_at: Mapped[datetime | None]
    next_level: Mapped[int | None]
    """The next level of the escalation ladder, and when it is due."""
    next_alert_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    """How often raising that level met nothing but conflicts."""

    __table_args__ = (
        Index("ix_deadlines_case", "case_id", "clock"),
        Index("ix_deadlines_alert", "next_alert_at", postgresql_where=RUNNING, sqlite_where=RUNNING),
    )


class CasePause(Base):
    """A time in which a case waits for somebody outside and the clocks that pause there do not count."""

    __tablename__ = "case_pauses"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    stage: Mapped[str] = mapped_column(String(24))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Escalation(Base):
    """Attention raised once for a clock, a round and a level; never a change of status."""

    __tablename__ = "escalations"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    clock: Mapped[str] = mapped_column(String(32), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Notice(Base):
    """What the complainant was told: a line on the private status page."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    template: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    __table_args__ = (Index("ix_notices_case", "case_id", "at"),)


class DuplicateCandidate(Base):
    """A case that looks like this one; offered to the officer, never forced."""

    __tablename__ = "duplicate_candidates"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(80))


class Referral(Base):
    """The case was handed to another body: to whom, when, and what it answered."""

    __tablename__ = "referrals"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    instance_id: Mapped[str | None] = mapped_column(Id)
    body: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(16))
    """``accepted``, ``rejected`` or ``taken_back``."""


class CaseRequest(Base):
    """Something asked for beside the complaint: a letter of the Ombudsman, a data-subject request."""

    __tablename__ = "case_requests"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    instance_id: Mapped[str | None] = mapped_column(Id)
    process_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str | None] = mapped_column(String(80))
    """The sender's own reference number."""
    received_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str | None] = mapped_column(Id)
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))

    __table_args__ = (Index("ix_case_requests_open", "case_id", **_where(UNANSWERED)),)


class TeamMember(Base):
    """Somebody of the inspectorate who examines an oversight case."""

    __tablename__ = "team_members"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    added_at: Mapped[datetime]


class Letter(Base):
    """A letter about a case; written by the worker and kept as an attachment."""

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    template: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(80))
    values: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    attachment_id: Mapped[str | None] = mapped_column(Id)
