"""From when to when a unit exists: agencies are founded, renamed, merged and dissolved."""

from datetime import date

from sqlalchemy import BindParameter, ColumnElement

from cases.errors import RefusedByRuleError
from engine.model import Text
from storage.tables import Unit


def in_force(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition on ``Unit``: it exists on that day, the first and the last day included."""
    begun = Unit.valid_from.is_(None) | (Unit.valid_from <= on)
    return begun & (Unit.valid_to.is_(None) | (Unit.valid_to >= on))


def require_order(valid_from: date | None, valid_to: date | None) -> None:
    """Refuse a unit that would end before it begins."""
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise RefusedByRuleError(
            Text(
                id="Hari terakhir berlaku tidak boleh sebelum hari pertamanya.",
                en="The last day cannot be before the first.",
            )
        )


def require_lasting(parent_id: str | None, valid_to: date | None) -> None:
    """Refuse an end for the root: the body itself does not end."""
    if parent_id is None and valid_to is not None:
        raise RefusedByRuleError(
            Text(
                id="Akar pohon unit tidak dapat diakhiri; isi hanya pada unit di bawahnya.",
                en="The root of the tree cannot end; only units below it can.",
            )
        )
