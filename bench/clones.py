"""Many open cases in seconds: copies of one that the product made, each with ids and engine state of its own."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import psycopg
import uuid_utils
import zstandard
from psycopg import sql

from bench.place import connect, learn
from engine.codec import MAGIC
from engine.session import Numbers

TABLES = (
    "cases",
    "complainants",
    "process_instances",
    "user_tasks",
    "timers",
    "subscriptions",
    "deadlines",
    "history_entries",
    "notices",
)
"""Whatever belongs to a waiting case; what is to be delivered is left out, because nobody would be told."""
OWN_IDS = ("process_instances", "deadlines", "notices")
BATCH = 1000
PLAIN, PACKED = 0, 1


@dataclass(frozen=True)
class Original:
    """A case as PostgreSQL copies it, and what must differ in each copy."""

    texts: tuple[tuple[str, str], ...]
    """By table, the lines of the case."""
    ids: tuple[str, ...]
    reference: str
    states: tuple[bytes, ...]


def read(connection: psycopg.Connection[tuple[object, ...]], case_id: str) -> Original:
    """Read the case."""
    texts, ids = [], [case_id]
    for table in TABLES:
        column = sql.Identifier("id" if table == "cases" else "case_id")
        rows = sql.SQL("SELECT * FROM {} WHERE {} = {}").format(
            sql.Identifier(table), column, sql.Literal(case_id)
        )
        with connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(rows)) as copy:
            texts.append((table, b"".join(copy).decode()))
        if table in OWN_IDS:
            own = sql.SQL("SELECT id::text FROM {} WHERE case_id = {}")
            found = connection.execute(own.format(sql.Identifier(table), sql.Literal(case_id))).fetchall()
            ids += [str(row[0]) for row in found]
    (reference,) = _one(connection, "SELECT reference FROM cases WHERE id = %s", case_id)
    states = connection.execute("SELECT state FROM process_instances WHERE case_id = %s", [case_id])
    found_states = tuple(bytes(row[0]) for row in states.fetchall())  # type: ignore[call-overload]
    return Original(tuple(texts), tuple(ids), str(reference), found_states)


def clone(url: str, case_id: str, number: int) -> None:
    """Add so many copies of the case."""
    with connect(url) as connection:
        original = read(connection, case_id)
        for start in range(0, number, BATCH):
            _add(connection, original, range(start, min(start + BATCH, number)))
    learn(url)


def reseeded(state: bytes, seed: bytes) -> bytes:
    """The same state as that of another instance, whose activities have other ids."""
    content = state[4:]
    if state[3] == PACKED:
        content = zstandard.ZstdDecompressor().decompress(content, max_output_size=1 << 24)
    document = orjson.loads(content)
    document[0] = seed.hex()
    return MAGIC + state[2:3] + bytes((PACKED,)) + zstandard.ZstdCompressor().compress(orjson.dumps(document))


def _seed(state: bytes) -> bytes:
    content = state[4:]
    if state[3] == PACKED:
        content = zstandard.ZstdDecompressor().decompress(content, max_output_size=1 << 24)
    return bytes.fromhex(orjson.loads(content)[0])


def _add(connection: psycopg.Connection[tuple[object, ...]], original: Original, numbers: range) -> None:
    pieces = {table: io.StringIO() for table, _ in original.texts}
    for number in numbers:
        changes = list(_changes(original, number))
        for table, text in original.texts:
            for old, new in changes:
                text = text.replace(old, new)  # noqa: PLW2901
            pieces[table].write(text)
    for table, piece in pieces.items():
        into = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
        with connection.cursor().copy(into) as copy:
            copy.write(piece.getvalue())


def _changes(original: Original, number: int) -> Iterator[tuple[str, str]]:
    """What to write in the place of what; the states first, as they hold the ids of activities."""
    for state in original.states:
        seed = secrets.token_bytes(16)
        yield state.hex(), reseeded(state, seed).hex()
        yield Numbers(_seed(state)).prefix, Numbers(seed).prefix
    for old in original.ids:
        yield old, str(uuid_utils.uuid7())
    yield original.reference, f"COPY-{number:07d}"


def _one(
    connection: psycopg.Connection[tuple[object, ...]], query: str, *values: object
) -> tuple[object, ...]:
    row = connection.execute(query, values).fetchone()
    if row is None:
        raise LookupError(query)
    return row
