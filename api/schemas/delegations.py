"""Absences and who stands in."""

from marshmallow import Schema, fields, validate

from api.schemas.common import Instant, PageQuery, Strict


class DelegationQuerySchema(PageQuery):
    """How much of the list, and from where."""


class NewDelegationSchema(Strict):
    """Somebody is away for some days, and somebody else holds one of their roles meanwhile."""

    user_id = fields.UUID(required=True, metadata={"description": "Who is away."})
    role = fields.String(required=True, validate=validate.Length(1, 40))
    unit_id = fields.UUID(required=True, metadata={"description": "In which unit they hold the role."})
    delegate_id = fields.UUID(required=True, metadata={"description": "Who stands in."})
    starts_on = fields.Date(required=True, metadata={"description": "The first day, in the office's zone."})
    ends_on = fields.Date(required=True, metadata={"description": "The last day, included."})
    reason = fields.String(required=True, validate=validate.Length(1, 200))


class DelegationSchema(Schema):
    """A declared absence; ``reason`` is told to the absent person and to those in charge of them only."""

    id = fields.String(required=True)
    user_id = fields.String(required=True)
    user_name = fields.String(required=True)
    delegate_id = fields.String(required=True)
    delegate_name = fields.String(required=True)
    role = fields.String(required=True)
    unit_id = fields.String(required=True)
    unit_name = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    reason = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)
    created_by_name = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(("coming", "running", "over", "revoked")))
    may_revoke = fields.Boolean(required=True)


class DelegationPageSchema(Schema):
    """A page of absences."""

    items = fields.List(fields.Nested(DelegationSchema), required=True)
    next = fields.String(required=True, allow_none=True)
