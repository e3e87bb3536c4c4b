"""Checks a parsed file against the library's XML schemas, and says at which element it breaks."""

import copy
import re
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnValidator
from SpiffWorkflow.dmn.parser.BpmnDmnParser import SCHEMAS
from SpiffWorkflow.spiff.parser.process import VALIDATOR

from engine.markup import BPMN, Xml, namespace_of

MAX_VIOLATIONS = 20
"""Violations reported per file; one early mistake often causes many."""

_LOCK = Lock()
_NAMESPACE = re.compile(r"\{[^}]*\}")
_MAX_DETAIL = 300


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One place at which a file breaks its schema."""

    id: str
    line: int
    tag: str
    detail: str


def violations(root: Xml) -> list[SchemaViolation]:
    """List where the file breaks its schema; nothing for a DMN version that has none."""
    validator = _validator(namespace_of(root))
    if validator is None:
        return []
    # A copy, because the library renames elements before it validates.
    document = copy.deepcopy(root)
    if namespace_of(root) == BPMN:
        VALIDATOR.preprocess(document)
    # The error log belongs to the shared validator object.
    with _LOCK:
        if validator.validate(document):
            return []
        entries = list(validator.error_log)[:MAX_VIOLATIONS]
    by_line = {int(element.sourceline or 1): element for element in reversed(list(root.iter()))}
    return [_violation(entry, by_line.get(entry.line)) for entry in entries]


@cache
def _validator(namespace: str) -> Any:
    if namespace == BPMN:
        return VALIDATOR.validator
    path = SCHEMAS.get(namespace)
    return BpmnValidator(path).validator if path else None


def _violation(entry: Any, element: Xml | None) -> SchemaViolation:
    message = _NAMESPACE.sub("", str(entry.message))[:_MAX_DETAIL]
    tag = _NAMESPACE.sub("", str(element.tag)) if element is not None else ""
    identity = str(element.get("id", "")) if element is not None else ""
    return SchemaViolation(id=identity, line=int(entry.line), tag=tag, detail=message)
