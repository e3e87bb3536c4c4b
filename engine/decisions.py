"""Decides by a DMN table: cells in the engine's expression language, hit policies kept strictly."""

import ast
from functools import lru_cache
from typing import Any

from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine

from engine.errors import ProcessFaultError
from engine.expressions import Compiled, compile_expression

INPUT = "dmninputexpr"
"""What ``?`` in a cell stands for; a reserved name, so that no process data can shadow it."""

_COMPARISONS = ("<", ">", "==", "!=", "in ", "in(", "in[", "not in ", "not in(", "not in[", "is ")


@lru_cache(maxsize=4_096)
def compile_cell(text: str | None) -> Compiled | None:
    """Translate an input cell into an expression over ``dmninputexpr``; None: the cell always matches.

    A cell is a comparison (``> 3``, ``in ("a", "b")``), a condition with ``?`` for the input (``3 < ? < 9``),
    a list of alternatives (``"a", "b"``) or one value. Raises ``ExpressionRefusedError``.
    """
    cell = (text or "").strip()
    if cell in {"", "-"}:
        return None
    with_input = _with_input(cell)
    if with_input != cell:
        return compile_expression(with_input)
    if cell.startswith(_COMPARISONS):
        return compile_expression(f"{INPUT} {cell}")
    if isinstance(_parsed(cell), ast.Tuple):
        return compile_expression(f"{INPUT} in ({cell})")
    return compile_expression(f"{INPUT} == ({cell})")


def _parsed(cell: str) -> ast.expr | None:
    compile_expression(cell)
    return ast.parse(cell, mode="eval").body


def _with_input(cell: str) -> str:
    quote = ""
    result = []
    for character in cell:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "?":
            character = INPUT  # noqa: PLW2901
        result.append(character)
    return "".join(result)


class DecisionEngine(DMNEngine):  # type: ignore[misc]
    """A decision table whose cells are allowed expressions and whose mistakes are said aloud."""

    @property
    def title(self) -> str:
        """The table as its author calls it."""
        return str(self.decision_table.name or self.decision_table.id)

    def decide(self, task: Any) -> list[Any]:
        """Answer the rules that match; none is a fault, with UNIQUE more than one too."""
        inputs = _Inputs(task)
        matching = [rule for rule in self.decision_table.rules if _matches(rule, inputs)]
        policy = self.decision_table.hit_policy
        if not matching and policy != "COLLECT":
            raise _fault(task, f"no rule of the decision table {self.title} matches")
        if policy == "UNIQUE" and len(matching) > 1:
            rows = ", ".join(str(rule.row_number) for rule in matching)
            raise _fault(
                task, f"the rules {rows} of the decision table {self.title} match together, only one may"
            )
        return matching[:1] if policy == "FIRST" else matching

    def result(self, task: Any) -> dict[str, Any]:
        """Answer the outputs of the matching rules; COLLECT gives lists."""
        rows = [rule.output_as_dict(task) for rule in self.decide(task)]
        policy = self.decision_table.hit_policy
        if policy == "COLLECT":
            names = [output.name or output.label for output in self.decision_table.outputs]
            return {name: [row[name] for row in rows] for name in names}
        if policy == "ANY" and any(row != rows[0] for row in rows):
            raise _fault(task, f"matching rules of the decision table {self.title} give different answers")
        if policy not in {"UNIQUE", "FIRST", "ANY"}:
            raise _fault(task, f"the decision table {self.title} has the unknown hit policy {policy}")
        return dict(rows[0])


class _Inputs:
    """The inputs of one decision, each computed once and only when a cell asks for it."""

    def __init__(self, task: Any) -> None:
        self.task = task
        self.engine = task.workflow.script_engine
        self.known: dict[str, Any] = {}

    def value(self, column: Any) -> Any:
        if column.id not in self.known:
            text = column.expression or column.label
            self.known[column.id] = self.engine.evaluate(self.task, text)
        return self.known[column.id]

    def matches(self, cell: str | None, column: Any) -> bool:
        compiled: Compiled | None = self.engine.translated(self.task, cell, lambda: compile_cell(cell))
        return compiled is None or bool(self.engine.compute(self.task, compiled, {INPUT: self.value(column)}))


def _matches(rule: Any, inputs: _Inputs) -> bool:
    return all(inputs.matches(cell, entry.input) for entry in rule.inputEntries for cell in entry.lhs)


def _fault(task: Any, cause: str) -> ProcessFaultError:
    return ProcessFaultError(task.task_spec.bpmn_id or task.task_spec.name, cause)
