"""Tries again what was left alone: a timer, a job, an alert, a message to the outside, a scheduled start."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.incidents.asked import Act, Change
from cases.incidents.changes import change_of
from cases.outbox import SLOW_TOPICS
from cases.timers import fire_timer
from engine.model import Text
from storage.queries.changed import count_changed
from storage.tables import Attachment, Case, Deadline, Job, OutboxMessage, ScheduledStart, Timer

MACHINE = frozenset({"timer", "job", "alert", "outbox", "letter", "start"})
"""Subjects that a worker tries again by itself when it is let."""


def let_be_tried(session: Session, env: Environment, incident: Any) -> None:
    """Let a worker try it again now. One statement.

    Raises RefusedByRuleError for what only a person can repeat, and for what is gone.
    """
    if incident.command == "Recalculate":
        return  # Once the incident is over the hourly look at overtaken deadlines finds the case.
    attempt = _ATTEMPTS.get(incident.subject)
    if attempt is None:
        raise RefusedByRuleError(_BY_A_PERSON)
    if not attempt(session, env, incident):
        raise RefusedByRuleError(_GONE)


def rehearse_timer(session: Session, env: Environment, incident: Any) -> Change | None:
    """What the timer would do if it fired now; None when the incident is about something else. To be taken back."""
    timer = session.execute(select(*_TIMER).where(Timer.task_id == incident.task_id)).one_or_none()
    if incident.subject != "timer" or timer is None:
        return None
    before = session.scalar(select(Case.stage).where(Case.id == timer.case_id))
    work = fire_timer(session, env, timer)
    return change_of(work, Act.RETRY, str(before), dry_run=True)


def _timer(session: Session, env: Environment, incident: Any) -> int:
    again = {"failed": False, "attempts": 0}
    return _change(session, Timer, Timer.task_id == incident.task_id, again)


def _job(session: Session, env: Environment, incident: Any) -> int:
    again = {"failed": False, "attempts": 0, "lease": None, "run_at": env.clock.now()}
    return _change(session, Job, Job.id == incident.task_id, again)


def _alert(session: Session, env: Environment, incident: Any) -> int:
    waits = (Deadline.id == incident.task_id) & Deadline.next_level.is_not(None)
    return _change(
        session, Deadline, waits & Deadline.stopped_at.is_(None), {"next_alert_at": env.clock.now()}
    )


def _message(session: Session, env: Environment, incident: Any) -> int:
    again = {"failed": False, "attempts": 0, "lease": None, "run_at": env.clock.now()}
    waits = (OutboxMessage.id == incident.task_id) & OutboxMessage.delivered_at.is_(None)
    return _change(session, OutboxMessage, waits, again)


def _letter(session: Session, env: Environment, incident: Any) -> int:
    again = {"failed": False, "attempts": 0, "run_at": env.clock.now()}
    asked_for = (OutboxMessage.case_id == incident.case_id) & OutboxMessage.topic.in_(SLOW_TOPICS)
    return _change(session, OutboxMessage, asked_for & OutboxMessage.delivered_at.is_(None), again)


def _start(session: Session, env: Environment, incident: Any) -> int:
    this = ScheduledStart.process_id == incident.process_id
    return _change(session, ScheduledStart, this, {"due_at": env.clock.now()})


def _file(session: Session, env: Environment, incident: Any) -> int:
    """The file may be back in the store; there is nothing else to try."""
    key = session.scalar(select(Attachment.object_key).where(Attachment.id == incident.task_id))
    if key is not None and not env.objects.exists(key):
        raise RefusedByRuleError(_STILL_MISSING)
    return 1


def _change(session: Session, table: Any, condition: Any, values: Mapping[str, Any]) -> int:
    return count_changed(session, update(table).where(condition).values(**values))


_ATTEMPTS: Mapping[str, Callable[[Session, Environment, Any], int]] = {
    "timer": _timer,
    "job": _job,
    "alert": _alert,
    "outbox": _message,
    "letter": _letter,
    "start": _start,
    "file": _file,
}
_TIMER = (Timer.task_id, Timer.instance_id, Timer.case_id, Timer.clock, Timer.element_id, Timer.attempts)
_BY_A_PERSON = Text(
    id="Mesin tidak dapat mengulangi langkah ini. Perbaiki sebabnya, minta orangnya mengulangi, lalu tutup insiden "
    "ini.",
    en="This cannot be repeated by the machine. Mend the cause, ask the person to repeat it, then dismiss this "
    "incident.",
)
_STILL_MISSING = Text(
    id="Berkasnya masih belum ada di penyimpanan. Pulihkan dari cadangan, lalu coba lagi; bila tidak ada lagi, tutup "
    "insiden ini.",
    en="The file is still not in the object store. Restore it from a backup, then retry; if it is lost, dismiss this "
    "incident.",
)
_GONE = Text(
    id="Yang gagal sudah tidak ada: kasusnya sudah berjalan ke langkah lain. Tutup insiden ini.",
    en="What failed is no longer there: the case has moved on. Dismiss this incident.",
)
