"""Parts that several schemas share: instants, texts in two languages, pages, problems."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

CURSOR = validate.Length(max=400)


class Strict(Schema):
    """A schema for input: unknown names are refused, and the OpenAPI document says so."""

    class Meta:
        """Refuse what is not documented."""

        unknown = RAISE


class Instant(fields.AwareDateTime):
    """An ISO 8601 instant in UTC; input without a zone is refused, because it would be guessed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **options)
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Not a valid datetime.") from error


class LocalizedText(Schema):
    """A sentence in both languages of the product."""

    id = fields.String(required=True, metadata={"description": "Indonesian"})
    en = fields.String(required=True, metadata={"description": "English"})


class PageQuery(Strict):
    """How much of a list, and from where."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, 200),
        metadata={"description": "How many items, at most 200."},
    )
    cursor = fields.String(
        validate=CURSOR,
        metadata={"description": "The `next` of the page before, unchanged."},
    )


class CountedPage(Schema):
    """What a page of a long list says beside its items."""

    next = fields.String(required=True, allow_none=True)
    count = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "How many the list has, counted to a hundred or `limit`; on the first page only."
        },
    )
    count_is_exact = fields.Boolean(
        required=True, metadata={"description": "Whether these are all; otherwise there are more."}
    )


class ProblemField(Schema):
    """One field of the input that is wrong."""

    field = fields.String(required=True)
    pointer = fields.String(required=True, metadata={"description": "JSON pointer into the body."})
    detail = fields.String(required=True)
    detail_id = fields.String(required=True)
    detail_en = fields.String(required=True)


class LintFinding(Schema):
    """One thing that is wrong with a set of process files, and what to do about it."""

    rule = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf(["error", "warning"]))
    file = fields.String(required=True)
    line = fields.Integer(required=True, allow_none=True)
    element_id = fields.String(required=True, allow_none=True)
    message = fields.Nested(LocalizedText, required=True)
    remedy = fields.Nested(LocalizedText, required=True)


class ProblemSchema(Schema):
    """A refusal by RFC 9457."""

    type = fields.String(required=True, metadata={"description": "`/problems/<slug>`; never changes."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "In the language of Accept-Language."})
    detail_id = fields.String(required=True)
    detail_en = fields.String(required=True)
    instance = fields.String(required=True)
    errors = fields.List(fields.Nested(ProblemField))
    findings = fields.List(fields.Nested(LintFinding))
    retry_after = fields.Integer(metadata={"description": "Seconds."})
