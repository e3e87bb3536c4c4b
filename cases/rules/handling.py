"""How a case is handled: class, sensitivity and kind give process, final clock, who sees it and who approves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.rules.decisions import decide
from cases.rules.model import Ruleset

TABLE = "handling"
INPUTS = ("case_class", "sensitivity", "kind")
EVERYBODY = "public"
"""Cases whose public part, the title with it, everybody may read. The others' title is for nobody outside, and what
the law protects (the restricted lane, confidential and sensitive cases) stays so whatever the table says.
"""

FINAL = "final"
"""What diagrams call the final clock of the case."""
FINAL_PREFIX = f"{FINAL}_"
"""How the keys of final clocks begin: a case has the one that the table names for it, and no other."""


@dataclass(frozen=True, slots=True)
class HandlingRule:
    """What the table answers for a case."""

    process: str
    final_clock: str
    visibility: str
    approver: str


def handling_rule(ruleset: Ruleset, case: Mapping[str, Any]) -> HandlingRule:
    """How a case with these columns is handled under the ruleset. Raises DecisionFailedError."""
    answer = decide(ruleset, TABLE, {name: case[name] for name in INPUTS})
    return HandlingRule(
        process=str(answer["handling_process"]),
        final_clock=str(answer["final_clock"]),
        visibility=str(answer["visibility"]),
        approver=str(answer["approver"]),
    )


def applies(ruleset: Ruleset, clock: str, case: Mapping[str, Any]) -> bool:
    """Whether a case has a clock: every one but the final clocks of cases that are handled otherwise."""
    return not clock.startswith(FINAL_PREFIX) or clock == handling_rule(ruleset, case).final_clock
