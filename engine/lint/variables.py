"""Finds out what sets process data, so that rules can tell a name from a mistyped word."""

from engine.drawing import Drawing, Node
from engine.expressions import ExpressionRefusedError, compile_script
from engine.lint.rule import Subject
from engine.markup import text_of


def script_targets(node: Node) -> frozenset[str]:
    """Answer the data that the scripts of a node set."""
    found: set[str] = set()
    script = node.child("script") if node.kind == "scriptTask" else None
    for text in (text_of(script), node.extension("preScript"), node.extension("postScript")):
        try:
            found.update(compile_script(text).targets if text else ())
        except ExpressionRefusedError:
            continue
    return frozenset(found)


def process_targets(drawing: Drawing, process_id: str) -> frozenset[str]:
    """Answer the data that the scripts of a process set, those of its sub-processes included."""
    return frozenset().union(
        *(script_targets(node) for node in drawing.nodes if node.process_id == process_id)
    )


def known_variables(subject: Subject) -> frozenset[str]:
    """Answer all data that scripts, decision tables and forms of the set fill in."""
    scripts = (script_targets(node) for _, node in subject.each_node())
    columns = {
        column.name
        for file in subject.decisions
        for decision in file.decisions
        for table in decision.tables
        for column in table.outputs
    }
    fields: set[str] = set()
    for form in subject.forms.values():
        properties = form.get("properties")
        fields.update(properties if isinstance(properties, dict) else ())
    return frozenset().union(columns, fields, *scripts)
