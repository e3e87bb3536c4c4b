"""User tasks: what an inbox shows, a task with its form, and what is sent to change one."""

from marshmallow import Schema, fields, validate

from api.schemas.common import CountedPage, Instant, PageQuery, Strict
from cases.model import Priority, Stage

SCOPES = ("mine", "available", "all")
STATES = ("open", "completed", "cancelled")


class TaskSchema(Schema):
    """Work that a person does. Its ETag is its version in quotation marks."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    element_id = fields.String(required=True)
    form_key = fields.String(required=True)
    role = fields.String(required=True)
    unit_id = fields.String(required=True, allow_none=True)
    unit_name = fields.String(required=True, allow_none=True)
    owner_id = fields.String(required=True, allow_none=True)
    owner_name = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    version = fields.Integer(required=True)
    created_at = Instant(required=True)
    due_at = Instant(required=True, allow_none=True)
    due_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Last day, in the office's zone."}
    )
    overdue = fields.Boolean(required=True)
    case_id = fields.String(required=True)
    reference = fields.String(required=True)
    case_title = fields.String(required=True)
    stage = fields.Enum(Stage, by_value=True, required=True)
    priority = fields.Enum(Priority, by_value=True, required=True)
    round = fields.Integer(required=True)


class TaskDetailSchema(TaskSchema):
    """A task with its form as JSON Schema 2020-12, and the values that the form starts with."""

    form = fields.Dict(required=True, metadata={"description": "JSON Schema 2020-12 with small `ui` hints."})
    values = fields.Dict(required=True)
    may = fields.List(
        fields.String(validate=validate.OneOf(["claim", "release", "delegate", "complete"])), required=True
    )
    completed_at = Instant(required=True, allow_none=True)
    completed_by_name = fields.String(required=True, allow_none=True)
    instance_id = fields.String(required=True)
    definition_id = fields.String(required=True)


class TaskPageSchema(CountedPage):
    """A page of tasks, the most urgent first."""

    items = fields.List(fields.Nested(TaskSchema), required=True)


class TaskQuerySchema(PageQuery):
    """Filters of the task list."""

    scope = fields.String(
        load_default="all",
        validate=validate.OneOf(SCOPES),
        metadata={
            "description": "`mine`: owned by the caller; `available`: the caller's to take; `all`: both."
        },
    )
    unit = fields.UUID(metadata={"description": "Id of a unit."})
    owner = fields.UUID(metadata={"description": "Id of a user."})
    case = fields.UUID(metadata={"description": "Id of a case."})
    overdue = fields.Boolean()
    state = fields.String(load_default="open", validate=validate.OneOf(STATES))


class FormValuesSchema(Strict):
    """Values of a form, by field name. The form's own JSON Schema says which."""

    values = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "Field name to value."}
    )


class HandingOnSchema(Strict):
    """Whom to hand a task to."""

    to = fields.UUID(required=True, metadata={"description": "Id of the user who is to own the task."})
