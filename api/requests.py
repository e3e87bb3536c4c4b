"""What runs beside a case: letters of the Ombudsman, requests about personal data, referrals to other bodies."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission, tracking
from api.conditional import revalidated
from api.context import env, read
from api.once import Answer, answer_of, once
from api.paging import json_response
from api.schemas.requests import (
    CorrectionSchema,
    NewDataRequestSchema,
    NewRequestSchema,
    ProcessingLogSchema,
    ReferralListSchema,
    RequestListSchema,
    RequestSchema,
)
from api.section import PREFIX, Section
from api.throttle import limited
from cases.actions.correct_identity import correct_identity
from cases.actions.referrals import whereabouts
from cases.actions.requests import FROM_OMBUDSMAN, RequestView, list_requests, start_request, tell_request
from cases.processing_log import get_processing_log

section = Section("requests", "What runs beside a case: letters of the Ombudsman, data requests, referrals.")

HOUR = timedelta(hours=1)
NEWS_RULE = (
    f"/cases/<uuid:case_id>/requests/<uuid:request_id>/messages/<any({', '.join(FROM_OMBUDSMAN)}):name>"
)


@section.get("/cases/<uuid:case_id>/requests")
@permission("read_cases")
@revalidated
@section.answers(200, RequestListSchema)
def list_case_requests(case_id: UUID) -> Response:
    """List the requests beside a case, each with its soonest deadline."""
    found = read(lambda session: list_requests(session, env(), str(case_id), by=caller()))
    return json_response(RequestListSchema, {"items": found})


@section.post("/cases/<uuid:case_id>/requests")
@permission("start_request")
@section.takes(NewRequestSchema)
@section.answers(201, RequestSchema)
def begin_case_request(new: dict[str, Any], case_id: UUID) -> Response:
    """Enter a letter of the Ombudsman or a request about personal data; its process and its clock begin.

    Works at every stage of the case and after it is closed; several run side by side.
    """
    return once(
        lambda session: _begun(start_request(session, env(), str(case_id), **new, by=caller()), case_id)
    )


def _begun(request: RequestView, case_id: UUID) -> Answer:
    return answer_of(RequestSchema, request, 201, Location=f"{PREFIX}/cases/{case_id}/requests")


@section.post(NEWS_RULE)
@permission("start_request")
@section.answers(200, RequestSchema)
def tell_case_request(case_id: UUID, request_id: UUID, name: str) -> Response:
    """Enter what the Ombudsman said about one letter: a recommendation, a takeover, or that it is done.

    Only a takeover closes the case. 409 when the process of this letter does not wait for it.
    """

    def change(session: Session) -> Answer:
        told = tell_request(session, env(), str(case_id), str(request_id), name, by=caller())
        return answer_of(RequestSchema, told)

    return once(change)


@section.post("/cases/<uuid:case_id>/requests/<uuid:request_id>/corrections")
@permission("answer")
@section.takes(CorrectionSchema)
@section.answers(200, RequestSchema)
def correct_complainant(changes: dict[str, Any], case_id: UUID, request_id: UUID) -> Response:
    """Correct what is kept of the complainant, as asked; refused while the case is on legal hold."""

    def change(session: Session) -> Answer:
        corrected = correct_identity(
            session, env(), str(case_id), str(request_id), changes=changes, by=caller()
        )
        return answer_of(RequestSchema, corrected)

    return once(change)


@section.get("/cases/<uuid:case_id>/referrals")
@permission("read_cases")
@revalidated
@section.answers(200, ReferralListSchema)
def list_case_referrals(case_id: UUID) -> Response:
    """Say who has a case now, and list the bodies to which it was handed."""
    return json_response(
        ReferralListSchema, read(lambda session: whereabouts(session, env(), str(case_id), by=caller()))
    )


@section.get("/complaints/<reference:reference>/requests")
@limited("read-complaint", times=120, per=timedelta(minutes=1))
@tracking
@section.answers(200, RequestListSchema)
def list_own_requests(reference: str) -> Response:
    """List what the complainant asked about the own personal data."""
    found = read(lambda session: list_requests(session, env(), caller().case_id or "", by=caller()))
    return json_response(RequestListSchema, {"items": found})


@section.post("/complaints/<reference:reference>/requests")
@limited("answer-complaint", times=60, per=HOUR)
@tracking
@section.takes(NewDataRequestSchema)
@section.answers(201, RequestSchema)
def begin_own_request(new: dict[str, Any], reference: str) -> Response:
    """Ask for access to the own personal data, its correction or its erasure; answered within 72 hours."""

    def change(session: Session) -> Answer:
        request = start_request(session, env(), caller().case_id or "", **new, by=caller())
        return answer_of(RequestSchema, request, 201, Location=f"{PREFIX}/complaints/{reference}/requests")

    return once(change)


@section.get("/complaints/<reference:reference>/requests/<uuid:request_id>/processing-log")
@limited("read-complaint", times=120, per=timedelta(minutes=1))
@tracking
@section.answers(200, ProcessingLogSchema)
def show_processing_log(reference: str, request_id: UUID) -> Response:
    """Show what was done with the own personal data and who read it, once access was given; officers by role."""
    log = read(
        lambda session: get_processing_log(
            session, env(), caller().case_id or "", str(request_id), by=caller()
        )
    )
    return json_response(ProcessingLogSchema, log)
