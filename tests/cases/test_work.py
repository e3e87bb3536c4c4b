"""A command's changes are gathered and written at once, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import NotFoundError
from cases.history import verify_history
from cases.model import SYSTEM, Stage
from cases.work import CaseWork
from storage.errors import StaleVersionError
from storage.tables import Notice, Subscription, Unit
from support.office import Desk


def work_on(desk: Desk, session: Session, case_id: str) -> CaseWork:
    """The case, to be changed."""
    return CaseWork.load(session, desk.office.env, case_id, by=SYSTEM)


def test_nothing_is_written_before_the_flush(desk: Desk) -> None:
    case = desk.register()
    before = (desk.case(case.id), desk.tags(case.id))

    def work(session: Session) -> None:
        held = work_on(desk, session, case.id)
        held.set(place="Di tempat lain")
        held.enter_stage(Stage.DISPOSITION)
        held.record("case:test:noted")

    desk.office.work.write(work)
    assert (desk.case(case.id), desk.tags(case.id)) == before


def test_the_flush_writes_columns_rows_and_history_together(desk: Desk) -> None:
    case, env = desk.register(), desk.office.env

    def work(session: Session) -> None:
        held = work_on(desk, session, case.id)
        held.set(place="Di tempat lain")
        held.add(Notice, id=env.new_id(), case_id=case.id, template="received", values={}, at=held.now)
        held.record("case:test:noted", data={"n": 1})
        held.flush()

    version = desk.case(case.id).version
    desk.office.work.write(work)
    row = desk.case(case.id)
    assert (row.place, row.version, row.history_seq) == (
        "Di tempat lain",
        version + 1,
        len(desk.tags(case.id)),
    )
    assert desk.tags(case.id)[-1] == "case:test:noted"
    desk.office.work.read(lambda session: verify_history(session, case.id))


def test_entering_the_stage_it_stands_at_is_no_change(desk: Desk) -> None:
    case = desk.register()

    def work(session: Session) -> list[Any]:
        held = work_on(desk, session, case.id)
        held.enter_stage(Stage.VERIFICATION)
        return [held.changes, held.entries]

    assert desk.office.work.write(work) == [{}, []]


def test_a_value_that_is_already_there_is_not_written(desk: Desk) -> None:
    case = desk.register()

    def work(session: Session) -> dict[str, Any]:
        held = work_on(desk, session, case.id)
        held.set(title=held.case["title"], place="Baru")
        return held.changes

    assert desk.office.work.write(work) == {"place": "Baru"}


def test_what_was_added_and_dropped_by_one_command_is_never_stored(desk: Desk) -> None:
    case = desk.register()

    def work(session: Session) -> tuple[str, str] | None:
        held = work_on(desk, session, case.id)
        instance = held.running_instances()[0]
        where = {"instance_id": instance.id, "case_id": case.id, "element_id": "x"}
        held.add(Subscription, task_id=desk.office.env.new_id(), message="reply", **where)
        found = held.find_waiting("reply")
        assert found is not None
        held.drop(Subscription, "task_id", (found[1],))
        held.flush()
        return held.find_waiting("reply")

    assert desk.office.work.write(work) is None
    query = select(Subscription.task_id).where(Subscription.element_id == "x")
    assert desk.office.work.read(lambda session: session.scalars(query).all()) == []


def test_an_instance_that_somebody_else_moved_is_stale(desk: Desk) -> None:
    case = desk.register()

    def work(session: Session) -> None:
        held = work_on(desk, session, case.id)
        instance = held.running_instances()[0]
        instance.stored_version += 1
        instance.dirty = True
        held.flush()

    with Session(desk.office.work.engine) as session, pytest.raises(StaleVersionError):
        work(session)


def test_a_row_of_a_table_that_has_no_place_in_the_order_is_refused_not_lost(desk: Desk) -> None:
    case = desk.register()

    def work(session: Session) -> None:
        held = work_on(desk, session, case.id)
        held.add(Unit, id=desk.office.env.new_id(), code="x", name="x", kind="unit")
        held.flush()

    with pytest.raises(ValueError, match="not in tuple"):
        desk.office.work.write(work)


def test_a_case_that_is_not_there_is_not_found(desk: Desk) -> None:
    nowhere = desk.office.env.new_id()
    with pytest.raises(NotFoundError):
        desk.office.work.read(lambda session: work_on(desk, session, nowhere))


def test_diagrams_see_the_facts_of_the_vocabulary_and_no_person(desk: Desk) -> None:
    case = desk.register(name="Nama Rahasia", text="Isi rahasia")
    facts = desk.office.work.read(lambda session: work_on(desk, session, case.id).facts())
    assert set(facts) == set(desk.office.env.reference.fact_names)
    assert "ahasia" not in str(facts)
