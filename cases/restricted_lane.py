"""The restricted lane: a case of oversight leaves the unit that had it and goes to the inspectorate."""

from cases.conflict import conflicts, mandatory_unit
from cases.lead_unit import move_lead_unit, remove_support
from cases.unit_rows import inspectorate, unit_row
from cases.work import CaseWork

OVERSIGHT = "oversight"


def is_restricted(work: CaseWork) -> bool:
    """Whether the case belongs to the restricted lane."""
    return OVERSIGHT in (work.case["case_class"], work.case["sensitivity"])


def enter_restricted_lane(work: CaseWork) -> None:
    """The unit that has a case of oversight loses it at once: the inspectorate leads, nobody supports.

    A case that was not disposed yet has nobody who could lose it: the coordinating admin routes it.
    """
    lead = work.case["lead_unit_id"]
    if work.new or lead is None or not is_restricted(work):
        return
    remove_support(work)
    unit = inspectorate(work.session)
    if unit is None or unit_row(work.session, lead).kind == unit.kind:
        return
    move_lead_unit(work, mandatory_unit(work) if conflicts(work, unit) else unit)
