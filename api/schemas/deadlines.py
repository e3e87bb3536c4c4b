"""Dates with their reasons, the working-day calendar, and its changes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_dump, validate, validates_schema

from api.schemas.cases import DeadlineSchema
from api.schemas.common import Instant, LocalizedText, Strict
from cases.deadlines.calendar import ZONES, DayOff, DayOffKind
from cases.deadlines.calendar_changes import (
    MAX_NAME,
    MAX_REASON,
    AddDayOff,
    CalendarChange,
    ChangeWeek,
    ChangeZone,
    ExtendByYear,
    RemoveDayOff,
    RenameDayOff,
    YearView,
)
from cases.deadlines.counting import StepKind
from cases.deadlines.explained import ExplainedDeadline
from cases.rules.model import Unit
from engine.model import Text

FIRST_YEAR, LAST_YEAR = 1900, 9998


class StepSchema(Schema):
    """One step of a count: a local day, why it counts or not, and the same as a sentence."""

    kind = fields.Enum(StepKind, by_value=True, required=True)
    on = fields.Date(required=True)
    number = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Which counted day it is; the hours of an hour clock."},
    )
    name = fields.Nested(
        LocalizedText,
        required=True,
        allow_none=True,
        metadata={"description": "Of the day off, or of the stage in which the clock was paused."},
    )
    text = fields.Nested(LocalizedText, required=True)


class ExplanationSchema(Schema):
    """Why a date is what it is."""

    unit = fields.Enum(Unit, by_value=True, required=True)
    length = fields.Integer(required=True, metadata={"description": "Units counted, a second term included."})
    rule = fields.Nested(LocalizedText, required=True)
    mark = fields.String(
        required=True, metadata={"description": "Where the rule comes from: LAW, SRC or INFER."}
    )
    summary = fields.Nested(LocalizedText, required=True)
    paused_since = Instant(required=True, allow_none=True)
    ruleset = fields.String(required=True)
    ruleset_version = fields.Integer(required=True)
    calendar_version = fields.Integer(required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class ExplainedDeadlineSchema(DeadlineSchema):
    """One clock of a case, with the reasons for its date."""

    earliest = fields.Boolean(
        required=True, metadata={"description": "Due before all others that run: the deadline of the case."}
    )
    explanation = fields.Nested(
        ExplanationSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null when the date cannot be counted again; `remark` says why."},
    )
    remark = fields.Nested(
        LocalizedText,
        required=True,
        allow_none=True,
        metadata={"description": "What is wrong: the stored date differs, or nothing could be counted."},
    )

    @pre_dump
    def _flatten(self, one: ExplainedDeadline, **_options: Any) -> Mapping[str, Any]:
        names = (*DeadlineSchema().fields,)
        shown = {name: getattr(one.deadline, name) for name in names}
        return {**shown, "earliest": one.first, "explanation": one.explanation, "remark": one.remark}


class ExplainedDeadlineListSchema(Schema):
    """The clocks of a case: those that run by date, then those that stopped."""

    items = fields.List(fields.Nested(ExplainedDeadlineSchema), required=True)


class YearQuerySchema(Strict):
    """Which year; the present one unless given."""

    year = fields.Integer(load_default=None, validate=validate.Range(FIRST_YEAR, LAST_YEAR))


class DayOffSchema(Schema):
    """A day on which the office is closed."""

    day = fields.Date(required=True)
    name = fields.Nested(LocalizedText, required=True)
    kind = fields.Enum(DayOffKind, by_value=True, required=True)


class CalendarSchema(Schema):
    """The calendar in force, as far as one year is concerned."""

    version = fields.Integer(required=True)
    year = fields.Integer(required=True)
    zone = fields.String(required=True)
    weekdays = fields.List(
        fields.Integer(), required=True, metadata={"description": "Working days of the week, Monday 0."}
    )
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    working_days = fields.Integer(
        required=True, metadata={"description": "Between `first` and `last`; 0 in a year beyond them."}
    )
    days_off = fields.List(fields.Nested(DayOffSchema), required=True)

    @pre_dump
    def _shape(self, view: YearView, **_options: Any) -> Mapping[str, Any]:
        return {
            "version": view.version,
            "year": view.year,
            "zone": view.zone,
            "weekdays": sorted(view.weekdays),
            "first": view.first,
            "last": view.last,
            "working_days": view.working_days,
            "days_off": [_day_off(day, off) for day, off in view.days_off],
        }


def _day_off(day: date, off: DayOff) -> Mapping[str, Any]:
    return {"day": day, "name": off.name, "kind": off.kind}


CHANGES = ("add_day_off", "remove_day_off", "rename_day_off", "change_week", "change_zone", "extend_by_year")
NEEDED = {
    "add_day_off": ("day", "name"),
    "remove_day_off": ("day",),
    "rename_day_off": ("day", "name"),
    "change_week": ("weekdays",),
    "change_zone": ("zone",),
    "extend_by_year": (),
}


class CalendarChangeSchema(Strict):
    """One change of the calendar. Which other fields are needed depends on `change`."""

    change = fields.String(required=True, validate=validate.OneOf(CHANGES))
    reason = fields.String(required=True, validate=validate.Length(1, MAX_REASON))
    day = fields.Date(load_default=None, allow_none=True)
    name = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, MAX_NAME))
    name_en = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=MAX_NAME))
    kind = fields.Enum(DayOffKind, by_value=True, load_default=None, allow_none=True)
    weekdays = fields.List(
        fields.Integer(validate=validate.Range(0, 6)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=7),
    )
    zone = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(tuple(ZONES)))

    @validates_schema
    def _complete(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse a change without what it needs, on the field that is missing."""
        missing = [name for name in NEEDED.get(data.get("change", ""), ()) if data.get(name) is None]
        if missing:
            raise ValidationError({name: ["Missing data for required field."] for name in missing})


def change_of(data: dict[str, Any]) -> CalendarChange:
    """The change that a loaded ``CalendarChangeSchema`` asks for."""
    day, kind = data["day"], data["kind"]
    name = Text(id=data["name"] or "", en=data["name_en"] or data["name"] or "")
    match data["change"]:
        case "add_day_off":
            return AddDayOff(day, name, kind or DayOffKind.LOCAL)
        case "remove_day_off":
            return RemoveDayOff(day)
        case "rename_day_off":
            return RenameDayOff(day, name, kind)
        case "change_week":
            return ChangeWeek(frozenset(data["weekdays"]))
        case "change_zone":
            return ChangeZone(data["zone"])
    return ExtendByYear()


class ChangedCalendarSchema(Schema):
    """The version that is in force now, and the job that counts the open deadlines anew."""

    version = fields.Integer(required=True)
    recalculation_id = fields.String(required=True)
    affected = fields.Integer(
        required=True, metadata={"description": "Cases with an open deadline that the change may move."}
    )


class RecalculationSchema(Schema):
    """How far the open deadlines are counted anew after a change; numbers of cases."""

    id = fields.String(required=True)
    calendar_version = fields.Integer(required=True)
    changes = fields.Dict(required=True)
    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    moved = fields.Integer(required=True, metadata={"description": "Cases of which at least one date moved."})
    started_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)


class RecalculationListSchema(Schema):
    """The newest recalculations, newest first."""

    items = fields.List(fields.Nested(RecalculationSchema), required=True)
