"""Whoever is complained about, somebody may do every task that the shipped diagrams can open in the case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cases.conflict import Accused, name_accused
from cases.errors import NotFoundError
from cases.model import SYSTEM, Actor
from cases.policy import OWNER_COLUMNS, may_see_task, potential_owner
from cases.sign_in import actor_of_user
from cases.work import CaseWork
from storage.tables import (
    Case,
    HistoryEntry,
    ProcessDefinition,
    ProcessInstance,
    Role,
    TeamMember,
    Unit,
    User,
    UserTask,
)
from support.beside import begin
from support.clocks import rows
from support.office import Desk, actor_named
from support.own_process import hire

ANSWER = "Anggaran jalan tahun ini dapat diunduh di laman kami."
SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
FOLLOWED = {"lead_unit": "id", "supporting_unit": "id", "lead_unit_parent": "parent_id"}


def drawn_tasks(desk: Desk, session: Session, *, lane: bool) -> list[tuple[Any, Any]]:
    """Every user task of every shipped diagram with its definition: of the restricted lane, or of all others."""
    found = []
    for definition in session.scalars(select(ProcessDefinition)):
        elements = desk.office.env.deployments.get(definition.deployment_hash).elements.values()
        mine = [one for one in elements if one.process_id == definition.key and one.role]
        found += [(definition, one) for one in mine if one.kind == "userTask"]
    return [pair for pair in found if (pair[0].key == "oversight") is lane]


def everybody(desk: Desk, session: Session) -> list[Actor]:
    """All who can sign in."""
    people = session.scalars(select(User.id).where(User.active)).all()
    return [actor_of_user(session, desk.office.env, one) for one in people]


def accusations(people: list[Actor], session: Session) -> Iterator[tuple[Accused, str]]:
    """Somebody in each combination of roles, then units whose people serve the whole body; with the unit to lead."""
    seen = set()
    for person in people:
        roles = frozenset(grant.role for grant in person.grants)
        if roles not in seen:
            seen.add(roles)
            yield Accused("officer", None, person.id), person.grants[0].unit_id
    serve_all = select(Role.unit_id).where(
        Role.role.in_(("information_officer", "inspectorate", "front_desk"))
    )
    for unit in session.scalars(select(Unit.id).where(Unit.id.in_(serve_all))):
        yield Accused("unit", unit), unit


def open_all(session: Session, case_id: str, tasks: list[tuple[Any, Any]], lead: Any) -> None:
    """The case is led by that unit, and every task is open in it."""
    session.execute(update(Case).where(Case.id == case_id).values(lead_unit_id=lead.id))
    instance = session.execute(select(*ProcessInstance.__table__.columns).limit(1)).one()._asdict()
    task = session.execute(select(*UserTask.__table__.columns).limit(1)).one()._asdict()
    processes, drawn_here = [], []
    for number, (definition, element) in enumerate(tasks):
        made = {"id": f"{number:032x}", "instance_id": f"{number:032x}", "case_id": case_id}
        of = {"definition_id": definition.id, "deployment_hash": definition.deployment_hash}
        process = {**instance, **of, "id": made["id"], "case_id": case_id, "process_id": definition.key}
        processes.append(process)
        unit = getattr(lead, FOLLOWED[element.unit]) if element.unit in FOLLOWED else None
        drawn = {"element_id": element.element_id, "role": element.role, "unit_id": unit, "state": "open"}
        drawn_here.append({**task, **made, **drawn, "owner_id": None})
    session.execute(insert(ProcessInstance), processes)
    session.execute(insert(UserTask), drawn_here)


def left_alone(desk: Desk, session: Session, case_id: str, people: list[Actor]) -> list[str]:
    """The open tasks that nobody may do."""
    env = desk.office.env
    joined = select(*UserTask.__table__.columns, *OWNER_COLUMNS).join(Case, Case.id == UserTask.case_id)
    found = []
    for task in session.execute(joined.where(UserTask.case_id == case_id, UserTask.state == "open")).all():
        query = select(UserTask.id).join(Case, Case.id == UserTask.case_id).where(UserTask.id == task.id)
        able = (one for one in people if potential_owner(env, one, task))
        if not any(session.scalar(query.where(may_see_task(env, one))) for one in able):
            found.append(task.element_id)
    return found


@SQLITE
@pytest.mark.parametrize("case_class", ["ordinary", "oversight"])
def test_somebody_may_do_every_task_of_every_diagram_whoever_is_accused(desk: Desk, case_class: str) -> None:
    case_id, work = desk.register().id, desk.office.work
    stuck = {}
    people = work.read(lambda session: everybody(desk, session))
    named = work.read(lambda session: list(accusations(people, session)))

    def accuse(session: Session, accused: Accused, unit: str) -> list[str]:
        lead = session.execute(select(Unit.id, Unit.parent_id).where(Unit.id == unit)).one()
        session.execute(update(Case).where(Case.id == case_id).values(case_class=case_class))
        open_all(session, case_id, drawn_tasks(desk, session, lane=case_class == "oversight"), lead)
        working = CaseWork.load(session, desk.office.env, case_id, by=SYSTEM)
        name_accused(working, accused)
        working.flush()
        found = left_alone(desk, session, case_id, people)
        session.rollback()
        return found

    for accused, unit in named:
        alone = work.write(lambda session, accused=accused, unit=unit: accuse(session, accused, unit))
        if alone:
            who = next((one for one in people if one.id == accused.user_id), None)
            stuck[who.name if who else f"unit {accused.unit_id}"] = alone
    assert len(named) > 10
    assert stuck == {}


def asked(desk: Desk, **columns: str) -> str:
    """A formal request for information, with these columns of its case."""
    case_id = desk.register("Anggaran jalan").id
    of = {"case_class": "information", "kind": "information_request", "formal": True}
    begin(desk, case_id, "information_request", "handling_finished", **of, **columns)
    return case_id


def accuse(desk: Desk, case_id: str, accused: Accused) -> None:
    """Somebody is named as complained about, or nobody any more."""

    def name(session: Session) -> None:
        work = CaseWork.load(session, desk.office.env, case_id, by=SYSTEM)
        name_accused(work, accused)
        work.flush()

    desk.office.work.write(name)


@SQLITE
def test_a_request_about_the_only_information_officer_is_answered_by_the_superior_of_the_body(
    desk: Desk,
) -> None:
    officer = actor_named(desk.office, "ppid").id
    case_id = asked(desk, accused_kind="officer", accused_user_id=officer)
    with pytest.raises(NotFoundError):
        desk.complete(case_id, "answer_formal_request", "ppid", decision="answer", response=ANSWER)
    desk.complete(case_id, "answer_formal_request", "asisten.setda", decision="answer", response=ANSWER)
    assert desk.case(case_id).responded_at == desk.clock.now()


@SQLITE
def test_an_open_task_goes_to_the_body_with_the_accusation_and_back_when_it_was_a_mistake(desk: Desk) -> None:
    case_id, officer = asked(desk), actor_named(desk.office, "ppid").id
    body = actor_named(desk.office, "sekda").grants[0].unit_id
    accuse(desk, case_id, Accused("officer", None, officer))
    (task,) = rows(desk, UserTask, case_id, element_id="answer_formal_request")
    assert task.unit_id == body
    accuse(desk, case_id, Accused())
    (task,) = rows(desk, UserTask, case_id, element_id="answer_formal_request")
    assert task.unit_id is None
    moves = [entry.data for entry in rows(desk, HistoryEntry, case_id, tag="case:task:reassigned")]
    assert [(move["from_unit"], move["to_unit"]) for move in moves] == [(None, body), (body, None)]


@SQLITE
def test_a_task_stays_with_its_role_while_somebody_else_holds_it(desk: Desk) -> None:
    case_id, officer = asked(desk), actor_named(desk.office, "ppid").id
    hire(desk.office, "ppid.dua", "PPID Dua", role="information_officer", unit="setda-ppid")
    accuse(desk, case_id, Accused("officer", None, officer))
    desk.complete(case_id, "answer_formal_request", "ppid.dua", decision="answer", response=ANSWER)
    assert desk.case(case_id).responded_at == desk.clock.now()


@SQLITE
def test_the_accused_leave_the_team_and_too_small_a_team_is_none(desk: Desk) -> None:
    case_id = desk.register().id
    team = [actor_named(desk.office, name).id for name in ("inspektorat", "inspektur")]
    members = [{"case_id": case_id, "user_id": one, "added_at": desk.clock.now()} for one in team]
    desk.office.work.write(lambda session: session.execute(insert(TeamMember).values(members)))
    accuse(desk, case_id, Accused("officer", None, actor_named(desk.office, "ppid").id))
    assert len(rows(desk, TeamMember, case_id)) == len(team)
    accuse(desk, case_id, Accused("officer", None, team[0]))
    assert rows(desk, TeamMember, case_id) == []
    (entry,) = rows(desk, HistoryEntry, case_id, tag="case:team:formed")
    assert entry.data == {"members": []}
