"""What the rows of a decision table cover together: tried with every value that a cell names, and with another."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.decision_table import INPUT, CompiledRow, DecisionTable
from engine.expressions import Compiled, ExpressionFailedError

OTHER = "\N{HORIZONTAL ELLIPSIS}"
"""Stands for a text that no cell names."""

MAX_TRIES = 1_000_000
"""Values times cells that are tried at most, some two seconds; then nothing is said about the table."""

MAX_LOOKS = 200_000
"""Looks at the table after which the search for gaps gives up, so that no upload can keep a worker busy."""

_SIMPLE = (
    ast.Expression,
    ast.Compare,
    ast.Name,
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.BoolOp,
    ast.UnaryOp,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
)

Example = tuple[str, ...]
"""One value for each input column, as people write it."""


class TooMuchError(Exception):
    """The table is too entangled to be examined within the bounds."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows, by number, that match together, and the inputs for which they do."""

    first: int
    second: int
    example: Example


class Cover:
    """A table with, for each column, the values worth trying (``samples``) and which of them each row takes.

    Raises TooMuchError when there are too many of them.
    """

    def __init__(self, table: DecisionTable) -> None:
        columns = range(len(table.inputs))
        self._rows = table.rows
        self.samples = [_samples([row.inputs[column] for row in table.rows]) for column in columns]
        if sum(map(len, self.samples)) * len(table.rows) > MAX_TRIES:
            raise TooMuchError
        self._taken = [[self._bits(row, column) for column in columns] for row in table.rows]
        self._looks = 0

    @staticmethod
    def is_simple(table: DecisionTable) -> bool:
        """Whether every cell compares its own input with constants, so that trying values proves something."""
        return all(_is_simple(cell) for row in table.rows for cell in row.inputs if cell is not None)

    def overlaps(self) -> Iterator[Overlap]:
        """Every two rows that match together, by the second of them."""
        for second in range(len(self._rows)):
            for first in range(second):
                shared = [
                    one & other for one, other in zip(self._taken[first], self._taken[second], strict=True)
                ]
                if all(shared):
                    numbers = self._rows[first].number, self._rows[second].number
                    yield Overlap(*numbers, self._example(shared))

    def hole(self) -> Example | None:
        """Inputs for which no row matches, or None. Raises TooMuchError."""
        everything = [(1 << len(samples)) - 1 for samples in self.samples]
        gap = self._gap(frozenset(range(len(self._rows))), everything, 0, {})
        return self._example(gap) if gap is not None else None

    def unreachable(self) -> tuple[int, ...]:
        """The numbers of the rows for which an earlier row always matches too. Raises TooMuchError."""
        return tuple(
            row.number
            for index, row in enumerate(self._rows)
            if index and self._gap(frozenset(range(index)), self._taken[index], 0, {}) is None
        )

    def _gap(
        self, rows: frozenset[int], allowed: Sequence[int], column: int, known: dict[Any, list[int] | None]
    ) -> list[int] | None:
        """One bit for each column from ``column`` on that none of ``rows`` takes, among the allowed ones."""
        if column == len(self.samples):
            return None if rows else []
        if not rows:
            return [bits & -bits for bits in allowed[column:]] if all(allowed[column:]) else None
        key = column, rows
        if key not in known:
            known[key] = self._gap_behind(rows, allowed, column, known)
        return known[key]

    def _gap_behind(
        self, rows: frozenset[int], allowed: Sequence[int], column: int, known: dict[Any, list[int] | None]
    ) -> list[int] | None:
        tried: set[frozenset[int]] = set()
        for number in range(len(self.samples[column])):
            bit = 1 << number
            if not bit & allowed[column]:
                continue
            self._looks += len(rows)
            if self._looks > MAX_LOOKS:
                raise TooMuchError
            left = frozenset(row for row in rows if self._taken[row][column] & bit)
            if left in tried:
                continue
            tried.add(left)
            gap = self._gap(left, allowed, column + 1, known)
            if gap is not None:
                return [bit, *gap]
        return None

    def _bits(self, row: CompiledRow, column: int) -> int:
        cell = row.inputs[column]
        taken = 0
        for number, value in enumerate(self.samples[column]):
            if cell is None or _takes(cell, value):
                taken |= 1 << number
        return taken

    def _example(self, bits: Sequence[int]) -> Example:
        """The values at the lowest bit of each column."""
        lowest = [(one & -one).bit_length() - 1 for one in bits]
        return tuple(_shown(self.samples[column][number]) for column, number in enumerate(lowest))


def _takes(cell: Compiled, value: object) -> bool:
    try:
        return bool(cell.evaluate({INPUT: value}))
    except ExpressionFailedError:
        return False


def _samples(cells: Sequence[Compiled | None]) -> list[Any]:
    """The values that the cells of a column name, those beside a number, and for texts one that none names."""
    # Keyed by type and value: True and 1 are different inputs.
    found: dict[tuple[type, Any], Any] = {}
    for constant in (one for cell in cells if cell is not None for one in _constants(cell)):
        for value in _beside(constant):
            found[type(value), value] = value
    # A column without a value of its own still has one input; None alone stands beside something else.
    if not found or {kind for kind, _ in found} <= {str, type(None)}:
        found[str, OTHER] = OTHER
    return list(found.values())


def _beside(constant: object) -> tuple[object, ...]:
    if isinstance(constant, bool):
        return True, False
    if isinstance(constant, int | float):
        return constant - 1, constant, constant + 1
    return (constant,)


def _constants(cell: Compiled) -> list[object]:
    tree = ast.parse(cell.text.strip(), mode="eval")
    negative = {
        id(node.operand): -node.operand.value
        for node in ast.walk(tree)
        if isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
        and isinstance(node.operand.value, int | float)
    }
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [negative.get(id(node), node.value) for node in constants]


def _is_simple(cell: Compiled) -> bool:
    tree = ast.parse(cell.text.strip(), mode="eval")
    if any(not isinstance(node, _SIMPLE) for node in ast.walk(tree)):
        return False
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names <= {INPUT} and not any(_searches_text(node) for node in ast.walk(tree))


def _searches_text(node: ast.AST) -> bool:
    """``? in "abc"`` looks for a part of a text, which a few values cannot stand for."""
    return isinstance(node, ast.Compare) and any(
        isinstance(operation, ast.In | ast.NotIn) and not isinstance(other, ast.Tuple | ast.List)
        for operation, other in zip(node.ops, node.comparators, strict=True)
    )


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) and value != OTHER else str(value)


def say(columns: Sequence[str], example: Example) -> str:
    """An example as people read it: ``case.case_class = "oversight", level = 3``."""
    pairs: Mapping[str, str] = dict(zip(columns, example, strict=True))
    return ", ".join(f"{column} = {value}" for column, value in pairs.items())
