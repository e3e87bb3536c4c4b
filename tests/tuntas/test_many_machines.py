"""What several machines do at once with one database: migrate it, ask whether it is ready, and read from a replica."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from storage.tables import MonthlyFigure
from support.office import config_for
from support.postgres import PostgresqlServer
from tuntas.app import tuntas_of
from tuntas.database import differences, is_current, make_engine
from tuntas.office import Tuntas, build

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
MIGRATE = "import sys; from tuntas.database import migrate; sys.stdin.read(); migrate(sys.argv[1])"


def test_three_processes_that_migrate_at_once_leave_one_whole_schema(empty_database_url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", MIGRATE, empty_database_url]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in started:  # All have loaded what they need about now, and set out together.
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in started]
    assert ended == [("", 0)] * 3
    engine = make_engine(empty_database_url)
    assert is_current(engine)
    assert differences(engine) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("revision", "problems"),
    [
        ("0002", ["schema"]),
        (None, ["schema"]),
        # A newer release migrated already: while an upgrade rolls, this one goes on serving.
        ("9999", []),
    ],
)
@ON_SQLITE
def test_a_process_is_ready_unless_the_schema_is_older_than_itself(
    app: Flask, revision: str | None, problems: list[str]
) -> None:
    office = tuntas_of(app)
    with office.work.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision:
            connection.execute(text("INSERT INTO alembic_version VALUES (:it)"), {"it": revision})
    answer = app.test_client().get("/health/ready")
    assert answer.json == {"status": "unavailable" if problems else "ok", "problems": problems}
    assert answer.status_code == (503 if problems else 200)
    assert app.test_client().get("/health/live").status_code == 200


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
def test_figures_are_read_from_the_replica_and_from_the_database_when_that_is_away(
    office: Tuntas, postgresql: PostgresqlServer, postgresql_template: str, tmp_path: Path
) -> None:
    # A copy that knows one month more stands in for a replica: so one sees who answered.
    url = postgresql.create("replica", template=postgresql_template)
    main = office.config.database_url
    row = {"id": office.env.new_id(), "month": "2026-01", "figures": {}, "frozen_at": office.env.clock.now()}
    copy = make_engine(url)
    with copy.begin() as connection:
        connection.execute(insert(MonthlyFigure).values(**row))
    copy.dispose()
    asked = select(MonthlyFigure.month)
    for replica, months in ((url, ["2026-01"]), ("postgresql://nobody@127.0.0.1:9/none", []), ("", [])):
        lent = build(config_for(main, tmp_path, replica_url=replica), office.work.engine)
        assert lent.figures.read(lambda session: session.scalars(asked).all()) == months
        assert lent.work.read(lambda session: session.scalars(asked).all()) == []
        if lent.figures.replica is not None:
            lent.figures.replica.dispose()
    postgresql.drop("replica")
