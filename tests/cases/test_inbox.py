"""The inbox: order, scopes, paging, and one task with its form on the real diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cases.cursors import BadCursorError
from cases.errors import NotFoundError
from cases.inbox import get_task, list_tasks
from cases.model import Actor, TaskQuery, TaskView
from cases.office_choices import form_options
from cases.tasks import claim_task
from engine.lint.form_fields import OPTIONS
from support.office import Desk, actor_named
from support.paths import drafted
from support.policy_world import NIK, NOW, World, counted
from tuntas.database import make_engine

DAY = timedelta(days=1)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Yield an office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield World(engine)
    engine.dispose()


def inbox(world: World, actor: Actor, **query: Any) -> list[str]:
    """Ids of every page of an inbox."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = world.ask(list_tasks, TaskQuery(cursor=cursor, limit=2, **query), by=actor)
        found += [row.id for row in page.items]
        cursor = page.next
        if cursor is None:
            return found


def test_late_tasks_come_first_and_tasks_without_a_date_last(world: World) -> None:
    worker, case_id = world.officer("case_worker@jalan"), world.case(lead="jalan")
    undated_young = world.task(case_id, "case_worker", "jalan", created_at=NOW)
    undated_old = world.task(case_id, "case_worker", "jalan", created_at=NOW - DAY)
    soon = world.task(case_id, "case_worker", "jalan", due_at=NOW + DAY)
    late = world.task(case_id, "case_worker", "jalan", due_at=NOW - DAY)
    twins = [
        world.task(case_id, "case_worker", "jalan", due_at=NOW, created_at=NOW - DAY * age) for age in (3, 2)
    ]
    assert inbox(world, worker) == [late, *twins, soon, undated_old, undated_young]
    assert inbox(world, worker, overdue=True) == [late, *twins]
    assert inbox(world, worker, overdue=False) == [soon, undated_old, undated_young]
    rows = world.ask(list_tasks, TaskQuery(), by=worker).items
    assert [row.overdue for row in rows] == [True, True, True, False, False, False]


def test_scopes_tell_mine_from_what_is_free_to_take(world: World) -> None:
    worker, colleague = world.officer("case_worker@jalan"), world.officer("case_worker@jalan")
    case_id = world.case(lead="jalan")
    mine = world.task(case_id, "case_worker", "jalan", owner_id=worker.id, due_at=NOW)
    free = world.task(case_id, "case_worker", "jalan", due_at=NOW + DAY)
    theirs = world.task(case_id, "case_worker", "jalan", owner_id=colleague.id)
    done = world.task(case_id, "case_worker", "jalan", owner_id=worker.id, state="completed")
    assert inbox(world, worker, scope="mine") == [mine]
    assert inbox(world, worker, scope="available") == [free]
    assert inbox(world, worker) == [mine, free]
    assert inbox(world, worker, state="completed", scope="mine") == [done]
    # With a filter every task of the cases that the reader sees is reached.
    assert set(inbox(world, worker, case_id=case_id)) == {mine, free, theirs}
    assert inbox(world, worker, owner_id=colleague.id) == [theirs]


def test_a_task_given_to_me_stays_mine_although_my_roles_do_not_offer_it(world: World) -> None:
    worker, case_id = world.officer("case_worker@dinkes"), world.case(lead="jalan")
    given = world.task(case_id, "case_worker", "jalan", owner_id=worker.id)
    assert inbox(world, worker) == [given]


def test_an_inbox_is_one_statement_and_shows_no_number(world: World) -> None:
    worker = world.officer("case_worker@jalan")
    for _ in range(3):
        world.task(world.case(lead="jalan"), "case_worker", "jalan")
    with world.session() as session:
        session.connection()
        with counted(world.engine) as statements:
            page = list_tasks(session, world.env, TaskQuery(), by=worker)
    assert len(statements) == 1
    assert len(page.items) == 3
    assert NIK not in repr(page)


def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    worker = world.officer("case_worker@jalan")
    with pytest.raises(BadCursorError):
        world.ask(list_tasks, TaskQuery(cursor="WyItcmVjZWl2ZWQiXQ"), by=worker)


def test_choices_are_read_when_they_are_asked_for(world: World) -> None:
    with world.session() as session:
        session.connection()
        with counted(world.engine) as statements:
            options = form_options(session, world.env)
            assert options["category"]
            assert statements == []
            assert {option.label.id for option in options["unit"]} == {code.upper() for code in world.units}
            assert options["unit"]
            assert len(statements) == 1
    assert set(options) == set(OPTIONS)


def view(desk: Desk, username: str, case_id: str, element_id: str) -> TaskView:
    """The task as somebody sees it."""
    task, by = desk.task(case_id, element_id), actor_named(desk.office, username)
    return desk.office.work.read(lambda session: get_task(session, desk.office.env, task.id, by=by))


def test_a_task_comes_with_its_form_and_what_its_reader_may_do(desk: Desk) -> None:
    case = desk.register(category="agama")
    found = view(desk, "admin.instansi", case.id, "verify_complaint")
    assert found.form.key == "complaint/verify_complaint"
    assert found.may == {"claim", "complete", "delegate"}
    assert found.values.get("category") == "agama"
    by, env = actor_named(desk.office, "admin.instansi"), desk.office.env
    desk.office.work.write(lambda session: claim_task(session, env, found.row.id, by=by))
    assert view(desk, "admin.instansi", case.id, "verify_complaint").may == {
        "release",
        "complete",
        "delegate",
    }


def test_a_task_of_a_case_that_is_not_mine_does_not_exist(desk: Desk) -> None:
    case = desk.register()
    for username in ("pelaksana.pupr", "penghubung.pupr"):
        with pytest.raises(NotFoundError):
            view(desk, username, case.id, "verify_complaint")


def test_the_author_of_the_draft_is_not_offered_to_approve_it(desk: Desk) -> None:
    case_id = drafted(desk)
    assert "complete" in view(desk, "atasan.pupr", case_id, "approve_response").may
    author, task = actor_named(desk.office, "pelaksana.pupr"), desk.task(case_id, "approve_response")
    superior = actor_named(desk.office, "atasan.pupr")
    both = Actor(author.kind, author.id, author.name, author.grants + superior.grants)
    env = desk.office.env
    refused = desk.office.work.read(lambda session: get_task(session, env, task.id, by=both))
    assert "complete" not in refused.may
