"""Lets timers and open user tasks follow the deadlines that they wait for; the engine's state is never touched."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Boolean, Table, Update, and_, bindparam, case, or_, update

from cases.deadlines.running import Deadlines, Shift
from cases.rules.handling import FINAL, FINAL_PREFIX
from cases.writing import Write
from storage.queries.batch import Prepared
from storage.tables import Timer, UserTask

_TIMERS = cast("Table", Timer.__table__)
_TASKS = cast("Table", UserTask.__table__)


def _timers(*, of_instance: bool) -> Update:
    drawn = _TIMERS.c.clock.in_((bindparam("shown"), bindparam("alias")))
    statement = update(_TIMERS).where(_TIMERS.c.case_id == bindparam("case"), drawn)
    if of_instance:
        statement = statement.where(_TIMERS.c.instance_id == bindparam("instance"))
    return statement.values(due_at=bindparam("due", type_=_TIMERS.c.due_at.type))


def _tasks(*, of_instance: bool) -> Update:
    column = _TASKS.c.clock
    named = column.in_((bindparam("shown"), bindparam("was")))
    unnamed = and_(column.is_(None), bindparam("final", type_=Boolean()))
    statement = update(_TASKS).where(
        _TASKS.c.case_id == bindparam("case"), _TASKS.c.state == "open", or_(named, unnamed)
    )
    if of_instance:
        statement = statement.where(_TASKS.c.instance_id == bindparam("instance"))
    return statement.values(
        due_at=bindparam("due", type_=_TASKS.c.due_at.type),
        clock=case((column.is_(None), column), else_=bindparam("shown", type_=column.type)),
    )


# Statements are built once: on the hot path, building them costs more than running them.
_FOLLOW = {
    own: (Prepared(_timers(of_instance=own)), Prepared(_tasks(of_instance=own))) for own in (False, True)
}


def follow(case_id: str, deadlines: Deadlines) -> Iterator[Write]:
    """Move the stored timers and open tasks of every clock that got another date: two statements, or none."""
    for own in (False, True):
        values = [_values(case_id, one) for one in deadlines.shifts if (one.instance_id is not None) is own]
        if values:
            yield from (Write(statement, values) for statement in _FOLLOW[own])


def follow_added(
    deadlines: Deadlines, timers: Sequence[dict[str, Any]], tasks: Sequence[dict[str, Any]], final: str
) -> None:
    """Give the timers and tasks that this command adds the date of their clock as it is at its end.

    Diagrams ask for a date before the effects of a step begin, pause or move its clock. ``final`` is the final clock
    of the
    case.
    """
    for timer in timers:
        _take_over(deadlines, timer, final if timer["clock"] == FINAL else timer["clock"])
    for task in tasks:
        if task["state"] == "open":
            _take_over(deadlines, task, task["clock"] or final)


def _take_over(deadlines: Deadlines, row: dict[str, Any], clock: str | None) -> None:
    running = deadlines.find(clock, row["instance_id"]) if clock else None
    if running is not None:
        row["due_at"] = running.due_at


def _values(case_id: str, one: Shift) -> dict[str, Any]:
    is_final = one.clock.startswith(FINAL_PREFIX)
    return {
        "case": case_id,
        "shown": one.clock,
        "alias": FINAL if is_final else one.clock,
        "was": one.was,
        "due": one.due_at,
        "final": is_final,
        "instance": one.instance_id,
    }
