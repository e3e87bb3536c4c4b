"""Claiming, releasing, delegating and completing tasks: alone, and when two people want the same at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from cases.errors import NotFoundError, RefusedByRuleError, StaleError, TaskGoneError
from cases.forms import FormInvalidError
from cases.history import verify_history
from cases.model import Actor, CaseSummary
from cases.tasks import claim_task, complete_task, delegate_task, release_task
from storage.tables import UserTask
from support.office import Desk, actor_named
from support.own_process import at_once, deploy_drawn, hire, start_beside
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork

ACCEPT = {"decision": "accept", "case_class": "ordinary", "category": "pekerjaan_umum_jalan_berlubang"}
ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

FOUR_AT_ONCE = """four_at_once
start begin
and split
user ask_one formKey=four_at_once/note
user ask_two formKey=four_at_once/note
user ask_three formKey=four_at_once/note
user ask_four formKey=four_at_once/note
and join
end done
begin -> split -> ask_one -> join -> done
split -> ask_two -> join
split -> ask_three -> join
split -> ask_four -> join"""


def complete(work: UnitOfWork, office: Tuntas, task_id: str, data: dict[str, Any], by: Actor) -> CaseSummary:
    """One person completes one task on connections of their own."""
    return work.write(lambda session: complete_task(session, office.env, task_id, data, by=by))


def state_of(office: Tuntas, task_id: str) -> Any:
    """The stored row of a task."""
    columns = UserTask.__table__.columns
    return office.work.read(
        lambda session: session.execute(select(*columns).where(UserTask.id == task_id)).one()
    )


def test_two_people_who_complete_one_task_at_once_are_told_apart(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    task = desk.task(case.id, "verify_complaint")
    people = [actor_named(office, "admin.instansi"), hire(office, "admin.kedua", "Wulan Kedua")]
    acts = [partial(complete, office=office, task_id=task.id, data=ACCEPT, by=person) for person in people]
    outcomes = at_once(office, *acts)
    winners = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, CaseSummary)]
    losers = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, TaskGoneError)]
    assert (len(winners), len(losers)) == (1, 1), outcomes
    assert people[winners[0]].name in outcomes[losers[0]].text.id
    assert desk.tags(case.id).count("case:task:completed") == 1


def test_four_people_who_complete_four_parallel_tasks_of_one_case_all_succeed(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    deploy_drawn(office, FOUR_AT_ONCE)
    start_beside(office, case.id, "four_at_once")
    people = [hire(office, f"admin.{number}", f"Orang {number}") for number in range(4)]
    tasks = [desk.task(case.id, f"ask_{word}") for word in ("one", "two", "three", "four")]
    acts = [
        partial(complete, office=office, task_id=task.id, data={"note": person.name}, by=person)
        for task, person in zip(tasks, people, strict=True)
    ]
    outcomes = at_once(office, *acts)
    assert all(isinstance(outcome, CaseSummary) for outcome in outcomes), outcomes
    assert [state_of(office, task.id).completed_by_name for task in tasks] == [
        person.name for person in people
    ]
    assert desk.tags(case.id).count("process:instance:completed") == 2  # The intake, and now this one.
    office.work.read(lambda session: verify_history(session, case.id))


def test_two_people_who_claim_one_task_at_once_cannot_both_own_it(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    task = desk.task(case.id, "verify_complaint")
    people = [actor_named(office, "admin.instansi"), hire(office, "admin.kedua", "Wulan Kedua")]

    def claim(work: UnitOfWork, by: Actor) -> Any:
        return work.write(lambda session: claim_task(session, office.env, task.id, by=by))

    outcomes = at_once(office, *[partial(claim, by=person) for person in people])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["RefusedByRuleError", "TaskRow"]
    assert desk.tags(case.id).count("case:task:claimed") == 1


@ON_SQLITE
def test_a_claimed_task_is_the_owners_until_it_is_released(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    task = desk.task(case.id, "verify_complaint")
    first, second = actor_named(office, "admin.instansi"), hire(office, "admin.kedua", "Wulan Kedua")

    def write(act: Any, by: Actor, **more: Any) -> Any:
        return office.work.write(lambda session: act(session, office.env, task.id, by=by, **more))

    assert write(claim_task, first).owner_id == first.id
    for act in (
        claim_task,
        release_task,
        partial(delegate_task, to=second.id),
        partial(complete_task, raw=ACCEPT),
    ):
        with pytest.raises(RefusedByRuleError):
            write(act, second)
    assert write(release_task, first).owner_id is None
    assert write(claim_task, second).owner_id == second.id


@ON_SQLITE
def test_a_task_is_delegated_only_to_somebody_who_may_own_it(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    task = desk.task(case.id, "verify_complaint")
    first, second = actor_named(office, "admin.instansi"), hire(office, "admin.kedua", "Wulan Kedua")

    def delegate(to: str) -> Any:
        return office.work.write(lambda session: delegate_task(session, office.env, task.id, to=to, by=first))

    for nobody in (actor_named(office, "pelaksana.pupr").id, office.env.new_id()):
        with pytest.raises(RefusedByRuleError):
            delegate(nobody)
    assert delegate(second.id).owner_name == "Wulan Kedua"


@ON_SQLITE
def test_whoever_saw_an_older_version_of_the_task_is_told(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    task, by = desk.task(case.id, "verify_complaint"), actor_named(office, "admin.instansi")
    office.work.write(lambda session: claim_task(session, office.env, task.id, by=by))
    with pytest.raises(StaleError):
        office.work.write(
            lambda session: complete_task(session, office.env, task.id, ACCEPT, by=by, version=task.version)
        )


@ON_SQLITE
@pytest.mark.parametrize("task_id", ["no-uuid", "00000000-0000-7000-8000-000000000000"])
def test_an_unknown_task_is_not_found(desk: Desk, task_id: str) -> None:
    by = actor_named(desk.office, "admin.instansi")
    with pytest.raises(NotFoundError):
        desk.office.work.write(lambda session: claim_task(session, desk.office.env, task_id, by=by))


@ON_SQLITE
def test_wrong_values_change_nothing(desk: Desk) -> None:
    case = desk.register()
    before = desk.tags(case.id)
    with pytest.raises(FormInvalidError) as refused:
        desk.complete(case.id, "verify_complaint", "admin.instansi", decision="accept", category="nowhere")
    assert {"case_class", "category"} <= set(refused.value.errors)
    assert desk.tags(case.id) == before
    assert desk.task(case.id, "verify_complaint").state == "open"


def count_statements(office: Tuntas, act: Any) -> int:
    """How many statements the act sends to the database, BEGIN and COMMIT not counted."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT")):
            seen.append(statement)

    event.listen(office.work.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(office.work.engine, "before_cursor_execute", note)
    return len(seen)


def test_completing_a_task_takes_the_same_few_statements_whatever_the_number_of_cases(desk: Desk) -> None:
    """Measured: 13 on both databases, in a fresh office and with 200 other cases: acceptance starts a clock."""
    office, by = desk.office, actor_named(desk.office, "admin.instansi")

    def cost() -> int:
        task = desk.task(desk.register().id, "verify_complaint")
        act = partial(complete_task, env=office.env, task_id=task.id, raw=ACCEPT, by=by)
        return count_statements(office, lambda: office.work.write(act))

    cost()  # The first reads and compiles the deployment.
    alone = cost()

    def register_many(session: Session) -> None:
        from cases.model import SYSTEM, NewComplaint
        from cases.register import register_complaint

        for number in range(200):
            new = NewComplaint(title=f"Aduan {number}", text="Isi.", name="Budi")
            register_complaint(session, office.env, new, by=SYSTEM)

    office.work.write(register_many)
    assert cost() == alone
    assert alone <= 14
