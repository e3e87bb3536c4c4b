"""The complainant's side: proving to own a case, and the status page, public or private."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from string import Formatter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from cases.case_parts import list_deadlines, list_files, list_texts, waiting_messages
from cases.case_reference import find_reference
from cases.dates import last_day
from cases.deadlines.explained import explain_deadlines, plain_deadlines
from cases.environment import Environment
from cases.errors import NotFoundError
from cases.file_sight import TO_OWNER
from cases.holder import NOBODY, holder_of
from cases.incidents.submission import find_unheard
from cases.limits import take
from cases.masking import mask_numbers
from cases.model import (
    Actor,
    ActorKind,
    Kind,
    NoticeView,
    Outcome,
    PlainDeadline,
    Sensitivity,
    Stage,
    Status,
    StatusPage,
    status_of,
)
from cases.policy import OVERSIGHT
from cases.rules.handling import EVERYBODY, handling_rule
from cases.tracking import matches
from engine.model import Text
from storage.tables import Case, Notice, Unit

WRONG_SECRETS = 20
PER = timedelta(hours=1)

EXAMINED = Text(id="Sedang diperiksa", en="Being examined")
EXAMINED_NEXT = Text(
    id="Pengaduan ini ditangani secara tertutup. Hasilnya disampaikan kepada pelapor.",
    en="This complaint is handled in confidence. The complainant will be told the result.",
)
REPAIRED = Text(id="Kantor", en="The office")
REPAIRED_NEXT = Text(
    id="Prosesnya sedang diperbaiki. Sesudah itu pengaduan ini berjalan lagi dari tempatnya semula.",
    en="The process is being repaired. After that this complaint goes on from where it was.",
)
_COARSE = {Status.BELUM: Stage.RECEIVED, Status.PROSES: Stage.FOLLOW_UP, Status.SELESAI: Stage.CLOSED}
"""What is told of the stage of a case of the restricted lane."""


def prove_ownership(session: Session, env: Environment, reference: str, secret: str) -> Actor:
    """The complainant who holds the tracking secret of the case. One statement.

    Raises the same NotFoundError for an unknown reference and a wrong secret, after the same work. Counts
    nothing: the caller counts a refusal with ``count_wrong_secret`` in a transaction of its own. A right
    secret is never refused, so that nobody can lock a complainant out by guessing; 100 bits cannot be
    guessed.
    """
    row = session.execute(
        select(Case.id, Case.tracking_hash).where(Case.reference == (find_reference(reference) or ""))
    ).one_or_none()
    if not matches(secret, row.tracking_hash if row else None) or row is None:
        raise NotFoundError
    return Actor(ActorKind.COMPLAINANT, case_id=row.id)


def count_wrong_secret(session: Session, env: Environment, reference: str) -> None:
    """Count a wrong secret against its reference, whoever sent it: no cookie resets it. One statement.

    To be committed before the refusal. Raises TooManyRequestsError after twenty in an hour.
    """
    known = find_reference(reference) or reference[:60]
    take(session, env, f"tracking:{known}", limit=WRONG_SECRETS, per=PER)


def get_status_page(session: Session, env: Environment, reference: str, *, by: Actor) -> StatusPage:
    """What the public may know of a case; to its complainant everything that is theirs.

    One statement; seven to nine for its owner, up to three more when this process meets a ruleset or a calendar first.

    The public sees reference, kind, stage and dates, and the title unless the case is confidential or sensitive, or
    its ruleset shows such cases to nobody outside; of the restricted lane only the public status. Raises NotFoundError
    for an unknown reference.
    """
    row = _row(session, reference)
    owns = by.kind is ActorKind.COMPLAINANT and by.case_id is not None and by.case_id == row.id
    return _full(session, env, row) if owns else _public(session, env, row)


def _row(session: Session, reference: str) -> Any:
    lead = aliased(Unit)
    row = session.execute(
        select(
            Case.id,
            Case.reference,
            Case.title,
            Case.kind,
            Case.stage,
            Case.outcome,
            Case.received_at,
            Case.due_at,
            Case.due_clock,
            Case.confidential,
            Case.case_class,
            Case.sensitivity,
            Case.referred_to,
            Case.ruleset,
            Case.ruleset_version,
            Case.suspended_at,
            OVERSIGHT.label("oversight"),
            lead.name.label("unit_name"),
        )
        .outerjoin(lead, lead.id == Case.lead_unit_id)
        .where(Case.reference == (find_reference(reference) or ""))
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def _public(session: Session, env: Environment, row: Any) -> StatusPage:
    stage = Stage(row.stage)
    guarded = row.oversight or row.confidential
    rules = env.rulesets.get(session, row.ruleset, row.ruleset_version)
    titled = (
        handling_rule(rules, row._mapping).visibility == EVERYBODY and row.sensitivity == Sensitivity.NORMAL
    )
    if row.oversight:
        stage = _COARSE[status_of(stage)]
    return StatusPage(
        reference=row.reference,
        full=False,
        title=mask_numbers(row.title) if titled and not guarded else None,
        kind=Kind(row.kind),
        stage=stage,
        status=status_of(stage),
        outcome=Outcome(row.outcome) if row.outcome and not guarded else None,
        received_at=row.received_at,
        holder=EXAMINED if guarded else _holder(env, row, stage, private=False),
        next_step=EXAMINED_NEXT if guarded else _next_step(env, stage),
        promised_on=None if guarded or _is_internal(env, row.due_clock) else last_day(row.due_at, env.zone),
    )


def _is_internal(env: Environment, clock: str | None) -> bool:
    """Whether a clock is nobody's business but the office's, such as that of the approval."""
    rule = env.reference.clocks.get(clock or "")
    return rule is not None and rule.internal


def _full(session: Session, env: Environment, row: Any) -> StatusPage:
    stage = Stage(row.stage)
    examined = row.oversight and stage not in (Stage.AWAITING_COMPLETION, Stage.RESPONDED, Stage.CLOSED)
    deadlines = _deadlines(session, env, row, examined=examined)
    unheard = find_unheard(session, row.id)
    rests = row.suspended_at is not None
    return StatusPage(
        reference=row.reference,
        full=True,
        title=row.title,
        kind=Kind(row.kind),
        stage=stage,
        status=status_of(stage),
        outcome=Outcome(row.outcome) if row.outcome else None,
        received_at=row.received_at,
        holder=EXAMINED if examined else REPAIRED if rests else _holder(env, row, stage, private=True),
        next_step=EXAMINED_NEXT if examined else REPAIRED_NEXT if rests else _next_step(env, stage),
        promised_on=min((one.due_on for one in deadlines if one.due_on), default=None),
        notices=_notices(session, env, row),
        texts=list_texts(session, row.id, public_only=True, read=str, names=False),
        attachments=list_files(session, row.id, visible=TO_OWNER),
        messages=() if rests else waiting_messages(session, env, row.id, ("complainant",)),
        suspended=rests,
        unheard_since=unheard.at if unheard else None,
        deadlines=deadlines,
        case_id=row.id,
    )


def _deadlines(session: Session, env: Environment, row: Any, *, examined: bool) -> tuple[PlainDeadline, ...]:
    ruleset = env.rulesets.get(session, row.ruleset, row.ruleset_version)
    running = [one for one in list_deadlines(session, env, row.id) if one.stopped_at is None]
    explained = explain_deadlines(session, env, row.id, running, ruleset)
    return plain_deadlines(explained, ruleset, guarded=examined)


def _holder(env: Environment, row: Any, stage: Stage, *, private: bool) -> Text:
    return holder_of(
        env, stage, unit=row.unit_name, body=row.referred_to, outcome=row.outcome, private=private
    )


def _next_step(env: Environment, stage: Stage) -> Text:
    return env.reference.next_steps.get(stage.value, NOBODY)


def _notices(session: Session, env: Environment, row: Any) -> tuple[NoticeView, ...]:
    unit = aliased(Unit)
    told = session.execute(
        select(Notice.template, Notice.values, Notice.at)
        .where(Notice.case_id == row.id)
        .order_by(Notice.at, Notice.id)
    ).all()
    unit_ids = {notice.values.get("unit_id") for notice in told} - {None}
    names: dict[str, str] = {}
    if unit_ids and not row.oversight:
        rows = session.execute(select(unit.id, unit.name).where(unit.id.in_(unit_ids)))
        names = {row.id: row.name for row in rows}
    return tuple(_notice(env, row, notice, names) for notice in told)


def _notice(env: Environment, row: Any, notice: Any, names: Mapping[str, str]) -> NoticeView:
    template = env.reference.notices.get(notice.template)
    if template is None:
        plain = Text(notice.template, notice.template)
        return NoticeView(notice.template, plain, Text("", ""), notice.at)
    due = notice.values.get("due_on") or _day(env, notice.values.get("due_at"))
    values = {"reference": row.reference, "due_on": due, "unit": names.get(notice.values.get("unit_id"))}
    return NoticeView(
        template=notice.template,
        subject=_filled(template.subject, values),
        body=_filled(template.body, values),
        at=notice.at,
    )


def _day(env: Environment, due_at: str | None) -> str | None:
    day = last_day(datetime.fromisoformat(due_at), env.zone) if due_at else None
    return day.isoformat() if day else None


def _filled(text: Text, values: Mapping[str, str | None]) -> Text:
    in_indonesian = {key: value or _MISSING[key].id for key, value in values.items()}
    in_english = {key: value or _MISSING[key].en for key, value in values.items()}
    return Text(_format(text.id, in_indonesian), _format(text.en, in_english))


_MISSING = {
    "reference": Text("-", "-"),
    "due_on": Text("tanggal yang akan diberitahukan", "a date that will be told"),
    "unit": Text("Unit yang berwenang", "The responsible unit"),
}


def _format(template: str, values: Mapping[str, str]) -> str:
    """Fill plain ``{name}`` placeholders; nothing else of the format language is understood."""
    parts = Formatter().parse(template)
    return "".join(
        literal + ("" if name is None else values.get(name, f"{{{name}}}")) for literal, name, _, _ in parts
    )
