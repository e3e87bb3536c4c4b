"""Messages about a case: from the complainant, from officers, and from one case to another."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from cases.case_fields import add_texts
from cases.deadlines.events import happened
from cases.deadlines.pauses import SUSPENDED
from cases.environment import Environment
from cases.errors import NotFoundError, NotWaitingForItError, RefusedByRuleError, SuspendedError
from cases.forms import FormData, entered, load_form, parse_form
from cases.incidents.submission import Submission, keeping
from cases.model import Actor, ActorKind, CaseSummary
from cases.policy import require
from cases.runtime import deliver, run_queue
from cases.summary import write_and_summarise
from cases.work import CaseWork
from engine.errors import NotWaitingError
from engine.model import Text
from storage.errors import StaleVersionError

FROM_COMPLAINANT = ("reply", "completion", "confirm", "not_satisfied", "withdraw")
SEVERAL_WAIT = Text(
    id="Beberapa surat atau permintaan pada kasus ini menunggu kabar yang sama. Pilih salah satunya di daftar "
    "permintaan kasus (lewat API: requests/{request_id}/messages), lalu kirim dari sana.",
    en="Several letters or requests of this case wait for the same news. Choose one in the list of the case's "
    "requests (over the API: requests/{request_id}/messages) and send it there.",
)


def send_message(
    session: Session, env: Environment, case_id: str, name: str, raw: Mapping[str, Any], *, by: Actor
) -> CaseSummary:
    """Hand a message to the process that waits for it.

    When the process fails, what was sent is kept with the incident, and an administrator's retry sends it again. A
    complainant's message is checked against ``forms/complainant/<name>.json``; its text is kept on the case. Raises
    NotFoundError (unknown case or not the sender's to send), NotWaitingForItError, ``FormInvalidError``, and
    RefusedByRuleError when several processes of the case wait for an officer's message: none is guessed.
    """
    _require_sender(session, env, case_id, name, by)
    work = CaseWork.load(session, env, case_id, by=by)
    waits = _find_waiting(work, name)
    if waits is None:
        raise NotWaitingForItError
    data = _parse(env, name, raw)
    with keeping(Submission.said(waits, name, entered(raw), by=by, at=work.now)):
        _hear(work, name, data, at=work.now)
    return write_and_summarise(work)


def redo_message(
    session: Session, env: Environment, case_id: str, kept: Submission, *, by: Actor, told: Mapping[str, Any]
) -> tuple[CaseWork, bool]:
    """Send a message that failed once more, as ``by``, who wrote it; not yet written, and whether a process took it.

    When none waits for it any more, its text is kept with the case and nothing else happens. ``told`` is added to the
    entry in the history. The time since it was written counts against nobody but the office. Raises what
    ``send_message`` raises.
    """
    name = str(kept.message)
    _require_sender(session, env, case_id, name, by)
    work = CaseWork.load(session, env, case_id, by=by)
    if work.case["suspended_at"] is not None:
        raise SuspendedError
    if by.kind is ActorKind.COMPLAINANT:
        work.pauses.note(SUSPENDED, kept.at)
    waits, data = _find_waiting(work, name), _parse(env, name, kept.values)
    if waits is None:
        _write_down(work, name, data, told)
        return work, False
    with keeping(replace(kept, task_id=waits)):
        _hear(work, name, data, at=kept.at, told=told)
    return work, True


def _hear(
    work: CaseWork,
    name: str,
    data: FormData,
    *,
    at: datetime,
    told: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Everything that a message brings about; ``at`` is when it was written."""
    _write_down(work, name, data, told)
    if name == "completion":
        work.set(completed_at=at)
        happened(work, "completed_at", at=at)
    _stop_waiting(work, name)
    try:
        deliver(work, name, data.process)
    except NotWaitingError:
        raise StaleVersionError from None
    run_queue(work)


def _write_down(work: CaseWork, name: str, data: FormData, told: Mapping[str, Any]) -> None:
    work.record("case:message:received", data={"message": name, "values": data.process, **told})
    add_texts(work, data.texts, response_kind=None)


def _find_waiting(work: CaseWork, name: str) -> str | None:
    """The activity that waits for it. A takeover about one of two letters must not reach the other one's process."""
    several = sum(row.message == name for row in work.along.subscriptions) > 1
    if several and work.env.reference.messages[name] == "officer":
        raise RefusedByRuleError(SEVERAL_WAIT)
    found = work.find_waiting(name)
    return found[1] if found else None


def _stop_waiting(work: CaseWork, name: str) -> None:
    """Whoever wrote, the silence is over: an officer may pass on what the complainant said on the telephone."""
    sender = work.env.reference.messages[name]
    if sender != "system":
        happened(work, "complainant_message" if sender == "complainant" else "officer_message")


def _require_sender(session: Session, env: Environment, case_id: str, name: str, by: Actor) -> None:
    """Complainants send their own messages about their own case; officers send those and an officer's."""
    sender = env.reference.messages.get(name)
    if sender is None:
        raise NotFoundError
    if by.kind is ActorKind.SYSTEM:
        return
    if by.kind is ActorKind.COMPLAINANT:
        if sender != "complainant" or by.case_id != case_id:
            raise NotFoundError
        return
    require(session, env, case_id, "send_message", by=by)
    if sender not in ("complainant", "officer"):
        raise NotFoundError


def _parse(env: Environment, name: str, raw: Mapping[str, Any]) -> FormData:
    form = env.reference.message_forms.get(name)
    if form is None:
        return FormData(process={}, case={}, texts=())
    return parse_form(load_form(f"complainant/{name}", form), raw, options={})
