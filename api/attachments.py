"""Files of a case, for officers: send, list, fetch."""

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.conditional import revalidated
from api.context import env, read
from api.once import Answer, answer_of, once, replayed
from api.paging import json_response
from api.schemas.attachments import AttachmentListSchema, AttachmentSchema
from api.section import PREFIX, Section
from api.uploads import file_hash, received_file, send_file, takes_file, upload_of, visibility
from cases.attachments import (
    add_attachment,
    discard_upload,
    list_attachments,
    open_attachment,
    require_attachable,
    store_upload,
)
from cases.errors import CaseError, OutcomeUnknownError
from cases.model import Upload

section = Section("attachments", "Files of a case; their bytes are in the object store.")


@section.post("/cases/<uuid:case_id>/attachments")
@permission("attach")
@takes_file
@section.answers(201, AttachmentSchema)
def add_case_attachment(case_id: UUID) -> Response:
    """Add a file to a case."""
    return attach(str(case_id))


def attach(case_id: str) -> Response:
    """Add the file of this request to a case, whoever sends it; refused before it is read if possible."""
    read(lambda session: require_attachable(session, env(), case_id, by=caller()))
    file, visible_to = received_file(), visibility()
    content_hash = file_hash(file, visible_to)
    kept = replayed(content_hash=content_hash)
    return kept or _store(case_id, upload_of(file, visible_to), content_hash)


def _store(case_id: str, upload: Upload, content_hash: str) -> Response:
    """The object is stored before the transaction, which may run again; it goes when the case refuses it."""
    stored = store_upload(env(), upload)

    def change(session: Session) -> Answer:
        view = add_attachment(session, env(), case_id, stored, by=caller())
        return answer_of(AttachmentSchema, view, 201, Location=f"{PREFIX}/attachments/{view.id}/content")

    try:
        return once(change, content_hash=content_hash)
    except OutcomeUnknownError:
        # The row may be there, and then it needs its object; if it is not, a worker sweeps the object later.
        raise
    except CaseError:
        discard_upload(env(), stored)
        raise


@section.get("/cases/<uuid:case_id>/attachments")
@permission("read_cases")
@revalidated
@section.answers(200, AttachmentListSchema)
def list_case_attachments(case_id: UUID) -> Response:
    """List the files of a case that the caller may see."""
    views = read(lambda session: list_attachments(session, env(), str(case_id), by=caller()))
    return json_response(AttachmentListSchema, {"items": views})


@section.get("/attachments/<uuid:attachment_id>/content")
@permission("read_cases")
@section.answers(200, {"type": "string", "format": "binary"}, content_type="*/*")
def fetch_attachment(attachment_id: UUID) -> Response:
    """Fetch the bytes of a file, as a download in the file's own content type."""
    return send_file(read(lambda session: open_attachment(session, env(), str(attachment_id), by=caller())))
