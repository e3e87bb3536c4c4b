"""Keeps printed letters as files of their case: exactly once, whatever stops the worker on its way."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import ConflictError
from cases.file_sight import FOR_COMPLAINANT, INTERNAL
from cases.history import NewEntry, record
from cases.incidents.recording import kind_of
from cases.letters.contents import letter_data
from cases.letters.kinds import LetterKind, letter_kind
from cases.letters.matter import read_matter
from cases.model import SYSTEM
from storage.tables import Attachment, Case, Incident, Letter

MEDIA_TYPE = "application/pdf"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One PDF that a letter needs: the letter itself, or the copy for the office."""

    letter_id: str
    case_id: str
    kind: LetterKind
    number: str
    at: datetime
    copy: bool
    data: dict[str, Any]

    @property
    def filename(self) -> str:
        """``tanda-terima-TTS-2026-000001-K.pdf``."""
        ordinal = self.number.partition("/")[0].partition("-")[2]
        reference = self.number.partition("/")[2]
        nth = "" if ordinal == "1" else f"-{ordinal}"
        return f"{self.kind.filename}{nth}-{reference}{'-salinan' if self.copy else ''}.pdf"

    @property
    def visibility(self) -> str:
        """Who may open it: the complainant and whoever may know them, or the officers of the case."""
        return FOR_COMPLAINANT if self.kind.to_complainant and not self.copy else INTERNAL


@dataclass(frozen=True, slots=True)
class StoredSheet:
    """A sheet whose bytes are in the object store."""

    sheet: Sheet
    object_key: str
    size: int
    sha256: str


def sheets_of(session: Session, env: Environment, letter_id: str) -> tuple[Sheet, ...]:
    """What is to be printed for a letter; nothing when it is kept already. Reads only; asks no permission."""
    row = session.execute(
        select(Letter.template, Letter.attachment_id).where(Letter.id == letter_id)
    ).one_or_none()
    if row is None or row.attachment_id is not None:
        return ()
    kind = letter_kind(row.template)
    copies = (False, True) if kind.to_complainant and kind.copied else (False,)
    return tuple(_sheet(session, env, letter_id, kind, copy) for copy in copies)


def _sheet(session: Session, env: Environment, letter_id: str, kind: LetterKind, copy: bool) -> Sheet:
    matter = read_matter(session, env, letter_id, named=kind.to_complainant and not copy)
    assert matter is not None  # noqa: S101
    return Sheet(
        letter_id=letter_id,
        case_id=matter.case.id,
        kind=kind,
        number=matter.letter.number,
        at=matter.at,
        copy=copy,
        data=letter_data(matter),
    )


def store_sheet(env: Environment, sheet: Sheet, pdf: bytes) -> StoredSheet:
    """Put the bytes into the object store, before any row names them.

    Each printing has a key of its own: two workers that print one letter, because the first was taken for dead, must
    not replace each other's bytes. What is not kept is removed by ``discard_sheets``, or swept.
    """
    key = f"letters/{sheet.letter_id}{'-copy' if sheet.copy else ''}-{env.new_id()[-12:]}"
    env.objects.put(key=key, chunks=[pdf], media_type=MEDIA_TYPE)
    return StoredSheet(sheet, key, len(pdf), hashlib.sha256(pdf).hexdigest())


def discard_sheets(env: Environment, stored: tuple[StoredSheet, ...]) -> None:
    """Remove what was printed and certainly not kept."""
    for one in stored:
        env.objects.delete(one.object_key)


def keep_letter(session: Session, env: Environment, letter_id: str, stored: tuple[StoredSheet, ...]) -> bool:
    """Give the case its letter, with the history entry. False, and nothing, when somebody else did so meanwhile.

    Raises ConflictError when the complainant was erased since it was set: it is set again then, naming nobody.
    """
    query = select(Letter.case_id, Letter.attachment_id).where(Letter.id == letter_id).with_for_update()
    row = session.execute(query).one()
    if row.attachment_id is not None or not stored:
        return False
    named = session.scalar(select(Case.has_identity).where(Case.id == row.case_id).with_for_update())
    if any(one.sheet.data["has_identity"] and not named for one in stored):
        raise ConflictError
    files = [_file(env, one) for one in stored]
    session.execute(insert(Attachment), files)
    session.execute(update(Letter).where(Letter.id == letter_id).values(attachment_id=files[0]["id"]))
    told = ("media_type", "size", "sha256", "visibility")
    entries = [
        NewEntry(
            "case:attachment:added",
            {"attachment": file["id"], "letter": letter_id, **{key: file[key] for key in told}},
        )
        for file in files
    ]
    record(session, env, row.case_id, entries, by=SYSTEM)
    _resolve(session, env, letter_id)
    return True


def _file(env: Environment, stored: StoredSheet) -> dict[str, Any]:
    sheet = stored.sheet
    return {
        "id": env.new_id(),
        "case_id": sheet.case_id,
        "object_key": stored.object_key,
        "filename": sheet.filename,
        "media_type": MEDIA_TYPE,
        "size": stored.size,
        "sha256": stored.sha256,
        "visibility": sheet.visibility,
        "uploaded_by_kind": SYSTEM.kind.value,
        "uploaded_by": None,
        "created_at": env.clock.now(),
    }


def note_failure(session: Session, env: Environment, letter_id: str, cause: str) -> None:
    """A letter could not be printed: one open incident on its case, however often it is tried. The case goes on."""
    case_id = session.scalar(select(Letter.case_id).where(Letter.id == letter_id))
    open_one = select(Incident.id).where(
        Incident.command == _command(letter_id), Incident.resolved_at.is_(None)
    )
    if case_id is None or session.scalar(open_one) is not None:
        return
    session.execute(
        insert(Incident).values(
            id=env.new_id(),
            case_id=case_id,
            instance_id=None,
            element_id=None,
            cause=cause[:2000],
            command=_command(letter_id),
            subject="letter",
            kind=kind_of("letter", None, None, cause.partition(":")[0]),
            at=env.clock.now(),
        )
    )


def _resolve(session: Session, env: Environment, letter_id: str) -> None:
    unresolved = (Incident.command == _command(letter_id)) & Incident.resolved_at.is_(None)
    session.execute(
        update(Incident).where(unresolved).values(resolved_at=env.clock.now(), resolution="retry")
    )


def _command(letter_id: str) -> str:
    return f"letter:{letter_id}"
