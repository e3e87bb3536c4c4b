"""Which clocks run on a case: each starts, pauses and stops at what its ruleset names, with a computed date.

Lengths, units, events and pausing stages are data of the ruleset under which the case was opened (domain facts with
their sources). Clocks with a process belong to one instance of it each; all others belong to the case.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from cases.deadlines.calendar import CalendarGapError
from cases.deadlines.counting import Pause, count
from cases.deadlines.ladder import AT_DUE, alert_after_move, first_alert, rung
from cases.deadlines.pauses import SUSPENDED, pausing_stages
from cases.deadlines.running import RunningDeadline
from cases.incidents import FaultedError
from cases.model import Stage
from cases.rules.handling import FINAL, applies, handling_rule
from cases.rules.model import ClockRule
from cases.work import CaseWork
from storage.tables import CaseRequest

_ON_ENTERING = {Stage.AWAITING_APPROVAL: "submitted_at"}
_ON_LEAVING = {Stage.AWAITING_APPROVAL: "approval_decided", Stage.AWAITING_REFERRAL: "referral_decided"}
"""Events of clocks that are nothing but a change of stage."""

RECEIPT = "received_at"
AT_CLOSURE = "closed"


def happened(
    work: CaseWork, event: str, *, at: datetime | None = None, instance_id: str | None = None
) -> None:
    """Stop the clocks that the event ends and start those that it begins. ``at`` defaults to now.

    With ``instance_id`` the clocks of that process instance stop too; the closure of the case stops those of every
    instance. Raises FaultedError when a date cannot be computed.
    """
    for row in work.deadlines.running():
        rule = work.rules.clocks[row.clock]
        if event in rule.stops_at and (event == AT_CLOSURE or row.instance_id in (None, instance_id)):
            work.deadlines.stop(*row.key)
    for rule in work.rules.clocks.values():
        if rule.starts_at == event and rule.process is None and _applies(work, rule):
            start(work, rule, at or work.now)


def start(work: CaseWork, rule: ClockRule, at: datetime, *, instance_id: str | None = None) -> None:
    """Begin a clock, replacing one of the same key that still runs. Raises FaultedError."""
    replaces = work.deadlines.find(rule.key, instance_id) is not None
    work.deadlines.stop(rule.key, instance_id)
    due = counted(work, rule, at)
    work.deadlines.open(
        rule.key,
        started_at=at,
        due_at=due,
        law=rule.law,
        calendar_version=work.calendar.version,
        instance_id=instance_id,
        alert=_first_alert(work, rule, at, due),
        waited_for=rule.waits and not replaces,
    )


def enter_stage(work: CaseWork, stage: Stage) -> None:
    """Move the case to a stage; the clocks that pause there, paused before, or start or stop with it, do so."""
    left = Stage(work.case["stage"])
    if left is stage:
        return
    work.enter_stage(stage)
    _turn_pauses(work, left, stage)
    for event in (_ON_LEAVING.get(left), _ON_ENTERING.get(stage)):
        if event:
            happened(work, event)


def _turn_pauses(work: CaseWork, left: Stage, stage: Stage) -> None:
    pausing = pausing_stages(work.rules)
    if left.value in pausing:
        work.pauses.end(left.value)
    if stage.value in pausing:
        work.pauses.begin(stage.value)
    elif left.value not in pausing or stage is Stage.CLOSED:
        return
    for row in work.deadlines.running():
        pauses_in = work.rules.clocks[row.clock].pauses_in
        if stage.value in pauses_in:
            recount(work, row, {"kind": "paused", "stage": stage.value})
        elif left.value in pauses_in:
            recount(work, row, {"kind": "resumed", "stage": left.value})


def stand_still(work: CaseWork) -> None:
    """The case is suspended: the complainant cannot answer, and what they would lose by it stands still."""
    work.pauses.begin(SUSPENDED)
    _turn_suspension(work, against="paused", office="resumed")


def go_on(work: CaseWork) -> None:
    """The pause of a suspension has ended: what stood still is counted on."""
    _turn_suspension(work, against="resumed", office="paused")


def was_kept_waiting(work: CaseWork, since: datetime) -> None:
    """Since then the complainant could not be heard: no day of it counts against them."""
    work.pauses.note(SUSPENDED, since)
    for row in work.deadlines.running():
        if work.rules.clocks[row.clock].against_complainant:
            recount(work, row, {"kind": "resumed", "stage": SUSPENDED})


def _turn_suspension(work: CaseWork, *, against: str, office: str) -> None:
    stage = work.case["stage"]
    for row in work.deadlines.running():
        rule = work.rules.clocks[row.clock]
        if rule.against_complainant:
            recount(work, row, {"kind": against, "stage": SUSPENDED})
        elif stage in rule.pauses_in:
            recount(work, row, {"kind": office, "stage": stage})


def recount(work: CaseWork, row: RunningDeadline, why: Mapping[str, Any], **columns: Any) -> bool:
    """Count a running clock anew from its start; whether its date moved. ``why`` goes to the history.

    Every pause is obeyed, and the calendar in force. A clock that had expired before a pause began stays expired.
    ``columns`` change with it. Raises FaultedError.
    """
    rule = work.rules.clocks[row.clock]
    columns = {"calendar_version": work.calendar.version, **columns}
    extended = bool(columns.get("extended", row.extended))
    due = counted(work, rule, row.started_at, extended=extended)
    columns.update(_next_alert(work, rule, row, due))
    if due == row.due_at:
        # The levels after the due date may move all the same, when the calendar changed.
        work.deadlines.change(row, **columns)
        return False
    work.deadlines.move(row.clock, due, why, instance_id=row.instance_id, **columns)
    return True


def reanchor_final(work: CaseWork, before: str) -> None:
    """The case is handled otherwise: if its final clock is another than ``before``, that counts from the receipt.

    The old row is stopped and kept, pauses are obeyed. Timers and tasks that wait for the final clock, running or
    not, get its date.
    """
    rule = work.rules.clocks[final_clock(work)]
    if rule.key == before:
        return
    due = counted(work, rule, work.case["received_at"])
    old = work.deadlines.find(before)
    if old:
        work.deadlines.stop(*old.key)
        start(work, rule, work.case["received_at"])
        _keep_promise(work, old, rule)
        why = {"kind": "reclassified", "from_clock": before, "class": work.case["case_class"]}
        data = {"clock": rule.key, "from": _iso(old.due_at), "to": _iso(due), "why": why}
        work.record("case:deadline:moved", data=data)
    work.deadlines.shift(rule.key, due, was=before)


def _keep_promise(work: CaseWork, old: RunningDeadline, rule: ClockRule) -> None:
    """What was promised to the complainant holds whatever the class."""
    new = work.deadlines.find(rule.key)
    if new is not None and old.promised_on is not None:
        work.deadlines.change(new, promised_on=old.promised_on)


def final_clock(work: CaseWork) -> str:
    """The clock that ``final`` stands for: the one that the decision table ``handling`` names for the case."""
    return handling_rule(work.rules, work.case).final_clock


def due_at(work: CaseWork, clock: str, instance_id: str | None = None) -> datetime:
    """When a clock that a diagram waits for is due: the running deadline, or else counted from its own start.

    While a pause holds the clock, the date that it would have if the pause ended now; the stored timer has none.
    """
    rule = work.rules.clocks[final_clock(work) if clock == FINAL else clock]
    running = work.deadlines.find(rule.key, instance_id)
    if running is not None and running.due_at is not None:
        return running.due_at
    started_at = running.started_at if running else _anchor(work, rule, instance_id)
    due = counted(work, rule, started_at, ending_now=True)
    assert due is not None  # noqa: S101
    return due


def show_waiting(work: CaseWork, clock: str, due: datetime) -> None:
    """A diagram waits for the complainant or another body again: the deadline is shown although no event began it."""
    rule = work.rules.clocks.get(clock)
    if rule and rule.waits and work.deadlines.find(clock) is None:
        due_at = None if _rests(work, rule) else due
        work.deadlines.open(
            clock,
            started_at=work.now,
            due_at=due_at,
            law=rule.law,
            calendar_version=work.calendar.version,
            alert=_first_alert(work, rule, work.now, due_at),
            waited_for=True,
        )


def wait_is_over(work: CaseWork, clock: str) -> None:
    """A timer fired: a clock that only waited for that moment, and that nobody is alerted of, has run its course."""
    rule = work.rules.clocks.get(clock)
    if rule and rule.waits and rung(work.rules, rule, AT_DUE) is None:
        work.deadlines.stop(clock)


def counted(
    work: CaseWork, rule: ClockRule, at: datetime, *, extended: bool = False, ending_now: bool = False
) -> datetime | None:
    """When a clock that started then is due; None while a pause holds it, unless that is taken to be ``ending_now``.

    Raises FaultedError, saying which year to add, when the calendar does not reach as far.
    """
    # A clock that starts now, in a stage where it counts, has no pause behind it; the usual one, so ask no table.
    paused = at < work.now or work.case["stage"] in rule.pauses_in or _rests(work, rule)
    pauses = work.pauses.of(rule) if paused else ()
    if ending_now:
        pauses = tuple(Pause(one.start, one.end or work.now, one.stage) for one in pauses)
    try:
        return count(rule, at, work.calendar, pauses, extended=extended).due_at
    except CalendarGapError as error:
        raise _no_date(work, rule, error) from error


def request_received_at(work: CaseWork, instance_id: str) -> datetime:
    """When the request of a process instance beside the case reached the body; without one, when the case did."""
    for row in work.rows.get(CaseRequest, []):
        if row["instance_id"] == instance_id:
            received: datetime = row["received_at"]
            return received
    query = select(CaseRequest.received_at).where(CaseRequest.instance_id == instance_id)
    stored = None if work.new else work.session.scalar(query)
    return stored or work.case["received_at"]


def _anchor(work: CaseWork, rule: ClockRule, instance_id: str | None) -> datetime:
    if rule.process is not None and instance_id is not None:
        return request_received_at(work, instance_id)
    # Nothing that happens later brings a new deadline to what counts from the receipt: another round has the old final
    # date, and an emergency that was disposed of at once is verified within the days of its receipt.
    at: datetime = work.case["received_at"] if rule.starts_at == RECEIPT else work.now
    return at


def _first_alert(
    work: CaseWork, rule: ClockRule, at: datetime, due: datetime | None
) -> tuple[int, datetime | None] | None:
    if due is None:
        return 0, None
    try:
        return first_alert(work.rules, work.calendar, rule, at, due)
    except CalendarGapError as error:
        raise _no_date(work, rule, error) from error


def _next_alert(
    work: CaseWork, rule: ClockRule, row: RunningDeadline, due: datetime | None
) -> Mapping[str, Any]:
    if due is None:
        return {"next_alert_at": None}
    try:
        alert = alert_after_move(
            work.rules,
            work.calendar,
            rule,
            started_at=row.started_at,
            due_at=due,
            level=row.next_level,
            now=work.now,
        )
    except CalendarGapError as error:
        raise _no_date(work, rule, error) from error
    return {"next_level": alert[0] if alert else None, "next_alert_at": alert[1] if alert else None}


def _no_date(work: CaseWork, rule: ClockRule, error: CalendarGapError) -> FaultedError:
    return FaultedError(
        case_id=work.case["id"],
        instance_id=None,
        element_id=None,
        cause=f"the clock {rule.key} gives no date: {error}",
        command="count",
    )


def _rests(work: CaseWork, rule: ClockRule) -> bool:
    return rule.against_complainant and work.case["suspended_at"] is not None


def _applies(work: CaseWork, rule: ClockRule) -> bool:
    if rule.key == "completion":
        return bool(work.case["has_identity"])
    return applies(work.rules, rule.key, work.case)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
