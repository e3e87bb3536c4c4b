"""The published measures of a month, each with its denominator, for every unit and for the whole body.

``received``: cases received in the month. ``followed_up``: of these, disposed or closed before the month ended
[INFER: the sources rank bodies by the percentage without defining it]. ``completed``: of these, closed before the month
ended. ``mean_days``: from receipt to the explanation or the action taken, over the cases answered in the month.
Oversight cases never count (domain.md section 2).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, insert, or_, select
from sqlalchemy.orm import Session

from cases.dates import day_start
from cases.environment import Environment
from cases.policy import OVERSIGHT
from storage.tables import Case, MonthlyFigure


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a month; percentages are made where they are shown, from these."""

    received: int = 0
    followed_up: int = 0
    completed: int = 0
    answered: int = 0
    days: float = 0.0
    """Sum of the days from receipt to answer over the ``answered`` cases."""

    @property
    def followed_up_percent(self) -> float | None:
        """Of the received ones; None without any."""
        return _percent(self.followed_up, self.received)

    @property
    def completed_percent(self) -> float | None:
        """Of the received ones; None without any."""
        return _percent(self.completed, self.received)

    @property
    def mean_days(self) -> float | None:
        """Over the answered ones; None without any."""
        return round(self.days / self.answered, 1) if self.answered else None

    def __add__(self, other: "Figures") -> "Figures":
        """The figures of two sets of cases together."""
        return Figures(*(mine + theirs for mine, theirs in zip(_values(self), _values(other), strict=True)))


def measure(session: Session, zone: ZoneInfo, month: str) -> Mapping[str | None, Figures]:
    """The figures of a month (``2026-03``) by lead unit, and of the whole body under None. Two statements."""
    start, end = month_bounds(month, zone)
    found: dict[str | None, Figures] = defaultdict(Figures)
    total = Figures()
    for unit_id, figures in (*_received(session, start, end), *_answered(session, start, end)):
        total = total + figures
        if unit_id is not None:
            found[unit_id] = found[unit_id] + figures
    return {None: total, **found}


def freeze(session: Session, env: Environment, month: str, *, instance_id: str | None) -> int:
    """Keep the figures of a month for ever; a month that is frozen already stays as it is. The rows written."""
    frozen = select(MonthlyFigure.id).where(MonthlyFigure.month == month).limit(1)
    if session.execute(frozen).first():
        return 0
    rows = [
        {
            "id": env.new_id(),
            "month": month,
            "unit_id": unit_id,
            "figures": asdict(figures),
            "frozen_at": env.clock.now(),
            "instance_id": instance_id,
        }
        for unit_id, figures in measure(session, env.zone, month).items()
    ]
    session.execute(insert(MonthlyFigure), rows)
    return len(rows)


def month_bounds(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of a month and of the next, in UTC. Raises ValueError for text that is no month."""
    first = date.fromisoformat(f"{month}-01")
    return day_start(first, zone), day_start(next_month(first), zone)


def next_month(day: date) -> date:
    """The first day of the month after a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(at: datetime, zone: ZoneInfo) -> str:
    """The month that was over at an instant: ``2026-03`` throughout April."""
    first = at.astimezone(zone).date().replace(day=1)
    return (first - timedelta(days=1)).strftime("%Y-%m")


def _received(session: Session, start: datetime, end: datetime) -> Iterator[tuple[str | None, Figures]]:
    closed = Case.closed_at < end
    counted = (
        select(
            Case.lead_unit_id,
            func.count(),
            func.sum(case((or_(Case.disposed_at < end, closed), 1), else_=0)),
            func.sum(case((closed, 1), else_=0)),
        )
        .where(Case.received_at >= start, Case.received_at < end, ~OVERSIGHT)
        .group_by(Case.lead_unit_id)
    )
    for unit_id, received, followed_up, completed in session.execute(counted):
        yield unit_id, Figures(received, int(followed_up), int(completed))


def _answered(session: Session, start: datetime, end: datetime) -> Iterator[tuple[str | None, Figures]]:
    answered = select(Case.lead_unit_id, Case.received_at, Case.responded_at).where(
        Case.responded_at >= start, Case.responded_at < end, ~OVERSIGHT
    )
    for unit_id, received_at, responded_at in session.execute(answered):
        if responded_at is not None:
            yield unit_id, Figures(answered=1, days=(responded_at - received_at) / timedelta(days=1))


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _values(figures: Figures) -> tuple[Any, ...]:
    return tuple(asdict(figures).values())
