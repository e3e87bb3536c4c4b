"""One line per diagram at the end of a run that counted: how much is drawn, how much was walked, what is missing."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "var" / "coverage"
BEGUN = time.time()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that this run has left."""
    figures = [path for path in sorted(FOLDER.glob("*.json")) if path.stat().st_mtime >= BEGUN]
    if figures:
        terminalreporter.section("elements and flows of the processes")
    for path in figures:
        found = json.loads(path.read_text(encoding="utf-8"))
        missing = f"  missing: {', '.join(found['missing'])}" if found["missing"] else ""
        terminalreporter.write_line(f"{path.stem:24}{found['walked']:4} of {found['drawn']:4}{missing}")
