"""What a case weighs: rows, bytes, WAL and time to back up; the figures of docs/nation.md for any number of cases."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.figures import Figure, beside
from bench.place import Place, connect
from cases.ports import FixedClock
from storage.objects import open_store
from support.office import START, Desk
from support.paths import ORDINARY
from support.postgres import wheel_folder
from tuntas.backups.making import make_backup
from tuntas.backups.restoring import restore_backup
from tuntas.office import Tuntas

LIVES = 12
CASES = 5_000
RESTORED = 400
A_MONTH = timedelta(days=30)
OF_A_CASE = (
    "cases",
    "complainants",
    "process_instances",
    "case_units",
    "case_texts",
    "user_tasks",
    "deadlines",
    "case_pauses",
    "escalations",
    "notices",
    "outbox",
    "read_log",
    "letters",
    "history_entries",
)
"""The tables whose rows come with each case; the others hold the office itself, or what waits."""
IDS = ("id", "case_id", "instance_id", "attachment_id", "lease")
TASK_IDS = ("task_id",)
MAKE_IDS = """
CREATE OR REPLACE FUNCTION pg_temp.new_id(old uuid, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
  SELECT (lpad(to_hex(1772416800000 + n * 17520), 12, '0') || '7' || substr(md5(old::text || n), 1, 3) || '8'
    || substr(md5(old::text || n), 4, 15))::uuid $$;
CREATE OR REPLACE FUNCTION pg_temp.new_task(old uuid, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
  SELECT (substr(md5(substr(old::text, 1, 23) || n), 1, 20) || substr(old::text, 25))::uuid $$
"""
"""Ids of the product's two kinds: by the time at which they are made, 1.8 million cases a year, and by instance."""


def measure(place: Place) -> Iterator[Figure]:
    """Let a few complaints live, weigh their WAL, back up, restore, copy them to many, and weigh tables and indexes."""
    clock = FixedClock(START)
    with place.office(clock=clock) as office, connect(office.config.database_url) as connection:
        connection.autocommit = True
        desk = Desk(office, clock)
        yield from _lives(desk, connection, place.some(LIVES))
        restored = place.some(RESTORED)
        copy_closed(connection, 0, restored)
        yield from _backups(place, office, connection)
        number = place.some(CASES)
        copy_closed(connection, restored, restored + number)
        began = time.monotonic()
        connection.execute("VACUUM ANALYZE")
        yield beside("volume_vacuum_analyze", (time.monotonic() - began) * 1000 / number, "ms/case")
        yield from _sizes(connection)
        yield from _dump(place, office.config.database_url, restored + number)


def _lives(desk: Desk, connection: psycopg.Connection[Any], number: int) -> Iterator[Figure]:
    """Whole lives of complaints, and the WAL that they and single completions write."""
    _live(desk, 0)
    connection.execute("CHECKPOINT")
    cold = _wal(connection, lambda: _live(desk, 1))
    warm = [_wal(connection, lambda number=number: _live(desk, number)) for number in range(2, number + 2)]  # type: ignore[misc]
    desk.pass_time(desk.clock.now() + A_MONTH)
    yield beside("volume_wal_life", _mean(warm) / 1000, "kB/case")
    yield beside("volume_wal_life_after_checkpoint", cold / 1000, "kB/case")
    completions: list[float] = []
    for _ in range(number):
        case = desk.register()
        completions.append(_wal(connection, lambda case=case: desk.accept(case.id)))  # type: ignore[misc]
        completions += _completions(desk, connection, case.id)
        desk.say(case.id, "confirm")
    yield beside("volume_wal_completion", _mean(completions) / 1000, "kB")
    desk.worker.run_until_idle()


def _live(desk: Desk, number: int) -> None:
    """From registration to the end: confirmed, left to its timer, answered twice, or archived."""
    case = desk.register(text="Lubangnya besar dan membahayakan pengendara. " * 8)
    if number % 4 == 3:
        archive = {"decision": "archive", "archive_reason": "test"}
        desk.complete(case.id, "verify_complaint", "admin.instansi", **archive)
        return
    desk.complete(case.id, "verify_complaint", "admin.instansi", **ORDINARY)
    desk.dispose_and_answer(case.id)
    if number % 4 == 2:
        desk.say(case.id, "not_satisfied", message="Belum selesai, lubangnya masih ada.")
        desk.answer(case.id)
    if number % 4 != 1:
        desk.say(case.id, "confirm")
    desk.worker.run_until_idle()


def _completions(desk: Desk, connection: psycopg.Connection[Any], case_id: str) -> Iterator[float]:
    disposed = {"lead_unit": "pupr", "priority": "normal", "instruction": "Tindak lanjuti."}
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("dispose_complaint", "admin.instansi", disposed),
        ("accept_disposition", "penghubung.pupr", {"decision": "accept"}),
        ("work_on_complaint", "pelaksana.pupr", {"note": "Sudah ditinjau."}),
        (
            "draft_response",
            "pelaksana.pupr",
            {"response_kind": "action_taken", "response": "Sudah ditambal."},
        ),
        ("approve_response", "atasan.pupr", {"decision": "approve"}),
    )
    for element, who, values in steps:
        yield _wal(
            connection,
            lambda element=element, who=who, values=values: desk.complete(case_id, element, who, **values),  # type: ignore[misc]
        )


def _wal(connection: psycopg.Connection[Any], act: Callable[[], Any]) -> float:
    """The bytes of WAL that an act writes."""
    before = _value(connection, "SELECT pg_current_wal_insert_lsn()::text")
    act()
    return float(_value(connection, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", before))


def copy_closed(connection: psycopg.Connection[Any], start: int, end: int) -> None:
    """Copies of the closed cases, each with ids of its own, in the order in which an office would write them."""
    connection.execute(MAKE_IDS.encode())
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS originals AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS at,"
        " count(*) OVER () AS of FROM cases WHERE stage = 'closed'"
    )
    for table in OF_A_CASE:
        _copy_table(connection, table, start, end)
    connection.execute("SET session_replication_role = DEFAULT")


def _copy_table(connection: psycopg.Connection[Any], table: str, start: int, end: int) -> None:
    own = "id" if table == "cases" else "case_id"
    listed = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [table],
    )
    names = [str(row[0]) for row in listed.fetchall()]
    values = ", ".join(_copied(table, name) for name in names)
    statement = (
        f"INSERT INTO {table} ({', '.join(chr(34) + name + chr(34) for name in names)})"  # noqa: S608
        f" SELECT {values} FROM generate_series({start}, {end - 1}) AS n JOIN originals o ON o.at = n % o.of"
        f" JOIN {table} t ON t.{own} = o.id ORDER BY n"
    )
    connection.execute(statement.encode())


def _copied(table: str, name: str) -> str:
    if name == "reference":
        return "'VOL-' || n"
    if name == "hash":
        # The same in every copy, it would be packed away in backups as no real one is.
        return "md5(t.hash || n) || md5(n || t.hash)"
    if name in TASK_IDS or (table == "user_tasks" and name == "id"):
        return f'pg_temp.new_task(t."{name}", n)'
    return f'pg_temp.new_id(t."{name}", n)' if name in IDS else f't."{name}"'


def _backups(place: Place, office: Tuntas, connection: psycopg.Connection[Any]) -> Iterator[Figure]:
    """How long a backup and a restore take for each case, and how large the backup is."""
    cases = float(_value(connection, "SELECT count(*) FROM cases"))
    folder = place.folder / "backup"
    began = time.process_time()
    make_backup(office.work.engine, office.objects, folder, progress=_quiet)
    yield beside("volume_backup_cpu", (time.process_time() - began) * 1000 / cases, "ms/case")
    yield beside("volume_backup_size", _weight(folder) / cases / 1000, "kB/case")
    with place.database() as url:
        began = time.process_time()
        store = open_store(f"file://{place.folder / 'again'}", place.folder)
        restore_backup(folder, url, store, _quiet)
        yield beside("volume_restore_cpu", (time.process_time() - began) * 1000 / cases, "ms/case")


def _dump(place: Place, url: str, cases: int) -> Iterator[Figure]:
    """PostgreSQL's own dump, where its program is at hand."""
    wheel = wheel_folder()
    if wheel is None:
        return
    target = place.folder / "dump"
    program = wheel / "pginstall" / "bin" / "pg_dump"
    began = time.monotonic()
    subprocess.run([program, "-Fc", "-f", target, url.replace("+psycopg", "")], check=True)
    yield beside("volume_pg_dump", (time.monotonic() - began) * 1000 / cases, "ms/case")
    yield beside("volume_pg_dump_size", target.stat().st_size / cases / 1000, "kB/case")


def _sizes(connection: psycopg.Connection[Any]) -> Iterator[Figure]:
    """Rows, bytes and bytes of indexes of each table, for each case."""
    cases = float(_value(connection, "SELECT count(*) FROM cases"))
    whole = 0.0
    for table in OF_A_CASE:
        rows = float(_value(connection, f"SELECT count(*) FROM {table}"))  # noqa: S608
        size = float(_value(connection, "SELECT pg_table_size(%s::regclass)", table))
        indexes = float(_value(connection, "SELECT pg_indexes_size(%s::regclass)", table))
        whole += size + indexes
        yield beside(f"volume_{table}_rows", rows / cases, "rows/case")
        yield beside(f"volume_{table}_bytes", size / cases, "B/case")
        yield beside(f"volume_{table}_index_bytes", indexes / cases, "B/case")
    yield beside("volume_bytes", whole / cases / 1000, "kB/case")


def _value(connection: psycopg.Connection[Any], query: str, *values: Any) -> Any:
    row = connection.execute(query.encode(), values or None).fetchone()
    if row is None:
        raise LookupError(query)
    return row[0]


def _weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _quiet(what: str, done: int) -> None:
    """Nobody watches."""
