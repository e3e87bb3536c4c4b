"""The trial run: starts each process with a fixed clock and reports what fails before a person acts."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError, LimitExceededError, ProcessFaultError
from engine.lint.rule import Spot
from engine.lint.trial_rules import DATA, FAULT, LIMIT, PARSER
from engine.model import Data, Finding, Limits, ProcessInfo, StartProcess
from engine.specs import SpecsRefusedError
from engine.vocabulary import vocabulary

if TYPE_CHECKING:
    from engine.deployment import Deployment

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
"""A Monday morning in Indonesia; any fixed instant serves."""

_ELEMENT = re.compile(r"<Element (?:\{[^}]*\})?(\w+) at 0x[0-9a-f]+>")
"""How the library prints an XML element into its messages."""

LIMITS = Limits(steps=100, seconds=2.0, tasks=500, depth=300)


def parser_finding(refused: SpecsRefusedError) -> Finding:
    """Say what the library's parser refuses."""
    place = Spot(refused.element_id, refused.line or 1) if refused.element_id else None
    detail = _ELEMENT.sub(r"\1", refused.cause).rstrip(".")
    return PARSER.at(refused.file, place, line=refused.line, detail=detail)


def run(deployment: "Deployment") -> Iterator[Finding]:
    """Start every process, at each of its start events, and report the faults of its first automatic steps."""
    for process in deployment.processes.values():
        for message in process.start_messages or (None,):
            yield from _start(deployment, process, message)


def _start(deployment: "Deployment", process: ProcessInfo, message: str | None) -> Iterator[Finding]:
    # Imported here because the runtime works on deployments, which are built by way of this module.
    from engine.runtime import advance  # noqa: PLC0415

    name = process.name
    try:
        advance(
            deployment,
            None,
            StartProcess(process.process_id, message=message),
            now=NOW,
            facts=facts(),
            due_at=_due_at,
            limits=LIMITS,
        )
    except LimitExceededError as error:
        yield LIMIT.at(process.file, _spot(error.element_id), name=name, detail=error.cause.rstrip("."))
    except ProcessFaultError as error:
        # Data that the caller gives at the start is not known here, so its absence is advice only.
        rule = DATA if "is missing" in error.cause else FAULT
        yield rule.at(process.file, _spot(error.element_id), name=name, detail=error.cause.rstrip("."))
    except EngineError as error:
        yield FAULT.at(process.file, name=name, detail=str(error).rstrip("."))


def _spot(element_id: str | None) -> Spot | None:
    return Spot(element_id, 1) if element_id else None


def facts() -> Mapping[str, Any]:
    """Answer every fact of the vocabulary with a harmless value, so that conditions can be computed."""
    values: dict[str, Any] = dict.fromkeys(sorted(vocabulary().facts), "")
    values.update(dict.fromkeys(("round", "returns"), 0))
    values.update(dict.fromkeys(("has_identity", "anonymous", "confidential", "emergency"), False))
    return values


def _due_at(_clock: str, _data: Data) -> datetime:
    return NOW + timedelta(days=1)
