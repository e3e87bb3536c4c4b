"""Fills an office with a million cases and three million tasks of many kinds, made by the database itself."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from bench.clones import connect
from cases.model import Channel, Stage
from storage.tables import Base

CASE_ID = "('00000000-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
INSTANCE_ID = "('00000000-0000-7000-9000-' || lpad(to_hex({}), 12, '0'))::uuid"
TASK_ID = "('00000000-0000-7000-a000-' || lpad(to_hex({}), 12, '0'))::uuid"
OPEN_SHARE = 10
"""One case in so many is open; the others are the past of the office."""
TASKS_EACH = 3
WORDS = ("Jalan berlubang", "Lampu padam", "Sampah menumpuk", "Antrean puskesmas", "Pungutan liar", "Banjir")
OPEN_STAGES = [stage.value for stage in Stage if stage is not Stage.CLOSED]


def fill(url: str, case_id: str, cases: int, categories: list[str]) -> None:
    """Add so many cases like the given one, each with its tasks; one in ten is open and has one open task."""
    with connect(url) as connection:
        # The rows are known to fit each other: looking up every foreign key would take most of the time.
        connection.execute("SET session_replication_role = replica")
        units = _list(connection, "SELECT id::text FROM units ORDER BY id")
        users = _list(connection, "SELECT id::text FROM users ORDER BY id")
        roles = _list(connection, "SELECT DISTINCT role FROM roles ORDER BY role")
        numbers = f"generate_series(1, {int(cases)}) AS n"
        _insert(connection, "cases", _case_columns(units, categories), case_id, numbers)
        instance = {
            "id": INSTANCE_ID.format("n"),
            "case_id": CASE_ID.format("n"),
            "status": _state("running"),
        }
        instance |= {"state": "'\\x00'::bytea"}
        _insert(connection, "process_instances", instance, case_id, numbers)
        more = f"{numbers}, generate_series(1, {TASKS_EACH}) AS k"
        _insert(connection, "user_tasks", _task_columns(units, users, roles), case_id, more)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _case_columns(units: list[str], categories: list[str]) -> Mapping[str, str]:
    received = "now() - (n * 7919 % 1000003) * interval '95 seconds'"
    return {
        "id": CASE_ID.format("n"),
        "reference": "'BIG-' || lpad(n::text, 8, '0')",
        "stage": f"CASE WHEN {_is_open()} THEN {_one_of(OPEN_STAGES, 'n / 10')} ELSE 'closed' END",
        "status": f"CASE WHEN {_is_open()} THEN 'Proses' ELSE 'Selesai' END",
        "outcome": f"CASE WHEN {_is_open()} THEN NULL ELSE 'resolved' END",
        "closed_at": f"CASE WHEN {_is_open()} THEN NULL ELSE {received} + interval '20 days' END",
        "title": _one_of(list(WORDS), "n * 13") + " || ' nomor ' || n::text",
        "channel": _one_of([channel.value for channel in Channel], "n * 11"),
        "category": _one_of(categories, "n * 31"),
        "lead_unit_id": _one_of(units, "n * 17") + "::uuid",
        "received_at": received,
        "entered_at": received,
        "due_at": f"{received} + interval '60 days'",
    }


def _task_columns(units: list[str], users: list[str], roles: list[str]) -> Mapping[str, str]:
    received = "now() - (n * 7919 % 1000003) * interval '95 seconds'"
    last = f"({_is_open()} AND k = {TASKS_EACH})"
    return {
        "id": TASK_ID.format(f"n * {TASKS_EACH} + k"),
        "case_id": CASE_ID.format("n"),
        "instance_id": INSTANCE_ID.format("n"),
        "state": f"CASE WHEN {last} THEN 'open' ELSE 'completed' END",
        "role": _one_of(roles, "n / 10 + k"),
        # A part of the work is for whoever has the role, in whatever unit.
        "unit_id": f"CASE WHEN n % 4 <> 0 THEN {_one_of(units, 'n * 17')}::uuid END",
        "owner_id": f"CASE WHEN n % 3 = 0 OR NOT {last} THEN {_one_of(users, 'n * 23')}::uuid END",
        "due_at": f"{received} + k * interval '20 days'",
        "created_at": f"{received} + k * interval '2 days'",
        "completed_at": f"CASE WHEN {last} THEN NULL ELSE {received} + k * interval '4 days' END",
    }


def _is_open() -> str:
    return f"n % {OPEN_SHARE} = 0"


def _state(word: str) -> str:
    return f"CASE WHEN {_is_open()} THEN '{word}' ELSE 'completed' END"


def _one_of(values: list[str], number: str) -> str:
    """An expression for one of the values, drawn by a number: the same for the same number, whatever its neighbours."""
    listed = ", ".join(sql.Literal(value).as_string(None) for value in values)
    drawn = f"(hashint4(({number})::int) & 2147483647)"
    return f"(ARRAY[{listed}])[1 + {drawn} % {len(values)}]"


def _insert(
    connection: psycopg.Connection[tuple[object, ...]],
    table: str,
    changed: Mapping[str, str],
    case_id: str,
    numbers: str,
) -> None:
    """Copy the row of the given case so many times; columns that are not changed stay as the product wrote them."""
    columns = [column.name for column in Base.metadata.tables[table].columns]
    values = ", ".join(changed.get(name, f'original."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    key = "id" if table == "cases" else "case_id"
    original = f"(SELECT * FROM {table} WHERE {key} = '{case_id}' LIMIT 1) AS original"  # noqa: S608
    statement = f"INSERT INTO {table} ({names}) SELECT {values} FROM {original}, {numbers}"  # noqa: S608
    connection.execute(statement.encode())


def _list(connection: psycopg.Connection[tuple[object, ...]], query: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]
