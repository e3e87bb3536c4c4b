"""Stands where the library would call ``eval`` and ``exec``: diagrams use the engine's language only."""

import ast
from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine

from engine.errors import ProcessFaultError
from engine.expressions import (
    Compiled,
    ExpressionFailedError,
    ExpressionRefusedError,
    compile_expression,
    compile_script,
)
from engine.model import Effect
from engine.session import required

T = TypeVar("T")

Context = Mapping[str, Any] | None


class SafeEnvironment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Answers the library's calls that have no task at hand, such as correlation."""

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: Context = None) -> Any:
        """Compute an allowed expression over ``context``."""
        session = required()
        data = ChainMap(dict(context), dict(external_context or {}))
        return compile_expression(expression).evaluate(data, case=session.facts, now=session.now)

    def execute(self, script: str, context: dict[str, Any], external_context: Context = None) -> bool:
        """Run allowed assignments on ``context``."""
        session = required()
        compile_script(script).execute(context, case=session.facts, now=session.now)
        return True

    def call_service(self, context: Any, **kwargs: Any) -> str:
        """Refuse: services are handlers of the vocabulary, called through ``SafeEngine.call_handler``."""
        raise ProcessFaultError(None, "only handlers of the vocabulary can be called")


class SafeEngine(PythonScriptEngine):  # type: ignore[misc]
    """The library's script engine without Python; every failure names the element at which it happened."""

    def __init__(self) -> None:
        super().__init__(SafeEnvironment())

    def validate(self, expression: str) -> None:
        """Raise ``SyntaxError`` when ``expression`` cannot be read, and a refusal when it is not allowed."""
        ast.parse(expression, mode="eval")
        compile_expression(expression)

    def evaluate(self, task: Any, expression: str, external_context: Context = None) -> Any:
        """Compute an allowed expression over the task's data."""
        compiled = self.translated(task, expression, lambda: compile_expression(expression))
        return self.compute(task, compiled, external_context)

    def compute(self, task: Any, compiled: Compiled, external_context: Context = None) -> Any:
        """Compute a translated expression over the task's data, which wins over what comes from outside."""
        session = required()
        data = ChainMap(task.data, dict(external_context)) if external_context else task.data
        try:
            return compiled.evaluate(data, case=session.facts, now=session.now)
        except ExpressionFailedError as error:
            raise _fault(task, compiled.text, error) from error

    def execute(self, task: Any, script: str, external_context: Context = None) -> bool:
        """Run allowed assignments on the task's data."""
        session = required()
        compiled = self.translated(task, script, lambda: compile_script(script or ""))
        try:
            compiled.execute(task.data, case=session.facts, now=session.now)
        except ExpressionFailedError as error:
            raise _fault(task, script, error) from error
        return True

    def translated(self, task: Any, text: str | None, translate: Callable[[], T]) -> T:
        """Answer what ``translate`` gives, and turn a refusal into a fault at the task's element."""
        try:
            return translate()
        except ExpressionRefusedError as error:
            raise _fault(task, text or "", error) from error

    def call_handler(self, task: Any, handler: str, arguments: Mapping[str, str]) -> bool | None:
        """Call a handler: True when its effect joins this transaction, None when a job is to do it."""
        session = required()
        mode = session.handler_modes.get(handler)
        if mode is None:
            raise ProcessFaultError(task.task_spec.bpmn_id, f"there is no handler {handler}")
        values = {name: self.evaluate(task, text) for name, text in arguments.items()}
        if mode == "job":
            task.internal_data["arguments"] = values
            return None
        session.effects.append(Effect(session.numbers.text(task.id), session.describe(task), handler, values))
        return True


def _fault(task: Any, text: str, error: Exception) -> ProcessFaultError:
    spec = task.task_spec
    return ProcessFaultError(spec.bpmn_id or spec.name, f"in {(text or '').strip()[:200]!r}: {error}")
