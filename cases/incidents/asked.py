"""What an administrator may ask for to get a case moving again, and what they are told it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    """How a case is got moving again, or made to rest."""

    RETRY = "retry"
    DISMISS = "dismiss"
    MOVE = "move"
    SKIP = "skip"
    SET_DATA = "set_data"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"


OF_INCIDENT = frozenset({Act.RETRY, Act.DISMISS})
"""Acts on an incident; the others are acts on a case, for which an incident may be the occasion."""


@dataclass(frozen=True, slots=True)
class Mending:
    """One act with its reason and what it needs to know."""

    act: Act
    reason: str
    task_id: str | None = None
    """The open activity to move or to skip; that of the incident when it is left out."""
    to: str | None = None
    """The element to move to."""
    instance_id: str | None = None
    """The process whose data are set; that of the incident when it is left out."""
    values: Mapping[str, Any] = field(default_factory=dict)
    outcome_reason: str | None = None
    """Why a case is archived when it is terminated, a key of its ruleset's reasons."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that a process waits for: a task, a timer, a message or a job."""

    kind: str
    task_id: str
    element_id: str
    name: str
    process_id: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an act changes, or would change: no content of the case."""

    act: Act
    dry_run: bool
    reference: str | None = None
    stage_before: str | None = None
    stage_after: str | None = None
    status_after: str | None = None
    outcome: str | None = None
    suspended: bool = False
    """Whether the case rests afterwards."""
    passed: tuple[str, ...] = ()
    """Elements that are completed on the way, in order."""
    opened: tuple[Waiting, ...] = ()
    closed: tuple[Waiting, ...] = ()
    history: tuple[str, ...] = ()
    """Tags of the entries that the history gets, in order."""
    fails: str | None = None
    """Why the process would fail again; only of a dry run."""
    overtaken: str | None = None
    """How the task of the incident ended meanwhile, ``completed`` or ``cancelled``: then nothing else changes.

    ``written``: no process waits for the message any more, and its text is kept with the case.
    """
