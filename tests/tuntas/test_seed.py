"""The living office is made by running the real process, and looks lived in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.history import verify_history
from cases.model import Outcome
from cases.ports import FixedClock
from cases.sign_in import sign_in
from storage.tables import Case, CaseRequest, Incident, Office, Timer, User
from support.office import START, config_for
from tuntas.database import make_engine, migrate
from tuntas.found import PASSWORD, demonstration_logins
from tuntas.office import Tuntas, build
from tuntas.seed import seed_office

CASES = 60


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Yield a living office of 60 complaints, and what was told of the progress."""
    folder = tmp_path_factory.mktemp("living")
    url = f"sqlite:///{folder / 'tuntas.db'}"
    migrate(url)
    engine = make_engine(url)
    told: list[tuple[int, int]] = []
    office = build(config_for(url, folder), engine, clock=FixedClock(START))
    seed_office(office, cases=CASES, progress=lambda *step: told.append(step))
    yield build(config_for(url, folder), engine, clock=FixedClock(START)), told
    engine.dispose()


def ask(office: Tuntas, statement: Any) -> list[Any]:
    """The rows of a question."""
    return list(office.work.read(lambda session: session.execute(statement).all()))


def test_the_cases_stand_at_several_stages_and_some_are_closed(living: Any) -> None:
    stages = {
        row.stage: row.number
        for row in ask(living[0], select(Case.stage, func.count().label("number")).group_by(Case.stage))
    }
    assert 0 < sum(stages.values()) <= CASES
    assert len(stages) >= 3
    assert 0 < stages["closed"] < sum(stages.values())


def test_even_a_small_living_office_shows_every_outcome_and_requests_beside_a_case(living: Any) -> None:
    outcomes = {row.outcome for row in ask(living[0], select(Case.outcome).distinct())}
    assert outcomes == {None, *Outcome}
    kinds = {row.kind for row in ask(living[0], select(CaseRequest.kind).distinct())}
    assert kinds == {"ombudsman", "data_access"}


def test_no_case_of_the_living_office_failed(living: Any) -> None:
    assert ask(living[0], select(Incident.cause)) == []
    assert ask(living[0], select(Timer.task_id).where(Timer.failed)) == []


def test_every_history_of_the_living_office_is_whole(living: Any) -> None:
    def verify(session: Session) -> list[int]:
        return [verify_history(session, case_id) for case_id in session.scalars(select(Case.id))]

    assert min(living[0].work.read(verify)) > 3


def test_nothing_happened_in_the_future(living: Any) -> None:
    (newest,) = ask(living[0], select(func.max(Case.received_at).label("at")))
    assert newest.at <= living[0].env.clock.now()
    assert ask(living[0], select(Timer.task_id).where(Timer.due_at < newest.at)) == []


def test_there_is_a_login_for_every_role_and_it_works(living: Any) -> None:
    office = living[0]
    logins = demonstration_logins()
    roles = {what.split(",")[0] for _, what in logins}
    assert roles >= set(office.env.reference.roles) - {"complainant"}
    for username in {logins[0][0], logins[-1][0]}:
        done = office.work.write(
            lambda session, name=username: sign_in(session, office.env, name, PASSWORD, address="127.0.0.1")
        )
        assert done.actor.id
    names = {row.username for row in ask(office, select(User.username))}
    assert {username for username, _ in logins} <= names


def test_progress_is_told_to_the_end(living: Any) -> None:
    told = living[1]
    assert [done for done, _ in told[:-1]] == list(range(1, len(told)))
    assert {total for _, total in told} == {CASES}


def test_the_command_seeds_once_and_leaves_an_office_alone(
    tuntas: Callable[..., Any], tmp_path: Path
) -> None:
    assert tuntas("seed", "--cases", "2").code == 0
    engine = make_engine(f"sqlite:///{tmp_path / 'var' / 'tuntas.db'}")
    office = build(config_for(str(engine.url), tmp_path), engine)
    before = ask(office, select(Case.reference, Case.version))
    assert ask(office, select(Office.demonstration)) == [(True,)]
    again = tuntas("seed", "--if-empty")
    assert (again.code, again.out) == (0, "There is an office already; its data stay as they are.\n")
    refused = tuntas("seed")
    assert refused.code == 1
    assert "Use an empty database" in refused.err
    assert ask(office, select(Case.reference, Case.version)) == before
    engine.dispose()
