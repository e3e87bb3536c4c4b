"""Absences: who stands in for whom, from when to when."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.context import env, read
from api.once import Answer, answer_of, once
from api.paging import page_response
from api.schemas.delegations import (
    DelegationPageSchema,
    DelegationQuerySchema,
    DelegationSchema,
    NewDelegationSchema,
)
from api.section import PREFIX, Section
from cases.delegations import Absence, declare_absence, list_delegations, revoke_delegation

section = Section("delegations", "Absences, and who stands in meanwhile.")


@section.get("/delegations")
@permission("delegate_role")
@section.takes(DelegationQuerySchema, location="query")
@section.answers(200, DelegationPageSchema)
def show_delegations(query: dict[str, Any]) -> Response:
    """List the absences that concern the caller, the newest first."""
    before, limit = query.get("cursor"), query["limit"]
    found = read(lambda session: list_delegations(session, env(), by=caller(), before=before, limit=limit))
    return page_response(DelegationPageSchema, found)


@section.post("/delegations")
@permission("delegate_role")
@section.takes(NewDelegationSchema)
@section.answers(201, DelegationSchema)
def add_delegation(body: dict[str, Any]) -> Response:
    """Declare an absence: from the first to the last day the stand-in holds the role as well.

    People declare their own; a superior that of people in the units below, an administrator anybody's.
    """
    people = {name: str(body[name]) for name in ("user_id", "unit_id", "delegate_id")}
    absence = Absence(**{**body, **people})

    def make(session: Session) -> Answer:
        done = declare_absence(session, env(), absence, by=caller())
        return answer_of(DelegationSchema, done, 201, Location=f"{PREFIX}/delegations")

    return once(make)


@section.post("/delegations/<uuid:delegation_id>/revoke")
@permission("delegate_role")
@section.answers(200, DelegationSchema)
def end_delegation(delegation_id: UUID) -> Response:
    """End an absence before its last day; tasks that the stand-in took become free again."""
    return once(
        lambda session: answer_of(
            DelegationSchema, revoke_delegation(session, env(), str(delegation_id), by=caller())
        )
    )
