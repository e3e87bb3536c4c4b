"""What lists show and commands answer: cases and tasks in a line each, and pages of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from cases.model.words import CaseClass, Channel, Kind, Outcome, Priority, Sensitivity, Stage, Status

T = TypeVar("T")


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
class Page(Generic[T]):
    """A page of a list; ``next`` is an opaque cursor or None at the end.

    ``count`` is how many the whole list has, or when it is not exact, that it has more; None where nobody counted.
    """

    items: tuple[T, ...]
    next: str | None = None
    count: int | None = None
    count_is_exact: bool = False
