"""Files of a case for officers: add, and read."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from cases.attachments import StoredUpload, add_attachment
from cases.errors import FileRefusedError
from web.access import current_actor, permission
from web.case_page import case_page
from web.context import environment, write
from web.entered import Problems
from web.language import say
from web.sending import send_attachment
from web.uploads import stored_files

blueprint = Blueprint("case_files", __name__)


@blueprint.post("/cases/<uuid:case_id>/files")
@permission("attach")
def add_case_files(case_id: UUID) -> AnyResponse | tuple[str, int]:
    """Add files, seen by officers only unless said otherwise."""
    try:
        with stored_files(visibility="public" if request.form.get("share_files") else "internal") as stored:
            if not stored:
                return _refused(str(case_id), gettext("Pilih berkasnya lebih dahulu."))
            write(lambda session: _add(session, str(case_id), stored))
    except FileRefusedError as error:
        return _refused(str(case_id), say(error.text))
    return redirect(url_for("case_page.show_case", case_id=case_id, done="uploaded", _anchor="files"), 303)


@blueprint.get("/attachments/<uuid:attachment_id>")
@permission("read_cases")
def download_attachment(attachment_id: UUID) -> Response:
    """A file of a case that the reader may see."""
    return send_attachment(str(attachment_id), by=current_actor())


def _add(session: Session, case_id: str, stored: tuple[StoredUpload, ...]) -> None:
    for upload in stored:
        add_attachment(session, environment(), case_id, upload, by=current_actor())


def _refused(case_id: str, message: str) -> tuple[str, int]:
    return case_page(case_id, Problems({"files": message})), 422
