"""Gets a case moving again: every act with a permission, a reason, a rehearsal and an entry in the history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, not_, select, update
from sqlalchemy.orm import Session

from cases.actions.beginning import keep_reason, refuse_closed
from cases.deadlines.events import was_kept_waiting
from cases.environment import Environment
from cases.errors import NotFoundError, RefusedByRuleError
from cases.handlers.lifecycle import tell
from cases.ids import known_id
from cases.incidents.asked import OF_INCIDENT, Act, Change, Mending
from cases.incidents.changes import change_of, rehearse
from cases.incidents.recording import NOTHING_KEPT
from cases.incidents.redoing import WRITTEN, redo, settle_overtaken
from cases.incidents.retrying import MACHINE, let_be_tried, rehearse_timer
from cases.incidents.steering import move_on, set_data, skip
from cases.incidents.submission import Submission
from cases.incidents.suspension import hold, let_go, resume, suspend
from cases.model import Actor, Outcome
from cases.office_choices import decided_alone
from cases.policy import require_act
from cases.rules.decisions import decide
from cases.runtime import close_case, run_queue
from cases.sight import accused
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Case, Incident

MANAGE = "manage_incidents"
LONGEST_REASON = 2_000
OPEN = Incident.resolved_at.is_(None)


@dataclass(frozen=True, slots=True)
class _Occasion:
    """Who acts and on what occasion."""

    by: Actor
    dry_run: bool
    incident: Any
    definition_id: str | None


def mend_incident(
    session: Session, env: Environment, incident_id: str, asked: Mending, *, by: Actor, dry_run: bool = False
) -> Change:
    """Act on an incident or on its case, and call the incident over where that mends it.

    An incident that is over is still a way to its case. Raises NotFoundError (unknown, or not the actor's to mend)
    and RefusedByRuleError (retried or dismissed already, no reason, or the act does not suit it). With ``dry_run``
    nothing changes.
    """
    require_act(env, by, MANAGE)
    incident = _incident(session, incident_id, by)
    _require_reason(asked)
    if asked.act in OF_INCIDENT:
        if incident.resolved_at is not None:
            raise RefusedByRuleError(_OVER)
        return _settle(session, env, incident, asked, by=by, dry_run=dry_run)
    if incident.case_id is None:
        raise RefusedByRuleError(_NO_CASE)
    return mend_case(session, env, incident.case_id, asked, by=by, dry_run=dry_run, incident=incident)


def mend_case(
    session: Session,
    env: Environment,
    case_id: str,
    asked: Mending,
    *,
    by: Actor,
    dry_run: bool = False,
    incident: Any = None,
    definition_id: str | None = None,
) -> Change:
    """Act on a case, also one without an incident; ``definition_id`` says for whose sake it is suspended.

    Raises NotFoundError (unknown, about the actor, or not theirs to mend), RefusedByRuleError.
    """
    require_act(env, by, MANAGE)
    _require_reason(asked)
    if asked.act in OF_INCIDENT:
        raise RefusedByRuleError(_NEEDS_INCIDENT)
    case_id = known_id(case_id)
    if session.scalar(select(Case.id).where(Case.id == case_id, not_(accused(by)))) is None:
        raise NotFoundError
    occasion = _Occasion(by, dry_run, incident, definition_id)
    act = partial(_on_case, session, env, case_id, asked, occasion)
    return rehearse(session, act, asked.act) if dry_run else act()


def _on_case(
    session: Session,
    env: Environment,
    case_id: str,
    asked: Mending,
    occasion: "_Occasion",
) -> Change:
    work = CaseWork.load(session, env, case_id, by=occasion.by)
    work.mending, before = True, work.case["stage"]
    reason_id = keep_reason(work, asked.reason)
    if asked.act is Act.SUSPEND:
        suspend(work, reason_id=reason_id, definition_id=occasion.definition_id)
    else:
        _ACTS[asked.act](work, asked, occasion.incident, reason_id)
    run_queue(work)
    if asked.act is Act.SET_DATA and _waits_for_data(occasion.incident):
        let_be_tried(session, env, occasion.incident)
    change = change_of(work, asked.act, before, dry_run=occasion.dry_run)
    if not occasion.dry_run:
        work.flush()
        _call_over(session, env, _mended_by(case_id, asked, occasion.incident), asked, occasion.by)
    return change


def _waits_for_data(incident: Any) -> bool:
    """Whether something was left alone that a worker can try again with the new data."""
    return incident is not None and incident.resolved_at is None and incident.subject in MACHINE


def _settle(
    session: Session, env: Environment, incident: Any, asked: Mending, *, by: Actor, dry_run: bool
) -> Change:
    """Retry or dismiss an incident.

    A person's task or message is done again at once; what a machine does is tried by a worker, in its own transaction.
    """
    if asked.act is Act.RETRY and (incident.subject == "task" or incident.submitted is not None):
        return _redo(session, env, incident, asked, by=by, dry_run=dry_run)
    if dry_run and asked.act is Act.RETRY:
        return rehearse(session, lambda: _rehearsed(session, env, incident, asked), asked.act)
    if asked.act is Act.RETRY:
        let_be_tried(session, env, incident)
    change = Change(asked.act, dry_run, history=(_TAGS[asked.act],))
    if dry_run:
        return change
    if incident.case_id is not None:
        work = CaseWork.load(session, env, incident.case_id, by=by)
        told = {"incident": incident.id, "reason": keep_reason(work, asked.reason)}
        work.record(
            _TAGS[asked.act],
            data=told,
            instance_id=incident.instance_id,
            process_id=incident.process_id,
            element_id=incident.element_id,
        )
        kept = Submission.read(incident)
        if kept is not None and kept.by_complainant:
            # They wrote in vain: no day since counts against them.
            was_kept_waiting(work, incident.at)
            hold(work, held=work.case["suspended_at"] is not None)
        work.flush()
    _call_over(session, env, Incident.id == incident.id, asked, by)
    return change


def _redo(
    session: Session, env: Environment, incident: Any, asked: Mending, *, by: Actor, dry_run: bool
) -> Change:
    act = partial(redo, session, env, incident, asked, by=by, dry_run=dry_run)
    if dry_run:
        return rehearse(session, act, asked.act)
    change = act()
    if change.overtaken in (None, WRITTEN):
        _call_over(session, env, Incident.id == incident.id, asked, by)
    settle_overtaken(session, env)
    return change


def _rehearsed(session: Session, env: Environment, incident: Any, asked: Mending) -> Change:
    let_be_tried(session, env, incident)
    rehearsed = rehearse_timer(session, env, incident)
    return rehearsed or Change(asked.act, dry_run=True, history=("case:incident:retried",))


def _resume(work: CaseWork, asked: Mending, incident: Any, reason_id: str) -> None:
    resume(work, reason_id=reason_id)


def _terminate(work: CaseWork, asked: Mending, incident: Any, reason_id: str) -> None:
    """End the case as archived, for a reason that needs no second person; its complainant is told as for any other."""
    refuse_closed(work)
    if "oversight" in (work.case["case_class"], work.case["sensitivity"]):
        raise RefusedByRuleError(_OVERSIGHT)
    if asked.outcome_reason not in decided_alone(work.rules):
        raise RefusedByRuleError(_OUTCOME_REASON)
    policy = decide(work.rules, "archive_policy", {"outcome_reason": asked.outcome_reason})
    work.set(outcome_reason=asked.outcome_reason)
    if work.case["suspended_at"] is not None:
        let_go(work)
    work.record("case:case:terminated", data={"reason": reason_id, "outcome_reason": asked.outcome_reason})
    tell(work, policy["notice"])
    close_case(work, Outcome.ARCHIVED)


_ACTS: Mapping[Act, Callable[[CaseWork, Mending, Any, str], None]] = {
    Act.MOVE: move_on,
    Act.SKIP: skip,
    Act.SET_DATA: set_data,
    Act.RESUME: _resume,
    Act.TERMINATE: _terminate,
}
_TAGS: Mapping[Act, str] = {
    Act.RETRY: "case:incident:retried",
    Act.DISMISS: "case:incident:dismissed",
}


def _mended_by(case_id: str, asked: Mending, incident: Any) -> ColumnElement[bool] | None:
    """The incidents that are over with this act; None when the act mends none."""
    of_case = Incident.case_id == case_id
    # A message that nobody took is not over with the activity that waited for it: it can still be kept with the case.
    of_case = of_case & ((Incident.subject != "message") | Incident.submitted.is_(None))
    if asked.act is Act.TERMINATE:
        return of_case
    if asked.act in {Act.MOVE, Act.SKIP}:
        task_id = asked.task_id or incident.task_id
        on_it: ColumnElement[bool] = of_case & (Incident.task_id == task_id)
        return on_it
    if asked.act is Act.SET_DATA and incident is not None and incident.submitted is None:
        # What a person entered is to be tried with the new data: a retry does that, and ends the incident.
        this: ColumnElement[bool] = Incident.id == incident.id
        return this
    return None


def _call_over(
    session: Session, env: Environment, which: ColumnElement[bool] | None, asked: Mending, by: Actor
) -> None:
    if which is None:
        return
    over = {
        "resolved_at": env.clock.now(),
        "resolution": asked.act.value,
        "resolved_by": by.id,
        "resolved_by_name": by.name or None,
        "reason": asked.reason.strip()[:LONGEST_REASON],
        **NOTHING_KEPT,
    }
    session.execute(update(Incident).where(which, OPEN).values(**over))


def _incident(session: Session, incident_id: str, by: Actor) -> Any:
    """The row, locked until the end of the transaction, so that two acts on it follow one another."""
    query = (
        select(*Incident.__table__.columns)
        .outerjoin(Case, Case.id == Incident.case_id)
        .where(Incident.id == known_id(incident_id), Case.id.is_(None) | not_(accused(by)))
        .with_for_update(of=Incident)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def _require_reason(asked: Mending) -> None:
    if not asked.reason.strip():
        raise RefusedByRuleError(_NO_REASON)


_NO_REASON = Text(
    id="Tulis alasannya; alasan disimpan bersama insiden dan kasusnya.",
    en="Give the reason; it is kept with the incident and its case.",
)
_OVER = Text(
    id="Insiden ini sudah ditutup. Muat ulang daftarnya.",
    en="This incident is over already. Load the list again.",
)
_NO_CASE = Text(
    id="Insiden ini tidak terkait kasus, jadi hanya dapat dicoba ulang atau ditutup.",
    en="This incident has no case, so it can only be retried or dismissed.",
)
_NEEDS_INCIDENT = Text(
    id="Mencoba ulang dan menutup dilakukan pada sebuah insiden. Buka insidennya.",
    en="Retrying and dismissing are done on an incident. Open the incident.",
)
_OVERSIGHT = Text(
    id="Kasus pengawasan tidak dapat diakhiri di sini; keputusannya milik inspektorat. Pindahkan atau lewati "
    "langkah yang macet.",
    en="An oversight case cannot be terminated here: its decision is the inspectorate's. Move or skip the step that "
    "is stuck.",
)
_OUTCOME_REASON = Text(
    id="Pilih alasan pengarsipan yang boleh diputus tanpa orang kedua menurut aturan kasus ini.",
    en="Choose a reason for archiving that this case's rules let one person decide.",
)
