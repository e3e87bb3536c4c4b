"""What is sent to do something with a case at any time: always a reason, and what is to change."""

from typing import Any

from marshmallow import Schema, fields, validate, validates_schema
from marshmallow.exceptions import ValidationError

from api.schemas.cases import CaseTextSchema, ComplainantSchema
from api.schemas.common import Strict
from cases.actions.beginning import LONGEST_REASON
from cases.conflict import KINDS
from cases.model import CaseClass, Kind, Sensitivity
from engine.model import Text

_NAME = validate.Length(min=1, max=60)


class ReasonSchema(Strict):
    """Why it is done; kept with the case."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_REASON),
        metadata={"description": "Kept with the case as an internal text; history names it."},
    )


class ClassificationSchema(ReasonSchema):
    """Another class, kind or formality; what is not given stays."""

    case_class = fields.Enum(CaseClass, by_value=True, data_key="class")
    kind = fields.Enum(Kind, by_value=True)
    formal = fields.Boolean(
        metadata={"description": "A formal information request, with the clock of the law."}
    )


class ProtectionSchema(ReasonSchema):
    """More protection; what is not given stays, and less is refused."""

    sensitivity = fields.Enum(Sensitivity, by_value=True)
    confidential = fields.Boolean()
    anonymous = fields.Boolean()


class LeadUnitSchema(ReasonSchema):
    """The unit that is to lead the case."""

    unit = fields.String(required=True, validate=_NAME, metadata={"description": "Its code or its id."})


class TaskOwnerSchema(ReasonSchema):
    """The person who is to do an open task."""

    task = fields.UUID(required=True)
    owner = fields.UUID(required=True, metadata={"description": "The id of the user."})


class LegalHoldSchema(ReasonSchema):
    """Whether anything of the case may be erased."""

    on = fields.Boolean(required=True)


class PromiseSchema(ReasonSchema):
    """The day by which an answer is promised; the legal date stays."""

    promised_on = fields.Date(required=True)
    clock = fields.String(
        load_default="final",
        validate=_NAME,
        metadata={"description": "A running clock; `final` stands for the final one of the case's class."},
    )


class AccusationSchema(ReasonSchema):
    """Who is complained about; `kind` null clears what was recorded by mistake."""

    kind = fields.String(required=True, allow_none=True, validate=validate.OneOf(KINDS))
    unit = fields.String(
        allow_none=True,
        load_default=None,
        validate=_NAME,
        metadata={"description": "Code or id; for `unit` and `head`."},
    )
    user = fields.UUID(allow_none=True, load_default=None, metadata={"description": "For `officer`."})

    @validates_schema
    def name_them(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse a kind without whom it is about, on the field that is missing."""
        kind = data.get("kind")
        if kind == "officer" and not data.get("user"):
            raise ValidationError({"user": [_NAMED]})
        if kind in ("unit", "head") and not data.get("unit"):
            raise ValidationError({"unit": [_NAMED]})


_NAMED = Text(id="Sebutkan siapa yang diadukan.", en="Say who is complained about.")


class IdentityReadingSchema(Schema):
    """The originals of a case. Each reading is noted with the reason."""

    complainant = fields.Nested(ComplainantSchema, required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    texts = fields.List(fields.Nested(CaseTextSchema), required=True)
