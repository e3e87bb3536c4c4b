"""The gate of rulesets: whatever has a hole or contradicts itself is refused before a case can be opened under it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cases.rules import gate_rules as rules
from cases.rules.gate_clocks import check_clocks
from cases.rules.gate_handling import check_handling
from cases.rules.gate_tables import check_tables
from cases.rules.gate_text import Document, expected, is_text
from cases.rules.handling import FINAL_PREFIX
from cases.rules.reading import RulesetShapeError, read_ruleset
from cases.rules.words import LIMITS, NOTHING, PROCESSES
from engine.lint.rule import Spot
from engine.lint.rulebook import check_decisions, in_order
from engine.markup import MAX_SET_BYTES, MAX_SET_FILES
from engine.model import Files, Finding, Severity

JSON_FILES = ("ruleset.json", "clocks.json", "archive_reasons.json")
MAX_KEY = 24
MAX_REASON = 40
MAX_LIMIT = 100
_KEY = re.compile(r"[a-z][a-z0-9_-]*\Z")
_TABLE = re.compile(r"dmn/[a-z0-9_]+\.dmn\Z")


def check_ruleset(
    files: Files,
    *,
    units: Collection[str] | None = None,
    processes: Collection[str] | None = None,
    notices: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Say everything that is wrong with a ruleset, errors first; never raises and never keeps anything.

    ``units`` are the codes of the office's units: without them, units that tables name are not looked at; the same
    with ``notices``, the keys of what complainants can be told. Known processes are those that ship, and ``processes``.
    """
    if len(files) > MAX_SET_FILES or sum(map(len, files.values())) > MAX_SET_BYTES:
        return check_decisions(
            {f"dmn/{number}.dmn": content for number, content in enumerate(files.values())}
        )
    tables = {path: content for path, content in files.items() if path.endswith(".dmn")}
    findings = [*_check_files(files), *check_decisions(tables)]
    documents = {name: _read(name, files[name]) for name in JSON_FILES if name in files}
    findings += [one for one in documents.values() if isinstance(one, Finding)]
    about, clocks, reasons = (
        one if isinstance(one := documents.get(name), Document) else None for name in JSON_FILES
    )
    if about:
        findings += _check_about(about, files)
    startable = {*PROCESSES, *(processes or ())}
    answers: dict[str, Collection[str]] = {"handling_process": startable}
    if notices is not None:
        answers["notice"] = {*notices, NOTHING}
    if clocks:
        answers["final_clock"] = finals = _finals(clocks)
        findings += [*check_clocks(clocks, startable), *check_handling(tables, finals)]
    if reasons:
        findings += _check_reasons(reasons)
    known = _keys(reasons, "archive_reasons") if reasons else None
    findings += check_tables(tables, units=units, reasons=known, answers=answers)
    if not is_refused(findings):
        findings += _check_readable(files)
    return in_order(findings)


def is_refused(findings: Collection[Finding]) -> bool:
    """Whether one of them is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _check_files(files: Files) -> Iterator[Finding]:
    for name in JSON_FILES:
        if name not in files:
            yield rules.MISSING_FILE.at(name)
    for path in files:
        if path not in JSON_FILES and not _TABLE.match(path):
            yield rules.UNKNOWN_FILE.at(path)


def _read(name: str, content: bytes) -> Document | Finding:
    try:
        value = json.loads(content)
    except RecursionError:
        return rules.BROKEN_JSON.at(name, line=1, detail="nested too deeply")
    except ValueError as error:
        detail = getattr(error, "msg", type(error).__name__)
        return rules.BROKEN_JSON.at(name, line=getattr(error, "lineno", 1), detail=detail)
    if not isinstance(value, dict):
        return rules.SHAPE.at(name, line=1, part=name, where=name, expected=expected("object"))
    return Document(name, content.decode("utf-8", "replace"), value)


def _check_about(about: Document, files: Files) -> Iterator[Finding]:
    yield from about.unknown_parts({"about", "key", "name", "limits", "decisions"})
    key = about.value.get("key")
    if not isinstance(key, str) or not _KEY.match(key) or not 2 <= len(key) <= MAX_KEY:
        yield rules.KEY.at(about.name, about.spot("key"), key=key, limit=MAX_KEY)
    if not is_text(about.value.get("name")):
        yield about.misshapen("name", about.name, "text")
    yield from _check_limits(about)
    named = about.value.get("decisions")
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        yield about.misshapen("decisions", about.name, "list")
        return
    for one in named:
        if f"dmn/{one}.dmn" not in files:
            yield rules.TABLE_MISSING.at(about.name, about.spot(one), table=one)
    for path in files:
        if _TABLE.match(path) and path.removeprefix("dmn/").removesuffix(".dmn") not in named:
            yield rules.UNKNOWN_FILE.at(path)


def _check_limits(about: Document) -> Iterator[Finding]:
    limits = about.value.get("limits", {})
    if not isinstance(limits, dict):
        yield about.misshapen("limits", about.name, "object")
        return
    for name, given in limits.items():
        if name not in LIMITS:
            allowed = ", ".join(LIMITS)
            yield rules.UNKNOWN_PART.at(
                about.name, about.spot(name), part=name, where="limits", allowed=allowed
            )
            continue
        value = given.get("value") if isinstance(given, dict) else given
        if not isinstance(given, dict) or not _is_count(value):
            yield rules.LIMIT.at(about.name, about.spot(name), name=name, value=value, limit=MAX_LIMIT)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_LIMIT


def _check_reasons(reasons: Document) -> Iterator[Finding]:
    yield from reasons.unknown_parts({"about", "archive_reasons"})
    given = reasons.value.get("archive_reasons")
    if not isinstance(given, dict):
        yield reasons.misshapen("archive_reasons", reasons.name, "object")
        return
    if not given:
        yield rules.NO_REASON.at(reasons.name, Spot("archive_reasons", 1))
    for key, label in given.items():
        if not _KEY.match(key) or len(key) > MAX_REASON:
            yield rules.KEY.at(reasons.name, reasons.spot(key), key=key, limit=MAX_REASON)
        if not is_text(label):
            yield reasons.misshapen(key, "archive_reasons", "text")


def _keys(document: Document, part: str) -> frozenset[str]:
    given: Any = document.value.get(part)
    return frozenset(given) if isinstance(given, Mapping) else frozenset()


def _finals(clocks: Document) -> frozenset[str]:
    return frozenset(key for key in _keys(clocks, "clocks") if key.startswith(FINAL_PREFIX))


def _check_readable(files: Files) -> Iterator[Finding]:
    """The reader has the last word: what it refuses must not be stored, whatever the rules above forgot."""
    try:
        read_ruleset(files, 1)
    except RulesetShapeError as error:
        yield rules.SHAPE.at(
            "ruleset.json", line=1, part=str(error), where="ruleset", expected=expected("whole")
        )
