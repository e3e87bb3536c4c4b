"""Asks the decision tables of a ruleset: who handles and leads, what is forbidden, how long a case is kept."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cases.rules.model import Ruleset
from engine.decision_table import DecisionFailedError, evaluate, load

__all__ = ["DecisionFailedError", "decide"]


def decide(ruleset: Ruleset, decision_id: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a table of the ruleset answers; its columns read the inputs as ``name`` or as ``case.name``.

    Raises DecisionFailedError when the ruleset has no such table, or when the table has no single answer: the gate
    lets no such table in, so that this becomes an incident.
    """
    content = ruleset.decisions.get(decision_id)
    if content is None:
        raise DecisionFailedError(f"the ruleset {ruleset.key} has no decision table {decision_id}")
    return dict(_answer(content, tuple(inputs.items())))


@lru_cache(maxsize=4_096)
def _answer(content: bytes, inputs: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
    # A table computes from its inputs alone and is asked the same few questions: remembered by the table's own bytes.
    return evaluate(load(content), dict(inputs))
