"""Raises the levels of the escalation ladder: each exactly once, as attention that changes neither stage nor status."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.deadlines.calendar import CalendarGapError
from cases.deadlines.ladder import AT_DUE, next_alert, rung
from cases.deadlines.running import RunningDeadline
from cases.environment import Environment
from cases.incidents import RETRY, FaultedError, faults, one_more_conflict, record_incident
from cases.model import SYSTEM
from cases.rules.model import ClockRule
from cases.work import CaseWork
from storage.tables import Deadline, Escalation

RUNNING = Deadline.stopped_at.is_(None) & Deadline.due_at.is_not(None)
"""Deadlines that count; a paused one has no due date and raises nothing."""

FAILED = RUNNING & Deadline.next_level.is_not(None) & Deadline.next_alert_at.is_(None)
"""Deadlines whose next level could not be raised: an incident told so, and counting them anew revives it."""


def raise_next_alert(session: Session, env: Environment) -> bool:
    """Raise the level that has been due longest and set the next one; False when none is due.

    Claim, entry and the next level are one transaction: with two workers, and whenever one is killed, each level is
    raised once. An alert that fails is left alone and becomes an incident.
    """
    deadline = _claim_longest_due(session, env)
    if deadline is None:
        return False
    with faults(
        task_id=deadline.id,
        case_id=deadline.case_id,
        instance_id=deadline.instance_id,
        command="RaiseAlert",
    ):
        _raise(session, env, deadline)
    return True


def postpone_next_alert(session: Session, env: Environment) -> None:
    """The alert that has been due longest met conflicts only: let the others pass and try it again in a minute.

    After eight attempts it is a fault like any other, and left to the administrator.
    """
    deadline = _claim_longest_due(session, env)
    if deadline is None:
        return
    attempts = one_more_conflict(
        deadline.attempts,
        case_id=deadline.case_id,
        instance_id=deadline.instance_id,
        command="RaiseAlert",
        task_id=deadline.id,
    )
    again = {"attempts": attempts, "next_alert_at": env.clock.now() + RETRY}
    session.execute(update(Deadline).where(Deadline.id == deadline.id).values(**again))


def raise_level(
    work: CaseWork, clock: str, level: int, *, since: datetime | None = None, instance_id: str | None = None
) -> bool:
    """Note an escalation of the case once for a clock, a round and a level; False when it was noted before.

    ``since`` lets a clock that began anew be noted again: what was raised up to then belongs to an earlier run of it.
    """
    # The final clock counts from the receipt through every round, so it is raised once for the whole case.
    final = clock.startswith("final")
    key = {"clock": clock, "round": 0 if final else work.case["round"], "level": level}
    if not _keep(work, key, since=None if final else since):
        return False
    work.set(escalation_level=max(work.case["escalation_level"] or 0, level))
    told = {"clock": clock, "level": level, "to": list(_recipients(work, clock, level))}
    work.record("case:escalation:raised", data=told, instance_id=instance_id)
    work.send("case:escalated", told)
    return True


def _keep(work: CaseWork, key: Mapping[str, Any], *, since: datetime | None) -> bool:
    """Keep the row of an escalation; False when it is there already."""
    # The same command may have raised it already, in another branch or process of the case.
    fresh = any(key.items() <= row.items() for row in work.rows.get(Escalation, []))
    if fresh:
        return False
    here = [getattr(Escalation, name) == value for name, value in {**key, "case_id": work.case["id"]}.items()]
    known = None if work.new else work.session.scalar(select(Escalation.at).where(*here))
    if known is None:
        work.add(Escalation, case_id=work.case["id"], **key, at=work.now)
        return True
    if since is None or known > since:
        return False
    work.session.execute(update(Escalation).where(*here).values(at=work.now))
    return True


def _recipients(work: CaseWork, clock: str, level: int) -> tuple[str, ...]:
    rule = work.rules.clocks.get(clock)
    found = rung(work.rules, rule, level) if rule else None
    return found.recipients if found else ()


def _claim_longest_due(session: Session, env: Environment) -> Any:
    return session.execute(
        select(*Deadline.__table__.columns)
        .where(Deadline.next_alert_at <= env.clock.now(), RUNNING)
        .order_by(Deadline.next_alert_at, Deadline.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _raise(session: Session, env: Environment, deadline: Any) -> None:
    work = CaseWork.load(session, env, deadline.case_id, by=SYSTEM)
    rule = work.rules.clocks[deadline.clock]
    # Each process beside the case has a clock of its own, which the case's other processes do not answer for.
    since = work.now if deadline.instance_id else deadline.started_at
    raise_level(work, deadline.clock, deadline.next_level, since=since, instance_id=deadline.instance_id)
    row = RunningDeadline(**deadline._mapping)
    if row.law and deadline.next_level >= AT_DUE and row.breached_at is None:
        work.deadlines.breach(row)
    level, at = _following(work, rule, deadline)
    work.deadlines.change(row, next_level=level, next_alert_at=at, attempts=0)
    work.flush()


def _following(work: CaseWork, rule: ClockRule, deadline: Any) -> tuple[int | None, datetime | None]:
    """The next level and when; one that the calendar does not reach waits for the calendar, and an incident says so."""
    try:
        found = next_alert(work.rules, work.calendar, rule, deadline.due_at, deadline.next_level)
    except CalendarGapError as gap:
        fault = FaultedError(
            case_id=deadline.case_id,
            instance_id=deadline.instance_id,
            element_id=None,
            cause=f"the next alert of the clock {rule.key} has no date: {gap}",
            command="RaiseAlert",
        )
        fault.__cause__ = gap
        record_incident(work.session, work.env, fault)
        return deadline.next_level + 1, None
    return found or (None, None)
