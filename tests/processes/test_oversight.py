"""Oversight: a team without conflicts, separate hearings, four eyes over the decision, and two clocks of the law."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cases.errors import NotFoundError, RefusedByRuleError
from cases.forms import FormInvalidError
from cases.inbox import get_task, list_tasks
from cases.model import SYSTEM, TaskQuery
from cases.people import create_user
from cases.tasks import claim_task, delegate_task
from storage.tables import TeamMember, Unit, User
from support.beside import MOMENT, begin, clock_of, open_tasks, status_of, told, verdict
from support.coverage import covers
from support.office import Desk, actor_named
from support.own_process import hire

pytestmark = pytest.mark.xdist_group("oversight")

TEAM = ("inspektorat", "inspektur")
# Decided on Monday 2 March 2026: fourteen calendar days end on 16 March.
DELIVERED_BY = datetime(2026, 3, 16, 17, tzinfo=UTC)


def user_id(desk: Desk, username: str) -> str:
    query = select(User.id).where(User.username == username)
    return desk.office.work.read(lambda session: session.scalars(query).one())


def unit_id(desk: Desk, code: str) -> str:
    query = select(Unit.id).where(Unit.code == code)
    return desk.office.work.read(lambda session: session.scalars(query).one())


def examined(desk: Desk, **columns: Any) -> tuple[str, str]:
    """A case of the restricted lane whose examination has begun; the team is still to be chosen."""
    case_id = desk.register("Pungutan liar").id
    lane = {"case_class": "oversight", "sensitivity": "oversight", "stage": "follow_up", **columns}
    return case_id, begin(desk, case_id, "oversight", "handling_finished", **lane)


def choose(desk: Desk, case_id: str, *usernames: str, by: str = "inspektur") -> None:
    members = [user_id(desk, username) for username in usernames]
    desk.complete(case_id, "choose_team", by, members=members)


def hear_both(desk: Desk, case_id: str) -> None:
    for element in ("hear_complainant", "hear_accused"):
        desk.complete(case_id, element, "inspektorat", heard="heard", statement="Keterangan dicatat.")


def decide(desk: Desk, case_id: str, by: str) -> None:
    desk.complete(case_id, "decide", by, decision="decide", verdict_text="Pelanggaran terbukti dan ditindak.")


def decided(desk: Desk) -> tuple[str, str]:
    case_id, instance = examined(desk)
    choose(desk, case_id, *TEAM)
    hear_both(desk, case_id)
    desk.complete(case_id, "examine", "inspektorat", finding="Bukti dan keterangan sesuai.")
    decide(desk, case_id, "inspektur")
    return case_id, instance


def test_the_team_examines_decides_and_delivers(desk: Desk):
    case_id, instance = decided(desk)
    desk.complete(case_id, "deliver_decision", "inspektur", way="letter")
    assert (verdict(desk, case_id), status_of(desk, instance)) == ("decided", "completed")
    assert told(desk, case_id)[-1] == "decision_delivered"


def test_both_sides_are_heard_in_tasks_of_their_own_before_anybody_concludes(desk: Desk):
    case_id, _ = examined(desk)
    choose(desk, case_id, *TEAM)
    assert open_tasks(desk, case_id, "oversight") == {"hear_complainant", "hear_accused"}
    desk.complete(case_id, "hear_accused", "inspektorat", heard="declined", statement="Menolak hadir.")
    assert open_tasks(desk, case_id, "oversight") == {"hear_complainant"}


def test_whoever_is_complained_about_cannot_be_in_the_team(desk: Desk):
    hire(desk.office, "auditor.muda", "Wulan Sari", "inspectorate", "inspektorat")
    case_id, _ = examined(desk, accused_user_id=user_id(desk, "inspektorat"), accused_kind="officer")
    with pytest.raises(RefusedByRuleError, match="complained about"):
        choose(desk, case_id, "inspektorat", "auditor.muda")
    choose(desk, case_id, "inspektur", "auditor.muda")
    assert "case:team:formed" in desk.tags(case_id)


def test_nobody_of_the_accused_unit_can_be_in_the_team(desk: Desk):
    both = [("inspectorate", unit_id(desk, "inspektorat")), ("case_worker", unit_id(desk, "pupr"))]
    desk.office.work.write(
        lambda session: create_user(
            session, desk.office.env, username="auditor.pupr", name="Wulan Sari", roles=both, by=SYSTEM
        )
    )
    case_id, _ = examined(desk, accused_unit_id=unit_id(desk, "pupr"), accused_kind="unit")
    with pytest.raises(RefusedByRuleError, match="that unit"):
        choose(desk, case_id, "inspektur", "auditor.pupr")


def test_a_team_of_one_is_refused(desk: Desk):
    case_id, _ = examined(desk)
    with pytest.raises(FormInvalidError):
        choose(desk, case_id, "inspektur")


def test_only_people_of_the_inspectorate_can_be_in_the_team(desk: Desk):
    case_id, _ = examined(desk)
    with pytest.raises(FormInvalidError):
        choose(desk, case_id, "inspektur", "pelaksana.pupr")


def test_an_inspector_outside_the_team_is_neither_offered_nor_given_its_tasks(desk: Desk):
    outsider = hire(desk.office, "auditor.muda", "Wulan Sari", "inspectorate", "inspektorat")
    case_id, _ = examined(desk)
    choose(desk, case_id, *TEAM)
    env, work = desk.office.env, desk.office.work
    task = desk.task(case_id, "hear_complainant")
    offered = work.read(lambda session: list_tasks(session, env, TaskQuery(scope="available"), by=outsider))
    assert task.id not in {row.id for row in offered.items}
    seen = work.write(lambda session: get_task(session, env, task.id, by=outsider))
    assert seen.may == frozenset()
    with pytest.raises(RefusedByRuleError, match="team"):
        work.write(lambda session: claim_task(session, env, task.id, by=outsider))
    with pytest.raises(RefusedByRuleError, match="team"):
        desk.complete(case_id, "hear_complainant", "auditor.muda", heard="heard", statement="Keterangan.")
    member = actor_named(desk.office, "inspektur")
    with pytest.raises(RefusedByRuleError, match="team"):
        work.write(lambda session: delegate_task(session, env, task.id, to=outsider.id or "", by=member))


def test_people_outside_the_inspectorate_do_not_find_the_examination(desk: Desk):
    case_id, _ = examined(desk)
    with pytest.raises(NotFoundError):
        choose(desk, case_id, *TEAM, by="admin.instansi")


def test_whoever_wrote_the_findings_may_not_decide(desk: Desk):
    case_id, _ = examined(desk)
    choose(desk, case_id, *TEAM)
    hear_both(desk, case_id)
    desk.complete(case_id, "examine", "inspektorat", finding="Bukti dan keterangan sesuai.")
    with pytest.raises(RefusedByRuleError, match="may not decide"):
        decide(desk, case_id, "inspektorat")
    assert open_tasks(desk, case_id, "oversight") == {"decide"}
    assert clock_of(desk, case_id, "decision_delivery_law") is None


def test_the_decision_may_be_put_off_for_a_further_examination(desk: Desk):
    case_id, _ = examined(desk)
    choose(desk, case_id, *TEAM)
    hear_both(desk, case_id)
    desk.complete(case_id, "examine", "inspektorat", finding="Bukti dan keterangan sesuai.")
    desk.complete(case_id, "decide", "inspektur", decision="examine_more", reason="Periksa kuitansinya.")
    assert open_tasks(desk, case_id, "oversight") == {"examine"}


def test_a_decision_is_delivered_within_fourteen_days_of_it(desk: Desk):
    case_id, _ = decided(desk)
    assert clock_of(desk, case_id, "decision_delivery_law").due_at == DELIVERED_BY
    assert desk.task(case_id, "deliver_decision").due_at == DELIVERED_BY
    desk.complete(case_id, "deliver_decision", "inspektur", way="in_person")
    assert clock_of(desk, case_id, "decision_delivery_law").stopped_at == desk.clock.now()


def test_a_decision_that_is_not_delivered_breaches_the_law_at_that_very_moment(desk: Desk):
    case_id, _ = decided(desk)
    desk.pass_time(DELIVERED_BY - MOMENT)
    assert clock_of(desk, case_id, "decision_delivery_law").breached_at is None
    desk.pass_time(DELIVERED_BY)
    assert clock_of(desk, case_id, "decision_delivery_law").breached_at == DELIVERED_BY


def test_the_decision_is_a_secret_until_it_is_delivered(desk: Desk):
    case_id, _ = decided(desk)
    assert "decision_delivered" not in told(desk, case_id)
    assert desk.case(case_id).responded_at is None


def test_the_team_is_kept_by_name(desk: Desk):
    case_id, _ = examined(desk)
    choose(desk, case_id, *TEAM)
    query = select(TeamMember.user_id).where(TeamMember.case_id == case_id)
    members = desk.office.work.read(lambda session: set(session.scalars(query)))
    assert members == {user_id(desk, username) for username in TEAM}


test_every_element_and_flow_was_taken = covers("oversight")
