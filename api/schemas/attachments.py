"""Files of a case."""

from marshmallow import Schema, fields, validate

from api.schemas.common import Instant
from cases.model import ActorKind

VISIBILITIES = ("public", "internal")


class AttachmentSchema(Schema):
    """A file of a case, without its bytes."""

    id = fields.String(required=True)
    case_id = fields.String(required=True)
    filename = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    visibility = fields.String(required=True)
    uploaded_by_kind = fields.Enum(ActorKind, by_value=True, required=True)
    created_at = Instant(required=True)


class AttachmentListSchema(Schema):
    """The files of a case that the reader may see."""

    items = fields.List(fields.Nested(AttachmentSchema), required=True)


class UploadSchema(Schema):
    """A file on its way in, as multipart/form-data."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    visibility = fields.String(validate=validate.OneOf(VISIBILITIES), metadata={"default": "public"})
