"""What pages and API show of one case, one task, one entry; everything is masked for the reader already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cases.forms import Form
from cases.masking import IDENTITY_MASK
from cases.model.actors import ActorKind
from cases.model.rows import CaseRow, TaskRow
from cases.model.words import Kind, Outcome, Stage, Status
from engine.model import Text


@dataclass(frozen=True, slots=True)
class ComplainantView:
    """Who brought the case, as far as the reader may know; masked fields read ``***`` and ``masked`` says so."""

    name: str | None
    address: str | None
    phone: str | None
    email: str | None
    proxy_name: str | None
    masked: bool
    anonymous: bool


@dataclass(frozen=True, slots=True)
class CaseTextView:
    """A text on a case that the reader may see."""

    id: str
    kind: str
    visibility: str
    text: str
    response_kind: str | None
    at: datetime
    author_kind: ActorKind
    author_name: str | None


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file of a case, without its bytes."""

    id: str
    case_id: str
    filename: str
    media_type: str
    size: int
    sha256: str
    visibility: str
    uploaded_by_kind: ActorKind
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AttachmentContent:
    """A file to send: its description and its bytes in chunks."""

    view: AttachmentView
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """One clock of a case. ``due_on`` is the last day in the office's zone; both are None while a pause holds it."""

    id: str
    clock: str
    label: Text
    started_at: datetime
    due_at: datetime | None
    due_on: date | None
    stopped_at: datetime | None
    overdue: bool
    law: bool
    extended: bool
    """The second term of the law was added."""
    promised_on: date | None
    """What the office promised beside the legal date; it never moves it."""
    breached_at: datetime | None
    """When a legal clock was missed."""
    instance_id: str | None
    """The process instance beside the case whose own clock this is."""
    calendar_version: int
    """The version of the calendar by which it was counted."""

    @property
    def paused(self) -> bool:
        """Whether a pause holds the clock now."""
        return self.due_at is None and self.stopped_at is None


@dataclass(frozen=True, slots=True)
class PlainDeadline:
    """A time limit as the complainant is told of it."""

    clock: str
    label: Text
    text: Text
    """``Paling lambat Senin 30 Maret 2026: 5 hari kerja sejak ...``"""
    due_on: date | None
    paused: bool
    law: bool


@dataclass(frozen=True, slots=True)
class ExternalRefView:
    """The id that another system gave the case."""

    system: str
    id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class InstanceView:
    """One process instance of a case, for the diagram: which elements are done and which are current."""

    id: str
    definition_id: str
    process_id: str
    process_name: str
    definition_version: int
    main: bool
    status: str
    started_at: datetime
    ended_at: datetime | None
    done: tuple[str, ...] = ()
    current: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccusedView:
    """Who is complained about: an officer, a unit, or the head of a unit."""

    kind: str
    unit_id: str | None
    unit_name: str | None
    user_id: str | None
    user_name: str | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with everything beside it that the reader may see."""

    row: CaseRow
    version: int
    text: str
    event_on: date | None
    place: str | None
    target: str | None
    entered_at: datetime
    round: int
    returns: int
    anonymous: bool
    confidential: bool
    has_identity: bool
    outcome_reason: str | None
    referred_to: str | None
    ruleset: str
    ruleset_version: int
    """The rules under which the case was opened, and keeps."""
    parent_reference: str | None
    formal: bool
    """A formal information request, with the clock of the law."""
    legal_hold: bool
    suspended: bool
    """Whether an administrator lets it rest: it is read, nothing moves its processes."""
    accused: AccusedView | None
    """None for whoever sees only the public part, too."""
    complainant: ComplainantView
    texts: tuple[CaseTextView, ...]
    attachments: tuple[AttachmentView, ...]
    deadlines: tuple[DeadlineView, ...]
    tasks: tuple[TaskRow, ...]
    external_refs: tuple[ExternalRefView, ...]
    duplicates: tuple[CaseRow, ...]
    instances: tuple[InstanceView, ...]
    supporting_units: tuple[str, ...]
    acts: frozenset[str]
    """What the reader may do with the case, by act key of ``reference/permissions.json``."""
    messages: tuple[str, ...]
    """Names of the messages that the reader may send now and that the process waits for."""

    @property
    def hides_numbers(self) -> bool:
        """Whether an identity number is masked somewhere in what the complainant or an officer wrote."""
        written = (self.row.title, self.text, *(text.text for text in self.texts))
        return any(IDENTITY_MASK in text for text in written)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A user task with its form; the case beside it is asked for separately."""

    row: TaskRow
    form: Form
    values: Mapping[str, Any]
    """What the form starts with: values of the case and of the process."""
    completed_at: datetime | None
    completed_by_name: str | None
    may: frozenset[str]
    """Of ``claim``, ``release``, ``delegate``, ``complete``."""
    instance_id: str
    definition_id: str
    ruleset: tuple[str, int]
    """Key and version of the case's: some of what can be chosen follows from it."""


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One entry of a case's history, readable."""

    seq: int
    at: datetime
    tag: str
    label: Text
    actor_kind: ActorKind
    actor_name: str | None
    process_id: str | None
    element_id: str | None
    element_name: str | None
    data: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """What the complainant was told."""

    template: str
    subject: Text
    body: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The complainant's private page. ``full`` is False on the public one, which shows the state only."""

    reference: str
    full: bool
    title: str | None
    kind: Kind
    stage: Stage
    status: Status
    outcome: Outcome | None
    received_at: datetime
    holder: Text
    """Who has it now, in plain words."""
    next_step: Text
    """What happens next, in plain words."""
    promised_on: date | None
    notices: tuple[NoticeView, ...] = ()
    texts: tuple[CaseTextView, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()
    messages: tuple[str, ...] = ()
    """Of ``reply``, ``completion``, ``confirm``, ``not_satisfied``, ``withdraw``: what can be sent now."""
    suspended: bool = False
    """Whether the case rests, so that nothing can be sent for the moment."""
    unheard_since: datetime | None = None
    """When a message was sent that the process failed to take: it is kept until an administrator sends it again."""
    deadlines: tuple[PlainDeadline, ...] = ()
    """The time limits that run, in plain words."""
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """A version of a process definition."""

    id: str
    key: str
    version: int
    name: str
    status: str
    deployment_hash: str
    created_at: datetime
    created_by_name: str | None
    note: str
    open_instances: int | None = None
    suspended_at: datetime | None = None
    """Since when no case begins on it and its cases rest."""


@dataclass(frozen=True, slots=True)
class DraftView:
    """A set that a designer works on."""

    id: str
    key: str
    name: str
    version: int
    base_definition_id: str | None
    updated_at: datetime
    updated_by_name: str | None
    files: Mapping[str, bytes] = field(default_factory=dict)
