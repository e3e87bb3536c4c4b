"""Requests beside a case, referrals, and the processing log."""

from marshmallow import Schema, fields, validate

from api.schemas.common import Instant, LocalizedText, Strict

OMBUDSMAN = "ombudsman"
DATA_KINDS = ("data_access", "data_correction", "data_erasure")


class NewRequestSchema(Strict):
    """A letter of the Ombudsman or a request about personal data that reached the body."""

    kind = fields.String(required=True, validate=validate.OneOf((OMBUDSMAN, *DATA_KINDS)))
    received_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "The day it came; today by default."}
    )
    number = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 80),
        metadata={"description": "The sender's own reference number."},
    )
    text = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 5_000))


class NewDataRequestSchema(Strict):
    """What a complainant asks about the own personal data."""

    kind = fields.String(required=True, validate=validate.OneOf(DATA_KINDS))
    text = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 5_000))


class CorrectionSchema(Strict):
    """The items to correct; null empties one, an item that is left out stays."""

    name = fields.String(allow_none=True, validate=validate.Length(max=200))
    address = fields.String(allow_none=True, validate=validate.Length(max=500))
    phone = fields.String(allow_none=True, validate=validate.Length(max=40))
    email = fields.Email(allow_none=True, validate=validate.Length(max=254))
    proxy_name = fields.String(allow_none=True, validate=validate.Length(max=200))


class RequestSchema(Schema):
    """A request beside a case."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    label = fields.Nested(LocalizedText, required=True)
    number = fields.String(required=True, allow_none=True)
    received_at = Instant(required=True)
    entered_at = Instant(required=True)
    answered_at = Instant(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    due_at = Instant(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    messages = fields.List(fields.String(), required=True, metadata={"description": "What can be told now."})


class RequestListSchema(Schema):
    """The requests beside a case, oldest first."""

    items = fields.List(fields.Nested(RequestSchema), required=True)


class ReferralSchema(Schema):
    """A handing over to another body. `answer` is `accepted`, `rejected` or `taken_back`."""

    id = fields.String(required=True)
    body = fields.String(required=True)
    name = fields.Nested(LocalizedText, required=True)
    sent_at = Instant(required=True)
    reminded_at = Instant(required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)


class ReferralListSchema(Schema):
    """To whom a case was handed, oldest first, and who has it now."""

    holder = fields.Nested(LocalizedText, required=True)
    items = fields.List(fields.Nested(ReferralSchema), required=True)


class LogLineSchema(Schema):
    """One thing that was done with the data, or one reading of it; officers by role."""

    at = Instant(required=True)
    what = fields.Nested(LocalizedText, required=True)
    by = fields.Nested(LocalizedText, required=True)


class ProcessingLogSchema(Schema):
    """What was done with the personal data of a complainant, and who read it."""

    reference = fields.String(required=True)
    made_at = Instant(required=True)
    kept = fields.List(fields.Nested(LocalizedText), required=True)
    processed = fields.List(fields.Nested(LogLineSchema), required=True)
    read = fields.List(fields.Nested(LogLineSchema), required=True)
