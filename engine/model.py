"""What crosses the engine's floor: commands in, a plain record of what happened out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Data = Mapping[str, Any]
"""Process data: JSON scalars, lists and mappings; keys and verdicts only, never texts or files."""

Files = Mapping[str, bytes]
"""A set to deploy, by path: ``bpmn/complaint.bpmn``, ``dmn/routing.dmn``, ``forms/complaint/verify_complaint.json``."""

DueDates = Callable[[str, Data], datetime]
"""Answers the aware UTC instant at which a clock (``"verification"``) is due, given the process data."""


class Severity(StrEnum):
    """Whether a finding stops a deployment."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence that people read, in both languages of the product."""

    id: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a set to deploy, and what to do about it."""

    rule: str
    severity: Severity
    file: str
    message: Text
    remedy: Text
    line: int | None = None
    element_id: str | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """A drawn element as the catalogue of a deployment knows it, with the vocabulary's properties resolved.

    ``role`` and ``unit`` of a user task come from the task itself or else from its lane.
    """

    process_id: str
    element_id: str
    kind: str
    """The BPMN tag: ``userTask``, ``boundaryEvent``, ``endEvent`` ..."""
    name: str
    lane: str | None = None
    form_key: str | None = None
    role: str | None = None
    unit: str | None = None
    clock: str | None = None
    stage: str | None = None
    outcome: str | None = None
    handler: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """One executable process of a deployment."""

    process_id: str
    name: str
    file: str
    start_clock: str | None = None
    """The schedule that begins a process without a case, such as ``month_end``."""
    outlives_case: bool = False
    """Whether its instances go on when their case is closed."""
    start_messages: tuple[str, ...] = ()
    """Each begins the process at a start event of its own, in the order of the file."""


@dataclass(frozen=True, slots=True)
class StartProcess:
    """Begin a new instance; the state handed to ``advance`` is None."""

    process_id: str
    data: Data = field(default_factory=dict)
    message: str | None = None
    """Which of several start messages began it; None for the first start event."""


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """A person finished a user task; ``data`` was validated against the task's form."""

    task_id: str
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliverMessage:
    """A message for one waiting activity, which the caller's subscription table chose."""

    task_id: str
    name: str
    payload: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FireTimer:
    """A timer is due. The caller's row is the truth about when; the engine does not compare times again."""

    task_id: str


@dataclass(frozen=True, slots=True)
class CompleteJob:
    """A side effect was carried out; ``result`` is merged into the process data."""

    task_id: str
    result: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailJob:
    """A side effect failed for good; raised as a BPMN error with this code at the service task."""

    task_id: str
    error_code: str


@dataclass(frozen=True, slots=True)
class CancelInstance:
    """Stop the instance: every open activity is cancelled, nothing else runs."""

    reason: str


@dataclass(frozen=True, slots=True)
class MoveActivity:
    """An administrator lets the token of an open activity arrive at another element of the same scope.

    ``task_id`` is that of an open user task, a waiting event, a running job, call or sub-process. Raises
    ``TaskNotReadyError`` when it is closed, ``ActivityRefusedError`` when it or the element does not serve.
    """

    task_id: str
    to_element: str


@dataclass(frozen=True, slots=True)
class SkipActivity:
    """An administrator lets an open activity be completed without its work; see ``MoveActivity``."""

    task_id: str


@dataclass(frozen=True, slots=True)
class SetData:
    """An administrator sets process data of the instance; raises ``DataRefusedError`` for taken names."""

    values: Data


Administration = MoveActivity | SkipActivity | SetData

Command = (
    StartProcess
    | CompleteTask
    | DeliverMessage
    | FireTimer
    | CompleteJob
    | FailJob
    | CancelInstance
    | Administration
)


class InstanceStatus(StrEnum):
    """Where a process instance stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of state of one activity instance, in the order in which they happened."""

    task_id: str
    process_id: str
    element_id: str
    kind: str
    name: str
    lane: str | None
    before: str | None
    after: str
    """Library state names in lower case: ``ready``, ``waiting``, ``started``, ``completed``, ``cancelled`` ..."""
    delta: Data = field(default_factory=dict)
    """Process data this activity changed; filled when ``after`` is ``completed``."""
    came_from: str | None = None
    """The element whose flow led here; filled when the activity is entered."""


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A user task that became ready."""

    task_id: str
    element: Element
    item: Any = None
    """What a repeated task is repeated for, one member of the list; None for a task that is not repeated."""


@dataclass(frozen=True, slots=True)
class TimerWait:
    """A timer that started to wait; ``due_at`` is aware UTC."""

    task_id: str
    element: Element
    due_at: datetime
    clock: str | None
    """The vocabulary's clock key, or None for an ISO 8601 duration or date."""


@dataclass(frozen=True, slots=True)
class MessageWait:
    """An activity that started to wait for a message."""

    task_id: str
    element: Element
    message: str


@dataclass(frozen=True, slots=True)
class JobWait:
    """A service task whose side effect is to be carried out by a worker after the commit."""

    task_id: str
    element: Element
    handler: str
    arguments: Data


@dataclass(frozen=True, slots=True)
class Effect:
    """A handler that the diagram called and that the caller applies in the same transaction, in this order."""

    task_id: str
    element: Element
    handler: str
    arguments: Data


@dataclass(frozen=True, slots=True)
class ThrownMessage:
    """A message that the process sent."""

    element: Element
    name: str
    payload: Data


@dataclass(frozen=True, slots=True)
class Step:
    """What one command did. ``opened_*`` and ``closed_*`` are differences against the state before."""

    state: bytes
    status: InstanceStatus
    transitions: tuple[Transition, ...] = ()
    opened_tasks: tuple[OpenTask, ...] = ()
    closed_tasks: tuple[str, ...] = ()
    opened_timers: tuple[TimerWait, ...] = ()
    closed_timers: tuple[str, ...] = ()
    opened_messages: tuple[MessageWait, ...] = ()
    closed_messages: tuple[str, ...] = ()
    opened_jobs: tuple[JobWait, ...] = ()
    closed_jobs: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    thrown: tuple[ThrownMessage, ...] = ()
    stage: str | None = None
    """The last stage named by an element that was entered in this step."""
    ended: tuple[Element, ...] = ()
    """End events reached on the top level, in order; the last one's ``outcome`` is the instance's."""
    data: Data = field(default_factory=dict)
    """Process data of the activity that ran last."""
    depth: int = 0
    task_count: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one step; exceeding one is a fault and so an incident, never a hung worker."""

    steps: int = 500
    """Automatic activities run in one step."""
    seconds: float = 3.0
    """Computing time of the thread, so that a busy machine makes no case fail. A step takes milliseconds; the rest is
    for a host that takes the processor away in the middle of one, which a guest counts as its own time."""
    tasks: int = 2_000
    """Activity instances in the tree."""
    depth: int = 700
    data_bytes: int = 64_000
    """Process data of one activity, as JSON."""
