"""What a ruleset holds: clocks with their start, stop and pause, limits of the lifecycle, and decision tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.model import Text

AGAINST_COMPLAINANT = frozenset({"auto_closed", "withdrawn_unless_oversight"})
"""What clocks do at their end that takes something from the complainant."""


class Unit(StrEnum):
    """What a clock counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A clock (domain.md section 3): which events start and stop it, how long it runs, and where it pauses."""

    key: str
    label: Text
    starts_at: str
    length: int
    unit: Unit
    stops_at: tuple[str, ...]
    law: bool
    pauses_in: tuple[str, ...] = ()
    """Stages in which the clock does not count."""
    on_expiry: str = "escalate"
    extension: int = 0
    """Further units that may be added once (``information_law``: 7, ``ombudsman_answer``: 14)."""
    process: str | None = None
    """The process whose instances have this clock, each its own; None for clocks of the case."""
    waits: bool = False
    """Runs while a diagram waits for it at one place, and only then."""
    internal: bool = False
    """Concerns the office alone: complainants are not told of it."""
    mark: str = ""
    """Where the rule comes from: LAW, SRC or INFER."""

    @property
    def against_complainant(self) -> bool:
        """Whether the complainant loses the case by its end: it counts no day on which they could not answer."""
        return self.on_expiry in AGAINST_COMPLAINANT

    @property
    def may_pause(self) -> bool:
        """Whether anything holds the clock: a stage, or a case that is suspended."""
        return bool(self.pauses_in) or self.against_complainant


@dataclass(frozen=True, slots=True)
class Limits:
    """How often something may happen; 0 is no limit."""

    rounds: int = 3
    """Dissatisfied rounds before the Ombudsman letter and the regional secretary."""
    returns: int = 2
    """Returns by a unit before the regional secretary assigns."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A named, versioned and immutable set of rules. A case keeps key and version under which it was opened."""

    key: str
    version: int
    name: Text
    clocks: Mapping[str, ClockRule]
    archive_reasons: Mapping[str, Text]
    limits: Limits = Limits()
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    """DMN files by decision id, those that ``cases`` itself asks (``cases.rules.decisions``)."""
    since: Mapping[str, Text] = field(default_factory=dict)
    """Each event within a sentence: ``sejak`` *pengaduan diterima*."""
