"""A version of a ruleset as people read it: its clocks, reasons, limits, and each decision table row by row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.model import Actor
from cases.rules.model import Ruleset
from cases.rules.versions import RulesetView, get_ruleset, get_ruleset_files, get_ruleset_version
from engine.decision_file import Decision, read_decisions
from engine.markup import parse_markup
from engine.model import Files, Text

INFER = "[INFER]"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One rule of a decision table."""

    number: int
    inputs: tuple[str, ...]
    """Cells as written; a dash for one that always matches."""
    outputs: tuple[str, ...]
    description: str
    inferred: bool
    """No source gives this row: the office may decide otherwise."""


@dataclass(frozen=True, slots=True)
class TableView:
    """A decision table."""

    id: str
    name: str
    description: str
    hit_policy: str
    inputs: tuple[str, ...]
    """Labels of the columns."""
    outputs: tuple[str, ...]
    reads: tuple[str, ...]
    """What each input column reads: ``case_class``."""
    answers: tuple[str, ...]
    """What each output column is called: ``years``."""
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class RulesetDetail:
    """One version with everything in it."""

    view: RulesetView
    rules: Ruleset
    events: Mapping[str, Text]
    tables: tuple[TableView, ...]
    files: Files


def get_ruleset_detail(
    session: Session, env: Environment, key: str, version: int | None, *, by: Actor
) -> RulesetDetail:
    """A version, or with None the newest of the key, with its rules and files; raises NotFoundError."""
    view = get_ruleset_version(session, env, key, version, by=by)
    files = get_ruleset_files(session, env, view.key, view.version, by=by)
    rules = get_ruleset(session, env, view.key, view.version, by=by)
    events = json.loads(files["clocks.json"]).get("events", {})
    return RulesetDetail(
        view=view,
        rules=rules,
        events={name: Text(id=one["id"], en=one["en"]) for name, one in events.items()},
        tables=tuple(describe_table(content) for content in rules.decisions.values()),
        files=files,
    )


def describe_table(content: bytes) -> TableView:
    """A table that passed the gate, cell by cell."""
    decision = read_decisions("", parse_markup(content)).decisions[0]
    table = decision.tables[0]
    return TableView(
        id=decision.id,
        name=decision.name or decision.id,
        description=decision.description.removeprefix(INFER).strip(),
        hit_policy=table.hit_policy,
        inputs=tuple(cell.label or cell.text for cell in table.inputs),
        outputs=tuple(column.label or column.name for column in table.outputs),
        reads=tuple(cell.text.removeprefix("case.") for cell in table.inputs),
        answers=tuple(column.name for column in table.outputs),
        rows=_rows(decision),
    )


def _rows(decision: Decision) -> tuple[TableRow, ...]:
    return tuple(
        TableRow(
            number=number,
            inputs=tuple(cell.text.strip() or "-" for cell in row.inputs),
            outputs=tuple(cell.text.strip() for cell in row.outputs),
            description=row.description.removeprefix(INFER).strip(),
            inferred=INFER in f"{row.description} {decision.description}",
        )
        for number, row in enumerate(decision.tables[0].rows, start=1)
    )
