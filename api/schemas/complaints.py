"""What a complainant sends and sees."""

from marshmallow import Schema, fields, validate

from api.schemas.attachments import AttachmentSchema
from api.schemas.cases import CaseTextSchema, NewComplaintSchema
from api.schemas.common import Instant, LocalizedText
from cases.model import Channel, Kind, Outcome, Stage, Status

OWN_CHANNELS = (Channel.WEB.value, Channel.MOBILE_APP.value)


class FiledComplaintSchema(NewComplaintSchema):
    """A complaint that the complainant files."""

    channel = fields.String(load_default=Channel.WEB.value, validate=validate.OneOf(OWN_CHANNELS))


class ReceiptSchema(Schema):
    """The receipt: the public reference, and the secret that proves ownership."""

    reference = fields.String(required=True)
    tracking_secret = fields.String(
        required=True,
        metadata={
            "description": "Shown this once, stored only as a hash. Send it as `Authorization: Tracking ...`."
        },
    )
    stage = fields.Enum(Stage, by_value=True, required=True)
    status = fields.Enum(Status, by_value=True, required=True)


class NoticeSchema(Schema):
    """What the complainant was told."""

    template = fields.String(required=True)
    subject = fields.Nested(LocalizedText, required=True)
    body = fields.Nested(LocalizedText, required=True)
    at = Instant(required=True)


class PlainDeadlineSchema(Schema):
    """A time limit that runs, in plain words."""

    clock = fields.String(required=True)
    label = fields.Nested(LocalizedText, required=True)
    text = fields.Nested(LocalizedText, required=True)
    due_on = fields.Date(required=True, allow_none=True)
    paused = fields.Boolean(required=True)
    law = fields.Boolean(required=True)


class ComplaintStatusSchema(Schema):
    """Where a complaint stands. Without the secret it shows the public part, and `full` is false."""

    reference = fields.String(required=True)
    full = fields.Boolean(required=True)
    title = fields.String(required=True, allow_none=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
    stage = fields.Enum(Stage, by_value=True, required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    received_at = Instant(required=True)
    holder = fields.Nested(LocalizedText, required=True)
    next_step = fields.Nested(LocalizedText, required=True)
    promised_on = fields.Date(required=True, allow_none=True)
    notices = fields.List(fields.Nested(NoticeSchema), required=True)
    texts = fields.List(fields.Nested(CaseTextSchema), required=True)
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)
    messages = fields.List(fields.String(), required=True, metadata={"description": "What can be sent now."})
    suspended = fields.Boolean(
        required=True,
        metadata={"description": "Whether it rests, so that nothing can be sent for the moment."},
    )
    unheard_since = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When a message was sent that waits, kept, until the process is mended."},
    )
    deadlines = fields.List(
        fields.Nested(PlainDeadlineSchema),
        required=True,
        metadata={"description": "The time limits that run, each with its reason; for the complainant only."},
    )
