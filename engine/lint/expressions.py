"""Rules about everything a diagram computes: conditions, arguments, scripts, payloads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.drawing import Drawing, Node
from engine.expressions import (
    Compiled,
    CompiledScript,
    ExpressionRefusedError,
    compile_expression,
    compile_script,
)
from engine.lint.rule import Chapter, Place, Spot, Subject, error
from engine.markup import BPMN, NAMESPACES, SPIFF, Xml, qualified, text_of
from engine.model import Finding, Text
from engine.names import is_reserved
from engine.vocabulary import ARGUMENT_PREFIX

REFUSED = error(
    "expression-refused",
    (
        "{where} pada {name} tidak dapat dipakai: {reason} (kolom {column}).",
        "{where} of {name} cannot be used: {reason} (column {column}).",
    ),
    ("{remedy}", "{remedy}"),
)
FACT_UNKNOWN = error(
    "fact-unknown",
    (
        "{where} pada {name} membaca case.{fact}, yang tidak ada.",
        "{where} of {name} reads case.{fact}, which does not exist.",
    ),
    ("Fakta yang ada: {allowed}.", "The facts are: {allowed}."),
)
VARIABLE = error(
    "variable-name",
    (
        "Nama {variable} pada {name} tidak dapat dipakai untuk data proses.",
        "The name {variable} of {name} cannot be used for process data.",
    ),
    (
        "Pakai huruf, angka dan garis bawah, tidak diawali garis bawah, bukan nama milik sistem.",
        "Use letters, digits and underscores, no leading underscore, and no name of the system's own.",
    ),
)


@dataclass(frozen=True, slots=True)
class Formula:
    """One text that the engine will compute."""

    place: Place
    name: str
    where: Text
    text: str
    is_script: bool = False


CONDITION = Text("Syarat", "The condition")
OUTCOME = Text("Hasil akhir", "The outcome")
SCRIPT = Text("Skrip", "The script")
PAYLOAD = Text("Isi pesan", "The payload")
REPETITION = Text("Pengulangan", "The repetition")
CORRELATION = Text("Korelasi", "The correlation")


def formulas(drawing: Drawing, outcomes: tuple[str, ...]) -> Iterator[Formula]:
    """Go through everything one drawing computes; timers and decision tables have chapters of their own."""
    for flow in drawing.flows:
        source = drawing.by_id.get(flow.source)
        if flow.condition and source is not None:
            yield Formula(flow, flow.name or flow.id, CONDITION, flow.condition)
    for node in drawing.nodes:
        yield from _node_formulas(node, outcomes)
    paths = (qualified(BPMN, "formalExpression"), qualified(BPMN, "messagePath"))
    for retrieval in drawing.root.iter(qualified(BPMN, "correlationPropertyRetrievalExpression")):
        for xml in retrieval.iter(*paths):
            yield Formula(_spot(xml), str(retrieval.get("messageRef", "")), CORRELATION, text_of(xml))


def _node_formulas(node: Node, outcomes: tuple[str, ...]) -> Iterator[Formula]:
    for name, value in node.properties.items():
        if name.startswith(ARGUMENT_PREFIX) and node.kind == "serviceTask" and value:
            yield Formula(node, node.label, Text(f"Argumen {name}", f"The argument {name}"), value)
        elif name == "outcome" and value and value not in outcomes:
            yield Formula(node, node.label, OUTCOME, value)
    script = node.child("script")
    if node.kind == "scriptTask" and script is not None and text_of(script):
        yield Formula(node, node.label, SCRIPT, text_of(script), is_script=True)
    for extension in ("preScript", "postScript"):
        text = node.extension(extension)
        if text:
            yield Formula(
                node, node.label, Text(f"Skrip {extension}", f"The {extension}"), text, is_script=True
            )
    for tag in ("loopCondition", "completionCondition", "loopCardinality"):
        for xml in node.xml.findall(f"*/bpmn:{tag}", NAMESPACES):
            yield Formula(node, node.label, REPETITION, text_of(xml))
    yield from _payloads(node)


def _payloads(node: Node) -> Iterator[Formula]:
    for tag in ("messagePayload", "payloadExpression"):
        for holder in _inner(node, tag):
            yield Formula(node, node.label, PAYLOAD, text_of(holder))
    for correlation in _inner(node, "processVariableCorrelation"):
        for xml in correlation.iter(qualified(SPIFF, "expression")):
            yield Formula(node, node.label, CORRELATION, text_of(xml))


def _inner(node: Node, tag: str) -> Iterator[Xml]:
    """Find extensions of the node or of its event definitions, but not of nodes inside a sub-process."""
    for holder in (node.xml, *node.definitions()):
        yield from holder.findall(f"bpmn:extensionElements/spiff:{tag}", NAMESPACES)


def _spot(xml: Xml) -> Spot:
    return Spot(str(xml.get("id", "")), int(xml.sourceline or 1))


def check_formulas(subject: Subject) -> Iterator[Finding]:
    """Compile everything the diagrams compute and report what the allow-list refuses."""
    for drawing in subject.drawings:
        for formula in formulas(drawing, subject.words.outcomes):
            yield from check_formula(subject, drawing.file, formula)
        for holder in _signal_payloads(drawing):
            formula = Formula(
                _spot(holder), str(holder.getparent().getparent().get("id", "")), PAYLOAD, text_of(holder)
            )
            yield from check_formula(subject, drawing.file, formula)


def _signal_payloads(drawing: Drawing) -> Iterator[Xml]:
    for kind in ("message", "signal", "error", "escalation"):
        for xml in drawing.root.iter(qualified(BPMN, kind)):
            for tag in ("messagePayload", "payloadExpression"):
                yield from xml.findall(f"bpmn:extensionElements/spiff:{tag}", NAMESPACES)


def check_formula(
    subject: Subject,
    file: str,
    formula: Formula,
    compiler: Callable[[str], Compiled | CompiledScript | None] | None = None,
) -> Iterator[Finding]:
    """Compile one formula; report its refusal, or the facts that do not exist."""
    compiler = compiler or (compile_script if formula.is_script else compile_expression)
    try:
        compiled = compiler(formula.text)
    except ExpressionRefusedError as refusal:
        yield REFUSED.at(
            file,
            formula.place,
            where=formula.where,
            name=formula.name,
            reason=_without_stop(refusal.message),
            column=refusal.column,
            remedy=_with_stop(refusal.remedy),
        )
        return
    for fact in sorted(compiled.facts - subject.words.facts if compiled else ()):
        yield FACT_UNKNOWN.at(
            file,
            formula.place,
            where=formula.where,
            name=formula.name,
            fact=fact,
            allowed=", ".join(sorted(subject.words.facts)),
        )


def _without_stop(text: Text) -> Text:
    return Text(text.id.removesuffix("."), text.en.removesuffix("."))


def _with_stop(text: Text) -> Text:
    return Text(f"{text.id.removesuffix('.')}.", f"{text.en.removesuffix('.')}.")


def check_variables(subject: Subject) -> Iterator[Finding]:
    """Report names for results that process data must not bear."""
    for drawing, node in subject.each_node():
        for tag in ("messageVariable", "variableName"):
            for holder in _inner(node, tag):
                variable = text_of(holder)
                if not variable.isidentifier() or is_reserved(variable):
                    yield VARIABLE.at(drawing.file, node, variable=variable, name=node.label)


CHAPTER = Chapter(
    title="Expressions and scripts",
    rules=(REFUSED, FACT_UNKNOWN, VARIABLE),
    checks=(check_formulas, check_variables),
)
