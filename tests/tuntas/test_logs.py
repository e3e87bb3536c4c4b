"""Log lines say which case they are about and how much an action cost, and never what somebody wrote."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from cases.subject import about
from support.office import Desk
from tuntas.app import tuntas_of
from tuntas.logs import JsonLines, TextLines, details
from tuntas.worker import Worker

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


def failed(secret: str) -> logging.LogRecord:
    """The record of an error whose text holds what somebody wrote."""
    try:
        raise ValueError(secret)
    except ValueError:
        return logging.LogRecord("tuntas.x", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())


def test_a_line_of_json_tells_the_case_the_figures_and_the_class_of_the_error_only() -> None:
    about("TTS-2026-000001-K")
    record = failed("Budi menulis rahasia")
    record.details = details(statements=6)["details"]
    line = json.loads(JsonLines().format(record))
    about(None)
    told = (line["level"], line["case"], line["statements"], line["error"])
    assert told == ("ERROR", "TTS-2026-000001-K", 6, "ValueError")
    assert line["stack"][-1].endswith(" failed")
    assert "rahasia" not in json.dumps(line)


def test_a_line_of_text_tells_the_same() -> None:
    about("TTS-2026-000001-K")
    text = TextLines().format(failed("Budi menulis rahasia"))
    about(None)
    assert "it failed case=TTS-2026-000001-K" in text
    assert text.endswith("ValueError")
    assert "rahasia" not in text


@ON_SQLITE
def test_a_slow_request_is_told_by_its_route_with_its_statements(
    app: Flask, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    case, office = desk.register(), tuntas_of(app)
    for threshold, told in ((600_000, 0), (1, 1), (0, 0)):
        caplog.clear()
        app.extensions["tuntas"] = replace(office, config=replace(office.config, slow_ms=threshold))
        app.test_client().get(f"/api/v1/complaints/{case.reference}")
        slow = [record for record in caplog.records if record.name == "tuntas.slow"]
        assert len(slow) == told
    assert case.reference not in caplog.text


@ON_SQLITE
def test_a_slow_act_of_a_worker_is_told_with_its_statements(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.register()
    office = replace(desk.office, config=replace(desk.office.config, slow_ms=1))
    Worker(office, prints=False).run_until_idle()
    found: list[Any] = [record for record in caplog.records if record.name == "tuntas.slow"]
    assert found
    assert all(record.details["statements"] > 0 for record in found)
    assert {record.details["act"] for record in found} <= {"messages", "job", "timer", "alert"}
