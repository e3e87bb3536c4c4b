"""The frozen figures of a month: counts, and percentages with the denominator they are made from."""

from marshmallow import Schema, fields

from api.schemas.common import Instant


class FiguresSchema(Schema):
    """The measures of one unit in one month."""

    received = fields.Integer(required=True)
    followed_up = fields.Integer(required=True)
    followed_up_percent = fields.Float(
        required=True, allow_none=True, metadata={"description": "Of received."}
    )
    completed = fields.Integer(required=True)
    completed_percent = fields.Float(required=True, allow_none=True, metadata={"description": "Of received."})
    answered = fields.Integer(required=True)
    mean_days = fields.Float(required=True, allow_none=True, metadata={"description": "Over answered."})


class UnitFiguresSchema(Schema):
    """A unit with its measures; without a unit, the whole body."""

    unit_id = fields.String(required=True, allow_none=True)
    unit_name = fields.String(required=True, allow_none=True)
    figures = fields.Nested(
        FiguresSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null where a small count is withheld from readers outside the body."},
    )


class MonthSchema(Schema):
    """A frozen month."""

    month = fields.String(required=True)
    frozen_at = Instant(required=True)
    total = fields.Nested(UnitFiguresSchema, required=True)
    units = fields.List(fields.Nested(UnitFiguresSchema), required=True)


class MonthListSchema(Schema):
    """The months that were frozen, the newest first."""

    items = fields.List(fields.String(), required=True)
