"""Which clocks run on a case: each starts and stops at events that the reference data names, with a computed date.

Lengths, units and events come from ``reference/clocks.json`` (domain facts with their sources). Working days here
skip Saturdays and Sundays; holidays and pauses arrive with the working-day calendar.
"""

from datetime import datetime

from cases.deadlines.counting import count
from cases.rules.model import ClockRule
from cases.work import CaseWork


def happened(work: CaseWork, event: str, *, at: datetime | None = None) -> None:
    """Stop the clocks that the event ends and start those that it begins. ``at`` defaults to now."""
    moment = at or work.now
    for rule in work.rules.clocks.values():
        if event in rule.stops_at:
            work.deadlines.stop(rule.key)
    for rule in work.rules.clocks.values():
        if rule.starts_at == event and _applies(work, rule):
            start(work, rule, moment)


def start(work: CaseWork, rule: ClockRule, at: datetime) -> None:
    """Begin a clock, replacing one of the same key that still runs."""
    work.deadlines.stop(rule.key)
    work.deadlines.open(rule.key, started_at=at, due_at=_due(work, rule, at), law=rule.law)


def reanchor_final(work: CaseWork) -> None:
    """The class changed: the final clock of the new class counts from the original receipt."""
    for key, rule in work.rules.clocks.items():
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
    return _due(work, work.rules.clocks[key], start)


def show_waiting(work: CaseWork, clock: str, due: datetime) -> None:
    """A diagram waits for the complainant or another body again: the deadline is shown although no event began it."""
    rule = work.rules.clocks.get(clock)
    if rule and rule.waits and work.deadlines.due(clock) is None:
        work.deadlines.open(clock, started_at=work.now, due_at=due, law=rule.law)


def _due(work: CaseWork, rule: ClockRule, at: datetime) -> datetime:
    due = count(rule, at, work.calendar).due_at
    assert due is not None  # noqa: S101
    return due


def _applies(work: CaseWork, rule: ClockRule) -> bool:
    if rule.process is not None or rule.case_class not in (None, work.case["case_class"]):
        return False
    return rule.key != "completion" or bool(work.case["has_identity"])
