"""Reads the frozen figures of a month, for those who lead, supervise and audit the office."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError
from cases.model import Actor
from cases.policy import require_act
from cases.reports.measures import Figures
from storage.tables import MonthlyFigure, Unit


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The figures of one unit; ``unit_id`` None is the whole body."""

    unit_id: str | None
    unit_name: str | None
    figures: Figures


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
    """One frozen month. One statement; raises NotFoundError for a month that is not frozen."""
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
    return MonthView(month, rows[0].frozen_at, total, units)
