"""The dates of a case, each with its reasons."""

from uuid import UUID

from flask import Response

from api.access import caller, permission
from api.conditional import revalidated
from api.context import env, read
from api.paging import json_response
from api.schemas.deadlines import ExplainedDeadlineListSchema
from api.section import Section
from cases.deadlines.explained import explain_case

section = Section("deadlines", "Time limits, and why each date is what it is.")


@section.get("/cases/<uuid:case_id>/deadlines")
@permission("read_cases")
@revalidated
@section.answers(200, ExplainedDeadlineListSchema)
def list_deadlines(case_id: UUID) -> Response:
    """Explain every date of a case: start, each day and why it counts or not, pauses, rule and version.

    Each date is counted again when it is asked for; `remark` admits when the stored one differs.
    """
    found = read(lambda session: explain_case(session, env(), str(case_id), by=caller()))
    return json_response(ExplainedDeadlineListSchema, {"items": found})
