"""Fires due timers: claim, move and delete happen in one transaction, so each fires exactly once."""

from typing import Any

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.orm import Session

from cases.deadlines.events import wait_is_over
from cases.environment import Environment
from cases.incidents import RETRY, faults, one_more_conflict
from cases.incidents.submission import find_unheard
from cases.model import SYSTEM
from cases.runtime import move, run_queue
from cases.work import CaseWork
from engine.errors import NotWaitingError
from engine.model import FireTimer
from storage.queries.batch import Call, Prepared, send
from storage.tables import Timer

LOT = 16
"""Timers that one transaction fires: begin, claim and commit cost as much as a timer does."""
_OLDEST = Prepared(
    select(Timer.task_id, Timer.instance_id, Timer.case_id, Timer.clock, Timer.element_id, Timer.attempts)
    .where(
        Timer.due_at <= bindparam("now", type_=Timer.due_at.type),
        Timer.failed.is_(False),
        Timer.held.is_(False),
    )
    .order_by(Timer.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)


def fire_due_timers(session: Session, env: Environment, *, most: int = LOT) -> int:
    """Fire the timers that have been due longest, at most one of each case, and answer how many.

    On PostgreSQL other workers skip the rows while this transaction holds them; on SQLite writers queue anyway.
    A timer whose process failed is marked and left to the administrator (``FaultedError`` leads to an incident); the
    others of its lot are then not fired either, and come again.
    """
    claimed = {timer.case_id: timer for timer in reversed(_claim_oldest(session, env, most))}
    # In one order always, so that two workers with timers of the same cases cannot wait for each other.
    for timer in sorted(claimed.values(), key=lambda timer: timer.case_id):
        with faults(
            task_id=timer.task_id, case_id=timer.case_id, instance_id=timer.instance_id, command="FireTimer"
        ):
            fire_timer(session, env, timer)
    return len(claimed)


def postpone_next_timer(session: Session, env: Environment) -> None:
    """The timer that has been due longest met conflicts only: let the others pass and try it again in a minute.

    After eight attempts it is a fault like any other, and left to the administrator.
    """
    found = _claim_oldest(session, env, 1)
    if not found:
        return
    timer = found[0]
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


def _claim_oldest(session: Session, env: Environment, most: int) -> list[Any]:
    return send(session, [Call(_OLDEST, [{"now": env.clock.now(), "most": most}])])[0].rows


def fire_timer(session: Session, env: Environment, timer: Any) -> CaseWork:
    """Fire the timer of this row, whether or not it is due, and answer the work that was written.

    No silence ends a case whose complainant has answered: while a message of theirs waits for an administrator, because
    the process failed, the timer is held until that incident is over.
    """
    work = CaseWork.load(session, env, timer.case_id, by=SYSTEM)
    if timer.clock and _answered_in_vain(work, timer):
        session.execute(update(Timer).where(Timer.task_id == timer.task_id).values(held=True))
        return work
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


def _answered_in_vain(work: CaseWork, timer: Any) -> bool:
    """Whether a message waits that was written since the clock of the timer began to run against the complainant."""
    rule = work.rules.clocks.get(timer.clock)
    if rule is None or not rule.against_complainant:
        return False
    unheard = find_unheard(work.session, work.case["id"])
    running = work.deadlines.find(rule.key, timer.instance_id)
    return unheard is not None and (running is None or unheard.at >= running.started_at)
