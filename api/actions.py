"""What may be done with a case at any time: reclassify, protect, move, hold, re-open, unmerge, promise, accuse."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.cases import check_unchanged
from api.context import env, write
from api.once import Answer, answer_of, once
from api.paging import json_response
from api.schemas.actions import (
    AccusationSchema,
    ClassificationSchema,
    IdentityReadingSchema,
    LeadUnitSchema,
    LegalHoldSchema,
    PromiseSchema,
    ProtectionSchema,
    ReasonSchema,
    TaskOwnerSchema,
)
from api.schemas.cases import CaseSummarySchema
from api.section import Section
from cases.actions.accuse import accuse
from cases.actions.hold import set_legal_hold
from cases.actions.promise import promise_extension
from cases.actions.protect import protect
from cases.actions.reassign import reassign_task, reassign_unit
from cases.actions.reclassify import reclassify
from cases.actions.reopen import reopen
from cases.actions.unmerge import unmerge
from cases.identity import read_identity
from cases.model import CaseSummary

section = Section("actions", "What may be done with a case at any time; each with a reason.")


@section.post("/cases/<uuid:case_id>/classification")
@permission("classify")
@section.takes(ClassificationSchema)
@section.answers(200, CaseSummarySchema)
def change_classification(body: dict[str, Any], case_id: UUID) -> Response:
    """Give the case another class, kind or formality. Deadlines are counted anew from the original receipt.

    To oversight the lead unit loses the case at once; the sensitivity is never lowered again.
    """
    return _act(reclassify, case_id, body)


@section.post("/cases/<uuid:case_id>/protection")
@permission("protect")
@section.takes(ProtectionSchema)
@section.answers(200, CaseSummarySchema)
def raise_protection(body: dict[str, Any], case_id: UUID) -> Response:
    """Raise the sensitivity, or switch confidentiality or anonymity on; never less."""
    return _act(protect, case_id, body)


@section.post("/cases/<uuid:case_id>/lead-unit")
@permission("dispose")
@section.takes(LeadUnitSchema)
@section.answers(200, CaseSummarySchema)
def change_lead_unit(body: dict[str, Any], case_id: UUID) -> Response:
    """Give the case to another lead unit; its open tasks follow and the clocks run on."""
    return _act(reassign_unit, case_id, body)


@section.post("/cases/<uuid:case_id>/task-owner")
@permission("reassign")
@section.takes(TaskOwnerSchema)
@section.answers(200, CaseSummarySchema)
def change_task_owner(body: dict[str, Any], case_id: UUID) -> Response:
    """Give an open task of the caller's units to another person, whoever owned it."""
    values = {"task": str(body["task"]), "to": str(body["owner"]), "reason": body["reason"]}
    return _act(reassign_task, case_id, values)


@section.post("/cases/<uuid:case_id>/legal-hold")
@permission("hold")
@section.takes(LegalHoldSchema)
@section.answers(200, CaseSummarySchema)
def change_legal_hold(body: dict[str, Any], case_id: UUID) -> Response:
    """Put the case on legal hold, or lift it: while it is on, nothing of the case may be erased."""
    return _act(set_legal_hold, case_id, body)


@section.post("/cases/<uuid:case_id>/reopening")
@permission("reopen")
@section.takes(ReasonSchema)
@section.answers(200, CaseSummarySchema)
def reopen_case(body: dict[str, Any], case_id: UUID) -> Response:
    """Open a closed case again: it is verified anew and its complainant is told."""
    return _act(reopen, case_id, body)


@section.post("/cases/<uuid:case_id>/unmerging")
@permission("merge")
@section.takes(ReasonSchema)
@section.answers(200, CaseSummarySchema)
def unmerge_case(body: dict[str, Any], case_id: UUID) -> Response:
    """Take a merged case out of its parent: it goes on where it was."""
    return _act(unmerge, case_id, body)


@section.post("/cases/<uuid:case_id>/promise")
@permission("extend")
@section.takes(PromiseSchema)
@section.answers(200, CaseSummarySchema)
def promise_answer(body: dict[str, Any], case_id: UUID) -> Response:
    """Promise an answer by a day. The legal date stays where it is."""
    return _act(promise_extension, case_id, body)


@section.post("/cases/<uuid:case_id>/accusation")
@permission("accuse")
@section.takes(AccusationSchema)
@section.answers(200, CaseSummarySchema)
def record_accusation(body: dict[str, Any], case_id: UUID) -> Response:
    """Record who is complained about: from then on the case does not exist for them."""
    user = str(body["user"]) if body["user"] else None
    return _act(accuse, case_id, {**body, "user": user})


@section.post("/cases/<uuid:case_id>/identity-readings")
@permission("read_identity")
@section.takes(ReasonSchema)
@section.answers(200, IdentityReadingSchema)
def read_originals(body: dict[str, Any], case_id: UUID) -> Response:
    """Read who brought the case and what they wrote, unmasked. Each reading is noted with its reason.

    The answer is never kept, so an Idempotency-Key changes nothing: reading twice is noted twice.
    """
    # A write from the start: what is not noted is not read.
    found = write(lambda session: read_identity(session, env(), str(case_id), **body, by=caller()))
    return json_response(IdentityReadingSchema, found)


def _act(act: Callable[..., CaseSummary], case_id: UUID, values: Mapping[str, Any]) -> Response:
    """Carry out an act once; with If-Match only when the case still looks as it did when it was loaded."""

    def make(session: Session) -> Answer:
        check_unchanged(session, str(case_id))
        return answer_of(CaseSummarySchema, act(session, env(), str(case_id), **values, by=caller()))

    return once(make)
