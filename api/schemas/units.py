"""The organisation tree."""

from marshmallow import Schema, fields, validate

from api.schemas.common import Strict


class UnitQuerySchema(Strict):
    """Which units."""

    text = fields.String(
        validate=validate.Length(1, 200), metadata={"description": "Part of a name, a code or a former name."}
    )
    all_times = fields.Boolean(
        load_default=False, metadata={"description": "Also those that are not in force today."}
    )


class UnitSchema(Schema):
    """A unit of the organisation tree."""

    id = fields.String(required=True)
    parent_id = fields.String(required=True, allow_none=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    aliases = fields.List(fields.String(), required=True, metadata={"description": "Former and other names."})
    valid_from = fields.Date(required=True, allow_none=True, metadata={"description": "The first day."})
    valid_to = fields.Date(required=True, allow_none=True, metadata={"description": "The last day."})
    in_force = fields.Boolean(required=True, metadata={"description": "Whether it exists today."})
    depth = fields.Integer(required=True, metadata={"description": "0 for the root."})
    version = fields.Integer(required=True)


class UnitListSchema(Schema):
    """The tree from the root down."""

    items = fields.List(fields.Nested(UnitSchema), required=True)
