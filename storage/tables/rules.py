"""The rules that change: calendars, rulesets, the jobs that carry a change out, and the figures of a month."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Id

WHOLE_BODY = text("unit_id IS NULL")


class CalendarVersion(Base):
    """One immutable version of the working-day calendar; the highest is in force."""

    __tablename__ = "calendar_versions"

    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    """``zone``, ``weekdays``, ``first``, ``last`` and ``days_off`` by ISO date."""
    reason: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)


class Recalculation(Base):
    """The open deadlines are counted anew after a change of the calendar; carried out case by case by a worker."""

    __tablename__ = "recalculations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    calendar_version: Mapped[int] = mapped_column(ForeignKey("calendar_versions.version"))
    changes: Mapped[dict[str, Any]]
    """What differs from the version before: ``added``, ``removed``, ``weekdays``, ``zone``."""
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    after_case_id: Mapped[str | None] = mapped_column(Id)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RulesetVersion(Base):
    """One immutable version of a ruleset; of the active ones the newest is that of new cases."""

    __tablename__ = "ruleset_versions"

    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16))
    """``active`` or ``retired``."""
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)


class RulesetFile(Base):
    """One file of a ruleset version: ``clocks.json``, ``dmn/routing.dmn`` ..."""

    __tablename__ = "ruleset_files"

    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class MonthlyFigure(Base):
    """The published measures of one month for one unit, or for the whole body; frozen once."""

    __tablename__ = "monthly_figures"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    """``2026-03``"""
    unit_id: Mapped[str | None] = mapped_column(Id)
    """Empty for the whole body."""
    figures: Mapped[dict[str, Any]]
    frozen_at: Mapped[datetime]
    instance_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        UniqueConstraint("month", "unit_id"),
        Index(
            "ix_monthly_figures_body",
            "month",
            unique=True,
            postgresql_where=WHOLE_BODY,
            sqlite_where=WHOLE_BODY,
        ),
    )
