"""The monthly report: begun by the calendar alone, over as soon as the month is frozen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.tables import MonthlyFigure, ProcessInstance
from support.beside import MOMENT
from support.coverage import covers, missing_of
from support.office import Desk
from tuntas.config import ROOT

pytestmark = pytest.mark.xdist_group("monthly_report")

# Midnight of 1 April 2026 in Jakarta.
MONTH_OVER = datetime(2026, 3, 31, 17, tzinfo=UTC)
DIAGRAM = ROOT / "processes" / "bpmn" / "monthly_report.bpmn"
FLOW = '<bpmn:sequenceFlow id="month_over_to_freeze_month"'


def runs(desk: Desk) -> list[tuple[str, str | None]]:
    query = select(ProcessInstance.status, ProcessInstance.case_id).where(
        ProcessInstance.process_id == "monthly_report"
    )
    return desk.office.work.read(lambda session: [tuple(row) for row in session.execute(query)])


def test_the_report_begins_when_the_month_is_over_without_a_case_and_ends_at_once(desk: Desk):
    desk.pass_time(MONTH_OVER - MOMENT)
    assert runs(desk) == []
    desk.pass_time(MONTH_OVER)
    assert runs(desk) == [("completed", None)]
    frozen = desk.office.work.read(lambda session: list(session.scalars(select(MonthlyFigure.month))))
    assert frozen == ["2026-03"]


def test_the_count_misses_a_flow_that_nothing_takes(desk: Desk, tmp_path: Path):
    desk.pass_time(MONTH_OVER)
    shortcut = '<bpmn:sequenceFlow id="shortcut" sourceRef="month_over" targetRef="month_frozen" />'
    copy = tmp_path / "monthly_report.bpmn"
    drawn = DIAGRAM.read_text(encoding="utf-8")
    copy.write_text(drawn.replace(FLOW, shortcut + FLOW), encoding="utf-8")
    assert missing_of("monthly_report", copy) == ["month_over -> month_frozen"]


def test_every_shipped_diagram_has_a_file_that_counts_it():
    counted = {
        path.stem.removeprefix("test_")
        for path in Path(__file__).parent.glob("test_*.py")
        if f'= covers("{path.stem.removeprefix("test_")}")' in path.read_text(encoding="utf-8")
    }
    assert counted == {path.stem for path in DIAGRAM.parent.glob("*.bpmn")}


test_every_element_and_flow_was_taken = covers("monthly_report")
