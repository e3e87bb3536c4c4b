"""Clocks of processes beside the case: each instance has its own, from the receipt of its request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cases.actions.reopen import reopen
from cases.errors import ProcessIncidentError, RefusedByRuleError
from cases.model import Channel
from cases.runtime import start_process
from cases.tasks import complete_task
from cases.work import CaseWork
from engine.errors import DeploymentRefusedError
from storage.tables import CaseRequest, Deadline, Incident, Timer, UserTask
from support.acts import ADMIN, act, to_unit
from support.clocks import at, deadline, do, dues, end_of, open_task, rows, timer, told
from support.office import START, Desk, actor_named
from support.own_process import deploy_drawn, start_beside

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


OMBUDSMAN = """ombudsman
start begin
service run handler=start_clock "argument.clock='ombudsman_answer'"
user answer formKey=ombudsman/note clock=ombudsman_answer
boundary late on=answer interrupting=false date=clock:ombudsman_answer
end seen
service extend handler=extend_clock "argument.clock='ombudsman_answer'"
user again formKey=ombudsman/note clock=ombudsman_answer
service over handler=mark_event "argument.event='answered_at'"
user file formKey=ombudsman/note
end done
begin -> run -> answer -> extend -> again -> over -> file -> done
late -> seen"""


def start_request(desk: Desk, case_id: str, key: str, received_at: datetime) -> str:
    """A request beside the case reached the body; its process starts."""

    def run(work: CaseWork) -> str:
        instance_id = work.env.new_id()
        work.add(
            CaseRequest,
            id=work.env.new_id(),
            case_id=case_id,
            instance_id=instance_id,
            process_id=key,
            kind="letter",
            number="B/12/2026",
            received_at=received_at,
            entered_at=work.now,
            entered_by=None,
            answered_at=None,
            outcome=None,
        )
        start_process(work, key, {}, instance_id=instance_id)
        return instance_id

    return do(desk, case_id, run)


def own(desk: Desk, case_id: str, instance_id: str) -> list[Any]:
    """The running deadlines of a process instance."""
    return rows(desk, Deadline, case_id, instance_id=instance_id, stopped_at=None)


def finish(desk: Desk, case_id: str, element_id: str) -> None:
    """The coordinating admin completes the task of a drawn process."""
    desk.complete(case_id, element_id, "admin.instansi", note="Sudah.")


def test_a_request_has_its_own_clock_from_its_own_receipt(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, OMBUDSMAN)
    desk.clock.set(at("2026-03-09"))
    instance_id = start_request(desk, case.id, "ombudsman", at("2026-03-05"))
    (row,) = own(desk, case.id, instance_id)
    assert (row.clock, row.started_at, row.due_at, row.law) == (
        "ombudsman_answer",
        at("2026-03-05"),
        end_of("2026-03-19"),
        True,
    )
    assert timer(desk, case.id, "late").due_at == end_of("2026-03-19")
    assert open_task(desk, case.id, "answer").due_at == end_of("2026-03-19")
    assert [entry["clock"] for entry in told(desk, case.id, "case:deadline:started")] == ["ombudsman_answer"]


def test_two_requests_of_one_case_have_a_clock_each(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, OMBUDSMAN)
    desk.clock.set(at("2026-03-09"))
    first = start_request(desk, case.id, "ombudsman", at("2026-03-05"))
    second = start_request(desk, case.id, "ombudsman", at("2026-03-09"))
    first_task = rows(desk, UserTask, case.id, instance_id=first)[0]
    assert [row.due_at for row in own(desk, case.id, second)] == [end_of("2026-03-23")]
    complete(desk, first_task.id)
    # The first was extended by 14 days; the second keeps its date, its timer and its task.
    assert [row.due_at for row in own(desk, case.id, first)] == [end_of("2026-04-02")]
    assert [row.due_at for row in own(desk, case.id, second)] == [end_of("2026-03-23")]
    assert [row.due_at for row in rows(desk, Timer, case.id, instance_id=second)] == [end_of("2026-03-23")]
    open_tasks = {row.instance_id: row.due_at for row in rows(desk, UserTask, case.id, state="open")}
    assert (open_tasks[first], open_tasks[second]) == (end_of("2026-04-02"), end_of("2026-03-23"))


def complete(desk: Desk, task_id: str) -> None:
    """The coordinating admin completes the task with this id."""
    by, env = actor_named(desk.office, "admin.instansi"), desk.office.env
    data = {"note": "Sudah."}
    desk.office.work.write(lambda session: complete_task(session, env, task_id, data, by=by))


def test_the_second_term_of_the_law_is_added_once(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        OMBUDSMAN.replace(
            "service over handler=mark_event \"argument.event='answered_at'\"",
            "service over handler=extend_clock \"argument.clock='ombudsman_answer'\"",
        ),
    )
    instance_id = start_request(desk, case.id, "ombudsman", START)
    finish(desk, case.id, "answer")
    (row,) = own(desk, case.id, instance_id)
    assert (row.due_at, row.extended) == (end_of("2026-03-30"), True)
    moved = told(desk, case.id, "case:deadline:moved")
    assert [move["why"] for move in moved] == [{"kind": "extended", "by": 14, "unit": "calendar_days"}]
    assert open_task(desk, case.id, "again").due_at == end_of("2026-03-30")
    with pytest.raises(RefusedByRuleError):
        finish(desk, case.id, "again")
    (row,) = own(desk, case.id, instance_id)
    assert row.due_at == end_of("2026-03-30")


@ON_SQLITE
def test_a_clock_without_a_second_term_cannot_be_extended(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        """data_subject_request
start begin
service run handler=start_clock "argument.clock='data_subject'"
user answer formKey=data_subject_request/note clock=data_subject
service extend handler=extend_clock "argument.clock='data_subject'"
end done
begin -> run -> answer -> extend -> done""",
    )
    instance_id = start_request(desk, case.id, "data_subject_request", at("2026-03-02", 8, 15))
    assert [row.due_at for row in own(desk, case.id, instance_id)] == [at("2026-03-05", 8, 15)]
    with pytest.raises(RefusedByRuleError):
        finish(desk, case.id, "answer")


def test_the_answer_stops_the_clock_of_its_own_process_only(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, OMBUDSMAN)
    first = start_request(desk, case.id, "ombudsman", START)
    second = start_request(desk, case.id, "ombudsman", START)
    for _ in range(2):
        (task,) = rows(desk, UserTask, case.id, instance_id=first, state="open")
        complete(desk, task.id)
    assert own(desk, case.id, first) == []
    assert len(own(desk, case.id, second)) == 1
    assert {"verification", "first_answer_law", "final_ordinary"} <= set(dues(desk, case.id))


@ON_SQLITE
def test_the_clocks_of_a_process_stop_when_it_ends(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        """ombudsman
start begin
service run handler=start_clock "argument.clock='ombudsman_answer'"
user answer formKey=ombudsman/note clock=ombudsman_answer
end done
begin -> run -> answer -> done""",
    )
    instance_id = start_request(desk, case.id, "ombudsman", START)
    finish(desk, case.id, "answer")
    assert own(desk, case.id, instance_id) == []


@ON_SQLITE
def test_coming_past_the_start_of_a_clock_again_gives_no_new_time(desk: Desk) -> None:
    case = desk.register()
    twice = """ombudsman
start begin
service run handler=start_clock "argument.clock='ombudsman_answer'"
user answer formKey=ombudsman/note
service again handler=start_clock "argument.clock='ombudsman_answer'"
user file formKey=ombudsman/note
end done
begin -> run -> answer -> again -> file -> done"""
    deploy_drawn(desk.office, twice)
    instance_id = start_request(desk, case.id, "ombudsman", START)
    desk.clock.set(at("2026-03-06"))
    finish(desk, case.id, "answer")
    assert [row.due_at for row in own(desk, case.id, instance_id)] == [end_of("2026-03-16")]


@ON_SQLITE
@pytest.mark.parametrize(
    ("received_on", "last"),
    [
        # Sixty calendar days from the day on which the recommendation came.
        ("'2026-03-04'", "2026-05-03"),
        # From now when the diagram does not say.
        ("None", "2026-05-05"),
    ],
)
def test_a_recommendation_counts_from_the_day_it_came(desk: Desk, received_on: str, last: str) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        f"""ombudsman
start begin
service run handler=start_clock "argument.clock='ombudsman_recommendation'" "argument.received_on={received_on}"
user answer formKey=ombudsman/note
end done
begin -> run -> answer -> done""",
    )
    desk.clock.set(at("2026-03-06"))
    instance_id = start_request(desk, case.id, "ombudsman", START)
    assert [row.due_at for row in own(desk, case.id, instance_id)] == [end_of(last)]


@ON_SQLITE
def test_a_recommendation_from_the_future_is_refused(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        """ombudsman
start begin
service run handler=start_clock "argument.clock='ombudsman_recommendation'" "argument.received_on='2026-03-03'"
user answer formKey=ombudsman/note
end done
begin -> run -> answer -> done""",
    )
    with pytest.raises(RefusedByRuleError):
        start_request(desk, case.id, "ombudsman", START)


@ON_SQLITE
def test_a_formal_information_request_counts_from_the_receipt_of_its_case(desk: Desk) -> None:
    desk.clock.set(at("2026-03-11"))
    case = desk.register(channel=Channel.LETTER, received_at=at("2026-03-02"))
    deploy_drawn(
        desk.office,
        """information_request
start begin
service run handler=start_clock "argument.clock='information_law'"
user answer formKey=information_request/note clock=information_law
service extend handler=extend_clock "argument.clock='information_law'"
user again formKey=information_request/note clock=information_law
end done
begin -> run -> answer -> extend -> again -> done""",
    )
    start_beside(desk.office, case.id, "information_request")
    # 3-6, 9-13 and 16 March are ten working days; 17, 25-27, 30, 31 March and 1 April are seven more.
    assert deadline(desk, case.id, "information_law").due_at == end_of("2026-03-16")
    finish(desk, case.id, "answer")
    assert deadline(desk, case.id, "information_law").due_at == end_of("2026-04-01")


@ON_SQLITE
@pytest.mark.parametrize(
    "drawn",
    [
        # The clock belongs to another process.
        "handler=start_clock \"argument.clock='data_subject'\"",
        # No clock begins or ends with this.
        "handler=mark_event \"argument.event='coffee_break' if case.round else 'closed'\"",
        # There is no such clock; said in a way that the gate cannot read.
        "handler=start_clock \"argument.clock='coffee_break' if case.round else 'data_subject'\"",
    ],
)
def test_a_diagram_that_names_what_the_rules_do_not_know_is_an_incident(desk: Desk, drawn: str) -> None:
    case = desk.register()
    deploy_drawn(
        desk.office,
        f"""mistaken
start begin
service run {drawn}
user answer formKey=mistaken/note
end done
begin -> run -> answer -> done""",
    )
    with pytest.raises(ProcessIncidentError):
        start_beside(desk.office, case.id, "mistaken")
    (incident,) = rows(desk, Incident, case.id)
    assert incident.element_id == "run"


@ON_SQLITE
def test_a_diagram_that_names_an_unknown_event_is_not_deployed(desk: Desk) -> None:
    with pytest.raises(DeploymentRefusedError) as refused:
        deploy_drawn(
            desk.office,
            """mistaken
start begin
service run handler=mark_event "argument.event='coffee_break'"
end done
begin -> run -> done""",
        )
    (finding,) = refused.value.findings
    assert (finding.rule, finding.element_id) == ("argument-word", "run")
    assert "coffee_break" in finding.message.id
    assert finding.remedy.en.startswith("Use one of: received_at, ")


def test_a_case_that_closes_leaves_the_clock_of_a_process_that_outlives_it(desk: Desk) -> None:
    case = desk.register()
    instance_id = start_request(desk, case.id, "ombudsman", START)
    desk.say(case.id, "withdraw")
    assert desk.case(case.id).stage == "closed"
    assert [row.clock for row in own(desk, case.id, instance_id)] == ["ombudsman_answer"]
    assert set(dues(desk, case.id)) == {"ombudsman_answer"}
    assert desk.case(case.id).due_at is None
    assert desk.case(case.id).work_left is True


def test_a_closed_case_says_whether_a_process_still_has_work(desk: Desk) -> None:
    case_id = to_unit(desk)
    desk.answer(case_id)
    desk.say(case_id, "confirm")
    assert (desk.case(case_id).stage, desk.case(case_id).work_left) == ("closed", False)
    start_request(desk, case_id, "ombudsman", START)
    assert desk.case(case_id).work_left is True
    act(desk, ADMIN, reopen, case_id)
    assert (desk.case(case_id).stage, desk.case(case_id).work_left) == ("verification", False)
