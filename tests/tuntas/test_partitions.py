"""A living office on PostgreSQL gets its history in monthly partitions and works on; each question meets one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text

from cases.history import verify_history
from cases.listing import CaseQuery, list_cases
from cases.ports import FixedClock
from storage.objects import open_store
from storage.tables import Case, HistoryEntry
from support.office import Desk, actor_named, config_for
from tuntas.backups.making import make_backup
from tuntas.backups.restoring import restore_backup
from tuntas.database import differences, make_engine
from tuntas.office import Tuntas, build
from tuntas.partitions import AHEAD, Month, be_ready, carry_out, month_of_id, partitions, plan_for
from tuntas.worker import Worker

TABLE = "history_entries"
ON_POSTGRESQL = pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
BOTH_EMPTY = pytest.mark.parametrize("empty_database_url", ["sqlite", "postgresql"], indirect=True)


def turned(engine: Engine, *, copy: bool = False, now: datetime | None = None) -> None:
    """The history in pieces."""
    with engine.connect() as connection:
        steps = plan_for(connection, TABLE, now or datetime.now(UTC), copy=copy)
    carry_out(engine, steps)


def rows_of(connection: Connection) -> dict[str, int]:
    """How many rows each piece holds."""
    return {
        name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in sorted(partitions(connection))
    }


def met(connection: Connection, query: str, **values: Any) -> set[str]:
    """The tables that the server looks at when it runs a query."""
    plan = connection.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}"), values).scalar_one()
    return set(_relations(plan))


def _relations(plan: Any) -> list[str]:
    if isinstance(plan, list):
        return [name for part in plan for name in _relations(part)]
    if not isinstance(plan, dict):
        return []
    # What was pruned while running was never looked at.
    own = [plan["Relation Name"]] if "Relation Name" in plan and plan["Actual Loops"] else []
    return own + [name for part in plan.values() for name in _relations(part)]


def proven(office: Tuntas) -> int:
    """The number of cases, each with a history that proves itself."""

    def prove(session: Any) -> int:
        ids = session.scalars(select(Case.id)).all()
        assert all(verify_history(session, case_id) for case_id in ids)
        return len(ids)

    return office.work.read(prove)


def own_parts(connection: Connection, piece: str) -> tuple[int, int]:
    """How many indexes and foreign keys a piece has: more than the whole has, if attaching built or proved any anew."""
    query = (
        "SELECT (SELECT count(*) FROM pg_index WHERE indrelid = to_regclass(:name)),"
        " (SELECT count(*) FROM pg_constraint WHERE conrelid = to_regclass(:name) AND contype = 'f')"
    )
    indexes, keys = connection.execute(text(query), {"name": piece}).one()
    return indexes, keys


def quiet(what: str, done: int) -> None:
    """Nobody watches."""


@ON_POSTGRESQL
@pytest.mark.parametrize("copy", [False, True])
def test_running_cases_go_on_in_partitions_and_new_ones_come(desk: Desk, copy: bool) -> None:
    engine = desk.office.work.engine
    running = desk.register()
    desk.accept(running.id)
    turned(engine, copy=copy)
    assert differences(engine) == []
    desk.dispose_and_answer(running.id)
    desk.say(running.id, "confirm")
    fresh = desk.register()
    assert desk.case(running.id).stage == "closed"
    assert proven(desk.office) == 2
    by = actor_named(desk.office, "admin.instansi")
    page = desk.office.work.read(lambda session: list_cases(session, desk.office.env, CaseQuery(), by=by))
    assert {case.id for case in page.items} == {running.id, fresh.id}
    this = Month.of(datetime.now(UTC))
    holding = f"{TABLE}_{this}" if copy else f"{TABLE}_earlier"
    with engine.connect() as connection:
        assert {name for name, rows in rows_of(connection).items() if rows} == {holding}
        asked = "SELECT * FROM history_entries WHERE case_id = :id ORDER BY seq"
        assert met(connection, asked, id=fresh.id) == {holding}
        assert own_parts(connection, holding) == (1, 1)


@ON_POSTGRESQL
def test_a_plan_that_the_server_keeps_for_every_value_meets_one_partition_too(desk: Desk) -> None:
    engine = desk.office.work.engine
    turned(engine, copy=True)
    case = desk.register()
    with engine.connect() as connection:
        connection.execute(text("SET plan_cache_mode = force_generic_plan"))
        connection.execute(text(f"PREPARE kept(uuid) AS SELECT * FROM {TABLE} WHERE case_id = $1"))
        plan = connection.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE kept('{case.id}')")).scalar()
    assert set(_relations(plan)) == {f"{TABLE}_{Month.of(datetime.now(UTC))}"}


@ON_POSTGRESQL
def test_the_worker_makes_the_coming_months_and_takes_in_what_came_too_early(desk: Desk) -> None:
    engine, env = desk.office.work.engine, desk.office.env
    case = desk.register()
    turned(engine)
    this = Month.of(datetime.now(UTC))
    # A case of a month that nobody made a partition for lands in the rest, and is not refused.
    late = this.plus(AHEAD + 2)
    stray = f"{late.first_id[:14]}7{late.first_id[15:]}"
    with engine.begin() as connection:
        for table, key in (("cases", "id"), (TABLE, "case_id")):
            columns = [column.name for column in Case.metadata.tables[table].columns]
            values = ", ".join(f"'{stray}'" if name == key else f'"{name}"' for name in columns)
            values = values.replace('"reference"', "'LATE-1'")
            names = ", ".join(f'"{name}"' for name in columns)
            connection.execute(
                text(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {key} = :id"),
                {"id": case.id},
            )
        assert rows_of(connection)[f"{TABLE}_rest"] > 0
    desk.clock.set(datetime.now(UTC) + timedelta(days=31 * 3))
    Worker(desk.office, prints=False)._tidy()
    with engine.connect() as connection:
        held = rows_of(connection)
        assert held[f"{TABLE}_rest"] == 0
        assert held[f"{TABLE}_{late}"] > 0
        assert met(connection, f"SELECT 1 FROM {TABLE} WHERE case_id = :id", id=stray) == {f"{TABLE}_{late}"}
    assert differences(engine) == []
    assert be_ready(engine, env.clock.now()) == 0


@ON_POSTGRESQL
@BOTH_EMPTY
def test_a_backup_of_partitions_is_restored_into_tables_and_works_on(
    desk: Desk, empty_database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    office = desk.office
    case = desk.register()
    desk.accept(case.id)
    turned(office.work.engine)
    manifest = make_backup(office.work.engine, office.objects, tmp_path / "backup", progress=quiet)
    assert not [table.name for table in manifest.tables if table.name.startswith(f"{TABLE}_")]
    var = tmp_path / "again"
    _, broken = restore_backup(tmp_path / "backup", empty_database_url, open_store("file", var), quiet)
    assert broken == []
    engine = make_engine(empty_database_url)
    other = Desk(build(config_for(empty_database_url, var), engine, clock=clock), clock)
    other.dispose_and_answer(case.id)
    assert proven(other.office) == 1
    engine.dispose()


@ON_POSTGRESQL
def test_a_backup_is_restored_into_an_empty_database_with_partitions(
    desk: Desk, postgresql: Any, postgresql_template: str, tmp_path: Path
) -> None:
    office = desk.office
    desk.register()
    url = postgresql.create("partitioned", template=postgresql_template)
    engine = make_engine(url)
    turned(engine, copy=True)
    make_backup(office.work.engine, office.objects, tmp_path / "backup", progress=quiet)
    _, broken = restore_backup(tmp_path / "backup", url, open_store("file", tmp_path / "again"), quiet)
    assert broken == []
    with engine.connect() as connection:
        assert sum(rows_of(connection).values()) == connection.scalar(
            select(text("count(*)")).select_from(HistoryEntry)
        )
    assert differences(engine) == []
    engine.dispose()
    postgresql.drop("partitioned")


@ON_POSTGRESQL
def test_the_command_says_first_what_it_would_do_and_may_be_repeated(
    desk: Desk, tuntas: Callable[..., Any]
) -> None:
    engine, url = desk.office.work.engine, desk.office.config.database_url
    told = tuntas("partition", "--dry-run", TUNTAS_DATABASE_URL=url)
    assert f"ALTER TABLE {TABLE} ATTACH PARTITION {TABLE}_earlier" in told.out
    with engine.connect() as connection:
        assert partitions(connection) == set()
    for steps in (4, 0):
        done = tuntas("partition", TUNTAS_DATABASE_URL=url)
        assert (done.code, done.out.strip().endswith(f"{steps} steps.")) == (0, True), done
    with engine.connect() as connection:
        assert len(partitions(connection)) == AHEAD + 2
    assert "ok   partitions: the coming months are there" in tuntas("doctor", TUNTAS_DATABASE_URL=url).out
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {TABLE}_{Month.of(datetime.now(UTC)).plus(AHEAD)}"))
    assert "FAIL partitions: months are missing" in tuntas("doctor", TUNTAS_DATABASE_URL=url).out


def test_a_file_needs_no_partitions(tuntas: Callable[..., Any]) -> None:
    refused = tuntas("partition")
    assert refused.code == 1
    assert "Only PostgreSQL has partitions" in refused.err


def test_a_month_is_a_range_of_ids() -> None:
    december = Month(2026, 12)
    assert (str(december), str(december.plus(1)), str(december.plus(14))) == ("2026_12", "2027_01", "2028_02")
    noon = int(datetime(2026, 12, 31, 12, tzinfo=UTC).timestamp() * 1000)
    made = f"{noon:012x}"
    identity = f"{made[:8]}-{made[8:]}-7abc-8000-000000000000"
    assert month_of_id(identity) == december
    assert december.first_id < identity < december.plus(1).first_id
