"""The server comes up with its worker, says where and for whom, and both stop together."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
import requests

from support.office import config_for
from support.processes import accepts, free_port, running, wait_until
from tuntas.app import create_app, tuntas_of
from tuntas.database import make_engine, migrate
from tuntas.found import PASSWORD
from tuntas.initial import init_office
from tuntas.office import build
from tuntas.server import _announce


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    listing = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(word) for word in listing.split()]


def alive(pid: int) -> bool:
    """Whether a process still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_server_and_worker_start_and_stop_together(
    sqlite_office: Path, tmp_path: Path, word: signal.Signals
) -> None:
    shutil.copyfile(sqlite_office, tmp_path / "tuntas.db")
    port, log = free_port(), tmp_path / "log"
    environment = {"TUNTAS_VAR": str(tmp_path), "TUNTAS_PORT": str(port)}
    environment |= {"TUNTAS_DATABASE_URL": f"sqlite:///{tmp_path / 'tuntas.db'}", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "tuntas", "serve", "--with-worker", "--threads", "2"]
    with running(
        command, log=log, ready=lambda: accepts(port), environment=environment, seconds=90
    ) as server:
        assert requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=30).json()["status"] == "ok"
        passed_on = {"X-Forwarded-For": "203.0.113.5"}
        metrics = f"http://127.0.0.1:{port}/metrics"
        assert requests.get(metrics, timeout=30).status_code == 200
        assert requests.get(metrics, headers=passed_on, timeout=30).status_code == 404
        (worker,) = children_of(server.pid)
        wait_until(lambda: "worker started" in log.read_text(encoding="utf-8"), "the worker", seconds=90)
        os.kill(server.pid, word)
        assert server.wait(30) == 0
        assert not alive(worker)
    said = log.read_text(encoding="utf-8")
    assert f"http://127.0.0.1:{port}/" in said
    assert PASSWORD in said
    assert "admin.instansi" in said
    assert "Stopped." in said
    assert "Traceback" not in said


def test_a_server_does_not_print_logins_of_a_real_office(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'real.db'}"
    migrate(url)
    engine = make_engine(url)
    office = build(config_for(url, tmp_path), engine)
    init_office(office, name="Kabupaten Nyata", code="NYT", timezone="Asia/Jakarta")
    _announce(office.config, office)
    said = capsys.readouterr().out
    assert "Tuntas serves http://127.0.0.1:8000/" in said
    assert PASSWORD not in said
    engine.dispose()


def test_a_server_starts_while_its_database_is_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = config_for("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path)
    app = create_app(config)
    _announce(config, tuntas_of(app))
    assert "Tuntas serves" in capsys.readouterr().out
    assert app.test_client().get("/health/ready").status_code == 503
