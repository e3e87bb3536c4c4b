"""Statements that are sent together answer, fail and are heard of like those of the session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, column, event, exists, insert, select, table, text, update
from sqlalchemy.exc import DataError, IntegrityError, InternalError
from sqlalchemy.orm import Session
from uuid_utils import uuid7

from bench.proxy import proxied
from storage.database import reading
from storage.queries.batch import Call, Prepared, send
from storage.tables import OutboxMessage
from support.processes import wait_until
from tuntas.database import make_engine

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KEYS = ("id", "topic", "payload", "created_at", "run_at")
TABLE = OutboxMessage.__table__
ADD = Prepared(insert(OutboxMessage), KEYS)
FIND = Prepared(select(*TABLE.c).where(TABLE.c.topic == bindparam("topic")).order_by(TABLE.c.id))
FAIL = Prepared(update(OutboxMessage).where(OutboxMessage.topic == bindparam("wanted")).values(failed=True))


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """Yield a session on a migrated database."""
    engine = make_engine(database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def message(topic: str, **payload: Any) -> dict[str, Any]:
    """A row to insert."""
    return {"id": str(uuid7()), "topic": topic, "payload": payload, "created_at": NOW, "run_at": NOW}


def test_rows_come_back_as_the_session_would_read_them(session: Session) -> None:
    rows = [message("a", text="é", none=None), message("a", number=1)]
    added, found = send(session, [Call(ADD, rows), Call(FIND, [{"topic": "a"}])])
    assert added.count == 2
    assert [row._asdict() for row in found.rows] == [
        row._asdict() for row in session.execute(select(*TABLE.c).order_by(TABLE.c.id))
    ]
    assert [row.payload for row in found.rows] == [row["payload"] for row in rows]
    assert (found.rows[0].run_at, found.rows[0].attempts, found.rows[0].failed) == (NOW, 0, False)


def test_a_change_says_how_many_rows_it_met_in_all_its_runs(session: Session) -> None:
    send(session, [Call(ADD, [message("a") for _ in range(23)] + [message("b")])])
    wanted = [{"wanted": topic} for topic in ("a", "b", "c")]
    assert send(session, [Call(FAIL, wanted)])[0].count == 24


def test_what_is_sent_first_begins_a_transaction_and_the_next_one_may_begin_otherwise(
    session: Session,
) -> None:
    connection = session.connection()
    send(session, [Call(ADD, [message("a")])])
    session.rollback()
    assert send(session, [Call(FIND, [{"topic": "a"}])])[0].rows == []
    session.rollback()
    session.execute(insert(OutboxMessage), [message("a")])
    session.rollback()
    assert send(session, [Call(FIND, [{"topic": "a"}])])[0].rows == []
    send(session, [Call(ADD, [message("a")])])
    session.commit()
    assert len(send(session, [Call(FIND, [{"topic": "a"}])])[0].rows) == 1
    assert connection.closed


def test_on_one_connection_too_every_transaction_can_be_undone(session: Session) -> None:
    with session.get_bind().engine.connect() as connection, Session(connection) as one:
        for _ in range(2):
            send(one, [Call(ADD, [message("a")])])
            one.rollback()
            one.execute(insert(OutboxMessage), [message("a")])
            one.rollback()
        assert send(one, [Call(FIND, [{"topic": "a"}])])[0].rows == []


def test_what_the_server_knows_by_name_outlives_what_is_undone(session: Session) -> None:
    with session.get_bind().engine.connect() as connection, Session(connection) as one:
        for _ in range(3):
            send(one, [Call(ADD, [message("a")]), Call(FIND, [{"topic": "a"}])])
            # The driver lets the server know these too, and forget all that it knows when they are undone.
            for _ in range(8):
                assert one.execute(select(TABLE.c.topic)).all() == [("a",)]
            one.rollback()


def test_after_a_refusal_the_connection_goes_on(session: Session) -> None:
    row = message("a")
    with session.get_bind().engine.connect() as connection, Session(connection) as one:
        for _ in range(2):
            with pytest.raises(IntegrityError):
                send(one, [Call(ADD, [row]), Call(ADD, [row]), Call(FAIL, [{"wanted": "a"}])])
            one.rollback()
        send(one, [Call(ADD, [row])])
        assert send(one, [Call(FAIL, [{"wanted": "a"}])])[0].count == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_value_that_cannot_be_written_costs_neither_connection_nor_transaction(session: Session) -> None:
    for _ in range(2):
        with pytest.raises(DataError, match="NUL") as caught:
            send(session, [Call(ADD, [message("b"), message("nul\0")])])
        assert not caught.value.connection_invalidated
        send(session, [Call(ADD, [message("a")])])
    session.rollback()
    assert send(session, [Call(FIND, [{"topic": "a"}])])[0].rows == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_conversation_that_the_server_ended_says_why(session: Session) -> None:
    send(session, [Call(ADD, [message("a")])])
    number = session.scalar(text("SELECT pg_backend_pid()"))
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 20"))
    is_there = select(exists().where(column("pid") == number).select_from(table("pg_stat_activity")))
    engine = session.get_bind().engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as beside:
        wait_until(lambda: not beside.scalar(is_there), "the end of the conversation", seconds=30)
    with pytest.raises(InternalError, match="idle-in-transaction") as caught:
        send(session, [Call(FIND, [{"topic": "a"}])])
    assert caught.value.connection_invalidated
    session.rollback()
    assert send(session, [Call(FIND, [{"topic": "a"}])])[0].rows == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_transaction_begins_in_the_round_trip_of_its_first_statements(session: Session) -> None:
    url = session.get_bind().engine.url.render_as_string(hide_password=False)
    with proxied(url) as (through, proxy):
        engine = make_engine(through)
        with Session(engine) as far:
            for _ in range(2):
                send(far, [Call(ADD, [message("a")]), Call(FIND, [{"topic": "a"}])])
                before = proxy.trips
                far.commit()
                assert proxy.trips == before + 1
            send(far, [Call(ADD, [message("a")]), Call(FIND, [{"topic": "a"}])])
            assert proxy.trips == before + 2
            far.rollback()
        before = proxy.trips
        with Session(reading(engine)) as reader:
            assert len(reader.execute(select(TABLE.c.id)).all()) == 2
        assert proxy.trips == before + 1, "a reader begins no transaction on a connection that a writer had"
        engine.dispose()


def test_a_statement_without_runs_is_not_sent(session: Session) -> None:
    answers = send(session, [Call(ADD, []), Call(FIND, [{"topic": "a"}]), Call(FAIL, [])])
    assert [(answer.rows, answer.count) for answer in answers] == [([], 0)] * 3


def test_a_refusal_is_the_one_that_the_session_raises_and_nothing_stays(session: Session) -> None:
    row = message("a")
    with pytest.raises(IntegrityError):
        send(session, [Call(ADD, [row, message("b"), row])])
    session.rollback()
    assert send(session, [Call(FIND, [{"topic": "a"}])])[0].rows == []


def test_a_run_that_leaves_a_column_out_writes_its_default(session: Session) -> None:
    add = Prepared(insert(OutboxMessage), [*KEYS, "attempts", "last_error"])
    send(session, [Call(add, [message("a"), {**message("a"), "attempts": 3, "last_error": "lost"}])])
    found = send(session, [Call(FIND, [{"topic": "a"}])])[0].rows
    assert [(row.attempts, row.last_error) for row in found] == [(0, None), (3, "lost")]


def test_a_parameter_that_was_forgotten_is_not_guessed(session: Session) -> None:
    with pytest.raises(KeyError, match="topic"):
        send(session, [Call(FIND)])


def test_whoever_listens_to_the_engine_hears_of_each_statement(session: Session) -> None:
    heard: list[str] = []
    engine = session.get_bind()
    assert isinstance(engine, Engine)

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement.split(maxsplit=1)[0])

    event.listen(engine, "before_cursor_execute", note)
    send(session, [Call(ADD, [message("a"), message("b")]), Call(FIND, [{"topic": "a"}])])
    event.remove(engine, "before_cursor_execute", note)
    assert [word for word in heard if word != "BEGIN"] == ["INSERT", "SELECT"]
