"""A resting worker hears of new work at once on PostgreSQL, says that it is there, and looks anyway."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from cases.workers import WorkerView, list_workers
from support.office import Desk
from support.processes import wait_until
from tuntas.office import Tuntas
from tuntas.wake import Ear, ring_on_commit
from tuntas.worker import Worker

ON_POSTGRESQL = pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
LONG = 600.0


class Post:
    """A receiver that remembers topics."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    def deliver(self, topic: str, payload: object, *, key: str) -> None:
        """Take the message."""
        self.topics.append(topic)


@ON_POSTGRESQL
def test_a_message_is_delivered_without_waiting_for_the_next_look(desk: Desk) -> None:
    post = Post()
    worker = Worker(desk.office, post, prints=False)
    worker.rest = LONG
    resting = threading.Event()

    def look() -> float:
        resting.set()
        return LONG

    worker._rest = look  # type: ignore[method-assign]
    ring_on_commit(desk.office.work.engine)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert resting.wait(30)
        already = len(post.topics)
        desk.register()
        wait_until(lambda: len(post.topics) > already, "the message", seconds=20)
    finally:
        worker.stop.set()
        desk.register()  # Rings, so that the worker notices.
        thread.join(30)
    assert not thread.is_alive()


@ON_POSTGRESQL
def test_what_is_rung_while_a_worker_works_is_heard_when_it_rests(desk: Desk) -> None:
    engine = desk.office.work.engine
    ring_on_commit(engine)
    ear, heard = Ear(engine), threading.Event()
    ear.open()
    desk.register()

    def rest() -> None:
        ear.rest(threading.Event(), LONG)
        heard.set()

    thread = threading.Thread(target=rest)
    thread.start()
    assert heard.wait(20)
    thread.join(20)
    ear.close()


def test_a_worker_is_seen_while_it_runs_and_gone_when_it_was_told_to_stop(desk: Desk) -> None:
    office = desk.office
    worker = Worker(office, Post(), prints=False)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        wait_until(lambda: len(seen(office)) == 1, "the worker's row")
        (there,) = seen(office)
        assert there.alive
        office.env.clock.advance(timedelta(seconds=61))  # type: ignore[attr-defined]
        (silent,) = seen(office)
        assert not silent.alive
    finally:
        worker.stop.set()
        thread.join(20)
    assert seen(office) == ()


def seen(office: Tuntas) -> tuple[WorkerView, ...]:
    """The workers heard of."""
    return office.work.read(lambda session: list_workers(session, office.env))
