"""What a diagram may write into a timer, and the instants that come of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import ProcessFaultError
from engine.expressions import ExpressionFailedError, ExpressionRefusedError
from engine.timers import add_duration, due_instant, next_firing, read_cycle, read_timer
from support.diagram_text import bpmn
from support.engine_world import MONDAY, deploy, play

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["P1D", '"P1D"', "'P1D'", " P1D ", '" P1D "'])
def test_a_duration_may_stand_with_or_without_quotes(text: str):
    assert read_timer(text).literal == "P1D"


@pytest.mark.parametrize("text", ["clock:verification", '"clock:verification"'])
def test_a_clock_is_named_by_its_key(text: str):
    assert read_timer(text).clock == "verification"


def test_anything_else_is_an_expression():
    expression = read_timer("'P' + str(days) + 'D'").expression
    assert expression is not None
    assert expression.names == {"days"}


@pytest.mark.parametrize(
    "text", [None, "", "  ", "clock:", "clock:A B", "clock:../x", "__import__('os')", "P1X Y"]
)
def test_what_is_no_time_is_refused(text: str | None):
    with pytest.raises(ExpressionRefusedError):
        read_timer(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT24H", "2026-02-01T12:00"),
        ("P1D", "2026-02-01T12:00"),
        ("P2W", "2026-02-14T12:00"),
        # A month after the last of January is the last of February, not the third of March.
        ("P1M", "2026-02-28T12:00"),
        ("P1Y1M1DT1H1M1S", "2027-03-01T13:01:01"),
        ("PT0.5S", "2026-01-31T12:00:00.500000"),
    ],
)
def test_a_duration_counts_from_now(text: str, expected: str):
    assert due_instant(text, NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_date_with_its_offset_is_an_instant():
    assert due_instant("2026-01-31T08:00:00+07:00", NOW) == datetime(2026, 1, 31, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026-01-31T08:00:00", "2026-13-01", "soon", "P", "PT", "P99999Y", "P9999Y"]
)
def test_what_is_no_instant_fails(text: str):
    with pytest.raises(ExpressionFailedError):
        due_instant(text, NOW)


def test_a_cycle_says_how_often_and_from_when():
    cycle = read_cycle("R3/PT24H", NOW)
    assert (cycle.count, cycle.first) == (3, NOW + timedelta(days=1))
    assert read_cycle("R/P1D", NOW).count is None
    assert read_cycle("R2/2026-02-05T00:00:00Z/P1D", NOW).first == datetime(2026, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0 9 * * MON", "R3/PT0S", "R3", "P1D", "R-1/P1D"])
def test_what_is_no_cycle_fails(text: str):
    with pytest.raises(ExpressionFailedError):
        read_cycle(text, NOW)


def test_an_outage_does_not_pile_up_firings():
    assert next_firing(NOW, "PT1H", NOW + timedelta(days=30, minutes=1)) == NOW + timedelta(days=30, hours=1)
    assert next_firing(NOW, "P1M", NOW + timedelta(days=100)) > NOW + timedelta(days=100)
    assert next_firing(NOW, "P1D", NOW) == add_duration(NOW, "P1D")


@pytest.mark.parametrize(
    ("timer", "said"),
    [
        ("duration=limit", "the variable limit is missing"),
        ("duration=days", "does not give a text"),
        ('date=\'"20" + "26-01-31"\'', "lacks its offset"),
        ("duration=clock:unknown", "unknown"),
    ],
)
def test_a_timer_that_cannot_be_computed_is_a_fault_at_its_element(timer: str, said: str):
    world = play(deploy(p=bpmn(f"p\nstart s\ncatch wait {timer}\nend e\ns -> wait -> e")))
    with pytest.raises(ProcessFaultError, match=said) as caught:
        world.start("p", days=3)
    assert caught.value.element_id == "wait"


def test_a_timer_may_be_computed_from_the_data():
    world = play(
        deploy(p=bpmn("p\nstart s\ncatch wait \"duration='P' + str(days) + 'D'\"\nend e\ns -> wait -> e"))
    )
    assert world.start("p", days=3).opened_timers[0].due_at == MONDAY + timedelta(days=3)
