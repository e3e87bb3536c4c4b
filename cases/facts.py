"""The facts of a case that every diagram may read as ``case.<name>``; the names are those of the vocabulary."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from cases.rules.decisions import decide
from cases.rules.handling import handling_rule
from storage.tables import CaseUnit

if TYPE_CHECKING:
    from cases.work import CaseWork


class Facts(Mapping[str, Any]):
    """What is known at the moment; a fact that costs a statement is read only when a diagram asks for it."""

    def __init__(self, known: Mapping[str, Any], asked: Mapping[str, Callable[[], Any]]) -> None:
        self._known = dict(known)
        self._asked = asked

    def __getitem__(self, name: str) -> Any:
        """The fact of this name; a KeyError when the vocabulary has none."""
        if name not in self._known:
            self._known[name] = self._asked[name]()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        """The names, read or not."""
        return iter({**self._known, **self._asked})

    def __len__(self) -> int:
        """How many facts there are."""
        return len({**self._known, **self._asked})


def facts_of(work: "CaseWork") -> Facts:
    """The facts of the case as it is now."""
    case, limits = work.case, work.rules.limits
    known = {name: case[name] for name in work.env.reference.fact_names if name in case}
    known["lead_unit"] = case["lead_unit_id"]
    known["emergency"] = case["priority"] == "emergency"
    known["rounds_used_up"] = 0 < limits.rounds <= case["round"]
    known["returns_used_up"] = 0 < limits.returns <= case["returns"]
    asked = {
        "supporting_units": lambda: supporting_units(work),
        "archive_second_approval": lambda: _archive_policy(work)["second_approval"],
        "archive_notice": lambda: _archive_policy(work)["notice"],
        "handling_process": lambda: handling_rule(work.rules, case).process,
        "approver": lambda: handling_rule(work.rules, case).approver,
    }
    return Facts(known, asked)


def _archive_policy(work: "CaseWork") -> dict[str, Any]:
    """What the case's own ruleset says about archiving for the reason that the case has."""
    return decide(work.rules, "archive_policy", {"outcome_reason": work.case["outcome_reason"]})


def supporting_units(work: "CaseWork") -> list[str]:
    """The ids of the units that help the lead unit, those of this command included."""
    named = {row["unit_id"] for row in work.rows.get(CaseUnit, [])}
    if not work.new:
        query = select(CaseUnit.unit_id).where(CaseUnit.case_id == work.case["id"])
        named.update(work.session.scalars(query))
    return sorted(named - {work.case["lead_unit_id"]})
