"""Units as rows: found by code or id, those that may handle a case, an agency, the inspectorate."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from cases.errors import RefusedByRuleError
from cases.staffing import staffed
from cases.unit_validity import in_force
from engine.model import Text
from storage.tables import Unit

AGENCIES = ("agency", "secretariat", "inspectorate")
"""Kinds of unit that have a head of their own right below the body."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """What is needed of a unit here; ``path`` holds the ids from the root to itself."""

    id: str
    parent_id: str | None
    path: str
    name: str
    kind: str
    staffed: bool = True
    """Whether it has the people that a case takes; known of a unit that was found to handle one."""


UNIT_COLUMNS = (Unit.id, Unit.parent_id, Unit.path, Unit.name, Unit.kind)


def unit_row(session: Session, unit_id: str | None) -> UnitRow:
    """A unit by its id; the root for None."""
    wanted = Unit.id == unit_id if unit_id else Unit.parent_id.is_(None)
    return UnitRow(*session.execute(select(*UNIT_COLUMNS).where(wanted)).one())


def find_unit(session: Session, value: str) -> UnitRow:
    """A unit by its code or its id. One statement; raises RefusedByRuleError for one that is not there."""
    return UnitRow(*_named(session, value)[:5])


def find_handling_unit(session: Session, value: str, *, on: date) -> UnitRow:
    """A unit that is to handle a case, by its code or its id, in force on that day; ``require_staffed`` comes after
    whatever else speaks against it.

    One statement. Raises RefusedByRuleError.
    """
    row = _named(session, value, in_force(on).label("valid"), staffed().label("staffed"))
    if not row.valid:
        raise RefusedByRuleError(
            Text(
                id=f"{row.name} tidak berlaku pada hari ini. Pilih unit yang masih ada.",
                en=f"{row.name} is not in force today. Choose a unit that is.",
            )
        )
    return UnitRow(row.id, row.parent_id, row.path, row.name, row.kind, row.staffed)


def require_staffed(unit: UnitRow) -> None:
    """Refuse a unit that nobody could handle a case in; raises RefusedByRuleError."""
    if not unit.staffed:
        raise RefusedByRuleError(
            Text(
                id="Unit ini belum mempunyai pejabat penghubung, pelaksana, dan atasan. Pilih unit lain, "
                "atau minta administrator menunjuk orangnya.",
                en="This unit has no liaison, case worker and superior yet. Choose another unit, or ask the "
                "administrator to appoint them.",
            )
        )


def _named(session: Session, value: str, *more: ColumnElement[bool]) -> Any:
    named = [Unit.code == value]
    with suppress(ValueError):
        named.append(Unit.id == str(UUID(value)))
    row = session.execute(select(*UNIT_COLUMNS, *more).where(or_(*named))).first()
    if row is None:
        raise RefusedByRuleError(
            Text(
                id="Unit itu tidak ada. Pilih dari daftar.", en="There is no such unit. Choose from the list."
            )
        )
    return row


def agency_of(session: Session, unit: UnitRow) -> UnitRow:
    """The agency that the unit belongs to: itself or the nearest above; the unit when there is none."""
    line = unit.path.split("/")
    rows = session.execute(select(*UNIT_COLUMNS).where(Unit.id.in_(line), Unit.kind.in_(AGENCIES)))
    above = sorted((UnitRow(*row) for row in rows), key=lambda row: len(row.path))
    return above[-1] if above else unit


def inspectorate(session: Session) -> UnitRow | None:
    """The body's inspectorate, the highest when it has units of its own."""
    rows = session.execute(select(*UNIT_COLUMNS).where(Unit.kind == "inspectorate"))
    found = sorted((UnitRow(*row) for row in rows), key=lambda row: (row.path.count("/"), row.id))
    return found[0] if found else None
