"""Cases: lists, one case with everything beside it, registering, history."""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from typing import Any

from marshmallow import Schema, fields, pre_dump, validate

from api.schemas.attachments import AttachmentSchema
from api.schemas.common import CountedPage, Instant, LocalizedText, PageQuery, Strict
from api.schemas.tasks import TaskSchema
from cases.conflict import KINDS
from cases.model import (
    ActorKind,
    CaseClass,
    CaseView,
    Channel,
    Kind,
    Outcome,
    Priority,
    Sensitivity,
    Stage,
    Status,
)

CASE_SORTS = ("-received", "due")


class CaseSummarySchema(Schema):
    """Where a case stands after something was done to it, and what is to be done next."""

    id = fields.String(required=True)
    reference = fields.String(required=True)
    version = fields.Integer(required=True)
    stage = fields.Enum(Stage, by_value=True, required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    next_tasks = fields.List(fields.Nested(TaskSchema), required=True)


class RegisteredCaseSchema(CaseSummarySchema):
    """A case that was just registered."""

    tracking_secret = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "For the complainant. Shown this once; it is stored only as a hash."},
    )


class CaseRowSchema(Schema):
    """A case as a list shows it, masked for the reader."""

    id = fields.String(required=True)
    reference = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
    case_class = fields.Enum(CaseClass, by_value=True, required=True, data_key="class")
    sensitivity = fields.Enum(Sensitivity, by_value=True, required=True)
    priority = fields.Enum(Priority, by_value=True, required=True)
    stage = fields.Enum(Stage, by_value=True, required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    category = fields.String(required=True, allow_none=True)
    area = fields.String(required=True, allow_none=True)
    lead_unit_id = fields.String(required=True, allow_none=True)
    lead_unit_name = fields.String(required=True, allow_none=True)
    received_at = Instant(required=True)
    due_at = Instant(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    closed_at = Instant(required=True, allow_none=True)
    imported = fields.Boolean(required=True)


class ComplainantSchema(Schema):
    """Who brought the case, as far as the reader may know."""

    name = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    proxy_name = fields.String(required=True, allow_none=True)
    masked = fields.Boolean(required=True)
    anonymous = fields.Boolean(required=True)


class AccusedSchema(Schema):
    """Who is complained about."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    unit_id = fields.String(required=True, allow_none=True)
    unit_name = fields.String(required=True, allow_none=True)
    user_id = fields.String(required=True, allow_none=True)
    user_name = fields.String(required=True, allow_none=True)


class CaseTextSchema(Schema):
    """A note, instruction, response or reply on a case."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    visibility = fields.String(required=True)
    text = fields.String(required=True)
    response_kind = fields.String(required=True, allow_none=True)
    at = Instant(required=True)
    author_kind = fields.Enum(ActorKind, by_value=True, required=True)
    author_name = fields.String(required=True, allow_none=True)


class DeadlineSchema(Schema):
    """One clock of a case; `due_at` and `due_on` are null while a pause holds it."""

    id = fields.String(required=True)
    clock = fields.String(required=True)
    label = fields.Nested(LocalizedText, required=True)
    started_at = Instant(required=True)
    due_at = Instant(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    stopped_at = Instant(required=True, allow_none=True)
    paused = fields.Boolean(required=True)
    overdue = fields.Boolean(required=True)
    law = fields.Boolean(required=True)
    extended = fields.Boolean(
        required=True, metadata={"description": "The second term of the law was added."}
    )
    promised_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "What the office promised; it never moves the legal date."},
    )
    breached_at = Instant(required=True, allow_none=True)


class ExternalRefSchema(Schema):
    """The id that another system gave the case."""

    system = fields.String(required=True)
    id = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)


class ProcessInstanceSchema(Schema):
    """One running of a process for the case."""

    id = fields.String(required=True)
    definition_id = fields.String(required=True)
    process_id = fields.String(required=True)
    process_name = fields.String(required=True)
    definition_version = fields.Integer(required=True)
    main = fields.Boolean(required=True)
    status = fields.String(required=True)
    started_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)


class CaseSchema(CaseRowSchema):
    """A case with everything beside it that the reader may see."""

    version = fields.Integer(required=True)
    text = fields.String(required=True)
    event_on = fields.Date(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    target = fields.String(required=True, allow_none=True)
    entered_at = Instant(required=True)
    round = fields.Integer(required=True)
    returns = fields.Integer(required=True)
    anonymous = fields.Boolean(required=True)
    confidential = fields.Boolean(required=True)
    has_identity = fields.Boolean(required=True)
    outcome_reason = fields.String(required=True, allow_none=True)
    referred_to = fields.String(required=True, allow_none=True)
    ruleset = fields.String(required=True, metadata={"description": "The rules under which it was opened."})
    ruleset_version = fields.Integer(required=True)
    parent_reference = fields.String(required=True, allow_none=True)
    formal = fields.Boolean(required=True)
    legal_hold = fields.Boolean(required=True)
    suspended = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether an administrator lets it rest: what would move it is refused with 409."
        },
    )
    accused = fields.Nested(AccusedSchema, required=True, allow_none=True)
    complainant = fields.Nested(ComplainantSchema, required=True)
    texts = fields.List(fields.Nested(CaseTextSchema), required=True)
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)
    deadlines = fields.List(fields.Nested(DeadlineSchema), required=True)
    tasks = fields.List(fields.Nested(TaskSchema), required=True)
    external_refs = fields.List(fields.Nested(ExternalRefSchema), required=True)
    duplicates = fields.List(fields.Nested(CaseRowSchema), required=True)
    instances = fields.List(fields.Nested(ProcessInstanceSchema), required=True)
    supporting_units = fields.List(fields.String(), required=True)
    acts = fields.List(fields.String(), required=True, metadata={"description": "What the reader may do."})
    messages = fields.List(fields.String(), required=True, metadata={"description": "What can be sent now."})

    @pre_dump
    def _flatten(self, view: CaseView, **_options: Any) -> Mapping[str, Any]:
        row = {field.name: getattr(view.row, field.name) for field in dataclass_fields(view.row)}
        beside = {field.name: getattr(view, field.name) for field in dataclass_fields(view)}
        return {**row, **beside, "acts": sorted(view.acts)}


class CasePageSchema(CountedPage):
    """A page of cases."""

    items = fields.List(fields.Nested(CaseRowSchema), required=True)


class CaseQuerySchema(PageQuery):
    """Filters of the case list; every one narrows it."""

    stage = fields.Enum(Stage, by_value=True)
    status = fields.Enum(Status, by_value=True)
    unit = fields.UUID(metadata={"description": "Id of the lead unit."})
    category = fields.String(validate=validate.Length(1, 60))
    channel = fields.Enum(Channel, by_value=True)
    received_from = fields.Date()
    received_to = fields.Date()
    owner = fields.UUID(metadata={"description": "Id of a user who owns an open task."})
    overdue = fields.Boolean()
    text = fields.String(validate=validate.Length(1, 200))
    sort = fields.String(load_default="-received", validate=validate.OneOf(CASE_SORTS))


class CaseReadSchema(Strict):
    """Why a case is read."""

    reason = fields.String(
        validate=validate.Length(3, 500),
        metadata={
            "description": "For roles that may know the complainant only with a reason; goes on record."
        },
    )


class NewComplaintSchema(Strict):
    """What a complaint is about and, unless it is brought without identity, by whom."""

    title = fields.String(required=True, validate=validate.Length(3, 200))
    text = fields.String(required=True, validate=validate.Length(3, 20_000))
    kind = fields.Enum(Kind, by_value=True, load_default=Kind.COMPLAINT)
    event_on = fields.Date(load_default=None, allow_none=True)
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300))
    area = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    category = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    target = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    anonymous = fields.Boolean(load_default=False, metadata={"description": "Hide the name from the unit."})
    confidential = fields.Boolean(
        load_default=False, metadata={"description": "Hide the case from the public."}
    )
    name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    address = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))
    phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    email = fields.Email(load_default=None, allow_none=True, validate=validate.Length(max=254))
    proxy_name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    loss = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=5_000))
    request = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=5_000))


class NewRefSchema(Strict):
    """The id that another system gave the matter."""

    system = fields.String(required=True, validate=validate.Length(1, 40))
    id = fields.String(required=True, validate=validate.Length(1, 120))
    url = fields.Url(
        load_default=None, allow_none=True, schemes={"http", "https"}, validate=validate.Length(max=500)
    )


class NewCaseSchema(NewComplaintSchema):
    """A complaint that an officer or another system registers."""

    channel = fields.Enum(Channel, by_value=True, load_default=Channel.FRONT_DESK)
    case_class = fields.Enum(CaseClass, by_value=True, load_default=None, allow_none=True, data_key="class")
    priority = fields.Enum(Priority, by_value=True, load_default=Priority.NORMAL)
    received_at = Instant(
        load_default=None, allow_none=True, metadata={"description": "When it reached the body."}
    )
    lead_unit = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 60),
        metadata={"description": "Code or id of the unit that must act at once; only for an emergency."},
    )
    accused_kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS))
    accused_unit = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 60),
        metadata={"description": "Code or id of the unit that is complained about; it never sees the case."},
    )
    accused_user = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 60),
        metadata={"description": "Id of the officer who is complained about, who never sees the case."},
    )
    external_refs = fields.List(
        fields.Nested(NewRefSchema), load_default=list, validate=validate.Length(max=10)
    )


class HistoryEntrySchema(Schema):
    """One thing that happened to the case. Each hash covers the entry before."""

    seq = fields.Integer(required=True)
    at = Instant(required=True)
    tag = fields.String(required=True)
    label = fields.Nested(LocalizedText, required=True)
    actor_kind = fields.Enum(ActorKind, by_value=True, required=True)
    actor_name = fields.String(required=True, allow_none=True)
    process_id = fields.String(required=True, allow_none=True)
    element_id = fields.String(required=True, allow_none=True)
    element_name = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)
    hash = fields.String(required=True)


class HistoryPageSchema(Schema):
    """A page of history, oldest first."""

    items = fields.List(fields.Nested(HistoryEntrySchema), required=True)
    next = fields.String(required=True, allow_none=True)
