"""The matrix of the domain facts (section 5), route by route; its words are in ``support/matrix_words.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from cases.ports import FixedClock
from storage.tables import Unit
from support.databases import DATABASES
from support.matrix_table import Table, fill, insert_case
from support.matrix_words import ACTS, CASES, IDENTITY, NAMED_THERE, OFFICE, PEOPLE, REACH, WITH_CASES, first
from support.office import START, actor_named, config_for
from tuntas.app import create_app, tuntas_of


@pytest.fixture(scope="module", params=DATABASES)
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """Yield the table, made once for each kind of database."""
    folder = tmp_path_factory.mktemp("matrix")
    if request.param == "sqlite":
        path = folder / "office.db"
        path.write_bytes(Path(request.getfixturevalue("sqlite_office")).read_bytes())
        yield from _filled(f"sqlite:///{path}", folder)
        return
    server, template = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_office")
    yield from _filled(server.create("matrix", template=template), folder)
    server.drop("matrix")


def _filled(url: str, folder: Path) -> Iterator[Table]:
    app = create_app(config_for(url, folder), clock=FixedClock(START))
    table = Table(app, tuntas_of(app))
    fill(table)
    yield table
    table.office.work.engine.dispose()


def told(answer: TestResponse) -> dict[str, Any]:
    """What a refusal says, without the address that was asked."""
    return {**answer.json, "instance": ""}


def found(answer: TestResponse) -> bool:
    """Whether the subject exists for the caller."""
    return answer.status_code != 404


def test_the_table_knows_every_route(table: Table) -> None:
    assert set(table.routes()) == {*ACTS, *OFFICE, *NAMED_THERE}


def test_every_role_reaches_exactly_the_cases_of_its_line(table: Table) -> None:
    for who in PEOPLE:
        reached = {name for name in CASES if found(table.ask(who, "GET cases/{case_id}", name))}
        assert reached == REACH[who], who


def test_lists_hold_what_may_be_reached_and_nothing_else(table: Table) -> None:
    names = {case_id: name for name, case_id in table.cases.items()}
    for who in WITH_CASES:
        answer = table.callers[who].get("/cases?limit=200").json["items"]
        assert {names[row["id"]] for row in answer} <= REACH[who], who


def test_a_route_about_a_case_is_open_to_the_roles_of_its_line_and_to_no_other(table: Table) -> None:
    wrong = []
    for route, allowed in ACTS.items():
        for who in PEOPLE:
            for case in [first(who)] if REACH[who] else []:
                answer = table.ask(who, route, case)
                if found(answer) != (who in allowed):
                    wrong.append(f"{who}: {route} ({case}) answered {answer.status_code}")
    assert wrong == []


def test_whoever_may_not_is_told_what_is_told_of_an_unknown_case(table: Table) -> None:
    for route in ACTS:
        for who in PEOPLE:
            case = next(iter(sorted(set(CASES) - REACH[who])), None)
            if case is None or (who == "data-protection officer" and route in BY_LETTER):
                continue
            answer = table.ask(who, route, case)
            assert answer.status_code == 404, f"{who}: {route} ({case})"
            assert told(answer) == told(table.ask(who, route, None)), f"{who}: {route} ({case})"


BY_LETTER = {"GET cases/{case_id}/requests", "POST cases/{case_id}/requests"}
"""A request about personal data may reach its officer first, who does not see the case before it is entered."""


def test_routes_of_the_office_are_open_to_the_roles_of_their_line(table: Table) -> None:
    wrong = []
    for route, allowed in OFFICE.items():
        for who in PEOPLE:
            answer = table.ask(who, route, None)
            said = answer.status_code == 404 and told(answer) == told(
                table.ask(who, "GET cases/{case_id}", None)
            )
            named = "{" in route
            if said == (who in allowed) and not named:
                wrong.append(f"{who}: {route} answered {answer.status_code}")
    assert wrong == []


def test_nobody_reaches_a_case_about_themselves(table: Table) -> None:
    units = dict(table.office.work.read(lambda session: session.execute(select(Unit.code, Unit.id)).all()))
    for number, (who, username) in enumerate(PEOPLE.items(), start=1):
        user = actor_named(table.office, username).id
        for more, class_ in ((100, "ordinary"), (200, "oversight")):
            case = {"lead": "pupr", "accused_user": user, "class": class_}
            case_id, task_id = insert_case(table.office, units, number + more, case)
            table.cases["about me"], table.tasks["about me"] = case_id, task_id
            for route in ACTS:
                assert table.ask(who, route, "about me").status_code == 404, f"{who}: {route}"
    del table.cases["about me"], table.tasks["about me"]


@pytest.mark.parametrize("who", IDENTITY)
def test_a_role_knows_the_complainant_as_far_as_its_line_says(table: Table, who: str) -> None:
    case, seen = IDENTITY[who]
    complainant = table.ask(who, "GET cases/{case_id}", case).json["complainant"]
    assert complainant["name"] == ("Siti Contoh" if seen == "name" else "***")
