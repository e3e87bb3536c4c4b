"""Incidents, what an act on one or on many changes, and how far operations are."""

from marshmallow import Schema, fields, validate

from api.schemas.common import Instant, LocalizedText, PageQuery, Strict
from cases.incidents.asked import Act

_LONGEST = 2_000
_KIND = validate.Regexp(r"^[0-9a-f]{16}\Z")
_ON_CASES = tuple(act.value for act in Act if act not in {Act.RETRY, Act.DISMISS})


class IncidentQuerySchema(PageQuery):
    """Which incidents: open, resolved or all; of one kind."""

    state = fields.String(load_default="open", validate=validate.OneOf(("open", "resolved", "all")))
    kind = fields.String(validate=_KIND)


class IncidentSchema(Schema):
    """Something that failed; no content of the case."""

    id = fields.String(required=True)
    kind = fields.String(
        required=True, allow_none=True, metadata={"description": "The same for incidents that are alike."}
    )
    reference = fields.String(required=True, allow_none=True)
    case_id = fields.String(required=True, allow_none=True)
    process_id = fields.String(required=True, allow_none=True)
    element_id = fields.String(required=True, allow_none=True)
    subject = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "What failed: timer, job, alert, outbox, letter, file, start, task, message, case."
        },
    )
    error = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True)
    command = fields.String(required=True)
    at = Instant(required=True)
    suspended = fields.Boolean(required=True, metadata={"description": "Whether the case rests."})
    resolved_at = Instant(required=True, allow_none=True)
    resolution = fields.String(required=True, allow_none=True)
    resolved_by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class IncidentPageSchema(Schema):
    """A page of incidents."""

    items = fields.List(fields.Nested(IncidentSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class WaitingSchema(Schema):
    """Something that a process waits for."""

    kind = fields.String(required=True, validate=validate.OneOf(("task", "timer", "message", "job")))
    task_id = fields.String(required=True)
    element_id = fields.String(required=True)
    name = fields.String(required=True)
    process_id = fields.String(required=True)
    due_at = Instant(required=True, allow_none=True)


class TargetSchema(Schema):
    """An element to which an activity may be moved."""

    element_id = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)


class IncidentDetailSchema(IncidentSchema):
    """An incident with everything that helps to mend it."""

    stage = fields.String(required=True, allow_none=True)
    stack = fields.String(required=True, allow_none=True)
    data = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "Process data before the command; `***` for whoever may not read the case."},
    )
    submitted = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "What a person entered into the task that failed, or wrote in the message that did: a "
            "retry does it again in their name. `***` for whoever may not read the case."
        },
    )
    submitted_by = fields.String(
        required=True, allow_none=True, metadata={"description": "`null` for the complainant."}
    )
    submitted_at = Instant(required=True, allow_none=True)
    message = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The message that was sent; `null` for a task."},
    )
    masked = fields.Boolean(required=True)
    task_id = fields.String(required=True, allow_none=True)
    instance_id = fields.String(required=True, allow_none=True)
    waiting = fields.List(fields.Nested(WaitingSchema), required=True)
    targets = fields.List(fields.Nested(TargetSchema), required=True)
    alike = fields.Integer(required=True)


class IncidentKindSchema(Schema):
    """Open incidents that are alike."""

    kind = fields.String(required=True)
    command = fields.String(required=True)
    process_id = fields.String(required=True, allow_none=True)
    element_id = fields.String(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True)
    first_at = Instant(required=True)
    last_at = Instant(required=True)


class IncidentKindListSchema(Schema):
    """The kinds of open incidents, the most frequent first."""

    items = fields.List(fields.Nested(IncidentKindSchema), required=True)


class _MendingSchema(Strict):
    reason = fields.String(required=True, validate=validate.Length(1, _LONGEST))
    dry_run = fields.Boolean(
        load_default=False, metadata={"description": "Say what would change, and change nothing."}
    )
    task_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "For `move` and `skip`: the open activity; by default that of the incident."
        },
    )
    to = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 120),
        metadata={"description": "For `move`: the element of the same process."},
    )
    instance_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "For `set_data`: the process; by default that of the incident."},
    )
    values = fields.Dict(
        load_default=dict,
        keys=fields.String(validate=validate.Length(1, 80)),
        metadata={"description": "For `set_data`: process data by name."},
    )
    outcome_reason = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 40),
        metadata={"description": "For `terminate`: why the case is archived, a reason of its ruleset."},
    )


class IncidentActSchema(_MendingSchema):
    """What to do about an incident, and why."""

    act = fields.String(required=True, validate=validate.OneOf(tuple(act.value for act in Act)))


class CaseActSchema(_MendingSchema):
    """What to do with a case to get it moving, or to let it rest, and why."""

    act = fields.String(required=True, validate=validate.OneOf(_ON_CASES))


class OperationActSchema(Strict):
    """What to do with all open incidents of a kind, or with all cases of a version of a process, and why."""

    act = fields.String(required=True, validate=validate.OneOf(tuple(act.value for act in Act)))
    incident_kind = fields.String(load_default=None, allow_none=True, validate=_KIND)
    definition_id = fields.UUID(load_default=None, allow_none=True)
    reason = fields.String(required=True, validate=validate.Length(1, _LONGEST))
    dry_run = fields.Boolean(load_default=False)
    to = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 120))
    values = fields.Dict(load_default=dict, keys=fields.String(validate=validate.Length(1, 80)))
    outcome_reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 40))


class ChangeSchema(Schema):
    """What an act changed, or would change."""

    act = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    reference = fields.String(required=True, allow_none=True)
    stage_before = fields.String(required=True, allow_none=True)
    stage_after = fields.String(required=True, allow_none=True)
    status_after = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    suspended = fields.Boolean(required=True)
    passed = fields.List(
        fields.String(), required=True, metadata={"description": "Elements completed on the way, in order."}
    )
    opened = fields.List(fields.Nested(WaitingSchema), required=True)
    closed = fields.List(fields.Nested(WaitingSchema), required=True)
    history = fields.List(fields.String(), required=True, metadata={"description": "Tags, in order."})
    fails = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it would fail again; of a dry run."}
    )
    overtaken = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "How the incident's task ended meanwhile, completed or cancelled: the incident is over."
        },
    )


class OperationSchema(Schema):
    """An act on many cases and how far it is."""

    id = fields.String(required=True)
    act = fields.String(required=True)
    incident_kind = fields.String(required=True, allow_none=True)
    definition_id = fields.String(required=True, allow_none=True)
    process = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Key and version of the process whose cases it is about."},
    )
    reason = fields.String(required=True)
    asked_by = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    last_error = fields.Nested(LocalizedText, required=True, allow_none=True)
    started_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)


class OperationPageSchema(Schema):
    """A page of operations."""

    items = fields.List(fields.Nested(OperationSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PlanSchema(Schema):
    """What an act on many would do: how many it meets, and what happens to the first of them."""

    total = fields.Integer(required=True)
    first = fields.Nested(ChangeSchema, required=True, allow_none=True)
    refused = fields.Nested(LocalizedText, required=True, allow_none=True)


class OperationAnswerSchema(Schema):
    """The operation that was begun, or the plan when it was a dry run."""

    operation = fields.Nested(OperationSchema, required=True, allow_none=True)
    plan = fields.Nested(PlanSchema, required=True, allow_none=True)
