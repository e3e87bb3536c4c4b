"""What strangers upload: bombs, giants and lies are refused with file and line, soon, and never raise."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.deployment import build, check
from engine.errors import DeploymentRefusedError
from engine.lint.form_fields import is_safe_pattern
from engine.model import Severity
from support.diagram_text import dmn
from support.lint_sets import HELPER, drawn, set_with, set_with_decision, set_with_form

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">'
LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha">' + "".join(
    f'<!ENTITY x{level} "{f"&x{level - 1 if level else chr(32)};" * 10}">' for level in range(1, 9)
)


def nested_subprocesses(levels: int) -> str:
    opening = "".join(f'<subProcess id="s{level}" name="S">' for level in range(levels))
    closing = "</subProcess>" * levels
    return f'{HEAD}<process id="p" isExecutable="true">{opening}{closing}</process></definitions>'


def long_chain(count: int) -> str:
    tasks = "".join(
        f'<scriptTask id="t{n}" name="T"><script>a = 1</script></scriptTask>' for n in range(count)
    )
    flows = "".join(
        f'<sequenceFlow id="f{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>' for n in range(count - 1)
    )
    return f'{HEAD}<process id="p" isExecutable="true">{tasks}{flows}</process></definitions>'


def every_flow(count: int) -> str:
    tasks = "".join(f'<parallelGateway id="t{n}"/>' for n in range(count))
    pairs = [(a, b) for a in range(count) for b in range(count)]
    flows = "".join(f'<sequenceFlow id="f{a}_{b}" sourceRef="t{a}" targetRef="t{b}"/>' for a, b in pairs)
    return f'{HEAD}<process id="p" isExecutable="true">{tasks}{flows}</process></definitions>'


MARKUP: dict[str, bytes] = {
    "a bomb of entities": (LAUGHS + "]><a>&x8;</a>").encode(),
    "an entity from a file": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "an entity from the network": b'<!DOCTYPE a SYSTEM "http://192.0.2.1/evil.dtd"><a/>',
    "50 MB": b"<a>" + b"x" * 50_000_000 + b"</a>",
    "nothing": b"",
    "no XML": b"\x00\xff\xfe\x00",
    "UTF-16": '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
    "a lie about the encoding": b'<?xml version="1.0" encoding="UTF-8"?><a>\xe9</a>',
    "a broken tag": b"<definitions>\n  <process>\n",
    "deep nesting": b"<a>" * 100_000,
    "nested sub-processes": nested_subprocesses(55).encode(),
    "an attribute of 1 MB": f'{HEAD}<process id="{"p" * 1_000_000}"/></definitions>'.encode(),
    "a million attributes": (
        HEAD + "<process " + " ".join(f'a{n}="1"' for n in range(60_000)) + "/></definitions>"
    ).encode(),
    "a long chain": long_chain(450).encode(),
    "every gateway to every other": every_flow(38).encode(),
}


@pytest.mark.parametrize("content", MARKUP.values(), ids=list(MARKUP))
@pytest.mark.parametrize("path", ["bpmn/example.bpmn", "dmn/example.dmn"])
def test_the_gate_refuses_hostile_markup_within_two_seconds(path: str, content: bytes):
    before = time.process_time()
    findings = check({path: content})
    assert time.process_time() - before < 2
    refused = [finding for finding in findings if finding.file == path and finding.severity is Severity.ERROR]
    assert refused
    assert all(finding.line is not None for finding in refused)


def test_the_gate_names_the_line_of_broken_markup():
    (finding,) = [
        finding
        for finding in check(set_with(b"<definitions>\n <process>\n </wrong>"))
        if finding.rule == "xml-broken"
    ]
    assert (finding.file, finding.line) == ("bpmn/example.bpmn", 3)


FORMS: dict[str, object] = {
    "deep nesting": ("[" * 100_000).encode(),
    "nested objects": ('{"a":' * 5_000 + "1" + "}" * 5_000).encode(),
    "no JSON number": b'{"type": "object", "maxProperties": NaN}',
    "a number without end": b'{"type": "object", "x": ' + b"9" * 100_000 + b"}",
    "wrong encoding": '{"type": "object", "title": "é"}'.encode("latin-1"),
    "two megabytes of fields": {
        "type": "object",
        "properties": {f"f{n}": {"type": "string"} for n in range(40_000)},
    },
    "a list of required booleans": {"type": "object", "properties": {}, "required": [True]},
    "properties that are none": {"type": "object", "properties": [1, 2]},
    "a reference": {"type": "object", "properties": {"a": {"$ref": "http://192.0.2.1/schema"}}},
    "a lone surrogate": b'{"type": "object", "properties": {"\\ud800": {"type": "string", "pattern": "("}}}',
    "a form of forms": {"type": "object", "properties": {"a": True}},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_the_gate_refuses_hostile_forms_within_two_seconds(form: object):
    before = time.process_time()
    findings = check(set_with_form(form))
    assert time.process_time() - before < 2
    assert any(
        finding.severity is Severity.ERROR and finding.file == "forms/tested.json" for finding in findings
    )


# A pattern that repeats what already repeats takes time without end on a text that almost fits.
PATTERNS = [
    ("^[0-9]{5}$", True),
    ("^[A-Z]{2}-[0-9]{3,6}$", True),
    ("^(ab|cd)$", True),
    ("^[^@ ]+@kab[.]go[.]id$", True),
    ("(a+)+$", False),
    ("(a|aa)+$", False),
    ("(.*)*x", False),
    (".*.*.*x", False),
    ("^(a?){50}a{50}$", False),
    (r"(a)\1", False),
    ("(?=a)b", False),
    ("a{100000}", False),
    ("(" * 60, False),
    ("a" * 121, False),
    ("^" + "a{0,200}" * 4 + "b$", False),
    ("a?" * 24 + "a{24}", False),
    ("^" + "(a|a)" * 20 + "b$", False),
    (r"^\+?[0-9][0-9 ()-]{5,18}[0-9]$", True),
]


@pytest.mark.parametrize(("pattern", "safe"), PATTERNS)
def test_a_pattern_is_accepted_only_when_it_cannot_run_away(pattern: str, safe: bool):
    assert is_safe_pattern(pattern, 200) is safe


@pytest.mark.parametrize(
    ("pattern", "length"), [("[a-z]*b", 1_500), ("a?" * 12 + "b", 400), ("^[0-9]{5}$", 20_000)]
)
def test_a_pattern_that_has_many_ways_to_fit_is_accepted_for_short_texts_only(pattern: str, length: int):
    assert is_safe_pattern(pattern, length)
    before = time.thread_time()
    assert re.search(pattern, "a" * length) is None
    assert time.thread_time() - before < 1
    assert is_safe_pattern(pattern, 100 * length) is (pattern == "^[0-9]{5}$")


def test_a_hostile_name_is_shown_short_and_printable():
    hostile = HELPER.replace('name="Tunggu"', f'name="{"x" * 5_000}&#x1F4A9;&#x202E;"')
    for finding in check(set_with(drawn(hostile.replace("helper", "example")))):
        assert len(finding.message.en) < 1_000
        assert finding.message.en.isprintable()


def test_a_set_of_many_bad_files_is_told_within_bounds():
    files = {f"bpmn/f{number}.bpmn": b"<a" for number in range(250)}
    assert 250 <= len(check(files)) <= 500


def test_a_set_of_many_dense_diagrams_is_refused_as_a_whole_within_two_seconds():
    files = {f"bpmn/f{number}.bpmn": long_chain(300).encode() for number in range(100)}
    before = time.process_time()
    assert [finding.rule for finding in check(files)] == ["set-too-large"]
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"": b""},
        {"bpmn/a.bpmn": b"", "forms/a.json": b"", "dmn/a.dmn": b""},
        {"forms/\ud800.json": b"{}"},
        {"bpmn/" + "a" * 5_000 + ".bpmn": b"<a/>"},
    ],
)
def test_the_gate_never_raises_whatever_it_is_given(files: dict[str, bytes]):
    assert check(files)
    with pytest.raises(DeploymentRefusedError) as refused:
        build(files)
    assert refused.value.findings


MUTANTS = st.tuples(
    st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=40), st.binary(max_size=6)
)


@given(MUTANTS)
@settings(max_examples=60, deadline=None)
def test_the_gate_never_raises_on_a_mutilated_diagram(mutation: tuple[int, int, bytes]):
    place, removed, added = mutation
    content = drawn(HELPER.replace("helper", "example"))
    place %= len(content)
    check({"bpmn/example.bpmn": content[:place] + added + content[place + removed :]})


@given(MUTANTS)
@settings(max_examples=40, deadline=None)
def test_the_gate_never_raises_on_a_mutilated_decision(mutation: tuple[int, int, bytes]):
    place, removed, added = mutation
    content = set_with(b"")["dmn/choose_route.dmn"]
    place %= len(content)
    check(set_with_decision(content[:place] + added + content[place + removed :]))


def test_a_decision_that_names_a_great_many_values_is_answered_soon():
    cells = [", ".join(f'"{row} {number}"' for number in range(20)) for row in range(240)]
    content = dmn("many", {"a": "case.case_class"}, ["level"], [[cell, "1"] for cell in cells], "UNIQUE")
    before = time.process_time()
    rules = {finding.rule for finding in check(set_with_decision(content))}
    assert time.process_time() - before < 2
    assert "decision-unique-gaps" in rules


def test_each_row_that_contradicts_others_is_told_of_once():
    rows = [[f'not in ("{row}",)', "1"] for row in range(40)]
    content = dmn("all", {"a": "case.case_class"}, ["level"], rows, "UNIQUE")
    found = [one for one in check(set_with_decision(content)) if one.rule == "decision-overlap"]
    assert len(found) == 39


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "required",
                    "enum",
                    "items",
                    "allOf",
                    "if",
                    "then",
                    "x-labels",
                    "pattern",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["properties", "required", "allOf", "if", "then", "title"]), JSON_VALUES)
)
@settings(max_examples=80, deadline=None)
def test_the_gate_never_raises_on_a_made_up_form(form: dict[str, object]):
    check(set_with_form(json.dumps({"type": "object", **form}).encode()))
