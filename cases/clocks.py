"""Which clocks run on a case: each starts and stops at events that the reference data names, with a computed date.

Lengths, units and events come from ``reference/clocks.json`` (domain facts with their sources). Working days here
skip Saturdays and Sundays; holidays and pauses arrive with the working-day calendar.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cases.reference import ClockRule
from cases.work import CaseWork

LEGAL_DATE_UNITS = ("calendar_days", "working_days")


def due_after(start: datetime, length: int, unit: str, zone: ZoneInfo) -> datetime:
    """The exclusive UTC instant at which ``length`` units after ``start`` are over.

    Days are whole local days and day 0 is the day of the start, so the answer is the local midnight that ends the
    last day. Raises ValueError for an unknown unit.
    """
    if unit == "hours":
        return start + timedelta(hours=length)
    if unit not in LEGAL_DATE_UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    day = start.astimezone(zone).date()
    left = length
    while left:
        day += timedelta(days=1)
        if unit == "calendar_days" or day.weekday() < 5:
            left -= 1
    end = day + timedelta(days=1)
    return datetime(end.year, end.month, end.day, tzinfo=zone).astimezone(start.tzinfo)


def happened(work: CaseWork, event: str, *, at: datetime | None = None) -> None:
    """Stop the clocks that the event ends and start those that it begins. ``at`` defaults to now."""
    moment = at or work.now
    for rule in work.env.reference.clocks.values():
        if event in rule.stops_at:
            work.deadlines.stop(rule.key)
    for rule in work.env.reference.clocks.values():
        if rule.starts_at == event and _applies(work, rule):
            start(work, rule, moment)


def start(work: CaseWork, rule: ClockRule, at: datetime) -> None:
    """Begin a clock, replacing one of the same key that still runs."""
    work.deadlines.stop(rule.key)
    work.deadlines.open(rule.key, started_at=at, due_at=_due(work, rule, at), law=rule.law)


def reanchor_final(work: CaseWork) -> None:
    """The class changed: the final clock of the new class counts from the original receipt."""
    for key, rule in work.env.reference.clocks.items():
        if key.startswith("final_"):
            work.deadlines.stop(key)
            if _applies(work, rule) and not work.case["responded_at"]:
                start(work, rule, work.case["received_at"])


def due_at(work: CaseWork, clock: str) -> datetime:
    """When a clock that a diagram waits for is due: the running deadline, or else counted from now."""
    key = f"final_{work.case['case_class']}" if clock == "final" else clock
    running = work.deadlines.due(key)
    if running is not None:
        return running
    # Another round brings no new deadline (domain, "responded"): the final clock keeps counting from the receipt.
    start = work.case["received_at"] if key.startswith("final_") else work.now
    return _due(work, work.env.reference.clocks[key], start)


def show_waiting(work: CaseWork, clock: str, due: datetime) -> None:
    """A diagram waits for the complainant or another body again: the deadline is shown although no event began it."""
    if clock in _WAITED_FOR and work.deadlines.due(clock) is None:
        rule = work.env.reference.clocks[clock]
        work.deadlines.open(clock, started_at=work.now, due_at=due, law=rule.law)


def _due(work: CaseWork, rule: ClockRule, at: datetime) -> datetime:
    return due_after(at, rule.length, rule.unit, work.env.zone)


def _applies(work: CaseWork, rule: ClockRule) -> bool:
    if rule.key.startswith("final_"):
        return rule.key == f"final_{work.case['case_class']}"
    if rule.key == "completion":
        return bool(work.case["has_identity"])
    return rule.key not in _BY_REQUEST_ONLY


_WAITED_FOR = ("auto_close", "completion", "referral_decision", "approval")
"""Clocks that run while the process waits at one place, and only then."""

_BY_REQUEST_ONLY = {
    "information_law",
    "ombudsman_answer",
    "ombudsman_recommendation",
    "data_subject",
    "decision_law",
}
"""Clocks of processes that start by a formal request of their own."""
