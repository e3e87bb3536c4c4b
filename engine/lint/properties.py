"""Rules about the vocabulary's properties: every word a diagram uses is one the product knows."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engine.drawing import Drawing, Lane, Node, Process
from engine.expressions import ExpressionRefusedError, compile_expression
from engine.lint.kinds import kind_of
from engine.lint.rule import Chapter, Subject, error, warning
from engine.lint.variables import known_variables
from engine.markup import SPIFF, local_name, namespace_of
from engine.model import Finding, Text
from engine.vocabulary import ARGUMENT_PREFIX, Vocabulary

UNKNOWN = error(
    "property-unknown",
    ("Properti {property} pada {name} tidak dikenal.", "The property {property} of {name} is unknown."),
    ("Maksudnya {close}? Properti di sini: {allowed}.", "Did you mean {close}? Properties here: {allowed}."),
)
MISPLACED = error(
    "property-misplaced",
    (
        "Properti {property} tidak berlaku pada {kind} {name}.",
        "The property {property} has no effect on the {kind} {name}.",
    ),
    ("Pindahkan ke: {allowed}, atau hapus.", "Move it to: {allowed}, or delete it."),
)
REQUIRED = error(
    "property-required",
    ("{kind} {name} tidak punya properti {property}.", "The {kind} {name} has no property {property}."),
    ("Isi properti {property}: {value}.", "Fill in the property {property}: {value}."),
)
VALUE = error(
    "property-value",
    (
        "Nilai {value} untuk properti {property} pada {name} tidak dikenal.",
        "The value {value} of the property {property} of {name} is unknown.",
    ),
    ("Pakai salah satu: {allowed}.", "Use one of: {allowed}."),
)
REPEATED = error(
    "property-repeated",
    (
        "Properti {property} pada {name} ditulis lebih dari sekali.",
        "The property {property} of {name} is written more than once.",
    ),
    ("Sisakan satu.", "Keep one of them."),
)
OUTCOME = error(
    "outcome-unknown",
    ("Hasil akhir {value} pada {name} tidak dikenal.", "The outcome {value} of {name} is unknown."),
    (
        "Pakai salah satu: {allowed}; atau ungkapan yang menghasilkannya.",
        "Use one of: {allowed}; or an expression that gives one.",
    ),
)
ARGUMENT_MISSING = error(
    "argument-missing",
    (
        "{name} memanggil {handler} tanpa argumen {argument}.",
        "{name} calls {handler} without the argument {argument}.",
    ),
    ("Tambahkan properti argument.{argument}.", "Add the property argument.{argument}."),
)
ARGUMENT_WORD = error(
    "argument-word",
    (
        "Argumen {argument} pada {name} menyebut {value}, yang tidak dikenal.",
        "The argument {argument} of {name} names {value}, which is unknown.",
    ),
    ("Pakai salah satu: {allowed}.", "Use one of: {allowed}."),
)
ARGUMENT_UNKNOWN = error(
    "argument-unknown",
    (
        "Tindakan {handler} pada {name} tidak mengenal argumen {argument}.",
        "The handler {handler} of {name} has no argument {argument}.",
    ),
    ("Argumennya: {allowed}.", "Its arguments are: {allowed}."),
)
FOREIGN = warning(
    "extension-foreign",
    ("{extension} pada {name} tidak berpengaruh di sini.", "{extension} of {name} has no effect here."),
    (
        "Pakai properti spiffworkflow; lihat docs/bpmn-vocabulary.md.",
        "Use spiffworkflow properties; see docs/bpmn-vocabulary.md.",
    ),
)

READ_EXTENSIONS = frozenset(
    {
        "properties",
        "preScript",
        "postScript",
        "calledDecisionId",
        "messagePayload",
        "messageVariable",
        "payloadExpression",
        "variableName",
        "processVariableCorrelation",
        "instructionsForEndUser",
        "category",
        "unitTests",
    }
)
FOREIGN_NAMESPACES = ("camunda", "zeebe", "flowable", "activiti", "bpmn.io", "drools", "jbpm")


@dataclass(frozen=True, slots=True)
class Carrier:
    """A process, lane or node that carries properties."""

    file: str
    place: Node | Lane | Process
    kind: str
    called: Text

    @property
    def name(self) -> str:
        """How people know it."""
        return self.place.name or self.place.id


def _carriers(subject: Subject) -> Iterator[Carrier]:
    for drawing in subject.drawings:
        for process in drawing.processes:
            yield Carrier(drawing.file, process, "process", Text("proses", "process"))
            for lane in process.lanes:
                yield Carrier(drawing.file, lane, "lane", Text("jalur", "lane"))
        for node in drawing.nodes:
            yield Carrier(drawing.file, node, node.kind, kind_of(node))


def check_properties(subject: Subject) -> Iterator[Finding]:
    """Report properties that are unknown, misplaced, missing or have an unknown value."""
    for carrier in _carriers(subject):
        for name, value in carrier.place.properties.items():
            yield from _check_property(subject.words, carrier, name, value)
        for definition in subject.words.properties.values():
            if carrier.kind in definition.required_on and not carrier.place.properties.get(definition.name):
                yield REQUIRED.at(
                    carrier.file,
                    carrier.place,
                    kind=carrier.called,
                    name=carrier.name,
                    property=definition.name,
                    value=definition.value,
                )


def _check_property(words: Vocabulary, carrier: Carrier, name: str, value: str) -> Iterator[Finding]:
    definition = words.find_property(name)
    if definition is None:
        yield _unknown(words, carrier, name)
        return
    about: dict[str, Any] = {"property": name, "name": carrier.name}
    if carrier.kind not in definition.on:
        allowed = ", ".join(sorted(definition.on))
        yield MISPLACED.at(carrier.file, carrier.place, kind=carrier.called, allowed=allowed, **about)
    closed = words.allowed_values(name)
    if closed is not None and value and value not in closed:
        yield VALUE.at(carrier.file, carrier.place, value=value, allowed=", ".join(closed), **about)


def _unknown(words: Vocabulary, carrier: Carrier, name: str) -> Finding:
    here = [known.name for known in words.properties.values() if carrier.kind in known.on]
    close = get_close_matches(name.lower(), list(words.properties), 1, 0.5) or here or ["-"]
    allowed = ", ".join(here) or "-"
    return UNKNOWN.at(
        carrier.file, carrier.place, property=name, name=carrier.name, close=close[0], allowed=allowed
    )


def check_outcomes(subject: Subject) -> Iterator[Finding]:
    """Report outcomes that are neither a word nor an expression; a lone name must be data somebody sets."""
    variables = known_variables(subject)
    for drawing, node in subject.each_node("endEvent"):
        outcome = node.properties.get("outcome")
        if outcome is None or outcome in subject.words.outcomes:
            continue
        mistyped = outcome.isidentifier() and outcome not in variables
        if not outcome or mistyped or not _compiles(outcome):
            yield OUTCOME.at(
                drawing.file, node, value=outcome, name=node.label, allowed=", ".join(subject.words.outcomes)
            )


def _compiles(text: str) -> bool:
    try:
        compile_expression(text)
    except ExpressionRefusedError:
        return False
    return True


def check_arguments(subject: Subject) -> Iterator[Finding]:
    """Report service tasks whose arguments are not those of their handler."""
    for drawing, node in subject.each_node("serviceTask"):
        handler = subject.words.handlers.get(node.properties.get("handler", ""))
        if handler is None:
            continue
        given = {
            name.removeprefix(ARGUMENT_PREFIX): value
            for name, value in node.properties.items()
            if name.startswith(ARGUMENT_PREFIX)
        }
        for argument, required in handler.arguments.items():
            if required and not given.get(argument, "").strip():
                yield ARGUMENT_MISSING.at(
                    drawing.file, node, name=node.label, handler=handler.name, argument=argument
                )
        yield from _unknown_arguments(drawing, node, handler.name, handler.arguments, given)
        yield from _unknown_words(subject.words, drawing, node, given)


def _unknown_words(
    words: Vocabulary, drawing: Drawing, node: Node, given: Mapping[str, str]
) -> Iterator[Finding]:
    """Clocks, events and messages that are written out; what is computed is known at run time only."""
    closed = {"clock": words.clocks, "event": words.events, "message": tuple(words.messages)}
    for argument, known in closed.items():
        value = _literal(given.get(argument, ""))
        if value is not None and value not in known:
            yield ARGUMENT_WORD.at(
                drawing.file,
                node,
                argument=argument,
                name=node.label,
                value=value,
                allowed=", ".join(known),
            )


def _literal(text: str) -> str | None:
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _unknown_arguments(
    drawing: Drawing, node: Node, handler: str, known: Mapping[str, bool], given: Mapping[str, str]
) -> Iterator[Finding]:
    for argument in given:
        if argument not in known:
            yield ARGUMENT_UNKNOWN.at(
                drawing.file,
                node,
                name=node.label,
                handler=handler,
                argument=argument,
                allowed=", ".join(known) or "-",
            )


def check_extensions(subject: Subject) -> Iterator[Finding]:
    """Advise about extensions and attributes of other products, and properties written twice."""
    for drawing, node in subject.each_node():
        for extension in node.xml.findall("{*}extensionElements/*"):
            ours = namespace_of(extension) == SPIFF
            if ours and local_name(extension) == "properties":
                yield from _repeated(drawing, node, [str(child.get("name", "")) for child in extension])
            elif not (ours and local_name(extension) in READ_EXTENSIONS):
                yield FOREIGN.at(drawing.file, node, extension=local_name(extension), name=node.label)
        for attribute in node.xml.keys():  # noqa: SIM118 -- an lxml element is no mapping
            if any(name in str(attribute).rpartition("}")[0] for name in FOREIGN_NAMESPACES):
                yield FOREIGN.at(
                    drawing.file, node, extension=str(attribute).rpartition("}")[2], name=node.label
                )


def _repeated(drawing: Drawing, node: Node, names: list[str]) -> Iterator[Finding]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield REPEATED.at(drawing.file, node, property=name, name=node.label)


CHAPTER = Chapter(
    title="Properties of the vocabulary",
    rules=(
        UNKNOWN,
        MISPLACED,
        REQUIRED,
        VALUE,
        REPEATED,
        OUTCOME,
        ARGUMENT_MISSING,
        ARGUMENT_UNKNOWN,
        ARGUMENT_WORD,
        FOREIGN,
    ),
    checks=(check_properties, check_outcomes, check_arguments, check_extensions),
)
