"""Asks the decision tables of a ruleset: who leads, what is forbidden, how long a case is kept."""

from collections.abc import Mapping
from typing import Any

from cases.rules.model import Ruleset
from engine.decision_table import DecisionFailedError, evaluate, load

__all__ = ["DecisionFailedError", "decide"]


def decide(ruleset: Ruleset, decision_id: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a table of the ruleset answers; its columns read the inputs as ``name`` or as ``case.name``.

    Compiled once per process. Raises DecisionFailedError when the ruleset has no such table, or when the table has
    no single answer: the gate lets no such table in, so that this becomes an incident.
    """
    content = ruleset.decisions.get(decision_id)
    if content is None:
        raise DecisionFailedError(f"the ruleset {ruleset.key} has no decision table {decision_id}")
    return evaluate(load(content), inputs)
