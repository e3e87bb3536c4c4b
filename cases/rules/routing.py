"""Proposes the lead unit of a case from its category and area; the officer may choose another."""

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.category_reading import Category
from cases.rules.decisions import decide
from cases.rules.model import Ruleset
from cases.unit_validity import in_force
from storage.tables import Unit


def lineage(categories: Mapping[str, Category], key: str | None) -> Iterator[str | None]:
    """A category and those above it, the nearest first; a category that nobody knows stands alone."""
    if key is None:
        yield None
    seen: set[str] = set()
    while key is not None and key not in seen:
        seen.add(key)
        yield key
        known = categories.get(key)
        key = known.parent if known else None


def routed_unit(
    ruleset: Ruleset, categories: Mapping[str, Category], category: str | None, area: str | None
) -> str | None:
    """The code that the table ``routing`` gives the category or else the nearest one above it; None for none."""
    for key in lineage(categories, category):
        code = decide(ruleset, "routing", {"category": key, "area": area})["lead_unit"]
        if code is not None:
            return str(code)
    return None


def allowed_unit(session: Session, code: str | None, accused_unit_id: str | None, on: date) -> str | None:
    """The proposed unit if it exists on that day, or the unit above the accused one instead of anything below it.

    The accused unit may never handle the case (Act 25/2009, article 45). One statement for each unit.
    """
    if code is None:
        return None
    proposed = session.execute(select(Unit.path).where(Unit.code == code, in_force(on))).one_or_none()
    if proposed is None:
        return None
    if accused_unit_id is None or accused_unit_id not in proposed.path.split("/"):
        return code
    above = select(Unit.parent_id).where(Unit.id == accused_unit_id).scalar_subquery()
    return session.scalar(select(Unit.code).where(Unit.id == above))
