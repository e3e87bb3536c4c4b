"""A due date that moves takes its timers and open tasks with it, says why, and raises nothing twice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cases.case_fields import apply_case_fields
from cases.deadlines.events import enter_stage, recount
from cases.deadlines.promises import Promise, promise
from cases.errors import ProcessIncidentError, RefusedByRuleError
from cases.history import verify_history
from cases.model import Channel, Stage
from cases.work import CaseWork
from storage.tables import CaseText, Deadline, Escalation, Incident
from support.calendars import with_calendar
from support.clocks import ask_completion, at, deadline, do, dues, end_of, open_task, rows, timer, told
from support.office import START, Desk
from support.own_process import deploy_drawn, start_beside

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

WAITS_FOR_FINAL = """final_waits
start begin
and both
catch by_class date=clock:final
catch by_name date=clock:final_ordinary
catch other date=clock:first_answer_law
catch plain duration=PT900H
user show_final formKey=final_waits/note clock=final
user show_nothing formKey=final_waits/note
user show_other formKey=final_waits/note clock=first_answer_law
end done
begin -> both
both -> by_class -> done
both -> by_name -> done
both -> other -> done
both -> plain -> done
both -> show_final -> done
both -> show_nothing -> done
both -> show_other -> done"""

ORDINARY, OVERSIGHT = end_of("2026-03-27"), end_of("2026-06-10")
"""14 and 60 working days after Monday 2 March 2026."""


def reclassify(desk: Desk, case_id: str, case_class: str = "oversight") -> None:
    """The coordinating admin verifies the complaint as one of another class."""
    desk.complete(
        case_id,
        "verify_complaint",
        "admin.instansi",
        decision="accept",
        case_class=case_class,
        category="sosial",
    )


def test_a_new_class_counts_from_the_receipt_and_keeps_the_old_deadline(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(at("2026-03-13"))
    reclassify(desk, case.id)
    assert dues(desk, case.id)["final_oversight"] == OVERSIGHT
    (old,) = rows(desk, Deadline, case.id, clock="final_ordinary")
    assert (old.due_at, old.stopped_at) == (ORDINARY, at("2026-03-13"))
    new = deadline(desk, case.id, "final_oversight")
    assert (new.started_at, new.law, new.calendar_version) == (START, False, 1)
    assert told(desk, case.id, "case:deadline:moved") == [
        {
            "clock": "final_oversight",
            "from": ORDINARY.isoformat(),
            "to": OVERSIGHT.isoformat(),
            "why": {"kind": "reclassified", "from_clock": "final_ordinary", "class": "oversight"},
        }
    ]
    desk.office.work.read(lambda session: verify_history(session, case.id))


def test_timers_and_tasks_of_the_final_clock_follow_the_class_and_no_other_does(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, WAITS_FOR_FINAL)
    start_beside(desk.office, case.id, "final_waits")
    plain = timer(desk, case.id, "plain").due_at
    assert timer(desk, case.id, "by_class").due_at == ORDINARY
    desk.clock.set(at("2026-03-03"))
    reclassify(desk, case.id)
    assert timer(desk, case.id, "by_class").due_at == OVERSIGHT
    assert timer(desk, case.id, "by_name").due_at == ORDINARY
    assert timer(desk, case.id, "other").due_at == end_of("2026-03-16")
    assert timer(desk, case.id, "plain").due_at == plain
    shown = open_task(desk, case.id, "show_final")
    assert (shown.clock, shown.due_at) == ("final_oversight", OVERSIGHT)
    unnamed = open_task(desk, case.id, "show_nothing")
    assert (unnamed.clock, unnamed.due_at) == (None, OVERSIGHT)
    assert open_task(desk, case.id, "show_other").due_at == end_of("2026-03-16")


def test_another_case_keeps_its_dates_when_one_is_reclassified(desk: Desk) -> None:
    case, other = desk.register(), desk.register(title="Yang lain")
    deploy_drawn(desk.office, WAITS_FOR_FINAL)
    for one in (case, other):
        start_beside(desk.office, one.id, "final_waits")
    reclassify(desk, case.id)
    assert timer(desk, other.id, "by_class").due_at == ORDINARY
    assert open_task(desk, other.id, "show_final").due_at == ORDINARY
    assert told(desk, other.id, "case:deadline:moved") == []


@ON_SQLITE
def test_a_new_class_obeys_the_pauses_of_the_case(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    desk.pass_time(at("2026-03-04", 10))
    desk.say(case.id, "completion", message="Di depan pasar.")
    reclassify(desk, case.id)
    # Two days were touched by the pause: 10 June is followed by 11 and 12 June.
    assert dues(desk, case.id)["final_oversight"] == end_of("2026-06-12")


@ON_SQLITE
def test_a_case_reclassified_while_it_waits_has_no_final_date_until_it_goes_on(desk: Desk) -> None:
    case = desk.register()
    do(desk, case.id, lambda work: enter_stage(work, Stage.AWAITING_REFERRAL))
    do(desk, case.id, lambda work: apply_case_fields(work, {"case_class": "information"}))
    assert dues(desk, case.id)["final_information"] is None
    desk.clock.set(at("2026-03-03"))
    do(desk, case.id, lambda work: enter_stage(work, Stage.VERIFICATION))
    # Five days from 2 March without the 3rd: 4, 5, 6, 9, 10 March.
    assert dues(desk, case.id)["final_information"] == end_of("2026-03-10")


@ON_SQLITE
def test_a_new_class_in_a_later_round_moves_the_timers_although_no_clock_runs(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    deploy_drawn(desk.office, WAITS_FOR_FINAL)
    start_beside(desk.office, case.id, "final_waits")
    assert timer(desk, case.id, "by_class").due_at == ORDINARY
    do(desk, case.id, lambda work: apply_case_fields(work, {"case_class": "oversight"}))
    assert timer(desk, case.id, "by_class").due_at == OVERSIGHT
    assert "final_oversight" not in dues(desk, case.id)


def test_a_day_off_moves_the_deadline_its_timers_and_its_tasks(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, WAITS_FOR_FINAL)
    start_beside(desk.office, case.id, "final_waits")
    holidays = desk.office.work.read(desk.office.env.calendars.current).days_off
    # The day after the last one becomes a working day, and the last one does not.
    moved = {**holidays, date(2026, 3, 27): next(iter(holidays.values()))}
    with_calendar(desk.office, days_off=moved)

    def count_anew(work: CaseWork) -> list[bool]:
        return [recount(work, row, {"kind": "calendar"}) for row in work.deadlines.running()]

    assert sum(do(desk, case.id, count_anew)) == 1
    assert dues(desk, case.id)["final_ordinary"] == end_of("2026-03-30")
    assert timer(desk, case.id, "by_class").due_at == end_of("2026-03-30")
    assert timer(desk, case.id, "by_name").due_at == end_of("2026-03-30")
    assert open_task(desk, case.id, "show_final").due_at == end_of("2026-03-30")
    assert {row.calendar_version for row in rows(desk, Deadline, case.id)} == {2}
    assert [move["why"] for move in told(desk, case.id, "case:deadline:moved")] == [{"kind": "calendar"}]
    assert desk.case(case.id).due_at == min(due for due in dues(desk, case.id).values() if due)


@ON_SQLITE
def test_a_level_that_was_raised_is_not_raised_again_when_the_date_moves(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(at("2026-03-05", 8))
    row = deadline(desk, case.id, "verification")
    assert row.next_level == 1
    holidays = desk.office.work.read(desk.office.env.calendars.current).days_off
    with_calendar(desk.office, days_off={**holidays, date(2026, 3, 5): next(iter(holidays.values()))})

    def count_anew(work: CaseWork) -> None:
        for row in work.deadlines.running():
            recount(work, row, {"kind": "calendar"})

    do(desk, case.id, count_anew)
    row = deadline(desk, case.id, "verification")
    assert (row.next_level, row.next_alert_at) == (1, end_of("2026-03-06"))
    desk.pass_time(end_of("2026-03-06"))
    raised = [one.level for one in rows(desk, Escalation, case.id, clock="verification")]
    assert sorted(raised) == [0, 1]


def test_a_letter_that_was_entered_late_is_late_on_entry(desk: Desk) -> None:
    desk.clock.set(at("2026-03-11"))
    case = desk.register(channel=Channel.LETTER, received_at=at("2026-03-02"))
    assert dues(desk, case.id)["verification"] == end_of("2026-03-05")
    row = desk.case(case.id)
    assert (row.due_clock, row.due_at) == ("verification", end_of("2026-03-05"))
    # The final clock counts from the receipt as well, and is not late yet.
    assert dues(desk, case.id)["final_ordinary"] == ORDINARY


# A promise


def test_a_promise_is_kept_beside_the_legal_date_which_stays(desk: Desk) -> None:
    case = desk.register()
    made = do(
        desk, case.id, lambda work: promise(work, "final", date(2026, 3, 25), "Menunggu hasil uji lapangan.")
    )
    assert made == Promise("final_ordinary", date(2026, 3, 25), date(2026, 3, 27), after_due=False)
    row = deadline(desk, case.id, "final_ordinary")
    assert (row.promised_on, row.due_at, row.extended) == (date(2026, 3, 25), ORDINARY, False)
    (entry,) = told(desk, case.id, "case:deadline:promised")
    (text,) = rows(desk, CaseText, case.id, kind="reason")
    assert entry == {
        "clock": "final_ordinary",
        "promised_on": "2026-03-25",
        "due_on": "2026-03-27",
        "after_due": False,
        "reason": text.id,
    }
    assert text.text == "Menunggu hasil uji lapangan."


def test_a_promise_after_the_legal_date_is_taken_and_said_to_be_late(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, WAITS_FOR_FINAL)
    start_beside(desk.office, case.id, "final_waits")
    made = do(desk, case.id, lambda work: promise(work, "final_ordinary", date(2026, 4, 30), "Lama."))
    assert made.after_due is True
    assert dues(desk, case.id)["final_ordinary"] == ORDINARY
    assert timer(desk, case.id, "by_class").due_at == ORDINARY
    assert told(desk, case.id, "case:deadline:moved") == []


@ON_SQLITE
def test_a_promise_holds_when_the_class_changes(desk: Desk) -> None:
    case = desk.register()
    do(desk, case.id, lambda work: promise(work, "final", date(2026, 3, 25), "Menunggu hasil uji."))
    reclassify(desk, case.id)
    row = deadline(desk, case.id, "final_oversight")
    assert (row.promised_on, row.due_at) == (date(2026, 3, 25), OVERSIGHT)


@ON_SQLITE
@pytest.mark.parametrize(
    ("promised", "day", "reason"),
    [
        # The approval clock does not run yet.
        ("approval", date(2026, 3, 25), "Alasan."),
        # Yesterday.
        ("final", date(2026, 3, 1), "Alasan."),
        # No reason.
        ("final", date(2026, 3, 25), "  "),
    ],
)
def test_a_promise_that_means_nothing_is_refused(desk: Desk, promised: str, day: date, reason: str) -> None:
    case = desk.register()
    with pytest.raises(RefusedByRuleError):
        do(desk, case.id, lambda work: promise(work, promised, day, reason))
    assert told(desk, case.id, "case:deadline:promised") == []


# A calendar that ends too soon


def incidents(desk: Desk) -> list[Any]:
    """The stored incidents."""
    return list(desk.office.work.read(lambda session: session.scalars(select(Incident)).all()))


def test_a_date_beyond_the_calendar_is_an_incident_of_a_case_that_stays_as_it_was(desk: Desk) -> None:
    case = desk.register()
    with_calendar(desk.office, last=date(2026, 4, 30))
    before = (desk.case(case.id), desk.tags(case.id))
    with pytest.raises(ProcessIncidentError):
        reclassify(desk, case.id)
    (incident,) = incidents(desk)
    assert incident.case_id == case.id
    assert "final_oversight" in incident.cause
    assert "add the year 2026" in incident.cause
    assert (desk.case(case.id), desk.tags(case.id)) == before
    assert open_task(desk, case.id, "verify_complaint").state == "open"
    with_calendar(desk.office, last=date(2027, 12, 31))
    reclassify(desk, case.id)
    assert dues(desk, case.id)["final_oversight"] == OVERSIGHT


def test_a_timer_beyond_the_calendar_is_an_incident_that_names_its_element(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        """slow
start begin
catch wait date=clock:final_oversight
end done
begin -> wait -> done""",
    )
    with_calendar(desk.office, last=date(2026, 4, 15))
    with pytest.raises(ProcessIncidentError):
        start_beside(desk.office, case.id, "slow")
    (incident,) = incidents(desk)
    assert (incident.case_id, incident.element_id) == (case.id, "wait")
    assert "add the year 2026" in incident.cause


@ON_SQLITE
def test_a_resumption_beyond_the_calendar_leaves_the_case_waiting(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    with_calendar(desk.office, last=date(2026, 3, 20))
    desk.clock.set(at("2026-03-11"))
    with pytest.raises(ProcessIncidentError):
        desk.say(case.id, "completion", message="Di depan pasar.")
    assert [incident.case_id for incident in incidents(desk)] == [case.id]
    assert desk.case(case.id).stage == "awaiting_completion"
    assert dues(desk, case.id)["verification"] is None


def test_a_complaint_that_cannot_have_its_dates_is_there_and_nothing_of_it_runs(desk: Desk) -> None:
    with_calendar(desk.office, last=date(2026, 3, 10))
    case = desk.register()
    (incident,) = incidents(desk)
    assert "add the year 2026" in incident.cause
    assert desk.case(case.id).stage == "received"
    assert rows(desk, Deadline, case.id) == []
    assert "process:instance:started" not in desk.tags(case.id)


def test_each_date_says_under_which_calendar_it_was_counted(desk: Desk) -> None:
    first = desk.register()
    with_calendar(desk.office, last=date(2029, 12, 31))
    second = desk.register(title="Yang kedua")
    assert {row.calendar_version for row in rows(desk, Deadline, first.id)} == {1}
    assert {row.calendar_version for row in rows(desk, Deadline, second.id)} == {2}


@ON_SQLITE
def test_two_dates_that_are_equal_are_no_move(desk: Desk) -> None:
    case = desk.register()

    def count_anew(work: CaseWork) -> list[bool]:
        return [recount(work, row, {"kind": "calendar"}) for row in work.deadlines.running()]

    assert not any(do(desk, case.id, count_anew))
    assert told(desk, case.id, "case:deadline:moved") == []


def test_the_case_shows_the_soonest_running_clock_after_every_move(desk: Desk) -> None:
    case = desk.register()

    def shown() -> tuple[str, datetime]:
        row = desk.case(case.id)
        return row.due_clock, row.due_at

    assert shown() == ("verification", end_of("2026-03-05"))
    do(desk, case.id, lambda work: enter_stage(work, Stage.AWAITING_COMPLETION))
    assert shown() == ("first_answer_law", end_of("2026-03-16"))
    desk.clock.set(at("2026-03-04"))
    do(desk, case.id, lambda work: enter_stage(work, Stage.VERIFICATION))
    assert shown() == ("verification", end_of("2026-03-09"))
