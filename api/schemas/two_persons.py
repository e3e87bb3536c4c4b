"""Acts that need a second person."""

from marshmallow import Schema, fields, validate

from api.schemas.common import Instant, PageQuery, Strict
from cases.two_persons import CASE_ACTS, LONGEST_REASON, PUBLISH

_REASON = fields.String(required=True, validate=validate.Length(1, LONGEST_REASON))


class TwoPersonQuerySchema(PageQuery):
    """How much of the list, and whether only what still waits for a second person."""

    pending = fields.Boolean(load_default=False)


class NewTwoPersonRequestSchema(Strict):
    """What somebody wants to do, and why."""

    act = fields.String(required=True, validate=validate.OneOf((*CASE_ACTS, PUBLISH)))
    case_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "For `reveal_identity` and `erase`."}
    )
    subject = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^sha256:[0-9a-f]{64}\Z"),
        metadata={
            "description": "For `deploy_process`: the set of files, as the refusal to deploy names it."
        },
    )
    reason = _REASON


class TwoPersonDecisionSchema(Strict):
    """Whether the second person agrees."""

    granted = fields.Boolean(required=True)


class TwoPersonRequestSchema(Schema):
    """What was asked, and what became of it."""

    id = fields.String(required=True)
    act = fields.String(required=True)
    case_id = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    requested_by = fields.String(required=True)
    requested_by_name = fields.String(required=True)
    requested_at = Instant(required=True)
    expires_at = Instant(required=True)
    decided_by_name = fields.String(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    used_at = Instant(required=True, allow_none=True)
    state = fields.String(
        required=True, validate=validate.OneOf(("pending", "granted", "refused", "used", "expired"))
    )
    may_decide = fields.Boolean(required=True)
    may_use = fields.Boolean(required=True)


class TwoPersonRequestPageSchema(Schema):
    """A page of requests."""

    items = fields.List(fields.Nested(TwoPersonRequestSchema), required=True)
    next = fields.String(required=True, allow_none=True)
