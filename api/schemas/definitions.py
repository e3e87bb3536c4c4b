"""Process definitions: versions, sets of files to check or deploy, and what is found in them."""

import base64

from marshmallow import Schema, ValidationError, fields, validate

from api.schemas.common import Instant, LintFinding, PageQuery, Strict


class DefinitionSchema(Schema):
    """A version of a process."""

    id = fields.String(required=True)
    key = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["active", "retired"]))
    deployment_hash = fields.String(required=True)
    created_at = Instant(required=True)
    created_by_name = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    open_instances = fields.Integer(required=True, allow_none=True)
    suspended_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Since when no case begins on it and its cases rest."},
    )


class DefinitionPageSchema(Schema):
    """A page of definitions, by process and newest first."""

    items = fields.List(fields.Nested(DefinitionSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class DefinitionQuerySchema(PageQuery):
    """Filters of the definitions."""

    key = fields.String(validate=validate.Length(1, 80), metadata={"description": "Process id."})


class DeployedSchema(Schema):
    """What a deployment made, or found unchanged."""

    items = fields.List(fields.Nested(DefinitionSchema), required=True)


class LintReportSchema(Schema):
    """Everything that is wrong with a set. `deployable` is false when any finding is an error."""

    deployable = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(LintFinding), required=True)


class FileContent(fields.Field[bytes]):
    """A file of a set: its text, or an object with its bytes as base64."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_options: object) -> bytes:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, dict) and set(value) == {"base64"}:
            return _decoded(value["base64"])
        raise ValidationError('Give a text, or {"base64": "..."}.')


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError as error:
        raise ValidationError("Not valid base64.") from error


class FileSetSchema(Strict):
    """A set of process files by path, such as `bpmn/complaint.bpmn`."""

    files = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 200)),
        values=FileContent(),
        required=True,
        validate=validate.Length(1, 200),
    )
    note = fields.String(load_default="", validate=validate.Length(max=2_000))


class DiagramQuerySchema(Strict):
    """What to colour in a drawing."""

    case = fields.UUID(metadata={"description": "Colour what this case has done and where it is."})


class XmlQuerySchema(Strict):
    """Which file of the version."""

    file = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "Path of another file of the set, such as `dmn/routing.dmn`."},
    )


class FileSetUploadSchema(Schema):
    """A set of process files as multipart/form-data, each with its path as its file name."""

    files = fields.List(fields.Raw(metadata={"type": "string", "format": "binary"}), required=True)
    note = fields.String(validate=validate.Length(max=2_000))
