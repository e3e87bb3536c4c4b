"""What callers hand in: a new complaint, a file on its way in, the filters of lists."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from cases.model.words import CaseClass, Channel, Kind, Priority, Stage, Status


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
    accused_kind: str | None = None
    """``officer``, ``unit`` or ``head``; without it, whatever is named below says which."""
    accused_unit: str | None = None
    """Code or id of the unit that is complained about."""
    accused_user: str | None = None
    """Id of the officer who is complained about."""
    lead_unit: str | None = None
    """Code or id of the unit that must act at once; only for an emergency."""
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
class CaseQuery:
    """Filters of the case list; None means any.

    ``sort`` is ``-received`` (newest first) or ``due`` (the soonest deadline first).
    """

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
