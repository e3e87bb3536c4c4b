"""Refused and accepted sets for rules about files, pictures, decisions and trial runs."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from support.lint_sets import BPMNDI, DC, DECISION, HELPER, drawn, set_with, set_with_decision

Files = Mapping[str, bytes]
Case = tuple[Files, Files]
"""A set that the rule refuses, and one that differs in one thing and passes."""

GOOD: Files = set_with(drawn(HELPER.replace("helper", "example")))
OTHER = drawn(HELPER.replace("helper", "other"))


def _helper(old: str, new: str) -> Files:
    """The accepted set with one thing changed in the text of its diagram."""
    text = HELPER.replace("helper", "example")
    assert old in text
    return set_with(drawn(text.replace(old, new)))


def _raw(content: bytes) -> Files:
    return set_with(content)


def _nested(levels: int) -> bytes:
    inside = b"<a>" * levels + b"</a>" * levels
    return b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">' + inside + b"</definitions>"


def _many_tasks(count: int) -> bytes:
    tasks = "".join(f'<scriptTask id="t{number}" name="T"/>' for number in range(count))
    return drawn(HELPER.replace("helper", "example").replace("</process>", f"{tasks}</process>"))


FILES: dict[str, Case] = {
    "set-too-large": ({f"bpmn/f{number}.bpmn": b"<a/>" for number in range(301)}, GOOD),
    "file-too-large": (_raw(b"<a>" + b" " * 2_000_000 + b"</a>"), GOOD),
    # Nothing outside the three folders, no way up, no capital letters.
    "file-name": ({**GOOD, "bpmn/../secret.bpmn": OTHER}, {**GOOD, "bpmn/a-b_1.bpmn": OTHER}),
    "xml-doctype": (_raw(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'), GOOD),
    "xml-encoding": (_raw('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")), GOOD),
    "xml-broken": (_raw(b"<definitions>\n<process></definitions>"), GOOD),
    "xml-too-deep": (_raw(_nested(61)), GOOD),
    "xml-too-many": (_raw(b"<a>" + b"<b/>" * 12_001 + b"</a>"), GOOD),
    "xml-root": (_raw(b'<html xmlns="http://www.w3.org/1999/xhtml"/>'), GOOD),
    "xml-schema": (_helper("<endEvent", '<tasksEvent id="x"/><endEvent'), GOOD),
    "diagram-too-large": (_raw(_many_tasks(501)), GOOD),
    "process-none": ({"forms/a.json": b'{"type": "object"}'}, GOOD),
    "process-duplicate": ({**GOOD, "bpmn/copy.bpmn": GOOD["bpmn/example.bpmn"]}, GOOD),
    "id-duplicate": (_helper('id="example_b"', 'id="example_a"'), GOOD),
    "data-store": (_helper("<process", '<dataStore id="archive" name="Arsip"/><process'), GOOD),
}


def _without_shapes(*, all_of_them: bool) -> Files:
    root = etree.fromstring(GOOD["bpmn/example.bpmn"])
    shapes = list(root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge"))
    for shape in shapes if all_of_them else shapes[:1]:
        shape.getparent().remove(shape)
    return set_with(etree.tostring(root))


def _with_bounds(x: str) -> Files:
    root = etree.fromstring(GOOD["bpmn/example.bpmn"])
    next(root.iter(f"{{{DC}}}Bounds")).set("x", x)
    return set_with(etree.tostring(root))


PICTURES: dict[str, Case] = {
    "diagram-missing": (_without_shapes(all_of_them=True), GOOD),
    "element-not-drawn": (_without_shapes(all_of_them=False), GOOD),
    "diagram-bounds": (_with_bounds("1e300"), _with_bounds("-40.5")),
}


def _decision(*changes: tuple[str, str]) -> Files:
    text = DECISION
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return set_with_decision(text)


TABLE = _decision()
LAST_ROW = DECISION[DECISION.index('<rule id="row_rest">') : DECISION.index("</decisionTable>")]
FIRST_ROW = DECISION[DECISION.index('<rule id="row_a">') : DECISION.index('<rule id="row_rest">')]
EXTRA_CELL = '<outputEntry id="answer_too_many"><text>1</text></outputEntry>'


def _rows(count: int) -> str:
    return "".join(
        FIRST_ROW.replace("_a", f"_{number}").replace('"a"', str(number)) for number in range(count)
    )


ALONE = ('hitPolicy="FIRST"', 'hitPolicy="UNIQUE"')
UNIQUE = _decision(ALONE, ("<text>-</text>", '<text>!= "a"</text>'))
B_ROW = FIRST_ROW.replace("_a", "_b").replace('"a"', '"b"')

DECISIONS: dict[str, Case] = {
    "decision-version": (_decision(("20191111/MODEL", "20240513/MODEL")), TABLE),
    "decision-single": (
        _decision(("</definitions>", '<decision id="other" name="Lain"/></definitions>')),
        TABLE,
    ),
    "decision-duplicate": ({**TABLE, "dmn/copy.dmn": DECISION.encode()}, TABLE),
    "decision-id-missing": (_decision(('<rule id="row_a">', "<rule>")), TABLE),
    "decision-hit-policy": (
        _decision(('hitPolicy="FIRST"', 'hitPolicy="PRIORITY"')),
        _decision(('hitPolicy="FIRST"', 'hitPolicy="COLLECT"')),
    ),
    "decision-catch-all": (_decision(("<text>-</text>", '<text>"b"</text>')), TABLE),
    # The catch-all row matches together with the first one, which UNIQUE forbids.
    "decision-unique-catch-all": (_decision(ALONE), UNIQUE),
    # What a length covers cannot be tried out value by value.
    "decision-unique-gaps": (_decision(ALONE, ("<text>-</text>", "<text>len(?) != 1</text>")), UNIQUE),
    "decision-hole": (_decision(ALONE, ("<text>-</text>", '<text>"b"</text>')), UNIQUE),
    # Both take "a".
    "decision-overlap": (
        _decision(ALONE, (FIRST_ROW, FIRST_ROW + B_ROW), ("<text>-</text>", '<text>!= "b"</text>')),
        _decision(
            ALONE, (FIRST_ROW, FIRST_ROW + B_ROW), ("<text>-</text>", '<text>not in ("a", "b")</text>')
        ),
    ),
    "decision-row-unreachable": (_decision((FIRST_ROW, ""), (LAST_ROW, LAST_ROW + FIRST_ROW)), TABLE),
    "decision-row-repeated": (
        _decision((FIRST_ROW, FIRST_ROW + FIRST_ROW.replace("_a", "_b"))),
        _decision((FIRST_ROW, FIRST_ROW + B_ROW)),
    ),
    "decision-shape": (
        _decision(("<text>-</text></inputEntry>", "<text>-</text></inputEntry>" + EXTRA_CELL)),
        TABLE,
    ),
    "decision-too-large": (_decision((FIRST_ROW, _rows(500))), _decision((FIRST_ROW, _rows(20)))),
    "decision-output-name": (_decision(('name="route"', 'name="case"')), TABLE),
}


def _scripted(script: str, *, more: str = "") -> Files:
    """A process that runs a script before it waits."""
    text = HELPER.replace("helper", "example")
    task = f'<scriptTask id="example_script" name="Hitung">{more}<script>{script}</script></scriptTask>'
    flow = '<sequenceFlow id="example_c" sourceRef="example_start" targetRef="example_script"/>'
    text = text.replace('sourceRef="example_start"', 'sourceRef="example_script"')
    return set_with(drawn(text.replace("</process>", f"{task}{flow}</process>")))


LOOP = '<standardLoopCharacteristics loopMaximum="{count}"/>'
LOST_LIST = (
    "<ioSpecification><inputSet/><outputSet/></ioSpecification><multiInstanceLoopCharacteristics>"
    "<loopDataInputRef>lost</loopDataInputRef></multiInstanceLoopCharacteristics>"
)

TRIALS: dict[str, Case] = {
    "library-refused": (_scripted("a = 1", more=LOST_LIST), _scripted("a = 1")),
    "trial-fault": (_scripted("a = 1 / 0"), _scripted("a = 1 / 2")),
    "trial-data-missing": (_scripted("a = given + 1"), _scripted("a = case.round + 1")),
    "trial-limit": (
        _scripted("a = 1", more=LOOP.format(count=100)),
        _scripted("a = 1", more=LOOP.format(count=3)),
    ),
}
