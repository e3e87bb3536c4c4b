"""The worker does what is due, survives what goes wrong around it, and stops when told."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cases.ports import FixedClock
from support.office import Desk, config_for
from support.own_process import deploy_drawn, start_beside
from support.processes import wait_until
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.worker import Worker

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

FAULTY = """faulty_early
start begin
catch wait duration=PT1S
xor which
end left
end right
begin -> wait -> which
which -> left if nowhere == 1
which -> right default"""


class Post:
    """A receiver that remembers topics."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    def deliver(self, topic: str, payload: object, *, key: str) -> None:
        """Take the message."""
        self.topics.append(topic)


def run_in_thread(worker: Worker) -> threading.Thread:
    """Start the worker's loop."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    return thread


def end(worker: Worker, thread: threading.Thread) -> None:
    """Tell the worker to stop and wait until it did."""
    worker.stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_an_idle_office_gives_nothing_to_do(office: Tuntas) -> None:
    assert Worker(office).run_once() is False


def test_the_loop_does_what_is_due_and_stops_when_told(desk: Desk) -> None:
    case = desk.register()
    desk.clock.advance(timedelta(days=10))
    worker = Worker(desk.office, Post())
    thread = run_in_thread(worker)
    try:
        wait_until(lambda: "case:escalation:raised" in desk.tags(case.id), "the escalation")
    finally:
        end(worker, thread)


@ON_SQLITE
def test_a_faulty_case_does_not_keep_the_worker_from_the_others(desk: Desk) -> None:
    office, faulty, sound = desk.office, desk.register(), desk.register(title="Yang lain")
    deploy_drawn(office, FAULTY)
    start_beside(office, faulty.id, "faulty_early")
    desk.clock.advance(timedelta(days=10))
    worker = Worker(office, Post())
    thread = run_in_thread(worker)
    try:
        wait_until(lambda: "case:escalation:raised" in desk.tags(sound.id), "the other case's escalation")
    finally:
        end(worker, thread)


@ON_SQLITE
def test_a_message_that_nobody_takes_does_not_hold_up_the_timers(desk: Desk) -> None:
    class Closed:
        def deliver(self, topic: str, payload: object, *, key: str) -> None:
            raise ConnectionError

    case = desk.register()
    desk.clock.advance(timedelta(days=10))
    Worker(desk.office, Closed()).run_until_idle()
    assert "case:escalation:raised" in desk.tags(case.id)


def test_a_worker_without_a_database_waits_for_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:9/none")
    away = build(config_for("postgresql://nobody@127.0.0.1:9/none", tmp_path), engine)
    worker = Worker(away)
    with caplog.at_level(logging.WARNING, "tuntas.worker"):
        thread = run_in_thread(worker)
        try:
            wait_until(lambda: "UnavailableError" in caplog.text, "the warning")
            assert thread.is_alive()
        finally:
            end(worker, thread)
    engine.dispose()


@ON_SQLITE
def test_an_idle_worker_writes_nothing(desk: Desk) -> None:
    from sqlalchemy import event

    desk.register()
    worker = Worker(desk.office, Post())
    worker.run_until_idle()
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(desk.office.work.engine, "before_cursor_execute", note)
    assert worker.run_once() is False
    event.remove(desk.office.work.engine, "before_cursor_execute", note)
    assert [
        statement for statement in seen if not statement.lstrip("( ").startswith(("SELECT", "BEGIN"))
    ] == []
    assert len([statement for statement in seen if statement != "BEGIN"]) <= 3


@ON_SQLITE
def test_the_log_tells_no_content_of_cases(
    desk: Desk, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        case = desk.register(title="Judul rahasia", text="Isi rahasia", name="Nama Rahasia")
        desk.accept(case.id)
        Worker(desk.office).run_until_idle()
    assert "outbox" in caplog.text
    assert "ahasia" not in caplog.text
