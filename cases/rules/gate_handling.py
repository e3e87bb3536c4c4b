"""The gate's rule about the table ``handling``: no case whatever may be left without its final clock."""

from collections.abc import Collection, Iterator
from itertools import product

from cases.model import CaseClass, Kind, Sensitivity
from cases.rules import gate_rules as rules
from cases.rules.handling import INPUTS, TABLE
from engine.decision_table import (
    DecisionFailedError,
    DecisionRefusedError,
    DecisionTable,
    chosen_rows,
    evaluate,
    load,
)
from engine.lint.rule import Spot
from engine.model import Files, Finding, Text


def check_handling(files: Files, clocks: Collection[str]) -> Iterator[Finding]:
    """Ask the table for every case that there can be; report each class of which one has no clock of ``clocks``."""
    path = f"dmn/{TABLE}.dmn"
    try:
        table = load(files[path])
    except (KeyError, DecisionRefusedError):
        return  # The rules about decision tables say why.
    for case_class in CaseClass:
        detail = _without_clock(table, case_class, clocks)
        if detail is not None:
            yield rules.CLASS_WITHOUT_CLOCK.at(
                path, Spot(table.id, 1), table=table.id, case_class=case_class.value, detail=detail
            )


def _without_clock(table: DecisionTable, case_class: CaseClass, clocks: Collection[str]) -> Text | None:
    """The first case of the class that has no final clock, and why; None when all have theirs."""
    for sensitivity, kind in product(Sensitivity, Kind):
        case = dict(zip(INPUTS, (case_class.value, sensitivity.value, kind.value), strict=True))
        shown = ", ".join(f'{name} = "{value}"' for name, value in case.items())
        try:
            row = chosen_rows(table, case)[0].number
            clock = evaluate(table, case).get("final_clock")
        except (DecisionFailedError, IndexError):
            return Text(f"{shown} tidak dijawab oleh tepat satu baris", f"{shown} is not answered by one row")
        if clock not in clocks:
            return Text(
                f"baris {row} memberi {shown} jam {clock}", f"row {row} gives {shown} the clock {clock}"
            )
    return None
