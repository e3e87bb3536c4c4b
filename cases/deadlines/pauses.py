"""The pauses of one case while a command works on it: it waits for others, and some clocks do not count.

A case that an administrator suspends is one more pause, but only of the clocks by which the complainant would lose the
case: they cannot answer meanwhile. The office gains no day by it: while its case is suspended no stage pauses a clock
of the office either [INFER].
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from cases.deadlines.counting import Pause
from cases.rules.model import ClockRule, Ruleset
from cases.writing import Rows, Write
from storage.queries.batch import Call, Prepared, send
from storage.tables import CasePause

_TABLE = cast("Table", CasePause.__table__)
SUSPENDED = "suspended"
"""The ``stage`` of a pause in which the complainant could not answer: the case rests, or an answer of theirs failed."""
_END = Prepared(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("pause_id"))
    .values(ended_at=bindparam("at", type_=_TABLE.c.ended_at.type))
)
PAUSES = select(_TABLE.c.id, _TABLE.c.stage, _TABLE.c.started_at, _TABLE.c.ended_at).order_by(
    _TABLE.c.started_at, _TABLE.c.id
)
"""Pauses as ``Pauses`` knows them, oldest first; to be asked for by case."""
_OF_CASE = Prepared(PAUSES.where(_TABLE.c.case_id == bindparam("case")))


def pausing_stages(rules: Ruleset) -> frozenset[str]:
    """The stages in which at least one clock of the ruleset pauses."""
    return frozenset(stage for rule in rules.clocks.values() for stage in rule.pauses_in)


def pauses_of(rule: ClockRule, pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    """Those of a case's pauses that hold this clock: the ones in the stages that its rule names.

    One by whose end the complainant loses the case is held by suspensions too; all others are held by no stage as
    long as one lasts.
    """
    if rule.against_complainant:
        return tuple(pause for pause in pauses if pause.stage in (*rule.pauses_in, SUSPENDED))
    held = tuple(pause for pause in pauses if pause.stage in rule.pauses_in)
    for rest in (pause for pause in pauses if pause.stage == SUSPENDED):
        held = tuple(part for pause in held for part in _without(pause, rest))
    return held


def _without(pause: Pause, rest: Pause) -> Iterator[Pause]:
    """What is left of a pause outside another."""
    if (rest.end is not None and rest.end <= pause.start) or (
        pause.end is not None and pause.end <= rest.start
    ):
        yield pause
        return
    if pause.start < rest.start:
        yield replace(pause, end=rest.start)
    if rest.end is not None and (pause.end is None or rest.end < pause.end):
        yield replace(pause, start=rest.end)


def list_pauses(session: Session, case_id: str) -> tuple[Pause, ...]:
    """The stored pauses of a case, oldest first. One statement."""
    rows = send(session, [Call(_OF_CASE, [{"case": case_id}])])[0].rows
    return tuple(Pause(row.started_at, row.ended_at, row.stage) for row in rows)


@dataclass(slots=True)
class _Row:
    id: str
    stage: str
    started_at: datetime
    ended_at: datetime | None
    stored: bool


class Pauses:
    """Begins and ends pauses; read at most once, written at the end."""

    def __init__(
        self, session: Session, case_id: str, new_id: Callable[[], str], *, fresh: bool, now: datetime
    ) -> None:
        self._session = session
        self._case_id = case_id
        self._new_id = new_id
        self._now = now
        self._rows: list[_Row] | None = [] if fresh else None
        self._ended: list[_Row] = []

    def know(self, found: Sequence[Any]) -> None:
        """Take what was read along with the case."""
        self._rows = _stored(found)

    def begin(self, stage: str) -> None:
        """The case waits from now on."""
        self._known().append(_Row(self._new_id(), stage, self._now, None, stored=False))

    def note(self, stage: str, since: datetime) -> None:
        """The case stood still until now, as nobody knew while it did."""
        self._known().append(_Row(self._new_id(), stage, since, self._now, stored=False))

    def end(self, stage: str) -> None:
        """The case goes on. A pause that the same command began and ended was none."""
        rows = self._known()
        for row in [row for row in rows if row.ended_at is None and row.stage == stage]:
            if not row.stored:
                rows.remove(row)
                continue
            row.ended_at = self._now
            self._ended.append(row)

    def of(self, rule: ClockRule) -> tuple[Pause, ...]:
        """The pauses that hold a clock, oldest first; no statement for a clock that never pauses."""
        if not rule.may_pause:
            return ()
        known = [Pause(row.started_at, row.ended_at, row.stage) for row in self._known()]
        return pauses_of(rule, known)

    def changes(self) -> Iterator[Write]:
        """What ended: one statement, or none."""
        if self._ended:
            yield Write(_END, [{"pause_id": row.id, "at": row.ended_at} for row in self._ended])

    def added(self) -> Rows:
        """The rows of what began."""
        return [self._values(row) for row in self._rows or () if not row.stored]

    def _values(self, row: _Row) -> Mapping[str, object]:
        return {
            "id": row.id,
            "case_id": self._case_id,
            "stage": row.stage,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
        }

    def _known(self) -> list[_Row]:
        if self._rows is None:
            self._rows = _stored(send(self._session, [Call(_OF_CASE, [{"case": self._case_id}])])[0].rows)
        return self._rows


def _stored(found: Sequence[Any]) -> list[_Row]:
    return [_Row(row.id, row.stage, row.started_at, row.ended_at, True) for row in found]
