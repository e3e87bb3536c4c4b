"""Rulesets: versions, and one version with its clocks, reasons, limits, decision tables and files."""

from marshmallow import Schema, fields, validate

from api.schemas.common import Instant


class RulesetSchema(Schema):
    """A version of a ruleset. New cases are opened under the one that is `in_force`."""

    key = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["active", "retired"]))
    note = fields.String(required=True)
    created_at = Instant(required=True)
    created_by_name = fields.String(required=True, allow_none=True)
    in_force = fields.Boolean(required=True)
    open_cases = fields.Integer(required=True)


class RulesetListSchema(Schema):
    """Every version of every ruleset, the newest first."""

    items = fields.List(fields.Nested(RulesetSchema), required=True)


class RulesetWordsSchema(Schema):
    """A text in both languages."""

    id = fields.String(required=True)
    en = fields.String(required=True)


class ClockSchema(Schema):
    """A clock: which events start and stop it, and how long it runs."""

    key = fields.String(required=True)
    label = fields.Nested(RulesetWordsSchema, required=True)
    starts_at = fields.String(required=True)
    length = fields.Integer(required=True)
    unit = fields.String(required=True)
    stops_at = fields.List(fields.String(), required=True)
    pauses_in = fields.List(fields.String(), required=True)
    on_expiry = fields.String(required=True)
    extension = fields.Integer(required=True)
    process = fields.String(required=True, allow_none=True)
    law = fields.Boolean(required=True)
    mark = fields.String(required=True)


class DecisionRowSchema(Schema):
    """One row of a decision table; `inferred` when no source gives it."""

    number = fields.Integer(required=True)
    inputs = fields.List(fields.String(), required=True)
    outputs = fields.List(fields.String(), required=True)
    description = fields.String(required=True)
    inferred = fields.Boolean(required=True)


class DecisionTableSchema(Schema):
    """A decision table, cell by cell."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    hit_policy = fields.String(required=True)
    inputs = fields.List(fields.String(), required=True)
    outputs = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Nested(DecisionRowSchema), required=True)


class LimitsSchema(Schema):
    """How often something may happen; 0 is no limit."""

    rounds = fields.Integer(required=True)
    returns = fields.Integer(required=True)


class RulesetDetailSchema(RulesetSchema):
    """A version with everything in it; `files` can be changed and deployed as they are."""

    clocks = fields.List(fields.Nested(ClockSchema), required=True)
    limits = fields.Nested(LimitsSchema, required=True)
    archive_reasons = fields.Dict(
        keys=fields.String(), values=fields.Nested(RulesetWordsSchema), required=True
    )
    decisions = fields.List(fields.Nested(DecisionTableSchema), required=True)
    files = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
