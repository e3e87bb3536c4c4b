"""The benchmark measures what it says: figures are judged and written, copies run, round trips are counted."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bench import figures, importing
from bench.__main__ import FULL, SUBJECTS
from bench.clones import clone, connect
from bench.eight import NOTE, deploy_eight, deploy_waiting, open_tasks, start_cases
from bench.million import fill
from bench.place import ADMIN, Place
from bench.proxy import proxied
from bench.report import update
from bench.volume import OF_A_CASE, copy_closed
from cases.history import verify_history
from cases.inbox import list_tasks
from cases.listing import list_cases
from cases.model import CaseQuery, Stage, TaskQuery
from cases.ports import FixedClock
from cases.tasks import complete_task
from storage.tables import Case, HistoryEntry
from support.office import Desk, actor_named
from support.postgres import PostgresqlServer
from tuntas.config import ROOT
from tuntas.database import make_engine
from tuntas.office import Tuntas
from tuntas.worker import Worker

ON_POSTGRESQL = pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
KEYS = {"value", "unit", "goal", "met", "floor", "ratio"}


@ON_POSTGRESQL
def test_a_small_measurement_is_written_as_one_flat_object(
    office: Tuntas, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    place = Place(postgresql, tmp_path, scale=0.01)
    found = list(importing.rates(place, office, "postgresql"))
    figures.write(tmp_path / "var" / "bench.json", found)
    written = json.loads((tmp_path / "var" / "bench.json").read_text(encoding="utf-8"))
    assert set(written["import_postgresql"]) == KEYS
    assert all(set(figure) == KEYS and isinstance(figure["met"], bool) for figure in written.values())
    assert written["import_postgresql"]["value"] > 0


@pytest.mark.parametrize(
    ("figure", "met", "ratio"),
    [
        # Without a floor the value itself is judged.
        (figures.at_least("rate", 300, "/s", 300), True, None),
        (figures.at_least("rate", 299, "/s", 300), False, None),
        (figures.at_most("size", 2501, "bytes", 2500), False, None),
        # With a ratio the machine's own speed is left out: the absolute goal is only shown.
        (figures.at_least("rate", 100, "/s", 300, floor=90, times=1.0), True, 1.111),
        (figures.at_least("rate", 400, "/s", 300, floor=500, times=1.0), False, 0.8),
        (figures.at_most("cpu", 3, "ms", 1.5, floor=10, times=0.375), True, 0.3),
        (figures.beside("floor", 5, "/s"), True, None),
    ],
)
def test_a_figure_is_judged_by_its_ratio_where_it_has_one(
    figure: figures.Figure, met: bool, ratio: float | None
) -> None:
    assert (figure.met, figure.ratio) == (met, ratio)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_a_quantile_is_one_of_the_values(share: float, value: int) -> None:
    assert figures.quantile(list(range(100, 0, -1)), share) == value


@ON_POSTGRESQL
def test_a_copied_case_fires_its_timer_and_goes_on_like_the_original(
    office: Tuntas, clock: FixedClock
) -> None:
    deploy_waiting(office, "P1D")
    (original,) = start_cases(office, 1)
    clone(office.config.database_url, original, 3)
    clock.advance(timedelta(days=2))
    Worker(office, prints=False).run_until_idle()
    ids = list(office.work.read(lambda session: session.scalars(select(Case.id)).all()))
    by = actor_named(office, ADMIN)
    for task in open_tasks(office, ids, "act"):
        office.work.write(lambda session, task=task: complete_task(session, office.env, task, NOTE, by=by))
    fired = select(HistoryEntry.case_id).where(HistoryEntry.tag == "case:timer:fired")
    assert sorted(office.work.read(lambda session: session.scalars(fired).all())) == sorted(ids)
    assert len(ids) == 4
    office.work.read(lambda session: verify_history(session, original))


@ON_POSTGRESQL
def test_copies_of_a_closed_case_have_its_rows_and_ids_of_their_own(
    office: Tuntas, clock: FixedClock
) -> None:
    desk = Desk(office, clock)
    case = desk.register()
    archive = {"decision": "archive", "archive_reason": "test"}
    desk.complete(case.id, "verify_complaint", "admin.instansi", **archive)
    with connect(office.config.database_url) as connection:
        connection.autocommit = True

        def rows() -> dict[str, int]:
            return {
                table: len(connection.execute(f"SELECT 1 FROM {table}".encode()).fetchall())
                for table in OF_A_CASE
            }

        before = rows()
        copy_closed(connection, 0, 9)
        assert rows() == {table: number * 10 for table, number in before.items()}
        owned = connection.execute(
            "SELECT count(DISTINCT case_id), count(DISTINCT hash) = count(*) FROM history_entries"
        )
        assert owned.fetchone() == (10, True)


@ON_POSTGRESQL
def test_the_made_up_cases_stand_in_the_lists_of_the_people_who_have_to_do_with_them(office: Tuntas) -> None:
    deploy_eight(office)
    (original,) = start_cases(office, 1)
    fill(office.config.database_url, original, 2000, list(office.env.reference.categories))
    by = actor_named(office, ADMIN)
    cases = office.work.read(lambda session: list_cases(session, office.env, CaseQuery(limit=200), by=by))
    tasks = office.work.read(lambda session: list_tasks(session, office.env, TaskQuery(scope="all"), by=by))
    assert {case.stage for case in cases.items} >= {Stage.CLOSED, Stage.FOLLOW_UP}
    assert [task.state for task in tasks.items if task.reference.startswith("BIG-")]


@ON_POSTGRESQL
def test_the_proxy_counts_each_question_to_the_database_once_and_delays_its_answer(office_url: str) -> None:
    with proxied(office_url, 0.02) as (url, proxy):
        engine = make_engine(url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT 1"))
            before = proxy.trips
            for _ in range(3):
                # An answer far larger than one packet is still one round trip.
                connection.execute(text("SELECT repeat('x', 300000)")).all()
            assert proxy.trips - before == 3
            timed = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            again = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        engine.dispose()
    assert (again - timed).total_seconds() >= 0.02


def test_every_subject_is_a_module_and_is_explained() -> None:
    explained = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for subject in SUBJECTS + FULL:
        assert (ROOT / "bench" / f"{subject}.py").is_file()
        assert f"| `{subject}` |" in explained


def test_the_report_keeps_a_section_for_each_subject_and_replaces_the_one_measured_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "report.md"
    for name, value in (("trips", 7), ("idle", 0), ("trips", 5)):
        update(
            path, name, [figures.at_most(f"{name}_most", value, "trips", 6)], took=2, load=0.5, stolen=0.04
        )
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## idle", "## trips"]
    assert "MISSED" not in text
    assert "`make bench ONLY=trips`" in text
    update(path, "idle", [figures.at_most("idle_most", 9, "trips", 6)], took=2, load=0.5, stolen=0.04)
    assert "Met: 0 of 1 goals. Missed: idle_most." in path.read_text(encoding="utf-8")
