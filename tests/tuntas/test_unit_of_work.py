"""One command is one transaction: tried anew after a conflict, thrown away after a fault, never half done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.orm import Session

from cases.errors import ConflictError, ProcessIncidentError, RefusedByRuleError, UnavailableError
from cases.incidents import FaultedError
from cases.model import SYSTEM
from cases.work import CaseWork
from storage.errors import ReadOnlyError, StaleVersionError
from storage.queries.batch import Call, Prepared, send
from storage.tables import Incident, ReferenceCounter, Unit
from support.office import Desk, config_for
from support.own_process import at_once
from support.postgres import PostgresqlServer
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.unit_of_work import ATTEMPTS, UnitOfWork

YEAR = 1999


def add_year(session: Session, year: int = YEAR) -> None:
    """Something that is committed or not."""
    session.execute(insert(ReferenceCounter).values(year=year, last=0))


def years(office: Tuntas) -> list[int]:
    """What was committed."""
    query = select(ReferenceCounter.year).where(ReferenceCounter.year <= YEAR)
    return list(office.work.read(lambda session: session.scalars(query).all()))


def incidents(office: Tuntas) -> int:
    """The number of incidents."""
    query = select(func.count()).select_from(Incident)
    return office.work.read(lambda session: session.scalar(query)) or 0


def test_work_is_committed_when_it_returns(office: Tuntas) -> None:
    office.work.write(add_year)
    assert years(office) == [YEAR]


def test_work_is_rolled_back_when_it_raises(office: Tuntas) -> None:
    def work(session: Session) -> None:
        add_year(session)
        raise RefusedByRuleError

    with pytest.raises(RefusedByRuleError):
        office.work.write(work)
    assert years(office) == []


def test_what_only_reads_is_not_let_write(office: Tuntas) -> None:
    with pytest.raises(ReadOnlyError, match="reference_counters"):
        office.work.read(add_year)
    assert years(office) == []


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
def test_work_goes_on_when_the_database_was_started_anew_meanwhile(office: Tuntas) -> None:
    for act in (years, lambda office: office.work.write(add_year)):
        years(office)
        end_other_connections(office)
        act(office)
    assert years(office) == [YEAR]


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("way", ["read", "write"])
def test_work_goes_on_when_a_migration_changed_a_column_meanwhile(office: Tuntas, way: str) -> None:
    names = Prepared(select(Unit.name).order_by(Unit.name))

    def ask() -> list[str]:
        run: Callable[..., list[str]] = getattr(office.work, way)
        return run(lambda session: [row.name for row in send(session, [Call(names)])[0].rows])

    before = ask()
    with office.work.engine.begin() as connection:
        connection.execute(text("ALTER TABLE units ALTER name TYPE text"))
    assert before
    assert ask() == before


def end_other_connections(office: Tuntas) -> None:
    """What a restart of the server does to the connections in the pool."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    engine = make_engine(office.work.engine.url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        connection.execute(text(others + " AND pid <> pg_backend_pid()"))
    engine.dispose()


def test_a_stale_version_is_tried_anew_from_the_start(office: Tuntas) -> None:
    calls: list[int] = []

    def work(session: Session) -> str:
        add_year(session)
        calls.append(1)
        if len(calls) < 3:
            raise StaleVersionError
        return "done"

    assert office.work.write(work) == "done"
    assert (len(calls), years(office)) == (3, [YEAR])


def test_a_conflict_that_does_not_end_is_told(office: Tuntas) -> None:
    calls: list[int] = []

    def work(session: Session) -> None:
        calls.append(1)
        raise StaleVersionError

    with pytest.raises(ConflictError):
        office.work.write(work)
    assert len(calls) == ATTEMPTS


def test_a_fault_leaves_an_incident_and_nothing_else(desk: Desk) -> None:
    office, case = desk.office, desk.register()

    def work(session: Session) -> None:
        add_year(session)
        raise FaultedError(case_id=case.id, instance_id=None, element_id="x", cause="broken", command="Test")

    with pytest.raises(ProcessIncidentError):
        office.work.write(work)
    assert (years(office), incidents(office)) == ([], 1)


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
def test_a_database_that_goes_away_while_a_diagram_asks_for_a_fact_is_no_fault_of_the_process(
    desk: Desk, postgresql: PostgresqlServer
) -> None:
    case, engine, cut = desk.register().id, desk.office.work.engine, []
    desk.accept(case)
    named = {"lead_unit": "pupr", "priority": "normal", "instruction": "Tindak lanjuti."}
    desk.complete(case, "dispose_complaint", "admin.instansi", **named)

    def cut_once(connection: Any, cursor: Any, statement: str, *rest: object) -> None:
        if "FROM case_units" in statement and not cut:
            cut.append(statement)
            postgresql.release((engine.url.database or "").removeprefix(postgresql.prefix))

    event.listen(engine, "before_cursor_execute", cut_once)
    try:
        desk.complete(case, "accept_disposition", "penghubung.pupr", decision="accept")
    finally:
        event.remove(engine, "before_cursor_execute", cut_once)
    assert cut
    assert incidents(desk.office) == 0


def test_a_fault_about_a_case_that_was_rolled_back_is_still_told(office: Tuntas) -> None:
    def work(session: Session) -> None:
        raise FaultedError(
            case_id=office.env.new_id(), instance_id=None, element_id=None, cause="x" * 5000, command="Test"
        )

    with pytest.raises(ProcessIncidentError):
        office.work.write(work)
    assert incidents(office) == 1


def test_two_changes_of_one_case_at_once_both_count(desk: Desk) -> None:
    office, case = desk.office, desk.register()

    def note(work: UnitOfWork, tag: str) -> None:
        def change(session: Session) -> None:
            held = CaseWork.load(session, office.env, case.id, by=SYSTEM)
            held.record(tag)
            held.flush()

        work.write(change)

    tags = ["case:test:one", "case:test:two", "case:test:three"]
    assert at_once(office, *[partial(note, tag=tag) for tag in tags]) == [None, None, None]
    assert sorted(desk.tags(case.id)[-3:]) == sorted(tags)


def test_whoever_read_before_somebody_else_wrote_cannot_write(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    with Session(office.work.engine) as session:
        held = CaseWork.load(session, office.env, case.id, by=SYSTEM)
    desk.accept(case.id)
    held.record("case:test:late")
    with Session(office.work.engine) as held.session, pytest.raises(StaleVersionError):
        held.flush()
    assert "case:test:late" not in desk.tags(case.id)


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
def test_a_process_that_stands_still_in_a_transaction_does_not_hold_its_case_for_ever(
    desk: Desk, office_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, engine = desk.register(), make_engine(office_url)
    monkeypatch.setattr("storage.database.LONGEST_TRANSACTION", "1s")
    asleep = build(config_for(office_url, tmp_path), engine)
    with Session(asleep.work.engine) as session:
        held = CaseWork.load(session, asleep.env, case.id, by=SYSTEM)
        held.record("case:test:late")
        held.flush()
        desk.accept(case.id)
        with pytest.raises((InternalError, OperationalError)):
            session.execute(text("SELECT 1"))
    assert "case:test:late" not in desk.tags(case.id)
    engine.dispose()


def test_a_database_that_is_away_is_unavailable_at_once(office: Tuntas, tmp_path: Path) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:9/none")
    away = build(config_for("sqlite://", tmp_path), engine).work
    for act in (away.read, away.write):
        with pytest.raises(UnavailableError):
            act(lambda session: session.scalar(select(1)))
    engine.dispose()


def test_a_mistake_in_the_program_is_not_called_a_conflict(office: Tuntas) -> None:
    def work(session: Session) -> None:
        session.execute(update(ReferenceCounter).values(nowhere=1))

    with pytest.raises(Exception, match="nowhere") as raised:
        office.work.write(work)
    assert not isinstance(raised.value, ConflictError | OperationalError)


def test_a_work_may_answer_anything(office: Tuntas) -> None:
    answers: list[Any] = [
        office.work.write(lambda session, value=value: value) for value in (None, 0, "", [1])
    ]
    assert answers == [None, 0, "", [1]]
