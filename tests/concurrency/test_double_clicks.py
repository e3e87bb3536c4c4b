"""A page that is sent twice at the same moment does once what it says, and the second answer is a page that says so."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from werkzeug.test import TestResponse

from support.designer import Visitor
from support.office import Desk
from support.pages import page_problems

CLICKS = 4
COMPLAINT = {
    "kind": "complaint",
    "title": "Lubang besar di jalan",
    "text": "Lubangnya sedalam lutut.",
    "once": "one form",
}
ARCHIVE = {"decision": "archive", "archive_reason": "test", "version": "1"}


def clicked(app: Flask, visitor: Visitor, path: str, fields: dict[str, str]) -> list[TestResponse]:
    """Send the form as many times at once, from one browser."""
    cookies = visitor.client._cookies
    together = Barrier(CLICKS)

    def click(_: int) -> TestResponse:
        client = app.test_client()
        client._cookies = dict(cookies)
        together.wait(30)
        return client.post(path, data={"csrf_token": visitor.token, **fields})

    with ThreadPoolExecutor(CLICKS) as fingers:
        return list(fingers.map(click, range(CLICKS)))


def statuses(answers: list[TestResponse]) -> Counter[int]:
    """How often each status was answered; every page among the answers must be a good one."""
    assert [problem for answer in answers if answer.text for problem in page_problems(answer.text)] == []
    return Counter(answer.status_code for answer in answers)


def test_a_task_completed_by_an_impatient_officer_is_completed_once(app: Flask, desk: Desk) -> None:
    case = desk.register()
    task = desk.task(case.id, "verify_complaint")
    officer = Visitor.signed_in(app, "admin.instansi")
    officer.page(f"/tasks/{task.id}")
    answers = clicked(app, officer, f"/tasks/{task.id}", ARCHIVE)
    assert statuses(answers) == {303: 1, 409: CLICKS - 1}
    assert desk.tags(case.id).count("case:task:completed") == 1


def test_a_complaint_sent_by_an_impatient_citizen_is_registered_once(app: Flask, desk: Desk) -> None:
    citizen = Visitor(app.test_client())
    citizen.page("/complaints/new")
    answers = clicked(app, citizen, "/complaints/new", COMPLAINT)
    assert statuses(answers) == {200: 1, 409: CLICKS - 1}
