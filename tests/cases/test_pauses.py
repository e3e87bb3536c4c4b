"""A case that waits for somebody outside: its clocks pause as the rules say, with their timers, and go on exactly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cases.deadlines.events import enter_stage, happened
from cases.deadlines.pauses import list_pauses
from cases.history import verify_history
from cases.model import Stage
from cases.work import CaseWork
from storage.tables import Escalation, HistoryEntry
from support.clocks import (
    ask_completion,
    at,
    deadline,
    do,
    dues,
    end_of,
    open_task,
    pauses,
    rows,
    timer,
    told,
)
from support.office import START, Desk
from support.own_process import deploy_drawn, start_beside

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

WAITS_FOR_VERIFICATION = """patient
start begin
catch wait date=clock:verification
end done
begin -> wait -> done"""

SHOWS_CLOCKS = """shows
start begin
and both
user show_verification formKey=shows/note clock=verification
user show_final formKey=shows/note clock=final
user show_nothing formKey=shows/note
end done
begin -> both
both -> show_verification
both -> show_final
both -> show_nothing
show_verification -> done
show_final -> done
show_nothing -> done"""


def test_asking_for_completion_pauses_the_clocks_that_the_rules_name_and_no_other(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    # Completion runs for 30 calendar days from the request; the first answer was given by asking.
    assert dues(desk, case.id) == {
        "verification": None,
        "final_ordinary": None,
        "completion": end_of("2026-04-01"),
    }
    assert pauses(desk, case.id) == [("awaiting_completion", START, None)]
    row = desk.case(case.id)
    assert (row.due_clock, row.due_at) == ("completion", end_of("2026-04-01"))


def test_a_completed_complaint_goes_on_where_its_clocks_stood(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    desk.pass_time(at("2026-03-04", 10))
    desk.say(case.id, "completion", message="Di depan pasar.")
    # 3 and 4 March were touched by the pause: 5, 6 and 9 March count for the verification.
    assert dues(desk, case.id)["verification"] == end_of("2026-03-09")
    # 14 days: 5 6 9-13 16 17, then Nyepi and Lebaran with their collective leave, 25-27 30 31 March.
    assert dues(desk, case.id)["final_ordinary"] == end_of("2026-03-31")
    assert pauses(desk, case.id) == [("awaiting_completion", START, at("2026-03-04", 10))]
    assert open_task(desk, case.id, "verify_complaint").due_at == end_of("2026-03-09")
    desk.office.work.read(lambda session: verify_history(session, case.id))


@ON_SQLITE
def test_a_day_that_a_pause_touches_for_an_hour_is_not_counted(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(at("2026-03-03", 10))
    ask_completion(desk, case.id)
    desk.pass_time(at("2026-03-03", 11))
    desk.say(case.id, "completion", message="Di depan pasar.")
    assert dues(desk, case.id)["verification"] == end_of("2026-03-06")


@ON_SQLITE
def test_two_pauses_are_both_left_out(desk: Desk) -> None:
    case = desk.register()
    for day in ("2026-03-03", "2026-03-05"):
        desk.pass_time(at(day, 10))
        ask_completion(desk, case.id)
        desk.pass_time(at(day, 15))
        desk.say(case.id, "completion", message="Lagi.")
    # Counted are 4, 6 and 9 March.
    assert dues(desk, case.id)["verification"] == end_of("2026-03-09")
    assert len(pauses(desk, case.id)) == 2


@ON_SQLITE
def test_a_clock_that_had_expired_before_the_pause_stays_expired(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(at("2026-03-09"))
    ask_completion(desk, case.id)
    assert dues(desk, case.id)["verification"] == end_of("2026-03-05")
    assert dues(desk, case.id)["final_ordinary"] is None
    desk.pass_time(at("2026-03-12"))
    desk.say(case.id, "completion", message="Di depan pasar.")
    assert dues(desk, case.id)["verification"] == end_of("2026-03-05")


@ON_SQLITE
def test_a_pause_on_the_last_day_still_saves_it(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(at("2026-03-05", 23, 50))
    ask_completion(desk, case.id)
    assert dues(desk, case.id)["verification"] is None
    desk.pass_time(at("2026-03-06", 0, 10))
    desk.say(case.id, "completion", message="Di depan pasar.")
    assert dues(desk, case.id)["verification"] == end_of("2026-03-09")


def test_a_referral_pauses_the_final_clock_but_not_the_verification(desk: Desk) -> None:
    case = desk.register()
    do(desk, case.id, lambda work: enter_stage(work, Stage.AWAITING_REFERRAL))
    found = dues(desk, case.id)
    assert (found["verification"], found["final_ordinary"]) == (end_of("2026-03-05"), None)
    assert found["first_answer_law"] == end_of("2026-03-16")
    desk.clock.set(at("2026-03-03"))
    do(desk, case.id, lambda work: enter_stage(work, Stage.AWAITING_COMPLETION))
    found = dues(desk, case.id)
    assert (found["verification"], found["final_ordinary"]) == (None, None)
    desk.clock.set(at("2026-03-04"))
    do(desk, case.id, lambda work: enter_stage(work, Stage.VERIFICATION))
    # The verification lost 3 and 4 March only; the final clock lost those and would have lost 2, which is day 0.
    found = dues(desk, case.id)
    assert (found["verification"], found["final_ordinary"]) == (end_of("2026-03-09"), end_of("2026-03-31"))
    assert [stage for stage, _, _ in pauses(desk, case.id)] == ["awaiting_referral", "awaiting_completion"]


def test_a_timer_waits_without_a_date_while_its_clock_is_paused(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, WAITS_FOR_VERIFICATION)
    start_beside(desk.office, case.id, "patient")
    assert timer(desk, case.id, "wait").due_at == end_of("2026-03-05")
    ask_completion(desk, case.id)
    assert timer(desk, case.id, "wait").due_at is None
    desk.pass_time(at("2026-03-20"))
    assert timer(desk, case.id, "wait").due_at is None
    desk.say(case.id, "completion", message="Di depan pasar.")
    # Day 0 is 2 March, and every day until Friday the 20th is touched; 25, 26 and 27 March count.
    assert timer(desk, case.id, "wait").due_at == end_of("2026-03-27")
    desk.pass_time(end_of("2026-03-27"))
    fired = rows(desk, HistoryEntry, case.id, tag="case:timer:fired", element_id="wait")
    assert [row.at for row in fired] == [end_of("2026-03-27")]


def test_a_timer_that_is_drawn_during_a_pause_has_no_date_either(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    deploy_drawn(desk.office, WAITS_FOR_VERIFICATION)
    start_beside(desk.office, case.id, "patient")
    assert timer(desk, case.id, "wait").due_at is None
    desk.pass_time(at("2026-03-04", 10))
    desk.say(case.id, "completion", message="Di depan pasar.")
    assert timer(desk, case.id, "wait").due_at == end_of("2026-03-09")


def test_open_tasks_show_no_date_during_the_pause_and_the_new_one_afterwards(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, SHOWS_CLOCKS)
    start_beside(desk.office, case.id, "shows")
    names = ("show_verification", "show_final", "show_nothing")

    def shown() -> list[Any]:
        return [open_task(desk, case.id, name).due_at for name in names]

    final = deadline(desk, case.id, "final_ordinary").due_at
    assert shown() == [end_of("2026-03-05"), final, final]
    ask_completion(desk, case.id)
    assert shown() == [None, None, None]
    desk.pass_time(at("2026-03-04", 10))
    desk.say(case.id, "completion", message="Di depan pasar.")
    assert shown() == [end_of("2026-03-09"), end_of("2026-03-31"), end_of("2026-03-31")]


@ON_SQLITE
def test_no_level_is_raised_during_a_pause_and_none_twice_after_it(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(at("2026-03-05", 8))

    def levels() -> list[tuple[str, int]]:
        found = rows(desk, Escalation, case.id)
        return sorted((row.clock, row.level) for row in found if row.clock == "verification")

    assert levels() == [("verification", 0)]
    ask_completion(desk, case.id)
    desk.pass_time(at("2026-03-16"))
    assert levels() == [("verification", 0)]
    desk.say(case.id, "completion", message="Di depan pasar.")
    due = deadline(desk, case.id, "verification")
    # 3 and 4 March counted, 5 to 16 March were touched: 17 March is the third day.
    assert (due.due_at, due.next_level, due.next_alert_at) == (
        end_of("2026-03-17"),
        1,
        end_of("2026-03-17"),
    )
    desk.pass_time(end_of("2026-03-17"))
    assert levels() == [("verification", 0), ("verification", 1)]
    assert desk.tags(case.id).count("case:escalation:raised") == len(rows(desk, Escalation, case.id))


@ON_SQLITE
def test_history_tells_of_each_date_that_a_pause_takes_and_gives(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    desk.pass_time(at("2026-03-04", 10))
    desk.say(case.id, "completion", message="Di depan pasar.")
    moves = [move for move in told(desk, case.id, "case:deadline:moved") if move["clock"] == "verification"]
    assert moves == [
        {
            "clock": "verification",
            "from": end_of("2026-03-05").isoformat(),
            "to": None,
            "why": {"kind": "paused", "stage": "awaiting_completion"},
        },
        {
            "clock": "verification",
            "from": None,
            "to": end_of("2026-03-09").isoformat(),
            "why": {"kind": "resumed", "stage": "awaiting_completion"},
        },
    ]


def test_a_case_that_is_closed_while_it_waits_ends_its_pause_and_every_clock(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    desk.clock.set(at("2026-03-04"))
    desk.say(case.id, "withdraw")
    assert pauses(desk, case.id) == [("awaiting_completion", START, at("2026-03-04"))]
    assert dues(desk, case.id) == {}
    assert desk.case(case.id).due_at is None
    assert {move["why"]["kind"] for move in told(desk, case.id, "case:deadline:moved")} == {"paused"}


@ON_SQLITE
def test_a_stage_that_is_passed_within_one_command_is_no_pause(desk: Desk) -> None:
    case = desk.register()

    def pass_through(work: CaseWork) -> None:
        enter_stage(work, Stage.AWAITING_COMPLETION)
        enter_stage(work, Stage.VERIFICATION)

    do(desk, case.id, pass_through)
    assert pauses(desk, case.id) == []
    assert dues(desk, case.id)["verification"] == end_of("2026-03-05")


@ON_SQLITE
def test_a_clock_that_starts_while_the_case_waits_has_no_date_until_it_goes_on(desk: Desk) -> None:
    case = desk.register()
    do(desk, case.id, lambda work: enter_stage(work, Stage.AWAITING_REFERRAL))
    do(desk, case.id, lambda work: happened(work, "disposed_at"))
    assert dues(desk, case.id)["first_response"] is None
    desk.clock.set(at("2026-03-03"))
    do(desk, case.id, lambda work: enter_stage(work, Stage.DISPOSITION))
    found = deadline(desk, case.id, "first_response")
    # 4, 5, 6, 9 and 10 March; the reminder comes a working day before.
    assert (found.due_at, found.next_level, found.next_alert_at) == (
        end_of("2026-03-10"),
        0,
        end_of("2026-03-09"),
    )


@ON_SQLITE
def test_the_pauses_of_a_case_can_be_read_without_working_on_it(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    (pause,) = desk.office.work.read(lambda session: list_pauses(session, case.id))
    assert (pause.start, pause.end, pause.stage) == (START, None, "awaiting_completion")


@ON_SQLITE
def test_the_complainants_silence_is_not_held_by_the_pause_it_causes(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    desk.pass_time(START + timedelta(days=32))
    assert (desk.case(case.id).stage, desk.case(case.id).outcome) == ("closed", "withdrawn")
