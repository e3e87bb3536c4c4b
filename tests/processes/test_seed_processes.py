"""The shipped diagrams pass the gate without a finding and explain themselves; each is walked in a file of its own."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from engine.deployment import Deployment, check
from engine.vocabulary import vocabulary
from support.seed_case import ROOT, seed_files

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DIAGRAMS = sorted((ROOT / "processes" / "bpmn").glob("*.bpmn"))


def test_the_seed_set_passes_the_gate_without_a_finding():
    assert check(seed_files()) == ()


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_every_task_and_gateway_of_a_seed_diagram_explains_itself(path):
    root = ET.parse(path).getroot()
    tasks = [node for node in root.iter() if node.tag.endswith("Task")]
    assert [node.get("id") for node in tasks if not node.findtext(f"{BPMN}documentation")] == []


def test_every_template_that_a_diagram_names_is_among_the_notices(deployment: Deployment):
    notices = json.loads((ROOT / "reference" / "notices.json").read_text(encoding="utf-8"))["notices"]
    named = {
        element.arguments["template"].strip("'")
        for element in deployment.elements.values()
        if element.handler == "notify_complainant"
    }
    # What the case's ruleset says is held to the notices by the gate of rulesets.
    assert named - set(notices) == {"case.archive_notice"}


def test_every_escalation_names_a_known_level_and_clock(deployment: Deployment):
    known = json.loads((ROOT / "reference" / "escalation_levels.json").read_text(encoding="utf-8"))
    levels = known["escalation_levels"]
    for element in deployment.elements.values():
        if element.handler == "escalate":
            assert element.arguments["level"] in levels
            assert element.arguments["clock"].strip("'") in vocabulary().clocks


def test_the_document_on_processes_names_every_process_and_decision():
    page = (ROOT / "docs" / "processes.md").read_text(encoding="utf-8")
    named = [path.stem for path in (ROOT / "processes").glob("*/*")]
    assert [name for name in named if f"`{name}`" not in page] == []
