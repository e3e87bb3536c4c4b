"""Fires due timers: claim, move and delete happen in one transaction, so each fires exactly once."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.deadlines.events import wait_is_over
from cases.environment import Environment
from cases.incidents import RETRY, faults, one_more_conflict
from cases.model import SYSTEM
from cases.runtime import move, run_queue
from cases.work import CaseWork
from engine.errors import NotWaitingError
from engine.model import FireTimer
from storage.tables import Timer


def fire_next_timer(session: Session, env: Environment) -> bool:
    """Fire the timer that has been due longest; False when none is due.

    On PostgreSQL other workers skip the row while this transaction holds it; on SQLite writers queue anyway.
    A timer whose process failed is marked and left to the administrator (``FaultedError`` leads to an incident).
    """
    timer = _claim_oldest(session, env)
    if timer is None:
        return False
    with faults(
        task_id=timer.task_id, case_id=timer.case_id, instance_id=timer.instance_id, command="FireTimer"
    ):
        fire_timer(session, env, timer)
    return True


def postpone_next_timer(session: Session, env: Environment) -> None:
    """The timer that has been due longest met conflicts only: let the others pass and try it again in a minute.

    After eight attempts it is a fault like any other, and left to the administrator.
    """
    timer = _claim_oldest(session, env)
    if timer is None:
        return
    attempts = one_more_conflict(
        timer.attempts,
        case_id=timer.case_id,
        instance_id=timer.instance_id,
        element_id=timer.element_id,
        command="FireTimer",
        task_id=timer.task_id,
    )
    again = {"attempts": attempts, "due_at": env.clock.now() + RETRY}
    session.execute(update(Timer).where(Timer.task_id == timer.task_id).values(**again))


def _claim_oldest(session: Session, env: Environment) -> Any:
    return session.execute(
        select(Timer.task_id, Timer.instance_id, Timer.case_id, Timer.clock, Timer.element_id, Timer.attempts)
        .where(Timer.due_at <= env.clock.now(), Timer.failed.is_(False), Timer.held.is_(False))
        .order_by(Timer.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def fire_timer(session: Session, env: Environment, timer: Any) -> CaseWork:
    """Fire the timer of this row, whether or not it is due, and answer the work that was written."""
    work = CaseWork.load(session, env, timer.case_id, by=SYSTEM)
    work.record(
        "case:timer:fired",
        data={"clock": timer.clock} if timer.clock else {},
        instance_id=timer.instance_id,
        task_id=timer.task_id,
        element_id=timer.element_id,
    )
    if timer.clock:
        wait_is_over(work, timer.clock)
    try:
        move(work, work.instance(timer.instance_id), FireTimer(timer.task_id))
    except NotWaitingError:
        work.drop(Timer, "task_id", (timer.task_id,))
    run_queue(work)
    work.flush()
    return work
