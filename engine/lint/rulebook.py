"""The whole rule book: every chapter, and the one function that applies it."""

from engine.lint import (
    decisions,
    events,
    expressions,
    files,
    forms,
    gateways,
    interchange,
    loops,
    naming,
    processes,
    properties,
    repetition,
    tasks,
    timers,
    trial_rules,
)
from engine.lint.rule import Chapter, Rule, Subject
from engine.model import Files, Finding, Severity
from engine.vocabulary import vocabulary

CHAPTERS: tuple[Chapter, ...] = (
    files.CHAPTER,
    naming.CHAPTER,
    processes.CHAPTER,
    gateways.CHAPTER,
    events.CHAPTER,
    timers.CHAPTER,
    tasks.CHAPTER,
    properties.CHAPTER,
    expressions.CHAPTER,
    repetition.CHAPTER,
    loops.CHAPTER,
    decisions.CHAPTER,
    forms.CHAPTER,
    interchange.CHAPTER,
    trial_rules.CHAPTER,
)

RULES: dict[str, Rule] = {rule.id: rule for chapter in CHAPTERS for rule in chapter.rules}

LINT_VERSION = "2"
"""Part of every deployment's hash: raise it when a rule starts to refuse what it accepted before."""

MAX_FINDINGS = 500
"""Findings answered; a hostile file must not make a page of a million rows."""


def apply_rules(given: Files) -> tuple[Subject, tuple[Finding, ...]]:
    """Read a set and apply every rule; answers what could be read and all findings, errors first."""
    subject, findings = files.read_subject(given, vocabulary())
    if given and not subject.files:
        return subject, in_order(findings)
    for chapter in CHAPTERS:
        for check in chapter.checks:
            findings += check(subject)
            if len(findings) > 10 * MAX_FINDINGS:
                return subject, in_order(findings)
    return subject, in_order(findings)


def check_decisions(given: Files) -> tuple[Finding, ...]:
    """Apply the rules about files and decision tables to DMN files that no diagram calls, errors first."""
    subject, findings = files.read_subject(given, vocabulary())
    for check in decisions.CHAPTER.checks:
        findings += check(subject)
    return in_order(findings)


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort findings by gravity, file and line, without repetitions."""
    unique = dict.fromkeys(findings)
    ordered = sorted(
        unique,
        key=lambda finding: (
            finding.severity is not Severity.ERROR,
            finding.file,
            finding.line or 0,
            finding.rule,
        ),
    )
    return tuple(ordered[:MAX_FINDINGS])
