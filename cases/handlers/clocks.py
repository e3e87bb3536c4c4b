"""Handlers of diagrams for clocks: accept a complaint as complete, start and extend a clock, note an event."""

from collections.abc import Mapping
from datetime import date, datetime

from cases.deadlines.events import happened, recount, request_received_at, start
from cases.errors import RefusedByRuleError
from cases.handlers.base import Handler
from cases.rules.model import ClockRule
from cases.work import CaseWork, RunningInstance
from engine.model import Data, Text

COMPLETE = "completed_at"
ON_RECEIPT = ("received_at", "request_received_at")
"""Events that lie in the past of the process: they happened when what it handles reached the body."""


def accept_complaint(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The complaint is accepted, complete from the start unless a completion made it so: the decision's clock runs.

    The 60 days of the law count from the file being complete (Act 25/2009, article 50); an acceptance that follows a
    completion, or an earlier acceptance, changes nothing.
    """
    if work.case[COMPLETE] is not None:
        return
    work.set(completed_at=work.now)
    _note(work, instance, COMPLETE)
    happened(work, COMPLETE)


def start_clock(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Start a clock of this process: from the receipt of its request, or from ``received_on`` (a date, else now).

    One that runs already is left alone: nobody gets new time by coming past here again.
    """
    rule = _rule(work, instance, str(arguments["clock"]))
    owner = instance.id if rule.process else None
    if work.deadlines.find(rule.key, owner) is not None:
        return
    at = _started_at(work, instance, rule, arguments.get("received_on"))
    start(work, rule, at, instance_id=owner)
    due = work.deadlines.due(rule.key, owner)
    data = {"clock": rule.key, "started_at": at.isoformat(), "due_at": due.isoformat() if due else None}
    work.record("case:deadline:started", data=data, instance_id=instance.id)


def mark_event(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Note an event of the ruleset: clocks of the case, and of this process, that end or begin with it do so."""
    event = str(arguments["event"])
    if not any(event == rule.starts_at or event in rule.stops_at for rule in work.rules.clocks.values()):
        raise LookupError(f"no clock of the ruleset {work.rules.key} starts or stops at {event!r}")
    _note(work, instance, event)
    happened(work, event, instance_id=instance.id)


def extend_clock(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Add the second term that the law gives a clock. Raises RefusedByRuleError the second time, or without one."""
    rule = _rule(work, instance, str(arguments["clock"]))
    row = work.deadlines.find(rule.key, instance.id)
    if row is None:
        raise RefusedByRuleError(
            Text(
                id="Tenggat ini tidak sedang berjalan, jadi tidak dapat diperpanjang.",
                en="This deadline is not running, so it cannot be extended.",
            )
        )
    if row.extended or not rule.extension:
        raise RefusedByRuleError(
            Text(
                id="Tenggat ini tidak dapat diperpanjang lagi. Jawab dalam waktu yang tersisa.",
                en="This deadline cannot be extended again. Answer within the time that is left.",
            )
        )
    recount(work, row, {"kind": "extended", "by": rule.extension, "unit": rule.unit.value}, extended=True)


HANDLERS: Mapping[str, Handler] = {
    "accept_complaint": accept_complaint,
    "start_clock": start_clock,
    "mark_event": mark_event,
    "extend_clock": extend_clock,
}


def _rule(work: CaseWork, instance: RunningInstance, clock: str) -> ClockRule:
    rule = work.rules.clocks[clock]
    if rule.process not in (None, instance.process_id):
        raise LookupError(f"the clock {clock} belongs to the process {rule.process}")
    return rule


def _started_at(work: CaseWork, instance: RunningInstance, rule: ClockRule, received_on: object) -> datetime:
    if not received_on:
        return request_received_at(work, instance.id) if rule.starts_at in ON_RECEIPT else work.now
    day = date.fromisoformat(str(received_on)[:10])
    if day > work.calendar.local_day(work.now):
        raise RefusedByRuleError(
            Text(
                id="Tanggal penerimaan tidak boleh di masa depan. Periksa tanggalnya.",
                en="The day of receipt cannot be in the future. Check the date.",
            )
        )
    return work.calendar.start_of(day)


def _note(work: CaseWork, instance: RunningInstance, event: str) -> None:
    work.record("case:event:noted", data={"event": event}, instance_id=instance.id)
