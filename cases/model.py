"""The words of case management: stages, outcomes, actors, and the records handed to pages and API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from cases.forms import Form
from engine.model import Text

T = TypeVar("T")


class Kind(StrEnum):
    """What the complainant brings."""

    COMPLAINT = "complaint"
    ASPIRATION = "aspiration"
    INFORMATION_REQUEST = "information_request"


class CaseClass(StrEnum):
    """Sets the clocks."""

    INFORMATION = "information"
    ORDINARY = "ordinary"
    OVERSIGHT = "oversight"


class Sensitivity(StrEnum):
    """Only ever raised towards more protection."""

    NORMAL = "normal"
    SENSITIVE = "sensitive"
    OVERSIGHT = "oversight"


class Priority(StrEnum):
    """How soon a case is to be looked at."""

    NORMAL = "normal"
    HIGH = "high"
    EMERGENCY = "emergency"


class Stage(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    VERIFICATION = "verification"
    AWAITING_COMPLETION = "awaiting_completion"
    DISPOSITION = "disposition"
    FOLLOW_UP = "follow_up"
    AWAITING_APPROVAL = "awaiting_approval"
    RESPONDED = "responded"
    AWAITING_REFERRAL = "awaiting_referral"
    CLOSED = "closed"


class Status(StrEnum):
    """The public word for the stage, as the national portal uses it."""

    BELUM = "Belum"
    PROSES = "Proses"
    SELESAI = "Selesai"


_BELUM = {Stage.RECEIVED, Stage.VERIFICATION, Stage.AWAITING_COMPLETION}


def status_of(stage: Stage) -> Status:
    """The public status that a stage stands for."""
    if stage in _BELUM:
        return Status.BELUM
    return Status.SELESAI if stage is Stage.CLOSED else Status.PROSES


class Outcome(StrEnum):
    """How a closed case ended."""

    RESOLVED = "resolved"
    AUTO_CLOSED = "auto_closed"
    ANSWERED = "answered"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"
    MERGED = "merged"
    REFERRED = "referred"
    OMBUDSMAN = "ombudsman"


class Channel(StrEnum):
    """How a complaint reached the body."""

    WEB = "web"
    FRONT_DESK = "front_desk"
    LETTER = "letter"
    TELEPHONE = "telephone"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    SOCIAL_MEDIA = "social_media"
    MOBILE_APP = "mobile_app"
    LAPOR = "lapor"
    OPEN311 = "open311"
    CSV_IMPORT = "csv_import"


class ActorKind(StrEnum):
    """Who acts."""

    USER = "user"
    COMPLAINANT = "complainant"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a unit; ``path`` is the unit's path of ids from the root, for questions about subtrees."""

    role: str
    unit_id: str
    path: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks for something; every ``cases`` function takes one as ``by=``."""

    kind: ActorKind
    id: str | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    case_id: str | None = None
    """The one case a complainant proved to own."""

    def has(self, *roles: str) -> bool:
        """Whether the actor holds any of the roles anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def units(self, role: str) -> frozenset[str]:
        """Ids of the units in which the actor holds the role."""
        return frozenset(grant.unit_id for grant in self.grants if grant.role == role)


SYSTEM = Actor(ActorKind.SYSTEM, name="Sistem")
PUBLIC = Actor(ActorKind.ANONYMOUS, name="")


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What is needed to register a complaint. Times are aware; ``received_at`` None means now."""

    title: str
    text: str
    kind: Kind = Kind.COMPLAINT
    channel: Channel = Channel.WEB
    case_class: CaseClass | None = None
    event_on: date | None = None
    place: str | None = None
    area: str | None = None
    category: str | None = None
    target: str | None = None
    anonymous: bool = False
    confidential: bool = False
    priority: Priority = Priority.NORMAL
    name: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    proxy_name: str | None = None
    loss: str | None = None
    request: str | None = None
    received_at: datetime | None = None
    external_refs: tuple["NewRef", ...] = ()
    imported: bool = False


@dataclass(frozen=True, slots=True)
class NewRef:
    """The id that another system gave the matter."""

    system: str
    id: str
    url: str | None = None
    row_hash: str | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A user task as an inbox shows it."""

    id: str
    name: str
    element_id: str
    form_key: str
    role: str
    unit_id: str | None
    unit_name: str | None
    owner_id: str | None
    owner_name: str | None
    state: str
    version: int
    created_at: datetime
    due_at: datetime | None
    due_on: date | None
    overdue: bool
    case_id: str
    reference: str
    case_title: str
    stage: Stage
    priority: Priority
    round: int


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """Where a case stands after something was done to it: the answer to starting or completing."""

    id: str
    reference: str
    version: int
    stage: Stage
    status: Status
    outcome: Outcome | None
    next_tasks: tuple[TaskRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """A complaint that was just registered; ``secret`` is shown this once and never again."""

    case: CaseSummary
    secret: str | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a list shows it; every field is already masked for the reader."""

    id: str
    reference: str
    title: str
    kind: Kind
    case_class: CaseClass
    sensitivity: Sensitivity
    priority: Priority
    stage: Stage
    status: Status
    outcome: Outcome | None
    channel: Channel
    category: str | None
    area: str | None
    lead_unit_id: str | None
    lead_unit_name: str | None
    received_at: datetime
    due_at: datetime | None
    due_on: date | None
    overdue: bool
    closed_at: datetime | None
    imported: bool


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
    """One clock of a case. ``due_on`` is the last day in the office's zone."""

    clock: str
    label: Text
    started_at: datetime
    due_at: datetime
    due_on: date
    stopped_at: datetime | None
    overdue: bool
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
    parent_reference: str | None
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
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list; ``next`` is an opaque cursor or None at the end."""

    items: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Filters of the case list; None means any. ``sort`` is ``-received`` (newest first) or ``due`` (latest deadline risk first)."""

    stage: Stage | None = None
    status: Status | None = None
    unit_id: str | None = None
    category: str | None = None
    channel: Channel | None = None
    received_from: date | None = None
    received_to: date | None = None
    owner_id: str | None = None
    overdue: bool | None = None
    text: str | None = None
    sort: str = "-received"
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Filters of the task list. ``scope``: ``mine`` (owned), ``available`` (mine to take), ``all`` (both)."""

    scope: str = "all"
    unit_id: str | None = None
    owner_id: str | None = None
    case_id: str | None = None
    overdue: bool | None = None
    state: str = "open"
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in; ``chunks`` is read once and refused while streaming when it grows too large."""

    filename: str
    chunks: Iterator[bytes]
    media_type: str = "application/octet-stream"
    visibility: str = "public"


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
