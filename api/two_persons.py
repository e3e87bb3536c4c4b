"""What needs a second person: asking, agreeing, and reading an identity once."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.context import env, read, write
from api.once import Answer, answer_of, once
from api.paging import json_response, page_response, plain
from api.schemas.actions import IdentityReadingSchema
from api.schemas.two_persons import (
    NewTwoPersonRequestSchema,
    TwoPersonDecisionSchema,
    TwoPersonQuerySchema,
    TwoPersonRequestPageSchema,
    TwoPersonRequestSchema,
)
from api.section import PREFIX, Section
from cases.identity import read_revealed
from cases.two_persons import ask, decide_two_person_request, list_two_person_requests

section = Section("second-person", "Acts that need a second person, who holds the same right.")


@section.get("/two-person-requests")
@permission("second_person")
@section.takes(TwoPersonQuerySchema, location="query")
@section.answers(200, TwoPersonRequestPageSchema)
def show_two_person_requests(query: dict[str, Any]) -> Response:
    """List what was asked within the caller's rights, the newest first."""
    return page_response(
        TwoPersonRequestPageSchema,
        read(lambda session: list_two_person_requests(session, env(), **query, by=caller())),
    )


@section.post("/two-person-requests")
@permission("second_person")
@section.takes(NewTwoPersonRequestSchema)
@section.answers(201, TwoPersonRequestSchema)
def ask_second_person(body: dict[str, Any]) -> Response:
    """Ask for a second person: about a case, or about a set of process files. It holds for 72 hours."""
    values = {name: plain(value) for name, value in body.items()}

    def make(session: Session) -> Answer:
        done = ask(session, env(), **values, by=caller())
        return answer_of(TwoPersonRequestSchema, done, 201, Location=f"{PREFIX}/two-person-requests")

    return once(make)


@section.post("/two-person-requests/<uuid:request_id>/decision")
@permission("second_person")
@section.takes(TwoPersonDecisionSchema)
@section.answers(200, TwoPersonRequestSchema)
def decide(body: dict[str, Any], request_id: UUID) -> Response:
    """Agree or refuse, as somebody else who holds the same right. An erasure is carried out with the agreement."""
    return once(
        lambda session: answer_of(
            TwoPersonRequestSchema,
            decide_two_person_request(session, env(), str(request_id), **body, by=caller()),
        )
    )


@section.post("/two-person-requests/<uuid:request_id>/identity-readings")
@permission("reveal_identity")
@section.answers(200, IdentityReadingSchema)
def read_with_second_person(request_id: UUID) -> Response:
    """Read the originals of the case, once, because a second person agreed. Noted with the reason of the request.

    The answer is never kept, so an Idempotency-Key changes nothing: a second reading is refused.
    """
    found = write(lambda session: read_revealed(session, env(), str(request_id), by=caller()))
    return json_response(IdentityReadingSchema, found)
