"""Rate limits, and answers kept for repeated requests, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cases.errors import TooManyRequestsError
from cases.idempotency import KeyReusedError, find_answer, forget_answers, keep_answer
from cases.limits import forget_windows, take
from storage.tables import IdempotencyKey, RateLimit
from support.policy_world import World
from tuntas.database import make_engine

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Yield an office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield World(engine)
    engine.dispose()


def test_a_bucket_takes_its_limit_and_then_refuses_until_the_window_is_over(world: World) -> None:
    for _ in range(3):
        world.ask(take, "file:1.2.3.4", limit=3, per=MINUTE)
    with pytest.raises(TooManyRequestsError) as refused:
        world.ask(take, "file:1.2.3.4", limit=3, per=MINUTE)
    assert 1 <= refused.value.retry_after <= 60
    world.ask(take, "file:5.6.7.8", limit=3, per=MINUTE)
    world.clock.advance(MINUTE)
    world.ask(take, "file:1.2.3.4", limit=3, per=MINUTE)


def test_buckets_of_any_length_fit_and_addresses_are_not_kept(world: World) -> None:
    world.ask(take, "file:" + "1.2.3.4" * 100, limit=1, per=MINUTE)
    (row,) = world.rows(RateLimit)
    assert "1.2.3.4" not in row.bucket


def test_old_windows_are_swept(world: World) -> None:
    world.ask(take, "a:b", limit=1, per=MINUTE)
    world.clock.advance(timedelta(days=3))
    assert world.ask(forget_windows) == 1


def test_a_repeated_request_gets_the_first_answer(world: World) -> None:
    world.ask(
        keep_answer, "user POST /cases", "key-1", "hash", status=201, body="{}", headers={"ETag": '"1"'}
    )
    with world.session() as session:
        kept = find_answer(session, "user POST /cases", "key-1", "hash")
        assert kept is not None
        assert (kept.status, kept.body, kept.headers) == (201, "{}", {"ETag": '"1"'})
        assert find_answer(session, "somebody else", "key-1", "hash") is None
        with pytest.raises(KeyReusedError):
            find_answer(session, "user POST /cases", "key-1", "another hash")


def test_answers_are_forgotten_after_a_day(world: World) -> None:
    world.ask(keep_answer, "scope", "key", "hash", status=200, body="")
    world.clock.advance(timedelta(hours=25))
    assert world.ask(forget_answers) == 1
    with world.session() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
