"""How long a closed case is kept; a legal hold keeps it longer, whatever the table says."""

from datetime import date

from cases.rules.decisions import decide
from cases.rules.model import Ruleset


def retain_until(ruleset: Ruleset, *, case_class: str, outcome: str, closed_on: date) -> date:
    """The last day on which a case that was closed on a local day is kept."""
    years = decide(ruleset, "retention", {"case_class": case_class, "outcome": outcome})["years"]
    return _years_later(closed_on, int(years))


def is_kept(*, until: date | None, legal_hold: bool, today: date) -> bool:
    """Whether nothing of a case may be erased today: it is open, under a legal hold, or its time is not over."""
    return legal_hold or until is None or today <= until


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # The 29th of February of a year that has none.
        return day.replace(year=day.year + years, day=28)
