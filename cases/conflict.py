"""Conflict of interest: who is complained about, who therefore may not handle a case, and to whom it goes instead.

The law sends a complaint about an officer to the superior, and one about a unit to the unit above (Act 25/2009,
article 45); the decision table ``conflict`` of the ruleset says which.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.body_tasks import reassign_body_tasks
from cases.errors import NotFoundError, RefusedByRuleError
from cases.ids import known_id
from cases.lead_unit import (
    move_lead_unit,
    remove_support,
    supporting_units,
    withdraw_tasks,
)
from cases.model import Actor
from cases.rules.decisions import decide
from cases.sight import is_about
from cases.unit_rows import UnitRow, agency_of, find_unit, inspectorate, unit_row
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Role, Unit, User

OFFICER, UNIT, HEAD = "officer", "unit", "head"
KINDS = (OFFICER, UNIT, HEAD)
COLUMNS = ("accused_kind", "accused_unit_id", "accused_user_id")


@dataclass(frozen=True, slots=True)
class Accused:
    """Who is complained about: an officer by name, a unit, or the head of a unit, which stands for the whole agency."""

    kind: str | None = None
    unit_id: str | None = None
    user_id: str | None = None


def accused_of(case: Mapping[str, Any]) -> Accused:
    """Who is complained about by the case as it stands."""
    return Accused(case["accused_kind"], case["accused_unit_id"], case["accused_user_id"])


def read_accused(
    session: Session, *, kind: str | None, unit: str | None = None, user: str | None = None
) -> Accused:
    """What was chosen, as it is kept. ``unit`` is a code or an id, ``user`` an id.

    A kind that was not chosen follows from what was named. Raises RefusedByRuleError when the two do not fit.
    """
    kind = kind or (UNIT if unit else OFFICER if user else None)
    if kind is None:
        return Accused()
    if kind == OFFICER:
        # The unit of an officer is not accused: its superior is to handle the case.
        return Accused(kind, None, _find_officer(session, user))
    if not unit:
        raise RefusedByRuleError(_NAME_THE_UNIT)
    named = find_unit(session, unit)
    if kind == HEAD:
        named = agency_of(session, named)
    return Accused(kind, named.id, _find_officer(session, user) if user else None)


def name_accused(work: CaseWork, accused: Accused, *, reason: str | None = None) -> bool:
    """Record who is complained about; from now on they find the case nowhere. False when nothing changes.

    Their tasks are taken away, and a case that they led goes where the law sends it. ``reason`` names a text.
    """
    before = accused_of(work.case)
    if accused == before:
        return False
    work.set(accused_kind=accused.kind, accused_unit_id=accused.unit_id, accused_user_id=accused.user_id)
    work.record(
        "case:accusation:recorded",
        data={"from": _told(before), "to": _told(accused), **({"reason": reason} if reason else {})},
    )
    if not work.new:
        _lead_past(work)
        withdraw_tasks(work)
        reassign_body_tasks(work)
    return True


def is_accused(accused: Accused, actor: Actor) -> bool:
    """Whether the actor is the accused, or belongs to the accused unit or one below it."""
    return is_about(actor, user_id=accused.user_id, unit_id=accused.unit_id)


def require_free(work: CaseWork, unit: UnitRow) -> None:
    """Refuse a unit that is complained about, or whose superior is, and say where the case goes instead.

    Raises RefusedByRuleError.
    """
    if not conflicts(work, unit):
        return
    way = mandatory_unit(work)
    raise RefusedByRuleError(
        Text(
            id=f"Unit yang diadukan tidak boleh menangani kasusnya sendiri. Disposisikan ke atasannya: {way.name} "
            "(UU 25/2009 pasal 45).",
            en=f"The unit complained about may not handle its own case. Dispose to its superior: {way.name} "
            "(Act 25/2009, article 45).",
        )
    )


def conflicts(work: CaseWork, unit: UnitRow) -> bool:
    """Whether the unit stands below the accused unit, or below a superior who is accused."""
    accused = accused_of(work.case)
    line = unit.path.split("/")
    if accused.unit_id is not None and accused.unit_id in line:
        return True
    if accused.user_id is None:
        return False
    # The root stands for the whole body, which nobody can be kept from.
    superior = select(Role.id).where(
        Role.user_id == accused.user_id, Role.role == "superior", Role.unit_id.in_(line[1:])
    )
    return work.session.execute(superior.limit(1)).first() is not None


def mandatory_unit(work: CaseWork) -> UnitRow:
    """The unit to which a case about somebody goes, by the decision table ``conflict`` of its ruleset."""
    accused = accused_of(work.case)
    asked = {"accused_kind": accused.kind, "case_class": work.case["case_class"]}
    route = decide(work.rules, "conflict", asked)["mandatory_route"]
    if route == "inspectorate":
        found = inspectorate(work.session)
        if found is not None and not conflicts(work, found):
            return found
    if accused.unit_id is not None:
        return _above(work.session, unit_row(work.session, accused.unit_id))
    return _superior_of(work, str(accused.user_id))


def _superior_of(work: CaseWork, user_id: str) -> UnitRow:
    """The unit whose superior answers for an officer: the officer's own, or the one above it when they lead it."""
    query = select(Unit.id, Unit.path).join(Role, Role.unit_id == Unit.id).where(Role.user_id == user_id)
    rows = sorted(work.session.execute(query), key=lambda row: (row.path.count("/"), row.path))
    unit = unit_row(work.session, rows[-1].id if rows else None)
    while conflicts(work, unit):
        unit = _above(work.session, unit)
    return unit


def _above(session: Session, unit: UnitRow) -> UnitRow:
    """The unit above; the root has none and stands for itself."""
    return unit_row(session, unit.parent_id) if unit.parent_id else unit


def _lead_past(work: CaseWork) -> None:
    """A case that the accused lead or support goes on without them."""
    lead = work.case["lead_unit_id"]
    if lead is not None and conflicts(work, unit_row(work.session, lead)):
        move_lead_unit(work, mandatory_unit(work))
    _withdraw_support(work)


def _withdraw_support(work: CaseWork) -> None:
    """Supporting units that are complained about no longer support."""
    for unit in supporting_units(work):
        if conflicts(work, unit):
            remove_support(work, unit.id)


def _find_officer(session: Session, user: str | None) -> str:
    with suppress(NotFoundError):
        found = session.scalar(select(User.id).where(User.id == known_id(user or "")))
        if found is not None:
            return str(found)
    raise RefusedByRuleError(_NAME_THE_OFFICER)


def _told(accused: Accused) -> dict[str, Any]:
    return {"kind": accused.kind, "unit": accused.unit_id, "user": accused.user_id}


_NAME_THE_UNIT = Text(
    id="Pilih unit yang diadukan.",
    en="Choose the unit that is complained about.",
)
_NAME_THE_OFFICER = Text(
    id="Pilih petugas yang diadukan. Bila namanya belum diketahui, pilih unitnya.",
    en="Choose the officer who is complained about. If the name is not known yet, choose the unit.",
)
