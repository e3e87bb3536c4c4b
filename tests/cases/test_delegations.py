"""Absences: who holds a role meanwhile, what that allows, and what happens afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from cases.delegations import (
    hand_back,
)
from cases.errors import NotFoundError, RefusedByRuleError
from cases.inbox import get_task, list_tasks
from cases.listing import get_case
from cases.model import SYSTEM, TaskQuery
from cases.people import change_user, create_token, set_roles, token_actor
from storage.tables import Case, HistoryEntry, Unit, UserTask
from support.absences import away, claim, complete, now_as, revoke
from support.office import Desk, actor_named
from support.own_process import hire
from support.paths import drafted

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


# What a stand-in may do.


def test_a_stand_in_approves_for_the_absent_superior_and_the_history_says_so(desk: Desk) -> None:
    case_id = drafted(desk)
    away(desk, stand_in="atasan.dinkes")
    complete(desk, case_id, "approve_response", now_as(desk, "atasan.dinkes"), decision="approve")
    assert desk.case(case_id).stage == "responded"
    query = select(HistoryEntry.actor_name, HistoryEntry.data).where(
        HistoryEntry.case_id == case_id,
        HistoryEntry.tag == "case:task:completed",
        HistoryEntry.element_id == "approve_response",
    )
    entry = desk.office.work.read(lambda session: session.execute(query).one())
    assert entry.actor_name == "Ahmad Fauzan"
    absent = actor_named(desk.office, "atasan.pupr")
    assert entry.data["on_behalf_of"] == {"user": absent.id, "name": "Hendra Gunarto"}


@ON_SQLITE
def test_work_of_ones_own_is_done_on_nobody_elses_behalf(desk: Desk) -> None:
    case_id = drafted(desk)
    query = select(HistoryEntry.data).where(HistoryEntry.tag == "case:task:completed")
    away(desk, who="atasan.dinkes", stand_in="atasan.pupr")
    complete(desk, case_id, "approve_response", now_as(desk, "atasan.pupr"), decision="approve")
    said = desk.office.work.read(lambda session: session.scalars(query).all())
    assert [data for data in said if "on_behalf_of" in data] == []


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        # Local days in western Indonesia, both included: 2 to 6 March 2026.
        ("2026-03-01T23:59:59+07:00", False),
        ("2026-03-02T00:00:00+07:00", True),
        ("2026-03-06T23:59:59+07:00", True),
        ("2026-03-07T00:00:00+07:00", False),
    ],
)
@ON_SQLITE
def test_the_role_is_held_from_the_first_local_day_to_the_last(desk: Desk, moment: str, holds: bool) -> None:
    away(desk, stand_in="atasan.dinkes")
    desk.clock._now = datetime.fromisoformat(moment)
    assert any(grant.for_user for grant in now_as(desk, "atasan.dinkes").grants) == holds


def test_a_token_of_a_stand_in_holds_the_role_without_another_statement(desk: Desk) -> None:
    office, seen = desk.office, []
    token = office.work.write(
        lambda session: create_token(session, office.env, "atasan.dinkes", "uji", by=SYSTEM)
    )
    away(desk, stand_in="atasan.dinkes")

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    with office.work.engine.connect() as connection, Session(connection) as session:
        event.listen(office.work.engine, "before_cursor_execute", note)
        actor = token_actor(session, office.env, token)
        event.remove(office.work.engine, "before_cursor_execute", note)
    assert len(seen) == 1
    assert sorted((grant.role, grant.for_name) for grant in actor.grants) == [
        ("superior", ""),
        ("superior", "Hendra Gunarto"),
    ]


def test_what_an_absent_person_has_taken_can_be_taken_by_the_stand_in(desk: Desk) -> None:
    case_id = drafted(desk)
    claim(desk, case_id, "approve_response", actor_named(desk.office, "atasan.pupr"))
    other = now_as(desk, "atasan.dinkes")
    with pytest.raises(NotFoundError):
        claim(desk, case_id, "approve_response", other)
    away(desk, stand_in="atasan.dinkes")
    stand_in, env = now_as(desk, "atasan.dinkes"), desk.office.env
    free = desk.office.work.read(
        lambda session: list_tasks(session, env, TaskQuery(scope="available"), by=stand_in)
    )
    assert [task.element_id for task in free.items if task.case_id == case_id] == ["approve_response"]
    shown = desk.office.work.read(lambda session: get_task(session, env, free.items[0].id, by=stand_in))
    assert shown.may == {"claim"}
    with pytest.raises(RefusedByRuleError):
        complete(desk, case_id, "approve_response", stand_in, decision="approve")
    claim(desk, case_id, "approve_response", stand_in)
    complete(desk, case_id, "approve_response", stand_in, decision="approve")
    assert desk.case(case_id).stage == "responded"


# Four eyes, and the accused.


def test_a_stand_in_may_not_approve_the_own_draft(desk: Desk) -> None:
    case_id = drafted(desk)
    away(desk, stand_in="pelaksana.pupr")
    with pytest.raises(RefusedByRuleError, match="may not approve"):
        complete(desk, case_id, "approve_response", now_as(desk, "pelaksana.pupr"), decision="approve")
    task, env = desk.task(case_id, "approve_response"), desk.office.env
    by = now_as(desk, "pelaksana.pupr")
    shown = desk.office.work.read(lambda session: get_task(session, env, task.id, by=by))
    assert "complete" not in shown.may


def test_nobody_approves_a_draft_in_the_place_of_its_author(desk: Desk) -> None:
    author = hire(desk.office, "kepala.ganda", "Kepala Ganda", "superior", "pupr")

    def also_worker(session: Session) -> None:
        unit = session.scalars(select(Unit.id).where(Unit.code == "pupr")).one()
        roles = [("superior", unit), ("case_worker", unit)]
        set_roles(session, desk.office.env, str(author.id), roles, by=SYSTEM)

    desk.office.work.write(also_worker)
    case_id = drafted(desk)
    change_author(desk, case_id, str(author.id))
    superior = next(grant for grant in author.grants if grant.role == "superior")
    away(desk, who="kepala.ganda", stand_in="atasan.dinkes", role="superior", unit_id=superior.unit_id)
    with pytest.raises(RefusedByRuleError, match="may not approve"):
        complete(desk, case_id, "approve_response", now_as(desk, "atasan.dinkes"), decision="approve")
    complete(desk, case_id, "approve_response", now_as(desk, "atasan.pupr"), decision="approve")


def change_author(desk: Desk, case_id: str, user_id: str) -> None:
    """Somebody else wrote the draft."""
    from storage.tables import CaseText

    drafts = (CaseText.case_id == case_id) & (CaseText.kind == "response")
    desk.office.work.write(
        lambda session: session.execute(update(CaseText).where(drafts).values(author_id=user_id))
    )


def test_a_case_about_the_absent_person_does_not_exist_for_the_stand_in(desk: Desk) -> None:
    case_id = drafted(desk)
    absent = actor_named(desk.office, "atasan.pupr")
    away(desk, stand_in="atasan.dinkes")
    env, stand_in = desk.office.env, now_as(desk, "atasan.dinkes")
    assert desk.office.work.read(lambda session: get_case(session, env, case_id, by=stand_in))
    accuse = update(Case).where(Case.id == case_id).values(accused_user_id=absent.id)
    desk.office.work.write(lambda session: session.execute(accuse))
    with pytest.raises(NotFoundError):
        desk.office.work.read(lambda session: get_case(session, env, case_id, by=stand_in))
    with pytest.raises(NotFoundError):
        claim(desk, case_id, "approve_response", stand_in)
    free = desk.office.work.read(lambda session: list_tasks(session, env, TaskQuery(), by=stand_in))
    assert [task for task in free.items if task.case_id == case_id] == []


@ON_SQLITE
def test_standing_in_takes_no_sight_away(desk: Desk) -> None:
    """A secretary who stands in for an agency still sees, as secretary, a complaint about that agency."""
    case_id = drafted(desk)
    absent = actor_named(desk.office, "atasan.pupr")
    about_the_agency = update(Case).values(accused_unit_id=absent.grants[0].unit_id)
    desk.office.work.write(lambda session: session.execute(about_the_agency.where(Case.id == case_id)))
    away(desk, stand_in="sekda")
    env, secretary = desk.office.env, now_as(desk, "sekda")
    assert desk.office.work.read(lambda session: get_case(session, env, case_id, by=secretary))


# When it ends.


def test_a_revoked_absence_frees_what_the_stand_in_took(desk: Desk) -> None:
    case_id = drafted(desk)
    declared = away(desk, stand_in="atasan.dinkes")
    claim(desk, case_id, "approve_response", now_as(desk, "atasan.dinkes"))
    assert revoke(desk, declared, "atasan.pupr").state == "revoked"
    assert desk.task(case_id, "approve_response").owner_id is None
    with pytest.raises(NotFoundError):
        complete(desk, case_id, "approve_response", now_as(desk, "atasan.dinkes"), decision="approve")
    assert "case:task:released" in desk.tags(case_id)
    complete(desk, case_id, "approve_response", now_as(desk, "atasan.pupr"), decision="approve")


def test_after_the_last_day_a_worker_frees_what_the_stand_in_took(desk: Desk) -> None:
    case_id, office = drafted(desk), desk.office
    away(desk, stand_in="atasan.dinkes")
    claim(desk, case_id, "approve_response", now_as(desk, "atasan.dinkes"))
    assert office.work.write(lambda session: hand_back(session, office.env)) == 0
    desk.clock.advance(timedelta(days=5))
    assert office.work.write(lambda session: hand_back(session, office.env)) == 1
    assert office.work.write(lambda session: hand_back(session, office.env)) == 0
    assert desk.task(case_id, "approve_response").owner_id is None


def test_whoever_is_back_takes_a_task_from_a_stand_in_who_may_not_do_it_any_more(desk: Desk) -> None:
    case_id = drafted(desk)
    away(desk, stand_in="atasan.dinkes")
    claim(desk, case_id, "approve_response", now_as(desk, "atasan.dinkes"))
    desk.clock.advance(timedelta(days=5))
    claim(desk, case_id, "approve_response", now_as(desk, "atasan.pupr"))
    assert desk.task(case_id, "approve_response").owner_name == "Hendra Gunarto"


@ON_SQLITE
def test_a_colleague_keeps_what_was_taken_by_an_own_role(desk: Desk) -> None:
    case_id, office = drafted(desk), desk.office
    hire(office, "atasan.kedua", "Atasan Kedua", "superior", "pupr")
    declared = away(desk, stand_in="atasan.kedua")
    claim(desk, case_id, "approve_response", now_as(desk, "atasan.kedua"))
    revoke(desk, declared, "atasan.pupr")
    assert desk.task(case_id, "approve_response").owner_name == "Atasan Kedua"


@ON_SQLITE
def test_a_role_that_was_taken_away_is_held_by_nobody(desk: Desk) -> None:
    away(desk, stand_in="atasan.dinkes")
    absent, env = actor_named(desk.office, "atasan.pupr"), desk.office.env
    desk.office.work.write(lambda session: change_user(session, env, str(absent.id), active=False, by=SYSTEM))
    assert [grant for grant in now_as(desk, "atasan.dinkes").grants if grant.for_user] == []


def test_no_task_is_left_with_an_owner_who_cannot_do_it(desk: Desk) -> None:
    case_id = drafted(desk)
    declared = away(desk, stand_in="atasan.dinkes")
    claim(desk, case_id, "approve_response", now_as(desk, "atasan.dinkes"))
    revoke(desk, declared, "administrator")
    owners = select(UserTask.owner_id).where(UserTask.case_id == case_id, UserTask.state == "open")
    assert desk.office.work.read(lambda session: session.scalars(owners).all()) == [None]
