"""Decides by a DMN table inside a process: the library's parsed table under the engine's own rules."""

from typing import Any

from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine

from engine.decision_table import INPUT, DecisionFailedError, combine, compile_cell, judge
from engine.errors import ProcessFaultError
from engine.expressions import Compiled


class DecisionEngine(DMNEngine):  # type: ignore[misc]
    """A decision table whose cells are allowed expressions and whose mistakes are said aloud."""

    @property
    def title(self) -> str:
        """The table as its author calls it."""
        return str(self.decision_table.name or self.decision_table.id)

    def decide(self, task: Any) -> list[Any]:
        """Answer the rules that count; none is a fault, with UNIQUE more than one too."""
        inputs = _Inputs(task)
        matching = [rule for rule in self.decision_table.rules if _matches(rule, inputs)]
        try:
            chosen = judge(self.title, self.decision_table.hit_policy, [rule.row_number for rule in matching])
        except DecisionFailedError as error:
            raise _fault(task, error) from error
        return [rule for rule in matching if rule.row_number in chosen]

    def result(self, task: Any) -> dict[str, Any]:
        """Answer the outputs of the matching rules; COLLECT gives lists."""
        answers = [rule.output_as_dict(task) for rule in self.decide(task)]
        outputs = [output.name or output.label for output in self.decision_table.outputs]
        try:
            return combine(self.title, self.decision_table.hit_policy, outputs, answers)
        except DecisionFailedError as error:
            raise _fault(task, error) from error


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


def _fault(task: Any, error: DecisionFailedError) -> ProcessFaultError:
    return ProcessFaultError(task.task_spec.bpmn_id or task.task_spec.name, str(error))
