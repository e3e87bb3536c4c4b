"""2, 8 and 32 clients want the same at once: one gets it, the others are told why, and nobody meets our mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cases.history import verify_history
from storage.tables import Case, HistoryEntry
from support.api import COMPLAINT, AsRole, Caller
from tuntas.office import Tuntas

CROWDS = pytest.mark.parametrize("people", [2, 8, 32])
ARCHIVE = {"decision": "archive", "archive_reason": "test"}


def at_once(people: int, act: Callable[[int], TestResponse]) -> list[TestResponse]:
    """The answers to as many people who do the same at the same moment."""
    together = Barrier(people)

    def one(number: int) -> TestResponse:
        together.wait(30)
        return act(number)

    with ThreadPoolExecutor(people) as crowd:
        return list(crowd.map(one, range(people)))


def entries(office: Tuntas, case_id: str, tag: str) -> int:
    """How often the case's history tells of it; the history must be whole."""

    def look(session: Session) -> int:
        verify_history(session, case_id)
        mine = (HistoryEntry.case_id == case_id) & (HistoryEntry.tag == tag)
        return session.scalar(select(func.count()).select_from(HistoryEntry).where(mine)) or 0

    return office.work.read(look)


@pytest.fixture
def admin(as_role: AsRole) -> Caller:
    """Return the coordinating admin."""
    return as_role("coordinating_admin")


@pytest.fixture
def case(admin: Caller) -> dict[str, Any]:
    """Return a case with its first task."""
    return dict(admin.post("/cases", json=COMPLAINT).json)


@CROWDS
def test_a_crowd_that_completes_one_task_completes_it_once(
    admin: Caller, office: Tuntas, case: dict[str, Any], people: int
) -> None:
    answers = at_once(people, lambda _: admin.complete(case["next_tasks"][0], **ARCHIVE))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: people - 1}
    assert entries(office, case["id"], "case:task:completed") == 1


@CROWDS
def test_a_crowd_that_sends_one_completion_under_one_key_gets_one_answer(
    admin: Caller, office: Tuntas, case: dict[str, Any], people: int
) -> None:
    task = case["next_tasks"][0]
    headers = {"If-Match": f'"{task["version"]}"', "Idempotency-Key": "one-key-for-everybody"}
    path = f"/tasks/{task['id']}/complete"
    answers = at_once(people, lambda _: admin.post(path, json={"values": ARCHIVE}, headers=headers))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert entries(office, case["id"], "case:task:completed") == 1


@CROWDS
def test_a_crowd_that_works_on_one_case_in_several_ways_breaks_nothing(
    admin: Caller, office: Tuntas, case: dict[str, Any], people: int
) -> None:
    task = case["next_tasks"][0]

    def act(number: int) -> TestResponse:
        if number % 2:
            return admin.post(f"/tasks/{task['id']}/claim", headers={"If-Match": "*"})
        return admin.complete(task, **ARCHIVE)

    answers = at_once(people, act)
    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    completed = entries(office, case["id"], "case:task:completed")
    assert completed == [answer.status_code for answer in answers[::2]].count(200) <= 1
    assert office.work.read(lambda session: session.scalar(select(func.count()).select_from(Case))) == 1
