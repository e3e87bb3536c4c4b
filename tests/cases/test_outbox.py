"""The outbox: everything that was committed is told, again until it is taken, under one key."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from cases.environment import LEASE
from cases.outbox import MAX_ATTEMPTS, SLOW_TOPICS, claim_outgoing, settle_outgoing
from storage.tables import OutboxMessage
from support.office import Desk
from support.own_process import at_once
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork
from tuntas.worker import Worker


class Post:
    """A receiver that does as the receiving side must: it takes each key once."""

    def __init__(self, refuses: int = 0) -> None:
        self.refuses = refuses
        self.calls: list[str] = []
        self.taken: dict[str, str] = {}

    def deliver(self, topic: str, payload: object, *, key: str) -> None:
        """Take the message or raise."""
        self.calls.append(key)
        if self.refuses:
            self.refuses -= 1
            raise ConnectionError("the post is closed")
        self.taken[key] = topic


def outbox(office: Tuntas) -> list[Any]:
    """The stored messages, oldest first."""
    query = select(OutboxMessage).order_by(OutboxMessage.id)
    return list(office.work.read(lambda session: session.scalars(query).all()))


def claim(office: Tuntas) -> Any:
    """Take what is due."""
    return office.work.write(lambda session: claim_outgoing(session, office.env))


def test_each_message_is_delivered_once(desk: Desk) -> None:
    desk.register()
    post, expected = Post(), {message.id: message.topic for message in outbox(desk.office)}
    worker = Worker(desk.office, post)
    worker.run_until_idle()
    worker.run_until_idle()
    assert post.taken == expected
    assert sorted(post.calls) == sorted(expected)
    assert all(message.delivered_at for message in outbox(desk.office))


def test_a_message_that_was_refused_comes_again_with_growing_pauses_under_the_same_key(desk: Desk) -> None:
    desk.register()
    office, post = desk.office, Post(refuses=10_000)
    worker = Worker(office, post)
    waits = []
    for _ in range(3):
        worker.run_until_idle()
        waiting = outbox(office)[0]
        assert (waiting.delivered_at, waiting.last_error) == (None, "ConnectionError")
        waits.append((waiting.run_at - desk.clock.now()).total_seconds())
        desk.clock.set(waiting.run_at)
    assert waits == [2, 4, 8]
    post.refuses = 0
    worker.run_until_idle()
    assert set(post.taken) == {message.id for message in outbox(office)}
    assert set(post.calls) == set(post.taken)


def test_a_message_that_nobody_takes_is_given_up_and_kept(desk: Desk) -> None:
    desk.register()
    office, post = desk.office, Post(refuses=10_000)
    worker, messages = Worker(office, post), len(outbox(desk.office))
    for _ in range(MAX_ATTEMPTS + 3):
        worker.run_until_idle()
        desk.clock.advance(timedelta(hours=2))
    assert all(message.failed and message.delivered_at is None for message in outbox(office))
    assert len(post.calls) == messages * MAX_ATTEMPTS


def test_a_worker_that_died_before_noting_the_delivery_is_followed_by_another(desk: Desk) -> None:
    desk.register()
    office, post = desk.office, Post()
    died = claim(office)
    for message in died:
        post.deliver(message.topic, message.payload, key=message.id)
    assert claim(office) == ()
    desk.clock.advance(LEASE)
    Worker(office, post, prints=False).run_until_idle()
    assert len(post.calls) == 2 * len(post.taken) == 2 * len(died)
    # The dead worker's late word changes nothing.
    office.work.write(lambda session: settle_outgoing(session, office.env, died[0], error="late"))
    told = [message for message in outbox(office) if message.topic not in SLOW_TOPICS]
    assert told
    assert all(message.delivered_at and not message.last_error for message in told)


def test_a_worker_with_a_slow_receiver_delivers_what_it_can_in_its_lease_and_gives_back_the_others(
    desk: Desk,
) -> None:
    for number in range(3):
        desk.register(title=f"Aduan {number}")
    office, calls = desk.office, Counter[str]()

    class Slow:
        def deliver(self, topic: str, payload: object, *, key: str) -> None:
            """Take the message, after most of the lease."""
            calls[key] += 1
            desk.clock.advance(LEASE * 0.6)

    Worker(office, Slow(), prints=False).run_once()
    waiting = [message for message in outbox(office) if message.topic not in SLOW_TOPICS]
    assert len([message for message in waiting if message.delivered_at]) == 1
    assert {message.lease for message in waiting} == {None}
    Worker(office, Slow(), prints=False).run_until_idle()
    assert set(calls.values()) == {1}


def test_a_message_is_not_given_up_because_workers_were_killed_that_held_it(desk: Desk) -> None:
    desk.register()
    post = Post(refuses=1)
    for _ in range(MAX_ATTEMPTS):
        assert claim(desk.office)
        desk.clock.advance(LEASE)
    Worker(desk.office, post, prints=False).run_until_idle()
    assert [message.failed for message in outbox(desk.office) if message.last_error] == [False]


def test_two_workers_never_take_the_same_message(desk: Desk) -> None:
    office = desk.office
    for number in range(4):
        desk.register(title=f"Aduan {number}")

    def take(work: UnitOfWork) -> list[str]:
        return [message.id for message in work.write(lambda session: claim_outgoing(session, office.env))]

    first, second = at_once(office, take, take)
    assert not set(first) & set(second)
    assert set(first) | set(second) <= {message.id for message in outbox(office)}


def test_what_leaves_the_office_names_no_person_and_no_text(desk: Desk) -> None:
    case = desk.register(title="Judul yang rahasia", text="Isi yang rahasia", name="Nama Rahasia")
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.say(case.id, "confirm", message="Pesan yang rahasia")
    told = [str(message.payload) for message in outbox(desk.office)]
    assert "case:closed" in [message.topic for message in outbox(desk.office)]
    assert not [text for text in told if "rahasia" in text.lower() or "ditambal" in text]
