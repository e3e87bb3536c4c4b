"""Does a failed task or message again when an administrator asks: in the name of whoever sent it, with their words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.actions.beginning import keep_reason
from cases.environment import Environment
from cases.errors import NotFoundError, RefusedByRuleError, SuspendedError
from cases.forms import FormInvalidError
from cases.incidents.asked import Act, Change, Mending
from cases.incidents.changes import change_of
from cases.incidents.recording import NOTHING_KEPT
from cases.incidents.submission import Submission
from cases.incidents.suspension import hold
from cases.messages import redo_message
from cases.model import Actor, ActorKind
from cases.sign_in import actor_of_user
from cases.tasks import redo_task
from cases.work import CaseWork
from engine.model import Text
from storage.queries.changed import count_changed
from storage.tables import Incident, User, UserTask

TAG = "case:incident:retried"
WRITTEN = "written"
"""What overtook a message for which no process waits any more: its text is kept with the case."""
_OF_TASKS = (Incident.subject == "task") & Incident.resolved_at.is_(None)
_STATE = select(UserTask.state).where(UserTask.id == Incident.task_id).scalar_subquery()
_IS_OVER = select(UserTask.id).where(UserTask.id == Incident.task_id, UserTask.state != "open").exists()


def redo(
    session: Session, env: Environment, incident: Any, asked: Mending, *, by: Actor, dry_run: bool
) -> Change:
    """Complete the task of an incident, or send its message; to be taken back when it is a rehearsal.

    The person must still be allowed to: who owns the task, four eyes, roles, units and absences are asked about again.
    A task that is over already changes nothing: the answer says how it ended. Of a message for which nothing waits any
    more the text is kept with the case. Raises RefusedByRuleError, FaultedError.
    """
    over = _task_is(session, incident)
    if over != "open":
        return Change(Act.RETRY, dry_run, overtaken=over)
    kept = Submission.read(incident)
    if kept is None:
        raise RefusedByRuleError(_NOTHING_KEPT)
    person = _person(session, env, incident.case_id, kept)
    asking = CaseWork.load(session, env, incident.case_id, by=by)
    before, reason_id = asking.case["stage"], keep_reason(asking, asked.reason)
    asking.record(
        TAG,
        data={"incident": incident.id, "reason": reason_id},
        instance_id=incident.instance_id,
        process_id=incident.process_id,
        task_id=incident.task_id,
        element_id=incident.element_id,
    )
    asking.flush()
    told = {"retried_by": {"user": by.id, "name": by.name}, "entered_at": kept.at.isoformat()}
    work, taken = _redone(asking, kept, person, told)
    change = change_of(work, Act.RETRY, before, dry_run=dry_run)
    work.flush()
    if kept.message is not None:
        hold(work, held=False)
    if not taken:
        change = replace(change, overtaken=WRITTEN)
    return replace(change, history=(*(entry.tag for entry in asking.entries), *change.history))


def settle_overtaken(session: Session, env: Environment) -> bool:
    """Call those incidents over whose task was completed or cancelled meanwhile. One statement."""
    over = {"resolved_at": env.clock.now(), "resolution": _STATE, **NOTHING_KEPT}
    return count_changed(session, update(Incident).where(_OF_TASKS, _IS_OVER).values(**over)) > 0


def _task_is(session: Session, incident: Any) -> str:
    """How the task of an incident stands; a message can always be kept with its case."""
    if incident.subject != "task":
        return "open"
    return session.scalar(select(UserTask.state).where(UserTask.id == incident.task_id)) or "cancelled"


def _redone(
    asking: CaseWork, kept: Submission, person: Actor, told: Mapping[str, Any]
) -> tuple[CaseWork, bool]:
    """The refusals of a task are worded for who does it; the administrator is told what stands in the way."""
    session, env = asking.session, asking.env
    try:
        if kept.message is not None:
            return redo_message(session, env, asking.case["id"], kept, by=person, told=told)
        return redo_task(session, env, kept, by=person, told=told), True
    except NotFoundError:
        raise RefusedByRuleError(_MAY_NOT) from None
    except SuspendedError:
        raise RefusedByRuleError(_RESTS) from None
    except FormInvalidError as error:
        fields = ", ".join(sorted(error.errors))
        raise RefusedByRuleError(
            Text(
                id=f"Isian yang disimpan tidak berlaku lagi ({fields}). Minta orangnya mengisi ulang tugas itu.",
                en=f"What was kept is no longer valid ({fields}). Ask the person to fill in the task again.",
            )
        ) from None


def _person(session: Session, env: Environment, case_id: str, kept: Submission) -> Actor:
    """Who entered it, with the rights of today."""
    if kept.user_id is None:
        return Actor(ActorKind.COMPLAINANT, case_id=case_id)
    if not session.scalar(select(User.active).where(User.id == kept.user_id)):
        raise RefusedByRuleError(_MAY_NOT)
    return actor_of_user(session, env, kept.user_id)


_NOTHING_KEPT = Text(
    id="Isian tugas ini tidak disimpan. Perbaiki sebabnya, minta orangnya mengulangi, lalu tutup insiden ini.",
    en="What was entered into this task was not kept. Mend the cause, ask the person to repeat it, then dismiss this "
    "incident.",
)
_MAY_NOT = Text(
    id="Yang mengisi tugas ini tidak berwenang lagi mengerjakannya. Minta orang yang berwenang mengisinya; insiden ini "
    "lalu tertutup sendiri.",
    en="Whoever filled in this task may not do it any more. Ask somebody who may to do it; this incident then closes "
    "by itself.",
)
_RESTS = Text(
    id="Kasus ini sedang ditangguhkan. Cabut penangguhannya lebih dahulu, lalu coba lagi.",
    en="This case is suspended. Resume it first, then retry.",
)
