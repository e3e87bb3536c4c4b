"""A suspended case takes no day from its complainant, who cannot answer, and gives none to the office."""

from __future__ import annotations

from datetime import datetime

import pytest

from cases.complainants import get_status_page
from cases.deadlines.events import happened
from cases.deadlines.explained import explain_case
from cases.history import verify_history
from cases.incidents.asked import Act, Mending
from cases.incidents.mending import mend_case
from cases.model import SYSTEM
from storage.tables import Timer
from support.clocks import ask_completion, at, do, dues, end_of, pauses, rows, told
from support.office import START, Desk, actor_named

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


def does(desk: Desk, case_id: str, act: Act, at_time: datetime | None = None, **asked: str) -> None:
    """The administrator acts on the case, at a time to which the workers have worked."""
    if at_time is not None:
        desk.pass_time(at_time)
    by, env = actor_named(desk.office, "administrator"), desk.office.env
    wanted = Mending(act, "Diagramnya diperbaiki.", **asked)
    desk.office.work.write(lambda session: mend_case(session, env, case_id, wanted, by=by))


def agrees(desk: Desk, case_id: str) -> bool:
    """Whether every date of the case is the one that its reasons lead to."""
    env = desk.office.env
    found = desk.office.work.read(lambda session: explain_case(session, env, case_id, by=SYSTEM))
    return all(one.agrees for one in found)


def test_the_time_to_reply_stands_still_while_the_case_is_suspended(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    # Counted from Monday 2 March: 3 4 5 6 9 10 11 12 13 16.
    assert dues(desk, case.id) == {"auto_close": end_of("2026-03-16")}
    does(desk, case.id, Act.SUSPEND, at("2026-03-16", 20))
    assert dues(desk, case.id) == {"auto_close": None}
    assert {row.due_at for row in rows(desk, Timer, case.id, clock="auto_close")} == {None}
    assert agrees(desk, case.id)
    page = desk.office.work.read(
        lambda session: get_status_page(
            session, desk.office.env, case.reference, by=desk.complainant(case.id)
        )
    )
    assert [one.paused for one in page.deadlines] == [True]
    does(desk, case.id, Act.RESUME, at("2026-03-30", 10))
    # The 16th was touched; it is made good on the first working day that the case does not rest: 31 March.
    assert dues(desk, case.id) == {"auto_close": end_of("2026-03-31")}
    assert {row.due_at for row in rows(desk, Timer, case.id, clock="auto_close")} == {end_of("2026-03-31")}
    assert pauses(desk, case.id) == [("suspended", at("2026-03-16", 20), at("2026-03-30", 10))]
    assert agrees(desk, case.id)
    assert [move["why"] for move in told(desk, case.id, "case:deadline:moved")][-2:] == [
        {"kind": "paused", "stage": "suspended"},
        {"kind": "resumed", "stage": "suspended"},
    ]
    desk.pass_time(at("2026-03-31", 23))
    assert desk.case(case.id).stage == "responded"
    desk.pass_time(end_of("2026-03-31"))
    assert (desk.case(case.id).stage, desk.case(case.id).outcome) == ("closed", "auto_closed")
    desk.office.work.read(lambda session: verify_history(session, case.id))


def test_a_suspension_gives_the_complainant_its_days_back_and_the_office_none(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    does(desk, case.id, Act.SUSPEND, at("2026-03-05", 10))
    # The office's clocks, which paused for the complainant, run on: who makes the case rest gains no day by it.
    assert dues(desk, case.id) == {
        "completion": None,
        "verification": end_of("2026-03-10"),
        "final_ordinary": end_of("2026-04-01"),
    }
    assert agrees(desk, case.id)
    does(desk, case.id, Act.RESUME, at("2026-03-10", 10))
    # Thirty days without the six from 5 to 10 March. Of the office's three days 6 and 9 March are gone.
    assert dues(desk, case.id) == {
        "completion": end_of("2026-04-07"),
        "verification": None,
        "final_ordinary": None,
    }
    assert agrees(desk, case.id)
    desk.pass_time(at("2026-03-12", 10))
    desk.say(case.id, "completion", message="Di depan pasar.")
    assert dues(desk, case.id)["verification"] == end_of("2026-03-13")
    assert agrees(desk, case.id)


@ON_SQLITE
def test_no_clock_of_the_office_moves_when_a_case_that_waits_for_it_is_suspended(desk: Desk) -> None:
    case = desk.register()
    before = dues(desk, case.id)
    assert {"verification", "first_answer_law", "final_ordinary"} <= set(before)
    does(desk, case.id, Act.SUSPEND)
    assert dues(desk, case.id) == before
    does(desk, case.id, Act.RESUME, at("2026-03-20", 10))
    assert dues(desk, case.id) == before
    assert told(desk, case.id, "case:deadline:moved") == []


@ON_SQLITE
def test_a_time_to_reply_that_was_over_before_the_suspension_stays_over(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.clock.set(at("2026-03-17", 8))
    does(desk, case.id, Act.SUSPEND)
    assert dues(desk, case.id) == {"auto_close": end_of("2026-03-16")}
    does(desk, case.id, Act.RESUME, at("2026-03-25", 10))
    desk.pass_time(at("2026-03-25", 11))
    assert desk.case(case.id).outcome == "auto_closed"


@ON_SQLITE
def test_a_time_to_reply_that_begins_in_a_suspended_case_is_counted_when_it_goes_on(desk: Desk) -> None:
    case = desk.register()
    does(desk, case.id, Act.SUSPEND)
    desk.clock.set(at("2026-03-04", 10))
    do(desk, case.id, lambda work: happened(work, "response_published_at"))
    assert dues(desk, case.id)["auto_close"] is None
    does(desk, case.id, Act.RESUME, at("2026-03-06", 10))
    # 9-13 16 17, then Nyepi and Lebaran with their collective leave, 25-27 March.
    assert dues(desk, case.id)["auto_close"] == end_of("2026-03-27")


@ON_SQLITE
def test_terminating_a_suspended_case_ends_its_pause_with_its_clocks(desk: Desk) -> None:
    case = desk.register()
    ask_completion(desk, case.id)
    does(desk, case.id, Act.SUSPEND, at("2026-03-04", 10))
    does(desk, case.id, Act.TERMINATE, at("2026-03-05", 10), outcome_reason="unclear")
    assert desk.case(case.id).stage == "closed"
    assert dues(desk, case.id) == {}
    assert pauses(desk, case.id) == [
        ("awaiting_completion", START, at("2026-03-05", 10)),
        ("suspended", at("2026-03-04", 10), at("2026-03-05", 10)),
    ]
    assert agrees(desk, case.id)
