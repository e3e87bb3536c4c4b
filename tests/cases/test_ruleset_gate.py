"""The gate of rulesets refuses every hole and contradiction, naming file, line or row, and what to do."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from typing import Any

import pytest

from cases.reference import shipped_ruleset_files
from cases.rules.gate import check_ruleset
from cases.rules.gate_rules import RULES
from cases.rules.words import EVENTS, ON_EXPIRY, PROCESSES
from engine.lint.rule import Rule
from engine.model import Files, Finding, Severity
from tuntas.config import ROOT

SHIPPED: Files = shipped_ruleset_files(ROOT / "reference")
UNITS = {
    unit["code"] for unit in json.loads((ROOT / "reference" / "office-contoh.json").read_bytes())["units"]
}
Change = Callable[[dict[str, Any]], object]


def in_json(name: str, change: Change) -> Files:
    """The shipped ruleset with something changed in one of its JSON files."""
    content = json.loads(SHIPPED[name])
    change(content)
    return {**SHIPPED, name: json.dumps(content, ensure_ascii=False, indent=2).encode()}


def clock(key: str, **values: object) -> Files:
    """The shipped ruleset with other values of a clock."""
    return in_json("clocks.json", lambda content: content["clocks"][key].update(values))


def without_clock(key: str) -> Files:
    """The shipped ruleset without a clock."""
    return in_json("clocks.json", lambda content: content["clocks"].pop(key))


def about(**values: object) -> Files:
    """The shipped ruleset with other values in ruleset.json."""
    return in_json("ruleset.json", lambda content: content.update(values))


def in_table(name: str, *changes: tuple[str, str]) -> Files:
    """The shipped ruleset with texts replaced once in a decision table."""
    text = SHIPPED[f"dmn/{name}.dmn"].decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return {**SHIPPED, f"dmn/{name}.dmn": text.encode()}


def without(path: str) -> Files:
    """The shipped ruleset without a file."""
    return {name: content for name, content in SHIPPED.items() if name != path}


def row(name: str, number: int) -> str:
    """The text of a row of a table."""
    text = SHIPPED[f"dmn/{name}.dmn"].decode()
    start = text.index(f'<rule id="{name}_rule_{number}">')
    return text[start : text.index("</rule>", start) + len("</rule>")]


def last_row(name: str) -> str:
    """The text of a table's last row."""
    text = SHIPPED[f"dmn/{name}.dmn"].decode()
    return text[text.rindex("<rule ") : text.rindex("</rule>") + len("</rule>")]


CLOCKS, ABOUT, REASONS = "clocks.json", "ruleset.json", "archive_reasons.json"

# Rule, what was done to the shipped ruleset, and where the finding points: file and element.
REFUSED: list[tuple[str, Files, str, str | None]] = [
    ("ruleset-file-missing", without(CLOCKS), CLOCKS, None),
    ("ruleset-file-unknown", {**SHIPPED, "notes.txt": b"x"}, "notes.txt", None),
    ("ruleset-file-unknown", {**SHIPPED, "dmn/../x.dmn": SHIPPED["dmn/routing.dmn"]}, "dmn/../x.dmn", None),
    ("ruleset-json-broken", {**SHIPPED, CLOCKS: b'{"clocks": {,}}'}, CLOCKS, None),
    ("ruleset-json-broken", {**SHIPPED, CLOCKS: b"[" * 100_000}, CLOCKS, None),
    ("ruleset-shape", {**SHIPPED, CLOCKS: b"[]"}, CLOCKS, None),
    ("ruleset-shape", clock("verification", label="Verifikasi"), CLOCKS, "verification"),
    ("ruleset-shape", clock("verification", law="yes"), CLOCKS, "verification"),
    ("ruleset-shape", clock("verification", stops_at="closed"), CLOCKS, "verification"),
    ("ruleset-shape", about(name="SP4N"), ABOUT, "name"),
    ("ruleset-shape", about(decisions="routing"), ABOUT, "decisions"),
    ("ruleset-shape", about(limits=[3]), ABOUT, "limits"),
    ("ruleset-part-unknown", clock("verification", pause_in=["disposition"]), CLOCKS, "pause_in"),
    ("ruleset-part-unknown", clock("verification", case_class="ordinary"), CLOCKS, "case_class"),
    ("ruleset-part-unknown", about(limits={"attempts": {"value": 1}}), ABOUT, "attempts"),
    ("ruleset-key", about(key="SP4N 2025"), ABOUT, "key"),
    ("ruleset-key", about(key="sp4n-with-a-name-that-is-too-long"), ABOUT, "key"),
    ("ruleset-word-unknown", clock("verification", starts_at="arrived"), CLOCKS, "verification"),
    ("ruleset-word-unknown", clock("verification", stops_at=["finished"]), CLOCKS, "verification"),
    ("ruleset-word-unknown", clock("verification", pauses_in=["asleep"]), CLOCKS, "verification"),
    ("ruleset-word-unknown", clock("verification", unit="weeks"), CLOCKS, "verification"),
    ("ruleset-word-unknown", clock("verification", on_expiry="panic"), CLOCKS, "verification"),
    ("ruleset-word-unknown", clock("data_subject", process="weather"), CLOCKS, "data_subject"),
    ("clock-length", clock("verification", length=-3), CLOCKS, "verification"),
    ("clock-length", clock("verification", length=0), CLOCKS, "verification"),
    ("clock-length", clock("verification", length="3"), CLOCKS, "verification"),
    ("clock-length", clock("verification", length=True), CLOCKS, "verification"),
    ("clock-length", clock("verification", length=100_000), CLOCKS, "verification"),
    ("clock-extension", clock("information_law", extension=-7), CLOCKS, "information_law"),
    ("clock-never-stops", clock("verification", stops_at=[]), CLOCKS, "verification"),
    ("clock-contradiction", clock("verification", stops_at=["received_at"]), CLOCKS, "verification"),
    ("clock-contradiction", clock("verification", starts_at="closed"), CLOCKS, "verification"),
    ("clock-contradiction", clock("completion", pauses_in=["awaiting_completion"]), CLOCKS, "completion"),
    ("clock-contradiction", clock("final_ordinary", process="ombudsman"), CLOCKS, "final_ordinary"),
    ("clock-contradiction", clock("final_ordinary", starts_at="disposed_at"), CLOCKS, "final_ordinary"),
    ("clock-missing", without_clock("final_oversight"), CLOCKS, "clocks"),
    ("clock-missing", without_clock("auto_close"), CLOCKS, "clocks"),
    ("clock-unmarked", clock("verification", mark=""), CLOCKS, "verification"),
    ("limit-value", about(limits={"rounds": {"value": "three"}}), ABOUT, "rounds"),
    ("limit-value", about(limits={"returns": {"value": -1}}), ABOUT, "returns"),
    ("limit-value", about(limits={"returns": 2}), ABOUT, "returns"),
    (
        "archive-reason-missing",
        in_json(REASONS, lambda one: one.update(archive_reasons={})),
        REASONS,
        "archive_reasons",
    ),
    ("decision-missing", without("dmn/retention.dmn"), ABOUT, "retention"),
]

STATUS_REST, HANDLING_REST = last_row("lapor_status"), last_row("handling")
KEEP_REST, KEEP_OVERSIGHT = last_row("retention"), row("retention", 4)

# Rule, table, what was replaced in it, and the element that the finding points at.
REFUSED_TABLES: list[tuple[str, str, list[tuple[str, str]], str]] = [
    ("decision-id", "retention", [('<decision id="retention"', '<decision id="keeping"')], "keeping"),
    ("decision-input-unknown", "retention", [("<text>outcome</", "<text>mood</")], "retention_input_2"),
    ("decision-output-missing", "retention", [('name="years"', 'name="months"')], "retention_table"),
    ("decision-output-value", "retention", [("<text>2</", "<text>-2</")], "retention_rule_1"),
    ("decision-output-value", "routing", [('<text>"setda"</', '<text>"no-such"</')], "routing_rule_1"),
    ("decision-output-value", "conflict", [('<text>"superior"</', '<text>"friend"</')], "conflict_rule_4"),
    ("decision-output-value", "archive_policy", [("<text>False</", '<text>"no"</')], "archive_policy_rule_1"),
    (
        "decision-output-value",
        "escalation_ladder",
        [('<text>"leadership"</', '<text>"leadership, press"</')],
        "escalation_ladder_rule_7",
    ),
    ("decision-output-value", "handling", [('"final_ordinary"', '"final_soon"')], "handling_rule_3"),
    ("decision-output-value", "handling", [('"final_ordinary"', '"verification"')], "handling_rule_3"),
    ("decision-output-value", "handling", [('"final_ordinary"', "None")], "handling_rule_3"),
    ("decision-output-value", "handling", [('"response_round"', '"weather"')], "handling_rule_6"),
    ("decision-output-value", "handling", [('"restricted"', '"everybody"')], "handling_rule_1"),
    ("decision-output-value", "handling", [('"inspectorate"', '"friend"')], "handling_rule_1"),
    ("handling-class-clock", "handling", [('"final_ordinary"', '"final_" + case.kind')], "handling"),
    ("handling-class-clock", "handling", [(HANDLING_REST, "")], "handling"),
    ("decision-input-word", "retention", [('"oversight"', '"oversigth"')], "retention_rule_4"),
    ("decision-input-word", "archive_policy", [('"malformed"', '"malform"')], "archive_policy_rule_1"),
    # The rules about decision tables hold for a ruleset's too.
    ("decision-catch-all", "retention", [(KEEP_REST, "")], "retention_table"),
    ("decision-hole", "lapor_status", [(STATUS_REST, "")], "lapor_status_table"),
    ("decision-hole", "lapor_status", [('"received", ', "")], "lapor_status_table"),
    ("decision-overlap", "lapor_status", [('>"closed"<', '>"closed", "received"<')], "lapor_status_rule_3"),
    (
        "decision-row-unreachable",
        "retention",
        [(KEEP_OVERSIGHT, ""), (KEEP_REST, KEEP_REST + KEEP_OVERSIGHT)],
        "retention_rule_4",
    ),
    ("decision-hit-policy", "retention", [("FIRST", "PRIORITY")], "retention_table"),
    ("expression-refused", "retention", [("<text>2</", "<text>open(1)</")], "retention_rule_1_output_1"),
]
REFUSED += [
    (rule, in_table(name, *changes), f"dmn/{name}.dmn", element)
    for rule, name, changes, element in REFUSED_TABLES
]


def test_the_shipped_ruleset_passes_without_a_word() -> None:
    assert check_ruleset(SHIPPED, units=UNITS) == ()


@pytest.mark.parametrize(
    ("rule", "files", "file", "element"),
    REFUSED,
    ids=[f"{number}-{one[0]}" for number, one in enumerate(REFUSED)],
)
def test_the_gate_refuses_what_is_wrong_and_says_where(
    rule: str, files: Files, file: str, element: str | None
) -> None:
    found = [one for one in check_ruleset(files, units=UNITS) if one.rule == rule]
    assert (file, element) in {(one.file, one.element_id) for one in found}
    for finding in found:
        assert finding.severity is (Severity.WARNING if rule == "clock-unmarked" else Severity.ERROR)
        told = finding.message.id + finding.message.en + finding.remedy.id + finding.remedy.en
        assert "{" not in told.replace('{"id"', "").replace("{ }", "")


def test_every_rule_about_rulesets_has_an_example() -> None:
    assert {rule.id for rule in RULES} <= {one[0] for one in REFUSED}


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_speaks_both_languages_and_fills_the_same_blanks(rule: Rule) -> None:
    for text in (rule.message, rule.remedy):
        assert _blanks(text.id) == _blanks(text.en)
        assert text.id.endswith(".")
        assert text.en.endswith(".")
    assert rule.message.id != rule.message.en


def _blanks(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_the_page_on_rulesets_tells_every_rule_as_the_gate_does(rule: Rule) -> None:
    page = (ROOT / "docs" / "rulesets.md").read_text(encoding="utf-8")
    shown = [
        text.replace("|", "\\|").replace("{", "*").replace("}", "*")
        for text in (rule.message.en, rule.remedy.en)
    ]
    assert f"| `{rule.id}` | {rule.severity} | {shown[0]} | {shown[1]} |" in page


def findings(files: Files) -> dict[str, Finding]:
    """What the gate says, the last of each rule."""
    return {one.rule: one for one in check_ruleset(files, units=UNITS)}


def test_a_finding_names_table_and_row() -> None:
    told = findings(in_table("routing", ('<text>"setda"</text>', '<text>"no-such-unit"</text>')))
    message = told["decision-output-value"].message.en
    assert message.startswith(
        "Row 1 of the table routing gives lead_unit = no-such-unit; it should be the code"
    )


def test_a_class_without_a_final_clock_is_named_with_its_row() -> None:
    told = findings(in_table("handling", ('"final_ordinary"', '"final_" + case.kind')))
    message = told["handling-class-clock"].message
    assert "handling" in message.id
    assert 'class ordinary no final clock that exists: row 3 gives case_class = "ordinary"' in message.en
    assert message.en.endswith("the clock final_complaint.")


def test_a_class_that_no_row_answers_is_named_with_a_case_of_it() -> None:
    told = findings(in_table("handling", (HANDLING_REST, "")))
    assert "is not answered by one row" in told["handling-class-clock"].message.en


def test_an_unknown_process_is_named_with_its_row_and_the_known_ones() -> None:
    message = findings(in_table("handling", ('"response_round"', '"weather"')))[
        "decision-output-value"
    ].message
    assert message.en.startswith(
        "Row 6 of the table handling gives handling_process = weather; it should be one of:"
    )
    assert "response_round" in message.en


def test_a_process_that_the_office_deployed_may_handle_cases() -> None:
    files = in_table("handling", ('"response_round"', '"own_process"'))
    assert check_ruleset(files, processes=["own_process"]) == ()


def test_a_hole_names_the_input_that_nobody_answers() -> None:
    told = findings(in_table("lapor_status", ('"received", ', "")))
    assert 'has no row for stage = "received"' in told["decision-hole"].message.en


def test_a_finding_about_a_clock_names_its_line() -> None:
    finding = findings(clock("auto_close", length=-1))["clock-length"]
    lines = json.dumps(json.loads(SHIPPED[CLOCKS]), ensure_ascii=False, indent=2).splitlines()
    assert '"auto_close"' in lines[(finding.line or 0) - 1]


def test_units_are_not_looked_at_without_an_office() -> None:
    assert check_ruleset(in_table("routing", ('"setda"', '"anything"'))) == ()


def test_a_process_that_the_office_deployed_may_have_a_clock() -> None:
    files = clock("data_subject", process="own_process")
    assert check_ruleset(files, processes=["own_process"]) == ()


def test_a_clock_that_no_diagram_knows_is_taken() -> None:
    def add(content: dict[str, Any]) -> None:
        content["clocks"]["first_call"] = {**content["clocks"]["verification"], "length": 1}

    assert check_ruleset(in_json(CLOCKS, add), units=UNITS) == ()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"null", b'"x"', b"{}", b"[" * 50, b"<a/>"])
@pytest.mark.parametrize("path", [ABOUT, CLOCKS, REASONS, "dmn/routing.dmn"])
def test_no_content_whatever_breaks_the_gate(path: str, content: bytes) -> None:
    assert any(one.severity is Severity.ERROR for one in check_ruleset({**SHIPPED, path: content}))


@pytest.mark.parametrize("part", ["label", "starts_at", "length", "unit", "stops_at", "law", "on_expiry"])
@pytest.mark.parametrize("value", [None, 0, "x", [], {}, [1], {"id": 1, "en": 2}])
def test_no_value_of_a_clock_breaks_the_gate(part: str, value: object) -> None:
    assert any(
        one.severity is Severity.ERROR for one in check_ruleset(clock("verification", **{part: value}))
    )


def test_nothing_at_all_is_refused_file_by_file() -> None:
    assert {one.file for one in check_ruleset({})} >= {ABOUT, CLOCKS, REASONS}


def test_the_words_of_the_gate_are_those_of_the_shipped_clocks() -> None:
    content = json.loads(SHIPPED[CLOCKS])
    assert set(content["events"]) == EVENTS
    assert {one["on_expiry"] for one in content["clocks"].values()} == ON_EXPIRY


def test_the_processes_of_the_gate_hold_those_that_ship() -> None:
    drawn = {path.stem for path in (ROOT / "processes" / "bpmn").glob("*.bpmn")}
    assert drawn <= PROCESSES
