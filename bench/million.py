"""Fills an office with a million cases and three million tasks of many kinds, made by the database itself."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from bench.place import connect, learn
from cases.model import Channel, Stage
from storage.tables import Base

CASE_ID = "('00000000-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
INSTANCE_ID = "('00000000-0000-7000-9000-' || lpad(to_hex({}), 12, '0'))::uuid"
TASK_ID = "('00000000-0000-7000-a000-' || lpad(to_hex({}), 12, '0'))::uuid"
REQUEST_ID = "('00000000-0000-7000-b000-' || lpad(to_hex({}), 12, '0'))::uuid"
AGE = "(n::bigint * 7919 % 1000003)"
RECEIVED = f"now() - {AGE} * interval '95 seconds'"
"""Spread over three years, whatever the number of cases."""
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
        indexes = _drop_indexes(connection)
        _insert(connection, "cases", _case_columns(units, users, categories), case_id, numbers)
        instance = {
            "id": INSTANCE_ID.format("n"),
            "case_id": CASE_ID.format("n"),
            "status": _state("running"),
        }
        instance |= {"state": "'\\x00'::bytea"}
        _insert(connection, "process_instances", instance, case_id, numbers)
        more = f"{numbers}, generate_series(1, {TASKS_EACH}) AS k"
        _insert(connection, "user_tasks", _task_columns(units, users, roles), case_id, more)
        _add_beside(connection, units, cases)
        for definition in indexes:
            connection.execute(definition.encode())
    learn(url)


def _drop_indexes(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Drop the indexes of the large tables but their keys, and return how to build them."""
    connection.execute("SET maintenance_work_mem = '512MB'")
    found = connection.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisunique AND i.indrelid IN "
        "('cases'::regclass, 'process_instances'::regclass, 'user_tasks'::regclass)"
    ).fetchall()
    for name, _ in found:
        connection.execute(f'DROP INDEX "{name}"'.encode())
    return [str(definition) for _, definition in found]


def _add_beside(connection: psycopg.Connection[tuple[object, ...]], units: list[str], cases: int) -> None:
    """Supporting units of every fifth case, teams of a part of the restricted lane, and questions about data."""
    numbers = f"generate_series(1, {int(cases)}) AS n"
    # The lead unit of the case is drawn by n * 17, so this one is nearly always another.
    supporting = f"SELECT {CASE_ID.format('n')}, {_one_of(units, 'n * 19')}::uuid FROM {numbers}"  # noqa: S608
    supporting += f" WHERE {_rarely('n * 29', 5)}"
    connection.execute(f"INSERT INTO case_units (case_id, unit_id) {supporting}".encode())
    connection.execute(
        "INSERT INTO team_members (case_id, user_id, added_at) "
        "SELECT case_id, user_id, now() FROM (SELECT id AS case_id, row_number() OVER (ORDER BY id) AS n FROM cases "
        "WHERE case_class = 'oversight' AND stage <> 'closed') AS restricted JOIN (SELECT DISTINCT user_id FROM roles "
        "WHERE role = 'inspectorate') AS inspectors ON n % 4 = 0"
    )
    answered = f"CASE WHEN {_rarely('n * 5', 3)} THEN NULL ELSE now() END"
    values = (
        f"{REQUEST_ID.format('n')}, {CASE_ID.format('n')}, 'request', 'data_access', now(), now(), {answered}"
    )
    asked = f"SELECT {values} FROM {numbers} WHERE {_rarely('n * 41', 500)}"  # noqa: S608
    columns = "id, case_id, process_id, kind, received_at, entered_at, answered_at"
    connection.execute(f"INSERT INTO case_requests ({columns}) {asked}".encode())


def _case_columns(units: list[str], users: list[str], categories: list[str]) -> Mapping[str, str]:
    closed = f"NOT ({_is_open()})"
    oversight = _rarely("n * 37", 40)
    channels = [channel.value for channel in Channel if channel is not Channel.CSV_IMPORT]
    return {
        "id": CASE_ID.format("n"),
        "reference": "'BIG-' || lpad(n::text, 8, '0')",
        "kind": _one_of(["complaint"] * 24 + ["information_request"], "n * 43"),
        "case_class": f"CASE WHEN {oversight} THEN 'oversight' ELSE 'ordinary' END",
        "sensitivity": f"CASE WHEN {oversight} THEN 'oversight' ELSE 'normal' END",
        "confidential": _rarely("n * 47", 20),
        "stage": f"CASE WHEN {closed} THEN 'closed' ELSE {_one_of(OPEN_STAGES, 'n / 10')} END",
        "status": f"CASE WHEN {closed} THEN 'Selesai' ELSE 'Proses' END",
        "outcome": f"CASE WHEN {closed} THEN 'resolved' END",
        "closed_at": f"CASE WHEN {closed} THEN {RECEIVED} + interval '20 days' END",
        "title": _one_of(list(WORDS), "n * 13") + " || ' nomor ' || n::text",
        # What was taken over from the system before is all old: the newest of them lie far behind in the list.
        "channel": f"CASE WHEN {AGE} > 800000 THEN 'csv_import' ELSE {_one_of(channels, 'n * 11')} END",
        "category": _one_of(categories, "n * 31", skewed=True),
        "lead_unit_id": _one_of(units, "n * 17") + "::uuid",
        "accused_unit_id": f"CASE WHEN {_rarely('n * 53', 30)} THEN {_one_of(units, 'n * 59')}::uuid END",
        "accused_user_id": f"CASE WHEN {_rarely('n * 61', 100)} THEN {_one_of(users, 'n * 67')}::uuid END",
        "entered_by": f"CASE WHEN {_rarely('n * 71', 5)} THEN {_one_of(users, 'n * 73')}::uuid END",
        "escalation_level": f"CASE WHEN {_rarely('n * 79', 50)} THEN 3 ELSE 0 END",
        "received_at": RECEIVED,
        "entered_at": RECEIVED,
        "due_at": f"CASE WHEN {closed} OR {_rarely('n * 83', 10)} THEN NULL ELSE {RECEIVED} + interval '400 days' END",
    }


def _task_columns(units: list[str], users: list[str], roles: list[str]) -> Mapping[str, str]:
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
        "due_at": f"CASE WHEN {_rarely('n * 83', 10)} THEN NULL ELSE {RECEIVED} + k * interval '130 days' END",
        "created_at": f"{RECEIVED} + k * interval '2 days'",
        "completed_at": f"CASE WHEN {last} THEN NULL ELSE {RECEIVED} + k * interval '4 days' END",
    }


def _is_open() -> str:
    return f"n % {OPEN_SHARE} = 0"


def _state(word: str) -> str:
    return f"CASE WHEN {_is_open()} THEN '{word}' ELSE 'completed' END"


def _one_of(values: list[str], number: str, *, skewed: bool = False) -> str:
    """An expression for one of the values, drawn by a number: the same for the same number, whatever its neighbours.

    Skewed, the first values are drawn far more often than the last.
    """
    listed = ", ".join(sql.Literal(value).as_string(None) for value in values)
    place = f"{_lot(number)} % {len(values)}"
    if skewed:
        place = f"(power({_lot(number)} / 2147483648.0, 3) * {len(values)})::int % {len(values)}"
    return f"(ARRAY[{listed}])[1 + {place}]"


def _rarely(number: str, share: int) -> str:
    """True for one in so many, drawn by the number."""
    return f"({_lot(number)} % {share} = 0)"


def _lot(number: str) -> str:
    return f"(hashint4(({number})::int) & 2147483647)"


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
