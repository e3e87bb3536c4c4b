"""What a form may say about the case, and the rules that belong to each field."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.case_fields import SETTABLE, apply_case_fields
from cases.errors import RefusedByRuleError
from cases.model import SYSTEM
from cases.work import CaseWork
from storage.tables import CaseUnit, HistoryEntry, Unit
from support.office import Desk

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


def apply(desk: Desk, case_id: str, **fields: Any) -> None:
    """Set fields as a form does."""

    def work(session: Session) -> None:
        held = CaseWork.load(session, desk.office.env, case_id, by=SYSTEM)
        apply_case_fields(held, fields)
        held.flush()

    desk.office.work.write(work)


def unit_id(desk: Desk, code: str) -> str:
    """The id of a unit."""
    return desk.office.work.read(
        lambda session: session.scalars(select(Unit.id).where(Unit.code == code)).one()
    )


def test_old_and_new_values_are_recorded_and_what_stays_is_not(desk: Desk) -> None:
    case = desk.register(place="Pasar")
    apply(desk, case.id, place="Terminal", priority="normal")
    query = select(HistoryEntry.data).where(HistoryEntry.tag == "case:case:changed")
    assert desk.office.work.read(lambda session: session.scalars(query).all()) == [
        {"changed": {"place": ["Pasar", "Terminal"]}}
    ]


def test_protection_can_be_raised_and_never_lowered(desk: Desk) -> None:
    case = desk.register()
    for level in ("sensitive", "sensitive", "oversight"):
        apply(desk, case.id, sensitivity=level)
    for level in ("sensitive", "normal"):
        with pytest.raises(RefusedByRuleError):
            apply(desk, case.id, sensitivity=level)
    assert desk.case(case.id).sensitivity == "oversight"


def test_a_case_of_oversight_is_protected_as_such(desk: Desk) -> None:
    case = desk.register()
    apply(desk, case.id, case_class="oversight")
    assert desk.case(case.id).sensitivity == "oversight"


@pytest.mark.parametrize("lead", ["pupr", "pupr-jalan"])
def test_the_unit_complained_about_cannot_handle_its_own_case(desk: Desk, lead: str) -> None:
    case = desk.register()
    known = desk.office.work.read(lambda session: session.scalars(select(Unit.code)).all())
    below = lead if lead in known else next(code for code in known if code.startswith("pupr-"))
    apply(desk, case.id, accused_unit="pupr")
    with pytest.raises(RefusedByRuleError, match="superior"):
        apply(desk, case.id, lead_unit=below)
    apply(desk, case.id, lead_unit="sukamaju")
    assert desk.case(case.id).lead_unit_id == unit_id(desk, "sukamaju")


def test_a_unit_is_named_by_its_code_or_its_id_and_must_exist(desk: Desk) -> None:
    case = desk.register()
    apply(desk, case.id, lead_unit=unit_id(desk, "dlh"))
    assert desk.case(case.id).lead_unit_id == unit_id(desk, "dlh")
    for nowhere in ("dinas-bulan", desk.office.env.new_id(), ""):
        with pytest.raises(RefusedByRuleError, match="no such unit"):
            apply(desk, case.id, lead_unit=nowhere)


def test_supporting_units_are_replaced_as_a_whole_and_never_hold_the_lead(desk: Desk) -> None:
    case = desk.register()
    apply(desk, case.id, lead_unit="pupr", supporting_units=["dlh", "pupr", "dlh"])
    apply(desk, case.id, supporting_units=["dishub", "dinkes"])
    query = select(Unit.code).join(CaseUnit, CaseUnit.unit_id == Unit.id).order_by(Unit.code)
    assert desk.office.work.read(lambda session: session.scalars(query).all()) == ["dinkes", "dishub"]


def test_a_case_is_merged_into_another_open_case_only(desk: Desk) -> None:
    case, parent, closed = desk.register(), desk.register(title="Induk"), desk.register(title="Tutup")
    desk.say(closed.id, "withdraw")
    for wrong in (case.reference, closed.reference, "TTS-2026-999999-A", "bukan nomor"):
        with pytest.raises(RefusedByRuleError):
            apply(desk, case.id, parent_reference=wrong)
    apply(desk, case.id, parent_reference=parent.reference.lower())
    assert desk.case(case.id).parent_id == parent.id
    with pytest.raises(RefusedByRuleError):  # A child is nobody's parent.
        apply(desk, desk.register(title="Ketiga").id, parent_reference=case.reference)


def test_what_the_shipped_forms_name_can_be_set(desk: Desk) -> None:
    import json

    from tuntas.config import ROOT

    named = set()
    for path in (ROOT / "forms").rglob("*.json"):
        properties = json.loads(path.read_text(encoding="utf-8"))["properties"].values()
        named |= {
            field["x-case"] for field in properties if "x-case" in field and "complainant" not in path.parts
        }
    assert named <= set(SETTABLE)
