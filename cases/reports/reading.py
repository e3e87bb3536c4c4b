"""Reads the frozen figures of a month, for those who lead, supervise and audit the office."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError
from cases.model import Actor
from cases.policy import require_act
from cases.reference import Scope
from cases.reports.measures import Figures
from cases.small_counts import publishable
from storage.tables import MonthlyFigure, Unit


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The figures of one unit; ``unit_id`` None is the whole body."""

    unit_id: str | None
    unit_name: str | None
    figures: Figures | None
    """None where the count is so small that it could tell of somebody (``cases.small_counts``)."""


@dataclass(frozen=True, slots=True)
class MonthView:
    """A frozen month: the whole body, and each unit that had cases, by name."""

    month: str
    frozen_at: datetime
    total: UnitFigures
    units: tuple[UnitFigures, ...]


def list_months(session: Session, env: Environment, *, by: Actor) -> tuple[str, ...]:
    """The frozen months, the newest first. Raises NotFoundError without the right to read figures."""
    require_act(env, by, "read_figures")
    months = select(MonthlyFigure.month).where(MonthlyFigure.unit_id.is_(None))
    return tuple(session.scalars(months.order_by(MonthlyFigure.month.desc())))


def get_month(session: Session, env: Environment, month: str, *, by: Actor) -> MonthView:
    """One frozen month. One statement; raises NotFoundError for a month that is not frozen.

    Whoever sees no case of the body, such as the province, gets small figures of units withheld.
    """
    require_act(env, by, "read_figures")
    rows = session.execute(
        select(MonthlyFigure.unit_id, Unit.name, MonthlyFigure.figures, MonthlyFigure.frozen_at)
        .outerjoin(Unit, Unit.id == MonthlyFigure.unit_id)
        .where(MonthlyFigure.month == month)
        .order_by(Unit.name)
    ).all()
    if not rows:
        raise NotFoundError
    views = [UnitFigures(row.unit_id, row.name, Figures(**row.figures)) for row in rows]
    total = next(view for view in views if view.unit_id is None)
    units = tuple(view for view in views if view.unit_id is not None)
    if not _sees_cases(env, by):
        units = _published(units)
    return MonthView(month, rows[0].frozen_at, total, units)


def _sees_cases(env: Environment, actor: Actor) -> bool:
    rules = env.reference.permissions
    scopes = [rules[grant.role].cases for grant in actor.grants if grant.role in rules]
    return any(scope not in (Scope.NONE, Scope.PUBLIC_PART) for scope in scopes)


def _published(units: tuple[UnitFigures, ...]) -> tuple[UnitFigures, ...]:
    counts = {unit.unit_id: unit.figures.received for unit in units if unit.figures is not None}
    shown = publishable(counts).counts
    return tuple(
        unit if shown.get(unit.unit_id) is not None else replace(unit, figures=None) for unit in units
    )
