"""Messages about a case: from the complainant, from officers, and from one case to another."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.case_fields import add_texts
from cases.deadlines.events import happened
from cases.environment import Environment
from cases.errors import NotFoundError, NotWaitingForItError, RefusedByRuleError
from cases.forms import FormData, load_form, parse_form
from cases.model import Actor, ActorKind, CaseSummary
from cases.policy import require
from cases.runtime import deliver, run_queue
from cases.summary import write_and_summarise
from cases.work import CaseWork
from engine.errors import NotWaitingError
from engine.model import Text
from storage.errors import StaleVersionError
from storage.tables import Subscription

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

    A complainant's message is checked against ``forms/complainant/<name>.json``; its text is kept on the case. Raises
    NotFoundError (unknown case or not the sender's to send), NotWaitingForItError, ``FormInvalidError``, and
    RefusedByRuleError when several processes of the case wait for an officer's message: none is guessed.
    """
    _require_sender(session, env, case_id, name, by)
    work = CaseWork.load(session, env, case_id, by=by)
    _require_one_waiting(work, name)
    data = _parse(env, name, raw)
    work.record("case:message:received", data={"message": name, "values": data.process})
    add_texts(work, data.texts, response_kind=None)
    if name == "completion":
        work.set(completed_at=work.now)
        happened(work, "completed_at")
    _stop_waiting(work, name)
    try:
        deliver(work, name, data.process)
    except NotWaitingError:
        raise StaleVersionError from None
    run_queue(work)
    return write_and_summarise(work)


def _require_one_waiting(work: CaseWork, name: str) -> None:
    """A takeover about one of two letters must not reach the other one's process."""
    query = select(Subscription.task_id).where(
        Subscription.case_id == work.case["id"], Subscription.message == name
    )
    waiting = len(work.session.scalars(query.limit(2)).all())
    if not waiting:
        raise NotWaitingForItError
    if waiting > 1 and work.env.reference.messages[name] == "officer":
        raise RefusedByRuleError(SEVERAL_WAIT)


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
