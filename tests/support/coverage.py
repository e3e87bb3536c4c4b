"""How much of a diagram the tests of one file have walked: every element entered, every flow taken.

A file of tests/processes ends with ``test_every_element_and_flow_was_taken = covers("referral")`` and carries the mark
``pytest.mark.xdist_group("referral")``, so that all of it runs in one process.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import cases.reports.schedule
import cases.runtime
from engine.model import Step
from support.lint_sets import BPMN
from tuntas.config import ROOT

ENTERED: dict[str, set[str]] = defaultdict(set)
TAKEN: dict[str, set[tuple[str, str]]] = defaultdict(set)


@pytest.fixture(autouse=True, scope="module")
def walked() -> Iterator[None]:
    """Note what every step of this file's tests entered, by process: what another file walked does not count."""
    ENTERED.clear()
    TAKEN.clear()
    original = cases.runtime.advance

    def noting(*args: Any, **options: Any) -> Step:
        step = original(*args, **options)
        for change in step.transitions:
            ENTERED[change.process_id].add(change.element_id)
            if change.came_from is not None:
                TAKEN[change.process_id].add((change.came_from, change.element_id))
        return step

    with pytest.MonkeyPatch.context() as patch:
        for module in (cases.runtime, cases.reports.schedule):
            patch.setattr(module, "advance", noting)
        yield


def covers(process_id: str) -> Callable[..., None]:
    """The last test of a file: what is drawn in the diagram was walked, all of it."""

    def check(request: pytest.FixtureRequest) -> None:
        session, here = request.session, request.node.path
        ran = {item.name for item in session.items if item.path == here}
        missing = missing_of(process_id)
        report(process_id, missing)
        if missing and (session.testsfailed or len(ran) < _number_of_tests(here)):
            pytest.skip("only a part of the file was run")
        assert missing == [], f"never walked in {process_id}: {', '.join(missing)}"

    return check


def missing_of(process_id: str, path: Path | None = None) -> list[str]:
    """Elements and flows that nothing has walked yet, as text, of the shipped diagram or of another file's."""
    nodes, flows = _drawn(process_id, path)
    silent = [node for node in nodes if node not in ENTERED[process_id]]
    return silent + [
        f"{source} -> {target}" for source, target in flows if (source, target) not in TAKEN[process_id]
    ]


def report(process_id: str, missing: list[str]) -> None:
    """Leave the figures where a reader finds them: ``var/coverage/<process>.json``."""
    drawn = sum(map(len, _drawn(process_id)))
    folder = ROOT / "var" / "coverage"
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"drawn": drawn, "walked": drawn - len(missing), "missing": missing}
    (folder / f"{process_id}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _drawn(process_id: str, path: Path | None = None) -> tuple[list[str], list[tuple[str, str]]]:
    """The flow nodes and the sequence flows, as source and target, of the shipped diagram."""
    root = etree.parse(str(path or ROOT / "processes" / "bpmn" / f"{process_id}.bpmn")).getroot()
    flows = [
        (str(flow.get("sourceRef")), str(flow.get("targetRef")))
        for flow in root.iter(f"{{{BPMN}}}sequenceFlow")
    ]
    boundary = [str(event.get("id")) for event in root.iter(f"{{{BPMN}}}boundaryEvent")]
    return sorted({*boundary, *(end for flow in flows for end in flow)}), flows


def _number_of_tests(path: Path) -> int:
    """Test functions that the file declares, this last one not counted."""
    return path.read_text(encoding="utf-8").count("\ndef test_")
