"""Makes small sets to deploy for the tests of the gate: one diagram under test, and what it may refer to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"

EXAMPLES = Path(__file__).resolve().parent.parent / "engine" / "lint"
"""The smallest diagram per rule: a process ``refused`` and one ``accepted`` that differ in one thing."""

FORM: dict[str, Any] = {
    "type": "object",
    "title": "Formulir",
    "properties": {"verdict": {"type": "string", "title": "Putusan", "enum": ["accept", "return"]}},
    "required": ["verdict"],
}

HELPER = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="helpers" targetNamespace="x">
  <process id="helper" name="Pembantu" isExecutable="true">
    <startEvent id="helper_start" name="Mulai"/>
    <intermediateCatchEvent id="helper_wait" name="Tunggu">
      <timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>
    </intermediateCatchEvent>
    <endEvent id="helper_end" name="Selesai"/>
    <sequenceFlow id="helper_a" sourceRef="helper_start" targetRef="helper_wait"/>
    <sequenceFlow id="helper_b" sourceRef="helper_wait" targetRef="helper_end"/>
  </process>
</definitions>"""

DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
  <decision id="choose_route" name="Pilih arah">
    <decisionTable id="table" hitPolicy="FIRST">
      <input id="in_kind"><inputExpression id="in_kind_text"><text>kind</text></inputExpression></input>
      <output id="out_route" name="route"/>
      <rule id="row_a">
        <inputEntry id="cell_a"><text>"a"</text></inputEntry>
        <outputEntry id="answer_a"><text>"left"</text></outputEntry>
      </rule>
      <rule id="row_rest">
        <inputEntry id="cell_rest"><text>-</text></inputEntry>
        <outputEntry id="answer_rest"><text>"right"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"""


def drawn(xml: str | bytes) -> bytes:
    """Add a picture with every element to a diagram that has none, so that examples stay short."""
    root = etree.fromstring(xml if isinstance(xml, bytes) else xml.encode())
    diagram = etree.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", id="picture")
    process = root.find(f"{{{BPMN}}}process")
    owner = process.get("id", "none") if process is not None else "none"
    plane = etree.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", id="plane", bpmnElement=owner)
    for element in list(root.iter()):
        identity = element.get("id")
        if identity and element.tag != f"{{{BPMN}}}process" and str(element.tag).startswith(f"{{{BPMN}}}"):
            _draw(plane, etree.QName(element).localname, identity)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _draw(plane: etree._Element, kind: str, identity: str) -> None:
    if kind == "sequenceFlow":
        edge = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", id=f"{identity}_di", bpmnElement=identity)
        for x in ("0", "40"):
            etree.SubElement(edge, f"{{{DI}}}waypoint", x=x, y="0")
    elif kind == "lane" or kind.endswith(("Event", "Task", "Gateway", "Process", "task", "Activity")):
        shape = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", id=f"{identity}_di", bpmnElement=identity)
        etree.SubElement(shape, f"{{{DC}}}Bounds", x="0", y="0", width="40", height="40")


def example(rule: str, process_id: str) -> bytes:
    """Answer a rule's example with only one of its two processes, ``refused`` or ``accepted``."""
    root = etree.fromstring((EXAMPLES / f"{rule}.bpmn").read_bytes())
    other = {"refused": "accepted", "accepted": "refused"}[process_id]
    for process in root.findall(f"{{{BPMN}}}process"):
        if process.get("id") == other:
            root.remove(process)
    return drawn(etree.tostring(root))


def set_with(bpmn: bytes, **more: bytes) -> dict[str, bytes]:
    """Answer a set of one diagram and everything that the examples refer to; ``more`` is keyed by path."""
    return {
        "bpmn/example.bpmn": bpmn,
        "bpmn/helper.bpmn": drawn(HELPER),
        "dmn/choose_route.dmn": DECISION.encode(),
        "forms/ok.json": json.dumps(FORM).encode(),
        **more,
    }


def set_with_form(form: object) -> dict[str, bytes]:
    """Answer an acceptable set of which one form is the one under test."""
    content = form if isinstance(form, bytes) else json.dumps(form).encode()
    return {"bpmn/helper.bpmn": drawn(HELPER), "forms/tested.json": content}


def set_with_decision(dmn: str | bytes) -> dict[str, bytes]:
    """Answer an acceptable set of which the decision is the one under test."""
    content = dmn if isinstance(dmn, bytes) else dmn.encode()
    return {"bpmn/helper.bpmn": drawn(HELPER), "dmn/tested.dmn": content}
