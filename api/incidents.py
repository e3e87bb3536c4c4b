"""The incident centre: what failed, and getting cases moving again, one by one or many at once."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.context import env, read
from api.once import Answer, answer_of, once
from api.paging import json_response, page_response, plain
from api.schemas.common import PageQuery
from api.schemas.incidents import (
    CaseActSchema,
    ChangeSchema,
    IncidentActSchema,
    IncidentDetailSchema,
    IncidentKindListSchema,
    IncidentPageSchema,
    IncidentQuerySchema,
    OperationActSchema,
    OperationAnswerSchema,
    OperationPageSchema,
    OperationSchema,
)
from api.section import PREFIX, Section
from cases.incidents.asked import Act, Mending
from cases.incidents.mending import mend_case, mend_incident
from cases.incidents.reading import get_incident, list_incidents, list_kinds
from cases.operations import Target, begin_operation, get_operation, list_operations, plan_operation

section = Section("incidents", "What failed, and how administrators get cases moving again.")


@section.get("/incidents")
@permission("read_incidents")
@section.takes(IncidentQuerySchema, location="query")
@section.answers(200, IncidentPageSchema)
def list_all_incidents(query: dict[str, Any]) -> Response:
    """List incidents, the newest first."""
    page = read(lambda session: list_incidents(session, env(), **query, by=caller()))
    return page_response(IncidentPageSchema, page)


@section.get("/incidents/kinds")
@permission("read_incidents")
@section.answers(200, IncidentKindListSchema)
def list_incident_kinds() -> Response:
    """List the kinds of open incidents, the most frequent first."""
    kinds = read(lambda session: list_kinds(session, env(), by=caller()))
    return json_response(IncidentKindListSchema, {"items": kinds})


@section.get("/incidents/<uuid:incident_id>")
@permission("read_incidents")
@section.answers(200, IncidentDetailSchema)
def show_incident(incident_id: UUID) -> Response:
    """Show an incident with data, stack and what its case waits for.

    Values of the data are masked unless the caller may read the case.
    """
    found = read(lambda session: get_incident(session, env(), str(incident_id), by=caller()))
    detail = {name: getattr(found, name) for name in found.__slots__ if name not in {"incident", "targets"}}
    targets = [dict(zip(("element_id", "name", "kind"), target, strict=True)) for target in found.targets]
    return json_response(IncidentDetailSchema, {**asdict(found.incident), **detail, "targets": targets})


@section.post("/incidents/<uuid:incident_id>/acts")
@permission("manage_incidents")
@section.takes(IncidentActSchema)
@section.answers(200, ChangeSchema)
def act_on_incident(body: dict[str, Any], incident_id: UUID) -> Response:
    """Retry, dismiss, move, skip, set data, suspend, resume or terminate. With `dry_run` nothing changes."""
    asked, dry_run = _mending(body), body["dry_run"]

    def make(session: Session) -> Answer:
        done = mend_incident(session, env(), str(incident_id), asked, by=caller(), dry_run=dry_run)
        return answer_of(ChangeSchema, done)

    return once(make)


@section.post("/cases/<uuid:case_id>/acts")
@permission("manage_incidents")
@section.takes(CaseActSchema)
@section.answers(200, ChangeSchema)
def act_on_case(body: dict[str, Any], case_id: UUID) -> Response:
    """Move, skip, set data, suspend, resume or terminate a case, also one without an incident."""
    asked, dry_run = _mending(body), body["dry_run"]

    def make(session: Session) -> Answer:
        done = mend_case(session, env(), str(case_id), asked, by=caller(), dry_run=dry_run)
        return answer_of(ChangeSchema, done)

    return once(make)


@section.post("/operations")
@permission("manage_incidents")
@section.takes(OperationActSchema)
@section.answers(202, OperationAnswerSchema)
def act_on_many(body: dict[str, Any]) -> Response:
    """Act on all open incidents of a kind, or suspend or resume a version of a process with its cases.

    A worker carries it out, a few cases at a time; with `dry_run` the answer says what would happen to how many.
    """
    asked, target = _mending(body), Target(body["incident_kind"], plain(body["definition_id"]))

    def make(session: Session) -> Answer:
        if body["dry_run"]:
            plan = plan_operation(session, env(), target, asked, by=caller())
            return answer_of(OperationAnswerSchema, {"operation": None, "plan": plan})
        begun = begin_operation(session, env(), target, asked, by=caller())
        where = f"{PREFIX}/operations/{begun.id}"
        return answer_of(OperationAnswerSchema, {"operation": begun, "plan": None}, 202, Location=where)

    return once(make)


@section.get("/operations")
@permission("read_incidents")
@section.takes(PageQuery, location="query")
@section.answers(200, OperationPageSchema)
def list_all_operations(query: dict[str, Any]) -> Response:
    """List acts on many cases, the newest first."""
    page = read(lambda session: list_operations(session, env(), **query, by=caller()))
    return page_response(OperationPageSchema, page)


@section.get("/operations/<uuid:operation_id>")
@permission("read_incidents")
@section.answers(200, OperationSchema)
def show_operation(operation_id: UUID) -> Response:
    """Show how far an act on many cases is."""
    found = read(lambda session: get_operation(session, env(), str(operation_id), by=caller()))
    return json_response(OperationSchema, found)


def _mending(body: dict[str, Any]) -> Mending:
    others = {name: plain(body[name]) for name in Mending.__slots__ if name in body and name != "act"}
    return Mending(act=Act(body["act"]), **others)
