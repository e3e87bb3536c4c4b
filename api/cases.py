"""Cases: register, list, look at one, read its history, send it a message."""

from typing import Any
from uuid import UUID

from flask import Response, json, request
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.http import generate_etag

from api.access import caller, permission
from api.conditional import revalidated
from api.context import env, read
from api.dumping import dumped
from api.once import Answer, answer_of, once
from api.paging import cursor_number, json_response, page_response, plain
from api.schemas.cases import (
    CasePageSchema,
    CaseQuerySchema,
    CaseReadSchema,
    CaseSchema,
    CaseSummarySchema,
    HistoryPageSchema,
    NewCaseSchema,
    RegisteredCaseSchema,
)
from api.schemas.common import PageQuery
from api.schemas.tasks import FormValuesSchema
from api.section import PREFIX, Section
from cases.errors import StaleError
from cases.history import list_history
from cases.listing import get_case, list_cases
from cases.messages import send_message
from cases.model import CaseQuery, NewComplaint, NewRef, Registered
from cases.register import register_complaint

section = Section("cases", "Matters under management.")


@section.post("/cases")
@permission("register")
@section.takes(NewCaseSchema)
@section.answers(201, RegisteredCaseSchema)
def register_case(new: dict[str, Any]) -> Response:
    """Register a complaint and start its process.

    Answers where the case stands and its next open tasks. The tracking secret is for the receipt.
    """
    refs = tuple(NewRef(**ref) for ref in new.pop("external_refs"))
    complaint = NewComplaint(**new, external_refs=refs)
    return once(lambda session: registered(register_complaint(session, env(), complaint, by=caller())))


def registered(result: Registered) -> Answer:
    """The answer to an officer who registered a case."""
    body = RegisteredCaseSchema().dump(result.case)
    location = f"{PREFIX}/cases/{result.case.id}"
    return Answer(201, {**body, "tracking_secret": result.secret}, {"Location": location})


@section.get("/cases")
@permission("read_cases")
@section.takes(CaseQuerySchema, location="query")
@section.answers(200, CasePageSchema)
def list_all_cases(query: dict[str, Any]) -> Response:
    """List the cases that the caller may see, newest first or by deadline."""
    names = {"unit": "unit_id", "owner": "owner_id"}
    filters = {names.get(name, name): plain(value) for name, value in query.items()}
    page = read(lambda session: list_cases(session, env(), CaseQuery(**filters), by=caller()))
    return page_response(CasePageSchema, page)


@section.get("/cases/<uuid:case_id>")
@permission("read_cases")
@revalidated
@section.takes(CaseReadSchema, location="query")
@section.answers(200, CaseSchema)
def show_case(query: dict[str, Any], case_id: UUID) -> Response:
    """Show a case with everything beside it that the caller may see.

    Roles that may know the complainant only with a reason give it as `reason`; it goes on record.
    """
    view = read(
        lambda session: get_case(session, env(), str(case_id), by=caller(), reason=query.get("reason"))
    )
    return json_response(CaseSchema, view)


@section.get("/cases/<uuid:case_id>/history")
@permission("read_history")
@section.takes(PageQuery, location="query")
@section.answers(200, HistoryPageSchema)
def show_history(query: dict[str, Any], case_id: UUID) -> Response:
    """List what happened to a case, oldest first. Append-only; each entry's hash covers the one before."""
    after, limit = cursor_number(query.get("cursor")), query["limit"]
    page = read(
        lambda session: list_history(session, env(), str(case_id), by=caller(), after=after, limit=limit)
    )
    return page_response(HistoryPageSchema, page)


@section.post("/cases/<uuid:case_id>/messages/<word:name>")
@permission("send_message")
@section.takes(FormValuesSchema)
@section.answers(200, CaseSummarySchema)
def send_case_message(body: dict[str, Any], case_id: UUID, name: str) -> Response:
    """Send the case a message that its process waits for; 409 when none does, or several letters beside it do.

    With If-Match it is sent only when the case still looks as it did when it was loaded.
    """

    def change(session: Session) -> Answer:
        check_unchanged(session, str(case_id))
        summary = send_message(session, env(), str(case_id), name, body["values"], by=caller())
        return answer_of(CaseSummarySchema, summary)

    return once(change)


def check_unchanged(session: Session, case_id: str) -> None:
    """Raise StaleError when If-Match names another representation of the case than the present one."""
    if "If-Match" not in request.headers:
        return
    view = get_case(session, env(), case_id, by=caller())
    if not request.if_match.contains(generate_etag(_dumped(CaseSchema, view))):
        raise StaleError


def _dumped(schema: type[Schema], result: Any) -> bytes:
    return json.dumps(dumped(schema, result)).encode()
