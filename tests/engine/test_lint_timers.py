"""Timers are read as the engine will read them; what it could not read is refused before a case meets it."""

from __future__ import annotations

import pytest

from engine.deployment import check
from support.lint_sets import HELPER, drawn, set_with

# tag, text, rule that refuses it
TEXTS = [
    ("timeDuration", "P3D", None),
    ("timeDuration", "'PT24H'", None),
    ("timeDuration", '"P1Y2M10DT2H30M"', None),
    ("timeDate", "clock:verification", None),
    ("timeDuration", "'clock:final'", None),
    ("timeDate", "2030-01-31T08:00:00+07:00", None),
    ("timeDate", "2030-01-31T08:00:00Z", None),
    # An expression over facts is computed on entering.
    ("timeDuration", "'P1D' if case.emergency else 'P3D'", None),
    ("timeDate", "2030-01-31T08:00:00", "timer-date-without-zone"),
    ("timeDate", "2030-01-31", "timer-date-without-zone"),
    ("timeDate", "2030-02-31T08:00:00Z", "timer-unreadable"),
    ("timeDate", "31 January 2030", "timer-unreadable"),
    ("timeDuration", "P1", "timer-unreadable"),
    ("timeDuration", "3 days", "timer-unreadable"),
    ("timeDuration", "72", "timer-unreadable"),
    ("timeDuration", "'three days'", "timer-unreadable"),
    ("timeDuration", "P999999D", "timer-unreadable"),
    ("timeDuration", "clock:", "timer-unreadable"),
    ("timeDuration", "clock:someday", "timer-clock-unknown"),
    ("timeDuration", "__import__('os')", "timer-unreadable"),
    # Cron is no ISO 8601.
    ("timeCycle", "0 9 * * MON", "timer-unreadable"),
    ("timeDuration", "R3/PT24H", "timer-unreadable"),
    ("timeDuration", " ", "timer-missing"),
]


@pytest.mark.parametrize(("tag", "text", "rule"), TEXTS)
def test_a_timer_is_accepted_only_when_the_engine_can_read_it(tag: str, text: str, rule: str | None):
    written = text.replace("'", "&apos;").replace('"', "&quot;")
    diagram = HELPER.replace("helper", "example")
    diagram = diagram.replace("<timeDuration>P1D</timeDuration>", f"<{tag}>{written}</{tag}>")
    findings = check(set_with(drawn(diagram)))
    assert {finding.rule for finding in findings} == ({rule} if rule else set())
    assert all(finding.element_id == "example_wait" for finding in findings)
