"""The matrix of the domain facts (section 5), route by route; its words are in ``support/matrix_words.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from cases.ports import FixedClock
from storage.tables import ReadLogEntry, Unit
from support.databases import DATABASES
from support.matrix_table import Table, fill, insert_case
from support.matrix_words import (
    ACTS,
    ADMINISTRATOR,
    CASES,
    IDENTITY,
    MENDING,
    NAMED_THERE,
    OFFICE,
    ORDINARY,
    OVERSIGHT,
    PEOPLE,
    REACH,
    WITH_CASES,
    first,
)
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
    names = {ids["case_id"]: name for name, ids in table.ids.items()}
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
            if who == "data-protection officer" and route in BY_LETTER:
                continue
            unknown = told(table.ask(who, route, None))
            for case in beyond(who):
                answer = table.ask(who, route, case)
                assert answer.status_code == 404, f"{who}: {route} ({case})"
                assert told(answer) == unknown, f"{who}: {route} ({case})"


def beyond(who: str) -> list[str]:
    """An ordinary case and one of the restricted lane outside somebody's line, where there are such."""
    outside = (sorted(lane - REACH[who]) for lane in (ORDINARY, OVERSIGHT))
    return [cases[0] for cases in outside if cases]


BY_LETTER = {"GET cases/{case_id}/requests", "POST cases/{case_id}/requests"}
"""A request about personal data may reach its officer first, who does not see the case before it is entered."""


def test_routes_of_the_office_are_open_to_the_roles_of_their_line(table: Table) -> None:
    wrong = []
    for route, allowed in OFFICE.items():
        for who in PEOPLE:
            answer = table.ask(who, route, None)
            if found(answer) != (who in allowed):
                wrong.append(f"{who}: {route} answered {answer.status_code}")
    assert wrong == []


def test_what_nobody_asked_for_is_found_by_nobody(table: Table) -> None:
    for route in NAMED_THERE:
        for who in PEOPLE:
            assert not found(table.ask(who, route, None)), f"{who}: {route}"


def test_only_the_system_administrator_gets_a_case_moving_and_learns_nothing_of_it(table: Table) -> None:
    for who in PEOPLE:
        answer = table.ask(who, MENDING, sorted(CASES)[0])
        assert found(answer) == (who in ADMINISTRATOR), f"{who}: {answer.status_code}"
        assert "Contoh" not in answer.text


def test_nobody_reaches_a_case_about_themselves(table: Table) -> None:
    units = dict(table.office.work.read(lambda session: session.execute(select(Unit.code, Unit.id)).all()))
    for number, (who, username) in enumerate(PEOPLE.items(), start=1):
        user = actor_named(table.office, username).id
        for more, class_ in ((100, "ordinary"), (200, "oversight")):
            case = {"lead": "pupr", "accused_user": user, "class": class_}
            table.ids["about me"] = insert_case(table.office, units, number + more, case)
            for route in ACTS:
                assert table.ask(who, route, "about me").status_code == 404, f"{who}: {route}"
    del table.ids["about me"]


@pytest.mark.parametrize("line", IDENTITY, ids=lambda line: f"{line[0]}: {line[1]}")
def test_a_role_knows_the_complainant_as_far_as_its_line_says(
    table: Table, line: tuple[str, str, bool, bool, int]
) -> None:
    who, case, plainly, with_reason, readings = line
    path, before = f"/cases/{table.ids[case]['case_id']}", noted(table, who, case)
    for address, known in ((path, plainly), (f"{path}?reason=Uji+matriks", with_reason)):
        complainant = table.callers[who].get(address).json["complainant"]
        assert complainant["name"] == ("Siti Contoh" if known else "***"), address
    assert noted(table, who, case) - before == readings


def noted(table: Table, who: str, case: str) -> int:
    """How often somebody read the complainant of a case, by the read log."""
    user = actor_named(table.office, PEOPLE[who]).id
    query = (
        select(func.count())
        .select_from(ReadLogEntry)
        .where(
            ReadLogEntry.case_id == table.ids[case]["case_id"],
            ReadLogEntry.actor_id == user,
            ReadLogEntry.what == "identity",
        )
    )
    return table.office.work.read(lambda session: session.scalar(query)) or 0
