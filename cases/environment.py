"""What every ``cases`` function is handed besides its session: the world, behind ports."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from cases.deadlines.calendars import Calendars
from cases.ports import Clock, Objects
from cases.reference import Reference
from cases.rules.store import Rulesets
from engine.deployment import DeploymentCache

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Environment:
    """Clock, ids, object store, deployed processes and reference data; built once by ``tuntas``."""

    clock: Clock
    new_id: Callable[[], str]
    """UUIDv7 as a hyphenated string."""
    objects: Objects
    deployments: DeploymentCache
    reference: Reference
    founded_zone: ZoneInfo
    """The office's time zone when this process began."""
    office_code: str
    calendars: Calendars = field(default_factory=Calendars)
    rulesets: Rulesets = field(default_factory=Rulesets)
    max_upload_bytes: int = 20 * 1024 * 1024
    max_case_bytes: int = 200 * 1024 * 1024
    lease: timedelta = LEASE
    """How long a worker alone may carry out a job or deliver a message that it has claimed."""

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone: that of the newest calendar that this process has read."""
        return self.calendars.zone or self.founded_zone

    @property
    def today(self) -> date:
        """The day that it is now where the office is."""
        return self.clock.now().astimezone(self.zone).date()
