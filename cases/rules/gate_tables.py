"""The gate's rules about the decision tables that ``cases`` asks: what they are given, and what they may answer."""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cases.rules import gate_rules as rules
from cases.rules.words import TABLES, Answer, Output, TableShape
from engine.decision_file import Decision, Table, read_decisions
from engine.decision_table import compile_cell
from engine.errors import EngineError
from engine.expressions import ExpressionRefusedError, compile_expression
from engine.lint.rule import Spot
from engine.markup import MarkupRefusedError, parse_markup
from engine.model import Files, Finding, Text

MAX_OFFSET = 365
MAX_YEARS = 100

_UNKNOWN = object()
"""The value of an output that depends on the inputs."""


def check_tables(
    files: Files,
    *,
    units: Collection[str] | None,
    reasons: Collection[str] | None,
    answers: Mapping[str, Collection[str]],
) -> Iterator[Finding]:
    """Report tables that are missing, read what they are not given, or answer what nobody understands.

    ``answers`` are the words of output columns that are known only now, by column: clocks, processes, notices.
    """
    for name, shape in TABLES.items():
        path = f"dmn/{name}.dmn"
        if path not in files:
            yield rules.TABLE_MISSING.at("ruleset.json", Spot(name, 1), table=name)
            continue
        decision = _read(files[path])
        if decision is None:
            continue  # The rules about decision tables say why.
        if decision.id != name:
            yield rules.TABLE_NAME.at(path, decision, id=decision.id, table=name)
        words = {**shape.inputs, **({"outcome_reason": reasons} if name == "archive_policy" else {})}
        checked = _Table(path, name, decision.tables[0], _with(shape, answers), words, units)
        yield from checked.check()


def _with(shape: TableShape, answers: Mapping[str, Collection[str]]) -> TableShape:
    known = {
        name: Output(Answer.WORD, frozenset(words))
        for name, words in answers.items()
        if name in shape.outputs
    }
    return replace(shape, outputs={**shape.outputs, **known})


def _read(content: bytes) -> Decision | None:
    try:
        file = read_decisions("", parse_markup(content))
    except MarkupRefusedError:
        return None
    decision = file.decisions[0] if len(file.decisions) == 1 else None
    return decision if decision and len(decision.tables) == 1 else None


@dataclass(frozen=True, slots=True)
class _Table:
    """One table under the gate's rules."""

    path: str
    name: str
    table: Table
    shape: TableShape
    words: Mapping[str, Collection[str] | None]
    units: Collection[str] | None

    def check(self) -> Iterator[Finding]:
        yield from self._check_inputs()
        yield from self._check_cells()
        columns = {column.name: number for number, column in enumerate(self.table.outputs)}
        for name, output in self.shape.outputs.items():
            if name in columns:
                yield from self._check_outputs(columns[name], name, output)
            else:
                yield rules.OUTPUT_MISSING.at(self.path, self.table, table=self.name, name=name)

    def _check_inputs(self) -> Iterator[Finding]:
        cells = [*self.table.inputs, *(cell for row in self.table.rows for cell in row.outputs)]
        allowed = ", ".join(sorted(self.shape.inputs))
        for cell in cells:
            for name in sorted(_names(cell.text) - set(self.shape.inputs)):
                yield rules.INPUT_UNKNOWN.at(self.path, cell, table=self.name, name=name, allowed=allowed)

    def _check_cells(self) -> Iterator[Finding]:
        """Words that an input never has: a row that compares with one is never used."""
        for column, given in enumerate(self.table.inputs):
            name = given.text.removeprefix("case.")
            known = self.words.get(name)
            if known is None:
                continue
            for number, row in enumerate(self.table.rows, start=1):
                for word in _constants(row.inputs[column].text if column < len(row.inputs) else ""):
                    if word not in known:
                        yield rules.INPUT_WORD.at(
                            self.path,
                            row,
                            row=number,
                            table=self.name,
                            name=name,
                            value=word,
                            allowed=", ".join(sorted(known)),
                        )

    def _check_outputs(self, column: int, name: str, output: Output) -> Iterator[Finding]:
        for number, row in enumerate(self.table.rows, start=1):
            value = _value(row.outputs[column].text) if column < len(row.outputs) else _UNKNOWN
            wanted = None if value is _UNKNOWN else _wanted(value, output, self.units)
            if wanted is not None:
                yield rules.OUTPUT_VALUE.at(
                    self.path, row, row=number, table=self.name, name=name, value=value, expected=wanted
                )


def _names(text: str) -> set[str]:
    """What an expression reads, whether as ``name`` or as ``case.name``."""
    try:
        compiled = compile_expression(text)
    except ExpressionRefusedError:
        return set()
    return {*compiled.names, *compiled.facts}


def _constants(text: str) -> tuple[str, ...]:
    try:
        compiled = compile_cell(text)
    except ExpressionRefusedError:
        return ()
    if compiled is None:
        return ()
    tree = ast.parse(compiled.text.strip(), mode="eval")
    return tuple(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _value(text: str) -> Any:
    try:
        return compile_expression(text).evaluate({})
    except EngineError:
        return _UNKNOWN


def _wanted(value: object, output: Output, units: Collection[str] | None) -> Text | None:
    """What an answer should have been, or None when it is right."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    match output.answer:
        case Answer.YES_NO:
            return None if isinstance(value, bool) else Text("True atau False", "True or False")
        case Answer.WHOLE:
            right = whole and abs(int(str(value))) <= MAX_OFFSET
            return None if right else _range(-MAX_OFFSET, MAX_OFFSET)
        case Answer.COUNT:
            return None if whole and 0 <= int(str(value)) <= MAX_YEARS else _range(0, MAX_YEARS)
        case Answer.TEXT:
            right = value is None or (isinstance(value, str) and bool(value.strip()))
            return None if right else Text("teks atau None", "a text or None")
        case Answer.UNIT:
            return _wanted_unit(value, units)
        case _:
            return _wanted_words(value, output)


def _range(least: int, most: int) -> Text:
    return Text(f"bilangan bulat dari {least} sampai {most}", f"a whole number from {least} to {most}")


def _wanted_unit(value: object, units: Collection[str] | None) -> Text | None:
    if value is None or (isinstance(value, str) and value and (units is None or value in units)):
        return None
    return Text(
        "kode unit yang ada (lihat halaman Unit), atau None",
        "the code of a unit (see the page Units), or None",
    )


def _wanted_words(value: object, output: Output) -> Text | None:
    if isinstance(value, str):
        words = [one.strip() for one in value.split(",")] if output.answer is Answer.WORDS else [value]
        if (output.answer is Answer.WORDS and value == "") or all(one in output.words for one in words):
            return None
    listed = ", ".join(sorted(output.words))
    if output.answer is Answer.WORDS:
        return Text(f"kosong, atau dari daftar: {listed}", f"empty, or from the list: {listed}")
    return Text(f"salah satu: {listed}", f"one of: {listed}")
