"""From the complaint form to a registered complaint, for complainants and for the front desk alike."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from cases.attachments import StoredUpload, add_attachment
from cases.complainant_sessions import open_complainant_session
from cases.environment import Environment
from cases.errors import FileRefusedError, RefusedByRuleError
from cases.forms import Form, FormInvalidError, load_form, parse_form
from cases.idempotency import find_answer, keep_answer
from cases.model import Actor, ActorKind, Channel, Kind, NewComplaint, Priority, Registered
from cases.office_choices import form_options
from cases.register import register_complaint
from storage.objects.errors import ObjectStoreError
from web.context import environment, read, write
from web.entered import Problems
from web.filled_form import form_part, problems_of
from web.language import say
from web.uploads import store_is_down, stored_files

SCOPE = "web:complaint"
REFUSALS = (FormInvalidError, FileRefusedError, RefusedByRuleError, ObjectStoreError)
"""What ``file_complaint`` raises that the page with the form answers."""

_TEXTS = (
    "place",
    "area",
    "category",
    "target",
    "name",
    "address",
    "phone",
    "email",
    "proxy_name",
    "loss",
    "request",
)


class AlreadyFiledError(Exception):
    """The same form was sent before; the complaint exists already under ``reference``."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(reference)


@dataclass(frozen=True, slots=True)
class Entry:
    """How a complaint came in, beside what its form says."""

    channel: Channel = Channel.WEB
    received_at: datetime | None = None
    accused_kind: str | None = None
    accused_unit: str | None = None
    accused_user: str | None = None
    priority: Priority = Priority.NORMAL
    lead_unit: str | None = None
    """The unit that acts at once, in an emergency."""


def complaint_form(env: Environment) -> Form:
    """The form with which complaints are filed."""
    return load_form("complainant/complaint", env.reference.message_forms["complaint"])


def file_complaint(entry: Entry, *, once: str, by: Actor) -> tuple[Registered, str]:
    """Register what the request's form says, with its files, once only; answers with a secret for the
    private page.

    The form is checked first, then the files are stored, then everything is written in one transaction.
    Raises
    FormInvalidError, FileRefusedError, and AlreadyFiledError when a form with this ``once`` was sent before.
    """
    env = environment()
    new = read(lambda session: _parse(session, env, entry))
    with stored_files() as stored:
        return write(lambda session: _file(session, env, new, stored, once=once, by=by))


def what_is_wrong(error: Exception) -> tuple[Problems, int]:
    """What to tell beside the fields when one of REFUSALS came, and the status of the page."""
    if isinstance(error, FormInvalidError):
        return problems_of(error), 422
    if isinstance(error, FileRefusedError):
        return Problems({"files": say(error.text)}), 422
    if isinstance(error, RefusedByRuleError):
        return Problems({"": say(error.text)}), 409
    return store_is_down(), 503


def _parse(session: Session, env: Environment, entry: Entry) -> NewComplaint:
    form = complaint_form(env)
    data = parse_form(form, form_part(request.form), options=form_options(session, env))
    values = {**data.process, **{text.field: text.text for text in data.texts}}
    return replace(_new_complaint(values), **asdict(entry))


def _file(
    session: Session,
    env: Environment,
    new: NewComplaint,
    stored: tuple[StoredUpload, ...],
    *,
    once: str,
    by: Actor,
) -> tuple[Registered, str]:
    sent = find_answer(session, SCOPE, once, "")
    if sent is not None:
        raise AlreadyFiledError(sent.body)
    registered = register_complaint(session, env, new, by=by)
    complainant = Actor(ActorKind.COMPLAINANT, case_id=registered.case.id)
    for upload in stored:
        add_attachment(session, env, registered.case.id, upload, by=complainant)
    keep_answer(session, env, SCOPE, once, "", status=200, body=registered.case.reference)
    return registered, open_complainant_session(session, env, by=complainant)


def _new_complaint(values: Mapping[str, Any]) -> NewComplaint:
    event_on = values.get("event_on")
    texts: dict[str, Any] = {name: values.get(name) for name in _TEXTS}
    return NewComplaint(
        title=values["title"],
        text=values["text"],
        kind=Kind(values["kind"]),
        event_on=date.fromisoformat(event_on) if isinstance(event_on, str) else event_on,
        anonymous=bool(values.get("anonymous")),
        confidential=bool(values.get("confidential")),
        **texts,
    )
