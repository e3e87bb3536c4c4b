"""What complainants do without an account: file a complaint, see where it stands, answer."""

from datetime import timedelta
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, public, tracking, tracking_or_public
from api.attachments import attach
from api.conditional import revalidated
from api.context import env, read
from api.once import Answer, answer_of, once
from api.paging import json_response
from api.schemas.attachments import AttachmentSchema
from api.schemas.complaints import ComplaintStatusSchema, FiledComplaintSchema, ReceiptSchema
from api.schemas.tasks import FormValuesSchema
from api.section import PREFIX, Section
from api.throttle import limited
from api.uploads import takes_file
from cases.complainants import get_status_page
from cases.messages import FROM_COMPLAINANT, send_message
from cases.model import Channel, NewComplaint, Registered
from cases.register import register_complaint

section = Section("complaints", "For complainants: no account, but a tracking secret that is shown once.")

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MESSAGE_RULE = f"/complaints/<reference:reference>/messages/<any({', '.join(FROM_COMPLAINANT)}):name>"


@section.post("/complaints")
@public
@limited("file-complaint", times=30, per=HOUR)
@section.takes(FiledComplaintSchema)
@section.answers(201, ReceiptSchema)
def file_complaint(new: dict[str, Any]) -> Response:
    """File a complaint.

    Answers the public reference and the tracking secret, which is shown this once. Send an Idempotency-Key:
    when the answer is lost on the way, the same request with the same key gets the same receipt again.
    """
    complaint = NewComplaint(**{**new, "channel": Channel(new["channel"])})
    return once(lambda session: _receipt(register_complaint(session, env(), complaint, by=caller())))


def _receipt(result: Registered) -> Answer:
    case = result.case
    body = {"reference": case.reference, "stage": case.stage, "status": case.status}
    dumped = ReceiptSchema().dump({**body, "tracking_secret": result.secret})
    return Answer(201, dumped, {"Location": f"{PREFIX}/complaints/{case.reference}"})


@section.get("/complaints/<reference:reference>")
@limited("read-complaint", times=120, per=MINUTE)
@tracking_or_public
@revalidated
@section.answers(200, ComplaintStatusSchema)
def show_complaint(reference: str) -> Response:
    """Show where a complaint stands: all of it with the tracking secret, the public part without."""
    page = read(lambda session: get_status_page(session, env(), reference, by=caller()))
    return json_response(ComplaintStatusSchema, page)


@section.post(MESSAGE_RULE)
@limited("answer-complaint", times=60, per=HOUR)
@tracking
@section.takes(FormValuesSchema)
@section.answers(200, ComplaintStatusSchema)
def send_complaint_message(body: dict[str, Any], reference: str, name: str) -> Response:
    """Reply, complete, confirm, say that it is not solved, or withdraw; 409 when it is not waited for."""

    def change(session: Session) -> Answer:
        send_message(session, env(), caller().case_id or "", name, body["values"], by=caller())
        return answer_of(ComplaintStatusSchema, get_status_page(session, env(), reference, by=caller()))

    return once(change)


@section.post("/complaints/<reference:reference>/attachments")
@limited("attach-to-complaint", times=60, per=HOUR)
@tracking
@takes_file
@section.answers(201, AttachmentSchema)
def add_complaint_attachment(reference: str) -> Response:
    """Add a file to the complaint, such as a photo."""
    return attach(caller().case_id or "")
