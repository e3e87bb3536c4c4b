"""Decision tables on their own: read, compiled and asked without a process instance, hit policies kept strictly."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.decision_file import DMN_NAMESPACES, Row, Table, read_decisions
from engine.errors import EngineError
from engine.expressions import (
    Compiled,
    ExpressionFailedError,
    ExpressionRefusedError,
    compile_expression,
)
from engine.markup import MarkupRefusedError, parse_markup

INPUT = "dmninputexpr"
"""What ``?`` in a cell stands for; a reserved name, so that no process data can shadow it."""

POLICIES = frozenset({"UNIQUE", "FIRST", "ANY", "COLLECT"})

_COMPARISONS = ("<", ">", "==", "!=", "in ", "in(", "in[", "not in ", "not in(", "not in[", "is ")


class DecisionRefusedError(EngineError):
    """The file holds no decision table that can be computed. Mend it in a DMN editor."""


class DecisionFailedError(EngineError):
    """The decision table gives no single answer for these inputs. Mend the table."""


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """One rule, ready to compute; ``number`` counts from 1, as editors show it."""

    number: int
    inputs: tuple[Compiled | None, ...]
    outputs: tuple[Compiled, ...]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A compiled decision table. Immutable, and shared by all threads."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[Compiled, ...]
    outputs: tuple[str, ...]
    rows: tuple[CompiledRow, ...]


@lru_cache(maxsize=512)
def load(content: bytes) -> DecisionTable:
    """Compile the one table of a DMN file, once per process for the same bytes.

    Raises ``DecisionRefusedError`` saying what cannot be computed; the gate says it with row and remedy.
    """
    try:
        root = parse_markup(content)
    except MarkupRefusedError as error:
        raise DecisionRefusedError(f"{error.refusal.rule} {error.refusal.detail}".strip()) from error
    file = read_decisions("", root)
    if file.namespace not in DMN_NAMESPACES or len(file.decisions) != 1 or len(file.decisions[0].tables) != 1:
        raise DecisionRefusedError("not one decision with one table in a supported version of DMN")
    decision = file.decisions[0]
    return compile_table(decision.id, decision.name or decision.id, decision.tables[0])


def compile_table(decision_id: str, name: str, table: Table) -> DecisionTable:
    """Compile a table as drawn; raises ``DecisionRefusedError``."""
    if table.hit_policy not in POLICIES or table.aggregation:
        raise DecisionRefusedError(f"{name}: the hit policy {table.hit_policy} {table.aggregation}".strip())
    try:
        return DecisionTable(
            id=decision_id,
            name=name,
            hit_policy=table.hit_policy,
            inputs=tuple(compile_expression(cell.text) for cell in table.inputs),
            outputs=tuple(column.name for column in table.outputs),
            rows=tuple(_row(number, row, table) for number, row in enumerate(table.rows, start=1)),
        )
    except ExpressionRefusedError as error:
        raise DecisionRefusedError(f"{name}: {error}") from error


def _row(number: int, row: Row, table: Table) -> CompiledRow:
    if len(row.inputs) != len(table.inputs) or len(row.outputs) != len(table.outputs):
        raise DecisionRefusedError(f"row {number} of {table.id} has another number of cells")
    return CompiledRow(
        number=number,
        inputs=tuple(compile_cell(cell.text) for cell in row.inputs),
        outputs=tuple(compile_expression(cell.text) for cell in row.outputs),
    )


def evaluate(table: DecisionTable, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the outputs for these inputs, which cells and columns read as ``name`` or as ``case.name``.

    COLLECT gives lists. Raises ``DecisionFailedError`` when no row matches, when two rows of UNIQUE do, when rows of
    ANY differ, or when an input is missing.
    """

    def answer(row: CompiledRow) -> dict[str, Any]:
        given = (output.evaluate(inputs, case=inputs) for output in row.outputs)
        return dict(zip(table.outputs, given, strict=True))

    try:
        answers = [answer(row) for row in chosen_rows(table, inputs)]
    except ExpressionFailedError as error:
        raise DecisionFailedError(f"the decision table {table.name}: {error}") from error
    return combine(table.name, table.hit_policy, table.outputs, answers)


def chosen_rows(table: DecisionTable, inputs: Mapping[str, Any]) -> Sequence[CompiledRow]:
    """The rows that count for these inputs, as ``evaluate`` takes them; raises ``DecisionFailedError`` as it does."""
    known: dict[int, Any] = {}

    def value(column: int) -> Any:
        if column not in known:
            known[column] = table.inputs[column].evaluate(inputs, case=inputs)
        return known[column]

    try:
        matching = [row for row in table.rows if matches(row, value, inputs)]
    except ExpressionFailedError as error:
        raise DecisionFailedError(f"the decision table {table.name}: {error}") from error
    chosen = judge(table.name, table.hit_policy, [row.number for row in matching])
    return [row for row in matching if row.number in chosen]


def matches(row: CompiledRow, value: Callable[[int], Any], inputs: Mapping[str, Any]) -> bool:
    """Whether every cell of a row holds; ``value`` answers the value of a column and is asked only when needed."""
    return all(
        cell is None or bool(cell.evaluate({**inputs, INPUT: value(column)}, case=inputs))
        for column, cell in enumerate(row.inputs)
    )


def judge(name: str, policy: str, matching: Sequence[int]) -> Sequence[int]:
    """Answer which of the matching rows count; raises ``DecisionFailedError`` for none, or for two of UNIQUE."""
    if policy not in POLICIES:
        raise DecisionFailedError(f"the decision table {name} has the unknown hit policy {policy}")
    if not matching and policy != "COLLECT":
        raise DecisionFailedError(f"no rule of the decision table {name} matches")
    if policy == "UNIQUE" and len(matching) > 1:
        rows = ", ".join(str(number) for number in matching)
        raise DecisionFailedError(
            f"the rules {rows} of the decision table {name} match together, only one may"
        )
    return matching[:1] if policy == "FIRST" else matching


def combine(
    name: str, policy: str, outputs: Sequence[str], answers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Answer what the rows that count say together; raises ``DecisionFailedError`` when rows of ANY differ."""
    if policy == "COLLECT":
        return {output: [answer[output] for answer in answers] for output in outputs}
    if any(answer != answers[0] for answer in answers):
        raise DecisionFailedError(f"matching rules of the decision table {name} give different answers")
    return dict(answers[0])


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
