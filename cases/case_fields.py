"""Writes what a form says about the case onto the case, with the rules that belong to each field."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from cases.case_reference import find_reference
from cases.categories import set_category
from cases.conflict import Accused, accused_of, name_accused, read_accused, require_free
from cases.deadlines.events import final_clock, reanchor_final
from cases.errors import RefusedByRuleError
from cases.forms import FormText
from cases.model import ActorKind, CaseClass, Sensitivity
from cases.policy import visible_cases
from cases.restricted_lane import enter_restricted_lane
from cases.unit_rows import UnitRow, find_handling_unit, require_staffed
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Case, CaseText, CaseUnit

_PROTECTION = (Sensitivity.NORMAL, Sensitivity.SENSITIVE, Sensitivity.OVERSIGHT)


def apply_case_fields(work: CaseWork, fields: Mapping[str, Any]) -> None:
    """Set the fields and record old and new values. Raises RefusedByRuleError when a rule forbids a value."""
    accused = {name: value for name, value in fields.items() if name in ACCUSED}
    fields = {name: value for name, value in fields.items() if name not in ACCUSED}
    if accused:
        # First, so that none of the others can route the case to whom it is about.
        name_accused(work, _accused(work, accused))
    before = {name: work.case.get(_COLUMNS.get(name, name)) for name in fields}
    for name, value in fields.items():
        _SETTERS.get(name, _plain(name))(work, value)
    after = {name: work.case.get(_COLUMNS.get(name, name)) for name in fields}
    changed = {name: [before[name], after[name]] for name in fields if before[name] != after[name]}
    if changed:
        work.record("case:case:changed", data={"changed": changed})


def add_texts(
    work: CaseWork, texts: tuple[FormText, ...], *, response_kind: str | None, **where: str | None
) -> None:
    """Keep the long texts of a form beside the case; the engine never sees them."""
    mine = work.by.kind is ActorKind.COMPLAINANT  # Whoever wrote it may read it again.
    for text in texts:
        text_id = work.env.new_id()
        work.add(
            CaseText,
            id=text_id,
            case_id=work.case["id"],
            kind=text.kind,
            visibility="public" if mine else _VISIBILITY.get(text.kind, "internal"),
            text=text.text,
            response_kind=response_kind if text.kind == "response" else None,
            at=work.now,
            published_at=None,
            author_kind=work.by.kind.value,
            author_id=work.by.id,
            author_name=work.by.name or None,
            **where,
        )
        work.record("case:text:written", data={"text": text_id, "kind": text.kind}, **_history_place(where))


def _history_place(where: Mapping[str, str | None]) -> dict[str, str | None]:
    return {key: value for key, value in where.items() if key in ("instance_id", "task_id", "element_id")}


_VISIBILITY = {"response": "draft", "message": "public", "reply": "public"}


def _plain(name: str) -> Callable[[CaseWork, Any], None]:
    column = _COLUMNS.get(name, name)

    def set_column(work: CaseWork, value: Any) -> None:
        work.set(**{column: value})

    return set_column


def set_class(work: CaseWork, value: str) -> None:
    """Give the case its class; oversight brings its sensitivity, and the final clock counts from the receipt."""
    if value == work.case["case_class"]:
        return
    before = final_clock(work)
    work.set(case_class=value)
    if value == CaseClass.OVERSIGHT:
        set_sensitivity(work, Sensitivity.OVERSIGHT.value)
    reanchor_final(work, before)


def set_kind(work: CaseWork, value: str) -> None:
    """Say what the complainant brings; another final clock counts from the receipt."""
    before = final_clock(work)
    work.set(kind=value)
    reanchor_final(work, before)


def set_sensitivity(work: CaseWork, value: str) -> None:
    """Secrecy changes only towards more protection (domain, "at any time")."""
    present = Sensitivity(work.case["sensitivity"])
    if _PROTECTION.index(Sensitivity(value)) < _PROTECTION.index(present):
        raise RefusedByRuleError(
            Text(
                id="Tingkat kerahasiaan hanya dapat dinaikkan, tidak dapat diturunkan.",
                en="The level of protection can only be raised, never lowered.",
            )
        )
    before = final_clock(work)
    work.set(sensitivity=value)
    reanchor_final(work, before)
    enter_restricted_lane(work)


def _set_lead_unit(work: CaseWork, value: str) -> None:
    unit = _handling_unit(work, value)
    require_free(work, unit)
    require_staffed(unit)
    work.set(lead_unit_id=unit.id)


def _set_supporting_units(work: CaseWork, value: list[str]) -> None:
    chosen = [_handling_unit(work, item) for item in value]
    for unit in chosen:
        require_free(work, unit)
        require_staffed(unit)
    units = {unit.id for unit in chosen} - {work.case["lead_unit_id"]}
    work.session.execute(delete(CaseUnit).where(CaseUnit.case_id == work.case["id"]))
    for unit_id in sorted(units):
        work.add(CaseUnit, case_id=work.case["id"], unit_id=unit_id)


def _handling_unit(work: CaseWork, value: str) -> UnitRow:
    return work.handling_units.get(value) or find_handling_unit(work.session, value, on=_today(work))


def _today(work: CaseWork) -> date:
    return work.now.astimezone(work.env.zone).date()


def _accused(work: CaseWork, given: Mapping[str, Any]) -> Accused:
    """Who is complained about, from what a form says and what it leaves as it is."""
    now = accused_of(work.case)
    unit = given.get("accused_unit", now.unit_id) or None
    user = given.get("accused_user", now.user_id) or None
    same = (unit, user) == (now.unit_id, now.user_id)
    kind = given.get("accused_kind") or (now.kind if same else None)
    return read_accused(work.session, kind=kind, unit=unit, user=user)


def _set_parent(work: CaseWork, value: str) -> None:
    reference = find_reference(value)
    parent = work.session.execute(
        select(Case.id, Case.stage, Case.parent_id).where(
            Case.reference == reference, visible_cases(work.env, work.by)
        )
    ).first()
    if (
        parent is None
        or parent.id == work.case["id"]
        or parent.parent_id is not None
        or parent.stage == "closed"
    ):
        raise RefusedByRuleError(
            Text(
                id="Kasus induk tidak ditemukan atau tidak dapat dijadikan induk. Pilih kasus lain yang masih terbuka.",
                en="The parent case is not known or cannot be a parent. Choose another case that is still open.",
            )
        )
    work.set(parent_id=parent.id)


_COLUMNS = {
    "lead_unit": "lead_unit_id",
    "parent_reference": "parent_id",
}

ACCUSED = ("accused_kind", "accused_unit", "accused_user")
"""Fields that say together who is complained about."""

_SETTERS: dict[str, Callable[[CaseWork, Any], None]] = {
    "kind": set_kind,
    "case_class": set_class,
    "category": set_category,
    "sensitivity": set_sensitivity,
    "lead_unit": _set_lead_unit,
    "supporting_units": _set_supporting_units,
    "parent_reference": _set_parent,
    "response_kind": lambda work, value: None,  # It belongs to the text, not to the case.
}

SETTABLE = (
    "kind",
    "case_class",
    "category",
    "area",
    "place",
    "sensitivity",
    "priority",
    "lead_unit",
    "accused_kind",
    "accused_unit",
    "accused_user",
    "supporting_units",
    "outcome_reason",
    "parent_reference",
    "referred_to",
    "response_kind",
    "formal",
)
"""What a form's ``x-case`` may name."""
