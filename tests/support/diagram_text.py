"""Writes BPMN from a few words per element, for diagrams that tests make up."""

from __future__ import annotations

import shlex
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"\n'
    '    xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"\n'
    '    targetNamespace="https://tuntas.example/tests">\n'
)

KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "script": "scriptTask",
    "service": "serviceTask",
    "rule": "businessRuleTask",
    "call": "callActivity",
    "send": "sendTask",
    "receive": "receiveTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "events": "eventBasedGateway",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
}
PROPERTIES = ("formKey", "stage", "clock", "outcome", "handler", "role", "unit")


def bpmn(*processes: str) -> bytes:
    """Write one file with the given processes, each in the notation of ``process``."""
    bodies = [process(text) for text in processes]
    names: dict[str, set[str]] = {"message": set(), "error": set(), "escalation": set(), "signal": set()}
    for body in bodies:
        for tag, known in names.items():
            known |= {part.split('"')[0] for part in body.split(f'{tag}Ref="{tag}_')[1:]}
    declared = "".join(_declaration(tag, name) for tag, known in names.items() for name in sorted(known))
    return (HEAD + declared + "".join(bodies) + "</definitions>\n").encode()


def process(text: str) -> str:
    """Write one process: the first line is its id, then a line for each element or chain of flows.

    An element is ``kind id key=value ...``; ``{`` and ``}`` embrace a sub-process; ``a -> b -> c`` draws
    flows, ``a -> b if x > 1`` a conditional one and ``a -> b default`` the default one.
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    body, _ = _scope(lines, 1, 4)
    return f'  <process id="{lines[0]}" isExecutable="true">\n{body}  </process>\n'


def _scope(lines: list[str], position: int, indent: int) -> tuple[str, int]:
    elements: list[str] = []
    flows: list[str] = []
    defaults: dict[str, str] = {}
    inner: dict[str, str] = {}
    written: list[tuple[str, str]] = []
    while position < len(lines) and lines[position] != "}":
        line = lines[position]
        if " -> " in line:
            flows += _flows(line, defaults, indent)
        elif line.endswith("{"):
            name = line.split()[1]
            inner[name], position = _scope(lines, position + 1, indent + 2)
            written.append((name, line[:-1]))
        else:
            written.append((line.split()[1], line))
        position += 1
    elements = [_element(line, indent, defaults.get(name), inner.get(name)) for name, line in written]
    return "".join(elements + flows), position


def _flows(line: str, defaults: dict[str, str], indent: int) -> list[str]:
    condition = ""
    if " if " in line:
        line, condition = line.split(" if ", 1)
    is_default = line.endswith(" default")
    stops = [stop.strip() for stop in line.removesuffix(" default").split(" -> ")]
    flows = []
    for source, target in pairwise(stops):
        flow = f"{source}_to_{target}"
        if is_default:
            defaults[source] = flow
        text = f'{" " * indent}<sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}"'
        inside = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
        flows.append(f"{text}>{inside}</sequenceFlow>\n" if inside else f"{text}/>\n")
    return flows


def _element(line: str, indent: int, default: str | None, inner: str | None) -> str:
    kind, name, *rest = shlex.split(line)
    options = dict(item.split("=", 1) for item in rest)
    tag = "subProcess" if inner is not None else KINDS[kind]
    attributes = {"id": name, "name": name.replace("_", " ").capitalize()}
    if default:
        attributes["default"] = default
    if kind == "boundary":
        attributes |= {
            "attachedToRef": options.pop("on"),
            "cancelActivity": options.pop("interrupting", "true"),
        }
    if kind == "call":
        attributes["calledElement"] = options.pop("process")
    if kind in {"send", "receive"}:
        attributes["messageRef"] = f"message_{options.pop('message')}"
    pad = " " * indent
    own = (_extensions(options) + _content(options)).splitlines(keepends=True)
    content = "".join(f"{pad}  {part}" for part in own) + (inner or "")
    if options:
        raise ValueError(f"unknown options in {line!r}: {options}")
    head = f"{pad}<{tag} " + " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())
    return f"{head}>\n{content}{pad}</{tag}>\n" if content else f"{head}/>\n"


def _extensions(options: dict[str, str]) -> str:
    found = {
        key: options.pop(key) for key in list(options) if key in PROPERTIES or key.startswith("argument.")
    }
    parts = "".join(
        f"<spiffworkflow:property name={quoteattr(key)} value={quoteattr(value)}/>"
        for key, value in found.items()
    )
    text = f"<spiffworkflow:properties>{parts}</spiffworkflow:properties>" if parts else ""
    if "decision" in options:
        text += f"<spiffworkflow:calledDecisionId>{options.pop('decision')}</spiffworkflow:calledDecisionId>"
    for key in ("preScript", "postScript"):
        if key in options:
            text += f"<spiffworkflow:{key}>{escape(options.pop(key))}</spiffworkflow:{key}>"
    return f"<extensionElements>{text}</extensionElements>\n" if text else ""


def _content(options: dict[str, str]) -> str:
    text = ""
    if "script" in options:
        lines = options.pop("script").replace(";", "&#10;")
        text += f"<script>{escape(lines).replace('&amp;#10;', '&#10;')}</script>\n"
    for key in ("message", "error", "escalation", "signal"):
        if key in options:
            text += _event(key, options.pop(key), options.pop("payload", None))
    for key, tag in (("date", "timeDate"), ("duration", "timeDuration"), ("cycle", "timeCycle")):
        if key in options:
            value = escape(options.pop(key))
            text += f"<timerEventDefinition><{tag}>{value}</{tag}></timerEventDefinition>\n"
    if options.pop("terminate", None):
        text += "<terminateEventDefinition/>\n"
    return text + _repetition(options)


def _event(kind: str, name: str, payload: str | None) -> str:
    inside = ""
    if payload:
        inside = (
            "<extensionElements><spiffworkflow:messagePayload>"
            f"{escape(payload)}</spiffworkflow:messagePayload></extensionElements>"
        )
    return f'<{kind}EventDefinition {kind}Ref="{kind}_{name}">{inside}</{kind}EventDefinition>\n'


def _repetition(options: dict[str, str]) -> str:
    if "loop" in options:
        condition = escape(options.pop("loop"))
        return (
            "<standardLoopCharacteristics><loopCondition>"
            f"{condition}</loopCondition></standardLoopCharacteristics>\n"
        )
    if "each" not in options and "times" not in options:
        return ""
    sequential = options.pop("sequential", "false")
    parts = f"<loopCardinality>{escape(options.pop('times'))}</loopCardinality>" if "times" in options else ""
    for key, tag in (("each", "loopDataInputRef"), ("collect", "loopDataOutputRef")):
        if key in options:
            parts += f"<{tag}>{escape(options.pop(key))}</{tag}>"
    for key, tag in (("item", "inputDataItem"), ("answer", "outputDataItem")):
        if key in options:
            value = quoteattr(options.pop(key))
            parts += f"<{tag} id={value} name={value}/>"
    if "until" in options:
        parts += f"<completionCondition>{escape(options.pop('until'))}</completionCondition>"
    tag = "multiInstanceLoopCharacteristics"
    return f'<{tag} isSequential="{sequential}">{parts}</{tag}>\n'


def _declaration(tag: str, name: str) -> str:
    code = f' {tag}Code="{name}"' if tag in {"error", "escalation"} else ""
    return f'  <{tag} id="{tag}_{name}" name="{name}"{code}/>\n'


def dmn(
    decision: str, inputs: dict[str, str], outputs: list[str], rules: list[list[str]], policy: str = "UNIQUE"
) -> bytes:
    """Write a decision table: columns by their expressions and names, rules as their cells."""
    columns = "".join(
        f'<input id="{name}" label="{name}"><inputExpression id="{name}_x" typeRef="string">'
        f"<text>{escape(expression)}</text></inputExpression></input>"
        for name, expression in inputs.items()
    )
    columns += "".join(
        f'<output id="{name}_out" label="{name}" name="{name}" typeRef="string"/>' for name in outputs
    )
    rows = ""
    for number, cells in enumerate(rules):
        row = ""
        for position, cell in enumerate(cells):
            tag = "inputEntry" if position < len(inputs) else "outputEntry"
            row += f'<{tag} id="r{number}_{position}"><text>{escape(cell)}</text></{tag}>'
        rows += f'<rule id="r{number}">{row}</rule>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
        'namespace="https://tuntas.example/tests">'
        f'<decision id="{decision}" name="{decision}"><decisionTable id="{decision}_table" name="{decision}" '
        f'hitPolicy="{policy}">{columns}{rows}</decisionTable></decision></definitions>\n'
    ).encode()
