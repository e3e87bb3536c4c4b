"""Prometheus reads what the processes of a machine did and how long the queues are, and nobody else does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from cases.queues import read_queues
from storage.errors import StaleVersionError
from storage.tally import counting, tally
from support.office import Desk
from tuntas.app import tuntas_of
from tuntas.metrics import HOST, METRICS, Metrics, kept_by_others, render
from tuntas.office import Tuntas

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})? (-?[0-9.e+]+)$')
TOKEN = "a token of the monitoring, long enough"


def samples(text: str) -> dict[str, float]:
    """Every sample of an answer in the text format; a line that is none fails."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            parts = SAMPLE.match(line)
            assert parts, line
            found[parts[1] + (parts[2] or "")] = float(parts[3])
    return found


def with_token(app: Flask) -> None:
    """Set the token of the monitoring."""
    office = tuntas_of(app)
    app.extensions["tuntas"] = replace(office, config=replace(office.config, metrics_token=TOKEN))


def test_the_queues_of_a_late_office_are_counted(desk: Desk, app: Flask) -> None:
    desk.register()
    desk.clock.advance(timedelta(days=90))
    found = samples(app.test_client().get("/metrics").text)
    assert found["tuntas_alerts_due"] == 3
    assert found["tuntas_outbox_waiting"] > 0
    assert found["tuntas_oldest_message_seconds"] == 90 * 24 * 3600
    assert (
        found["tuntas_incidents_open"] == found["tuntas_timers_failed"] == found["tuntas_workers_alive"] == 0
    )


def test_all_queues_are_read_in_one_statement_however_many_cases_there_are(desk: Desk) -> None:
    office = desk.office
    for _ in range(3):
        desk.register()
        with counting() as sent:
            office.work.read(lambda session: read_queues(session, office.env))
        assert sent.statements == 1


@ON_SQLITE
def test_a_request_is_counted_by_its_route_and_never_by_its_address(desk: Desk, app: Flask) -> None:
    case, client = desk.register(), app.test_client()
    client.get(f"/api/v1/complaints/{case.reference}")
    answer = client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    process = f'process="{HOST}:{os.getpid()}"'
    route = 'route="/api/v1/complaints/<reference:reference>"'
    found = samples(answer.text)
    assert found[f'tuntas_requests_total{{{route},method="GET",status="200",{process}}}'] >= 1
    assert found[f"tuntas_request_statements_sum{{{route},{process}}}"] >= 1
    assert case.reference not in answer.text


@ON_SQLITE
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        # A proxy on this machine passes strangers on: its requests come from here too.
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.5"}, 404),
        ("203.0.113.5", {}, 404),
    ],
)
def test_without_a_token_only_this_machine_reads_the_metrics(
    app: Flask, address: str, headers: dict[str, str], status: int
) -> None:
    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert ("tuntas_timers_due" in answer.text) is (status == 200)


@ON_SQLITE
@pytest.mark.parametrize(("given", "status"), [(f"Bearer {TOKEN}", 200), ("Bearer another", 401), ("", 401)])
def test_with_a_token_nobody_reads_the_metrics_without_it(app: Flask, given: str, status: int) -> None:
    with_token(app)
    for address in ("127.0.0.1", "203.0.113.5"):
        headers = {"Authorization": given}
        answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status


@ON_SQLITE
def test_a_transaction_that_begins_anew_is_counted_as_a_conflict(office: Tuntas) -> None:
    before, attempts = METRICS.value("tuntas_conflicts_total"), []

    def late(session: Session) -> None:
        attempts.append(session)
        if len(attempts) < 3:
            raise StaleVersionError

    office.work.write(late)
    assert METRICS.value("tuntas_conflicts_total") == before + 2


def test_processes_of_one_machine_tell_of_each_other_and_the_dead_are_swept(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    own = Metrics()
    own.count("tuntas_acts_total", act="timer")
    for pid in (os.getppid(), gone.pid):
        data = {**own.as_data(), "process": f"{HOST}:{pid}"}
        (tmp_path / f"{HOST}.{pid}.json").write_text(json.dumps(data), encoding="utf-8")
    own.keep(tmp_path)
    others = kept_by_others(tmp_path)
    assert [data["process"] for data in others] == [f"{HOST}:{os.getppid()}"]
    assert {path.name.split(".")[-2] for path in tmp_path.iterdir()} == {str(os.getppid()), str(os.getpid())}


def test_a_histogram_adds_up_and_is_written_in_one_piece_with_its_family(office: Tuntas) -> None:
    own = Metrics()
    for seconds in (0.001, 0.02, 99.0):
        own.observe("tuntas_act_seconds", seconds, act='a "quoted"\nname')
    queues = office.work.read(lambda session: read_queues(session, office.env))
    text = render(queues, [own.as_data(), own.as_data()])
    found = samples(text)
    labels = f'act="a \\"quoted\\"\\nname",process="{HOST}:{os.getpid()}"'
    assert found[f'tuntas_act_seconds_bucket{{{labels},le="0.005"}}'] == 1
    assert found[f'tuntas_act_seconds_bucket{{{labels},le="+Inf"}}'] == 3
    assert found[f"tuntas_act_seconds_count{{{labels}}}"] == 3
    assert found[f"tuntas_act_seconds_sum{{{labels}}}"] == pytest.approx(99.021)
    assert text.count("# TYPE tuntas_act_seconds histogram") == 1


def test_statements_of_the_hot_path_are_counted_like_all_others(desk: Desk) -> None:
    heard: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        heard.append(statement)

    event.listen(desk.office.work.engine, "before_cursor_execute", listen)
    given: list[bool] = []
    event.listen(Session, "before_commit", note := lambda session: given.append(tally().work))
    with counting() as sent:
        desk.register()
    event.remove(Session, "before_commit", note)
    event.remove(desk.office.work.engine, "before_cursor_execute", listen)
    assert sent.statements == len([text for text in heard if not text.startswith("BEGIN")])
    assert sent.statements > 3
    # A receipt is to be written; whoever commits it says so to the workers, once.
    assert given[-1]
    assert not sent.work
