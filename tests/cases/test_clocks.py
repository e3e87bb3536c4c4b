"""Legal clocks: exact to the local midnight, started and stopped by what happens, anchored at the receipt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases.dates import last_day
from cases.deadlines.calendar import Calendar
from cases.deadlines.counting import count
from cases.deadlines.events import happened
from cases.model import CaseClass, Channel
from cases.rules.model import ClockRule, Unit
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Deadline, Timer
from support.clocks import at, do, dues, end_of, open_task, rows, told
from support.office import START, Desk
from support.own_process import deploy_drawn, start_beside
from support.paths import dispose

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
JAKARTA, JAYAPURA = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")


def due_after(
    start: datetime, length: int, unit: str, zone: ZoneInfo, calendar: Calendar | None = None
) -> datetime:
    """When a clock of this length is due, on a calendar without holidays unless one is given."""
    rule = ClockRule("test", Text("", ""), "received_at", length, Unit(unit), (), law=False)
    due = count(rule, start, calendar or Calendar(1, zone)).due_at
    assert due is not None
    return due


# (start, length, unit, zone, last day that people are shown)
LAST_DAYS = [
    # Day 0 is the day of the start.
    ("2026-03-02T02:00", 5, "calendar_days", JAKARTA, date(2026, 3, 7)),
    # Three working days from a Monday, and over a weekend.
    ("2026-03-02T02:00", 3, "working_days", JAKARTA, date(2026, 3, 5)),
    ("2026-03-05T02:00", 3, "working_days", JAKARTA, date(2026, 3, 10)),
    # A receipt on a Saturday counts from Monday.
    ("2026-03-07T02:00", 1, "working_days", JAKARTA, date(2026, 3, 9)),
    # 23.30 in Jakarta is still Monday; 00.30 is Tuesday; in Jayapura both are Tuesday.
    ("2026-03-02T16:30", 1, "working_days", JAKARTA, date(2026, 3, 3)),
    ("2026-03-02T17:30", 1, "working_days", JAKARTA, date(2026, 3, 4)),
    ("2026-03-02T16:30", 1, "working_days", JAYAPURA, date(2026, 3, 4)),
    # Sixty working days, the limit for cases of oversight.
    ("2026-03-02T02:00", 60, "working_days", JAKARTA, date(2026, 5, 25)),
    # The end of February in a leap year, and of a year.
    ("2028-02-28T02:00", 2, "calendar_days", JAKARTA, date(2028, 3, 1)),
    ("2026-12-31T02:00", 1, "calendar_days", JAKARTA, date(2027, 1, 1)),
    # Nothing at all: the day of the start itself.
    ("2026-03-02T02:00", 0, "calendar_days", JAKARTA, date(2026, 3, 2)),
]


@pytest.mark.parametrize(("start", "length", "unit", "zone", "expected"), LAST_DAYS)
def test_the_last_day_of_a_limit(start: str, length: int, unit: str, zone: ZoneInfo, expected: date) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=UTC)
    due = due_after(begun, length, unit, zone)
    assert last_day(due, zone) == expected
    local = due.astimezone(zone)
    assert (local.hour, local.minute, due.tzinfo) == (0, 0, UTC)


def test_hours_are_counted_exactly() -> None:
    begun = datetime(2026, 3, 6, 10, 17, tzinfo=UTC)
    assert due_after(begun, 48, "hours", JAKARTA) == begun + timedelta(hours=48)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="fortnights"):
        due_after(START, 1, "fortnights", JAKARTA)


# Which event starts and stops which clock (domain.md section 3)

# clock, class, what starts it, what stops it besides the closure of the case
OF_THE_CASE = [
    # Handed to the inspectorate or to another body there is no disposition, and nothing left to verify [INFER].
    ("verification", "ordinary", "received_at", ["disposed_at", "handed_over_at", "referred_at"]),
    ("first_answer_law", "ordinary", "received_at", ["completion_requested_at", "response_published"]),
    ("completion", "ordinary", "completion_requested_at", ["completed_at"]),
    ("first_response", "ordinary", "disposed_at", ["response_published"]),
    ("final_information", "information", "received_at", ["response_published_at"]),
    ("final_ordinary", "ordinary", "received_at", ["response_published_at"]),
    ("final_oversight", "oversight", "received_at", ["response_published_at"]),
    ("decision_law", "ordinary", "completed_at", ["decided_at", "response_published_at"]),
    ("decision_law", "oversight", "completed_at", ["decided_at", "response_published_at"]),
    ("decision_delivery_law", "oversight", "decided_at", ["delivered_at"]),
    ("approval", "ordinary", "submitted_at", ["approval_decided"]),
    ("auto_close", "ordinary", "response_published_at", ["complainant_message", "officer_message"]),
    ("referral_reminder", "ordinary", "referred_at", ["referral_decided"]),
    ("referral_decision", "ordinary", "referred_at", ["referral_decided"]),
]
EVENTS = sorted({event for _, _, begins, ends in OF_THE_CASE for event in (begins, *ends)})


@ON_SQLITE
@pytest.mark.parametrize(("clock_key", "case_class", "begins", "ends"), OF_THE_CASE)
def test_a_clock_starts_at_its_own_event_and_stops_at_those_of_the_rules(
    desk: Desk, clock_key: str, case_class: str, begins: str, ends: list[str]
) -> None:
    case = desk.register(case_class=CaseClass(case_class))

    def try_every_event(work: CaseWork) -> dict[str, bool]:
        stopped = {}
        for event in (*EVENTS, "closed"):
            happened(work, begins)
            assert work.deadlines.find(clock_key) is not None, "it did not start"
            happened(work, event)
            stopped[event] = work.deadlines.find(clock_key) is None
        return stopped

    stopped = do(desk, case.id, try_every_event)
    assert {event for event, over in stopped.items() if over} == {*ends, "closed"}


@ON_SQLITE
def test_a_clock_starts_at_no_other_event_than_its_own(desk: Desk) -> None:
    case = desk.register()

    def started_by(work: CaseWork) -> dict[str, set[str]]:
        found = {}
        for event in EVENTS:
            work.deadlines.stop_all()
            happened(work, event)
            found[event] = {row.clock for row in work.deadlines.running()}
        return found

    found = do(desk, case.id, started_by)
    for event in EVENTS:
        own = {key for key, kind, begins, _ in OF_THE_CASE if begins == event and kind == "ordinary"}
        # An ordinary case may be decided too; its decision is delivered.
        assert found[event] == own | ({"decision_delivery_law"} if event == "decided_at" else set())


def test_each_step_starts_and_stops_the_clocks_that_the_rules_name(desk: Desk) -> None:
    case = desk.register()
    assert {"verification", "first_answer_law", "final_ordinary"} <= set(dues(desk, case.id))
    desk.accept(case.id)
    dispose(desk, case.id)
    assert "verification" not in dues(desk, case.id)
    assert "first_response" in dues(desk, case.id)
    desk.answer(case.id)
    assert set(dues(desk, case.id)) & {"first_response", "final_ordinary", "approval"} == set()
    desk.say(case.id, "confirm")
    assert dues(desk, case.id) == {}


def test_the_case_shows_its_soonest_open_clock(desk: Desk) -> None:
    case = desk.register()
    clocks, row = dues(desk, case.id), desk.case(case.id)
    assert row.due_at == min(due for due in clocks.values() if due)
    assert clocks[row.due_clock] == row.due_at


@ON_SQLITE
def test_a_letter_counts_from_the_day_it_reached_the_body(desk: Desk) -> None:
    desk.clock.set(at("2026-03-11"))
    case = desk.register(channel=Channel.LETTER, received_at=at("2026-03-02"))
    found = dues(desk, case.id)
    assert found["first_answer_law"] == end_of("2026-03-16")
    assert found["final_ordinary"] == end_of("2026-03-27")
    assert {row.started_at for row in rows(desk, Deadline, case.id)} == {at("2026-03-02")}


@ON_SQLITE
def test_the_completion_clock_runs_only_for_complainants_who_can_be_asked(desk: Desk) -> None:
    named, nameless = desk.register(), desk.register(name=None, title="Tanpa nama")
    for case in (named, nameless):
        do(desk, case.id, lambda work: happened(work, "completion_requested_at"))
    assert "completion" in dues(desk, named.id)
    assert "completion" not in dues(desk, nameless.id)


def test_a_working_day_clock_and_a_calendar_day_clock_run_side_by_side_to_their_own_ends(desk: Desk) -> None:
    # Received on Monday 16 March, before Nyepi and Lebaran.
    desk.clock.set(at("2026-03-16"))
    case = desk.register()
    found = dues(desk, case.id)
    assert found["verification"] == end_of("2026-03-26")
    assert found["first_answer_law"] == end_of("2026-03-30")


# The file is complete


def test_a_complaint_that_is_accepted_is_complete_and_the_decision_is_due_in_sixty_days(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, ACCEPTS)
    desk.clock.set(at("2026-03-04"))
    start_beside(desk.office, case.id, "accepts")
    assert desk.case(case.id).completed_at == at("2026-03-04")
    assert dues(desk, case.id)["decision_law"] == end_of("2026-05-03")
    assert told(desk, case.id, "case:event:noted") == [{"event": "completed_at"}]


@ON_SQLITE
def test_an_acceptance_after_a_completion_changes_nothing(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, ACCEPTS)
    desk.complete(
        case.id, "verify_complaint", "admin.instansi", decision="ask_completion", completion_request="?"
    )
    desk.pass_time(at("2026-03-10"))
    desk.say(case.id, "completion", message="Di depan pasar.")
    assert dues(desk, case.id)["decision_law"] == end_of("2026-05-09")
    desk.pass_time(at("2026-03-12"))
    start_beside(desk.office, case.id, "accepts")
    assert desk.case(case.id).completed_at == at("2026-03-10")
    assert dues(desk, case.id)["decision_law"] == end_of("2026-05-09")
    assert told(desk, case.id, "case:event:noted") == []


ACCEPTS = """accepts
start begin
service accept handler=accept_complaint
catch wait date=clock:decision_law
end done
begin -> accept -> wait -> done"""


@ON_SQLITE
def test_a_timer_drawn_before_its_clock_has_begun_takes_its_date_when_it_begins(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        """early
start begin
catch wait date=clock:decision_law
end done
begin -> wait -> done""",
    )
    start_beside(desk.office, case.id, "early")
    deploy_drawn(desk.office, ACCEPTS)
    desk.clock.set(at("2026-03-05"))
    start_beside(desk.office, case.id, "accepts")
    assert {row.due_at for row in rows(desk, Timer, case.id, element_id="wait")} == {end_of("2026-05-04")}


@ON_SQLITE
def test_what_counts_from_the_receipt_keeps_its_date_after_its_clock_has_stopped(desk: Desk) -> None:
    case = desk.register()
    desk.clock.set(at("2026-03-04"))
    # An emergency is disposed of at once, which stops the clock; the verification follows.
    do(desk, case.id, lambda work: happened(work, "disposed_at"))
    deploy_drawn(
        desk.office,
        """follows
start begin
user verify formKey=follows/note clock=verification
end done
begin -> verify -> done""",
    )
    start_beside(desk.office, case.id, "follows")
    assert "verification" not in dues(desk, case.id)
    assert open_task(desk, case.id, "verify").due_at == end_of("2026-03-05")


# Clocks that wait at one place


@ON_SQLITE
def test_a_clock_that_only_waited_for_its_moment_is_over_when_its_timer_fires(desk: Desk) -> None:
    case = desk.register(case_class=CaseClass.OVERSIGHT)
    desk.complete(
        case.id, "verify_complaint", "admin.instansi", decision="ask_completion", completion_request="?"
    )
    desk.pass_time(at("2026-04-03"))
    # An oversight case goes on; nobody waits for the completion any more.
    assert desk.case(case.id).stage == "verification"
    assert "completion" not in dues(desk, case.id)


@ON_SQLITE
def test_what_an_officer_passes_on_for_the_complainant_ends_the_silence(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    (first,) = rows(desk, Deadline, case.id, clock="auto_close")
    desk.pass_time(at("2026-03-04"))
    desk.say_as("admin.instansi", case.id, "reply", message="Ia menelepon.")
    (stopped,) = rows(desk, Deadline, case.id, clock="auto_close", id=first.id)
    assert stopped.stopped_at == at("2026-03-04")
