"""Every rule refuses its example, accepts the one beside it, and is told in both languages."""

from __future__ import annotations

import string
from functools import cache

import pytest

from engine.deployment import check
from engine.lint.rule import Rule
from engine.lint.rulebook import RULES
from engine.model import Finding, Severity
from support.lint_cases import DECISIONS, FILES, PICTURES, TRIALS, Case
from support.lint_form_cases import FORMS
from support.lint_sets import EXAMPLES, example, set_with, set_with_form

DIAGRAMS = sorted(path.stem for path in EXAMPLES.glob("*.bpmn"))
SETS: dict[str, Case] = {**FILES, **PICTURES, **DECISIONS, **TRIALS}

# What cannot be drawn wrong in one way only: the rule on the left brings those on the right along.
COMPANIONS = {
    "flow-dangling": {"task-two-flows", "element-dead-end"},
    "id-missing": {"element-dead-end", "element-not-drawn", "element-unreachable"},
}


NAMELESS = {"id-missing", "id-not-a-word"}
"""Their examples bear no id, or a wrong one on purpose."""


@cache
def refusal(rule: str) -> tuple[Finding, ...]:
    """What the gate says to the refused example of a rule."""
    if rule in DIAGRAMS:
        return check(set_with(example(rule, "refused")))
    return check(SETS[rule][0] if rule in SETS else set_with_form(FORMS[rule][0]))


def rules_of(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings}


def test_every_rule_has_an_example():
    assert {*DIAGRAMS, *SETS, *FORMS} == set(RULES)


@pytest.mark.parametrize("rule", DIAGRAMS)
def test_the_gate_refuses_the_refused_diagram_and_says_where(rule: str):
    findings = refusal(rule)
    assert rules_of(findings) - COMPANIONS.get(rule, set()) == {rule}
    for finding in findings:
        assert finding.file == "bpmn/example.bpmn"
        assert finding.line is not None
        assert rule in NAMELESS or str(finding.element_id).startswith(("refused", "bad_"))


@pytest.mark.parametrize("rule", DIAGRAMS)
def test_the_gate_accepts_the_accepted_diagram_without_a_finding(rule: str):
    assert check(set_with(example(rule, "accepted"))) == ()


@pytest.mark.parametrize("rule", SETS)
def test_the_gate_refuses_one_set_and_accepts_the_other(rule: str):
    _, accepted = SETS[rule]
    assert rules_of(refusal(rule)) - COMPANIONS.get(rule, set()) == {rule}
    assert check(accepted) == ()


@pytest.mark.parametrize("rule", FORMS)
def test_the_gate_refuses_one_form_and_accepts_the_other(rule: str):
    _, accepted = FORMS[rule]
    findings = refusal(rule)
    assert rules_of(findings) == {rule}
    assert {finding.file for finding in findings} == {"forms/tested.json"}
    assert check(set_with_form(accepted)) == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_says_what_is_wrong_and_what_to_do_in_both_languages(rule: Rule):
    for text in (rule.message, rule.remedy):
        assert _fields(text.id) == _fields(text.en)
        assert text.id.endswith((".", "}")) or "?" in text.id
        assert text.en.endswith((".", "}")) or "?" in text.en
    assert rule.message.id != rule.message.en
    assert rule.severity in set(Severity)


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("rule", [*DIAGRAMS, *SETS, *FORMS])
def test_a_finding_leaves_no_gap_unfilled(rule: str):
    for finding in refusal(rule):
        told = finding.message.id + finding.message.en + finding.remedy.id + finding.remedy.en
        assert "None" not in told
        assert "{" not in told
