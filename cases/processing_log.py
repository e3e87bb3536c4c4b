"""The processing log: what was done with a complainant's data, and who read it; officers by role, never by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError
from cases.ids import known_id
from cases.model import Actor, ActorKind
from cases.policy import require
from engine.model import Text
from storage.tables import Case, CaseRequest, Complainant, HistoryEntry, ReadLogEntry, Role

GIVEN = "access_given"
TOLD = (
    "case:case:registered",
    "case:case:imported",
    "case:receipt:issued",
    "case:identity-number:found",
    "case:completion:requested",
    "case:case:disposed",
    "case:case:referred",
    "case:case:protected",
    "case:case:closed",
    "case:case:reopened",
    "case:attachment:added",
    "case:message:received",
    "case:response:published",
    "case:complainant:notified",
    "case:request:received",
    "case:request:answered",
    "case:identity:corrected",
    "case:identity:erased",
    "case:legal-hold:set",
    "case:legal-hold:lifted",
)
"""What touches the data of the complainant; the inner work of the office, and of an examination, does not."""
KEPT = {
    "name": Text("Nama", "Name"),
    "address": Text("Alamat", "Address"),
    "phone": Text("Telepon", "Telephone"),
    "email": Text("Surel", "E-mail"),
    "identity_number": Text("Nomor identitas", "Identity number"),
    "proxy_name": Text("Kuasa pelapor", "Proxy"),
}
WHAT = {
    "case": Text("Isi pengaduan", "The complaint"),
    "identity": Text("Identitas pelapor", "The complainant's identity"),
    "attachment": Text("Berkas", "A file"),
    "history": Text("Riwayat pengaduan", "The history of the complaint"),
    "task": Text("Tugas pemeriksaan", "A task of the examination"),
}
OFFICER = Text("Petugas", "Officer")
COMPLAINANT = Text("Pelapor", "Complainant")
SYSTEM = Text("Sistem", "System")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that was done with the data, or one reading of it."""

    at: datetime
    what: Text
    by: Text


@dataclass(frozen=True, slots=True)
class ProcessingLog:
    """The whole answer to a request for access."""

    reference: str
    made_at: datetime
    kept: tuple[Text, ...]
    """What is kept of the complainant beside the complaint itself, by name of the item."""
    processed: tuple[LogLine, ...]
    read: tuple[LogLine, ...]


def get_processing_log(
    session: Session, env: Environment, case_id: str, request_id: str, *, by: Actor
) -> ProcessingLog:
    """The log of a case for its complainant, once a request for access was granted. Six statements.

    It tells what happened up to that answer. Raises NotFoundError for everybody else, and before the answer.
    """
    case_id = known_id(case_id)
    require(session, env, case_id, by=by)
    answered_at = session.scalar(
        select(CaseRequest.answered_at).where(
            CaseRequest.id == known_id(request_id),
            CaseRequest.case_id == case_id,
            CaseRequest.outcome == GIVEN,
        )
    )
    if answered_at is None or by.kind is not ActorKind.COMPLAINANT:
        raise NotFoundError
    return processing_log(session, env, case_id, until=answered_at)


def processing_log(session: Session, env: Environment, case_id: str, *, until: datetime) -> ProcessingLog:
    """What was done with the data up to a moment. Four or five statements; asks no permission."""
    reference = session.scalars(select(Case.reference).where(Case.id == case_id)).one()
    done = session.execute(
        select(HistoryEntry.at, HistoryEntry.tag, HistoryEntry.actor_kind, HistoryEntry.actor_id)
        .where(HistoryEntry.case_id == case_id, HistoryEntry.tag.in_(TOLD), HistoryEntry.at <= until)
        .order_by(HistoryEntry.seq)
    ).all()
    reads = session.execute(
        select(ReadLogEntry.at, ReadLogEntry.what, ReadLogEntry.actor_id)
        .where(ReadLogEntry.case_id == case_id, ReadLogEntry.at <= until)
        .order_by(ReadLogEntry.at, ReadLogEntry.id)
    ).all()
    roles = roles_in_words(session, env, {row.actor_id for row in [*done, *reads] if row.actor_id})
    labels = env.reference.labels["history_tags"]
    return ProcessingLog(
        reference=reference,
        made_at=until,
        kept=_kept(session, case_id),
        processed=tuple(
            LogLine(
                row.at,
                labels.get(row.tag) or Text(row.tag, row.tag),
                _who(row.actor_kind, row.actor_id, roles),
            )
            for row in done
        ),
        read=tuple(
            LogLine(
                row.at, WHAT.get(row.what) or Text(row.what, row.what), roles.get(row.actor_id or "", OFFICER)
            )
            for row in reads
        ),
    )


def roles_in_words(session: Session, env: Environment, user_ids: Iterable[str]) -> Mapping[str, Text]:
    """The roles that people hold now, in words, by user id; those who hold none are just officers. One statement."""
    rows = session.execute(select(Role.user_id, Role.role).where(Role.user_id.in_(sorted(user_ids))))
    held: dict[str, set[str]] = {}
    for row in rows:
        held.setdefault(row.user_id, set()).add(row.role)
    words = env.reference.roles
    return {
        user_id: Text(
            ", ".join(words[role].id for role in sorted(roles)),
            ", ".join(words[role].en for role in sorted(roles)),
        )
        for user_id, roles in held.items()
    }


def _kept(session: Session, case_id: str) -> tuple[Text, ...]:
    row = session.execute(
        select(*(getattr(Complainant, name) for name in KEPT)).where(Complainant.case_id == case_id)
    ).one_or_none()
    return tuple(label for name, label in KEPT.items() if row is not None and getattr(row, name))


def _who(kind: str, user_id: str | None, roles: Mapping[str, Text]) -> Text:
    if kind == ActorKind.USER:
        return roles.get(user_id or "", OFFICER)
    return SYSTEM if kind == ActorKind.SYSTEM else COMPLAINANT
