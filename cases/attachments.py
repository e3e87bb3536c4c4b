"""Files of a case: checked while they stream in, kept in the object store, read only through the case's
policy.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from cases.case_parts import file_view, list_files
from cases.environment import Environment
from cases.errors import FileRefusedError, NotFoundError, RefusedByRuleError
from cases.file_sight import INTERNAL, PUBLIC, note_file_read, readable_files
from cases.file_types import check_file, clean_filename
from cases.history import NewEntry, record
from cases.ids import known_id
from cases.model import Actor, ActorKind, AttachmentContent, AttachmentView, Upload
from cases.policy import CaseFacts, facts_columns, facts_of, require, visible_cases
from engine.model import Text
from storage.objects.errors import ObjectStoreError
from storage.tables import Attachment, Case

_IN_MEMORY = 1024 * 1024
_CHUNK = 64 * 1024
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A file that passed every check and lies in the object store, but belongs to no case yet."""

    object_key: str
    filename: str
    media_type: str
    size: int
    sha256: str
    visibility: str


def store_upload(env: Environment, upload: Upload) -> StoredUpload:
    """Check a file while it streams in and put it into the object store. Uses no database.

    To be called before the transaction: it takes as long as the sender takes, and a file can be read only
    once while a transaction may run again. Refused while streaming when it grows over
    ``env.max_upload_bytes``. What never becomes an attachment is swept later. Raises FileRefusedError, and
    what the store raises when it is down.
    """
    filename = clean_filename(upload.filename)
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        size, sha256 = _receive(upload, spool, env.max_upload_bytes)
        kind = check_file(filename, spool)
        key = f"attachments/{env.new_id()}"
        env.objects.put(key=key, chunks=iter(lambda: spool.read(_CHUNK), b""), media_type=kind.media_type)
    visibility = INTERNAL if upload.visibility == INTERNAL else PUBLIC
    return StoredUpload(key, filename, kind.media_type, size, sha256, visibility)


def require_attachable(session: Session, env: Environment, case_id: str, *, by: Actor) -> CaseFacts:
    """Refuse early whoever may not add files to the case. One statement.

    Raises NotFoundError, and RefusedByRuleError when a complainant's case is closed.
    """
    facts = require(session, env, case_id, "attach", by=by)
    if by.kind is ActorKind.COMPLAINANT and facts.closed:
        raise RefusedByRuleError(
            Text(
                id="Pengaduan ini sudah ditutup; berkas tidak dapat ditambahkan lagi.",
                en="This complaint is closed; no more files can be added.",
            )
        )
    return facts


def add_attachment(
    session: Session, env: Environment, case_id: str, upload: Upload | StoredUpload, *, by: Actor
) -> AttachmentView:
    """Give a file to a case, with its history entry. Six statements, seven when the file is stored here.

    Hand it the answer of ``store_upload`` whenever the transaction may run again or the sender may be slow. A
    complainant's files are always public, that is for the complainant and the officers. When the row fails
    the object is removed again, as far as possible. Raises NotFoundError, RefusedByRuleError (closed, for a
    complainant) and FileRefusedError (kind, size, or the case is full).
    """
    case_id = known_id(case_id)
    if isinstance(upload, StoredUpload):
        stored = upload
    else:
        require_attachable(session, env, case_id, by=by)
        stored = store_upload(env, upload)
    try:
        return _attach(session, env, case_id, stored, by)
    except Exception:
        # A retried transaction still needs what its caller stored; what we stored has no other owner.
        if isinstance(upload, Upload):
            env.objects.delete(stored.object_key)
        raise


def discard_upload(env: Environment, stored: StoredUpload) -> None:
    """Remove a file that was stored but refused by its case; when the store is away, a worker sweeps it later."""
    with suppress(ObjectStoreError):
        env.objects.delete(stored.object_key)


def list_attachments(
    session: Session, env: Environment, case_id: str, *, by: Actor
) -> tuple[AttachmentView, ...]:
    """The files of a case that the reader may see, oldest first. Two statements. Raises NotFoundError."""
    facts = require(session, env, case_id, by=by)
    return list_files(session, known_id(case_id), visible=readable_files(env, facts, by=by))


def open_attachment(
    session: Session, env: Environment, attachment_id: str, *, by: Actor
) -> AttachmentContent:
    """A file to send, with the media type that was found in it. One statement, one more when the read is
    noted.

    The file is found through its case and its visibility, so its id alone gives nothing. ``chunks`` has a
    ``close``. Raises NotFoundError, and ReadMustBeLoggedError in a read-only transaction for a case of the
    restricted lane and for a letter that tells who complained.
    """
    row = session.execute(
        select(
            Attachment.object_key,
            Attachment.id,
            Attachment.case_id,
            Attachment.filename,
            Attachment.media_type,
            Attachment.size,
            Attachment.sha256,
            Attachment.visibility,
            Attachment.uploaded_by_kind,
            Attachment.created_at,
            *facts_columns(env, by),
        )
        .join(Case, Case.id == Attachment.case_id)
        .where(Attachment.id == known_id(attachment_id), visible_cases(env, by))
    ).one_or_none()
    if row is None:
        raise NotFoundError
    facts = facts_of(row)
    if row.visibility not in readable_files(env, facts, by=by):
        raise NotFoundError
    note_file_read(session, env, row.case_id, facts, row.visibility, by=by)
    return AttachmentContent(file_view(row), _Chunks(env, row.object_key))


class _Chunks(Iterator[bytes]):
    """The bytes of an object: opened at once, so that a missing one is known before anything is sent."""

    def __init__(self, env: Environment, key: str) -> None:
        self._open = ExitStack()
        self._chunks = self._open.enter_context(env.objects.open(key))

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the store go; safe to repeat."""
        self._open.close()


def _receive(upload: Upload, spool: IO[bytes], limit: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for chunk in upload.chunks:
        size += len(chunk)
        if size > limit:
            raise FileRefusedError(
                Text(
                    id=f"Berkas lebih besar dari {limit // _MEGABYTE} MB. Perkecil atau bagi berkasnya.",
                    en=f"The file is larger than {limit // _MEGABYTE} MB. Make it smaller or split it.",
                )
            )
        digest.update(chunk)
        spool.write(chunk)
    if size == 0:
        raise FileRefusedError(Text(id="Berkas ini kosong.", en="This file is empty."))
    return size, digest.hexdigest()


def _attach(
    session: Session, env: Environment, case_id: str, stored: StoredUpload, by: Actor
) -> AttachmentView:
    values: dict[str, Any] = {
        "id": env.new_id(),
        "case_id": case_id,
        "object_key": stored.object_key,
        "filename": stored.filename,
        "media_type": stored.media_type,
        "size": stored.size,
        "sha256": stored.sha256,
        "visibility": PUBLIC if by.kind is ActorKind.COMPLAINANT else stored.visibility,
        "uploaded_by_kind": by.kind.value,
        "uploaded_by": by.id,
        "created_at": env.clock.now(),
    }
    told = {key: values[key] for key in ("media_type", "size", "sha256", "visibility")}
    entry = NewEntry("case:attachment:added", {"attachment": values["id"], **told})
    record(session, env, case_id, [entry], by=by)
    # From here on nobody else changes the case. Before, it may have been closed, filled, and its complainant erased.
    require_attachable(session, env, case_id, by=by)
    _refuse_when_full(session, env, case_id, stored.size)
    session.execute(insert(Attachment).values(**values))
    return AttachmentView(
        id=values["id"],
        case_id=case_id,
        filename=stored.filename,
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        visibility=values["visibility"],
        uploaded_by_kind=by.kind,
        created_at=values["created_at"],
    )


def _refuse_when_full(session: Session, env: Environment, case_id: str, size: int) -> None:
    held = session.scalar(
        select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.case_id == case_id)
    )
    if int(held or 0) + size > env.max_case_bytes:
        raise FileRefusedError(
            Text(
                id=f"Berkas pada kasus ini sudah mencapai batas {env.max_case_bytes // _MEGABYTE} MB.",
                en=f"The files of this case reached their limit of {env.max_case_bytes // _MEGABYTE} MB.",
            )
        )
