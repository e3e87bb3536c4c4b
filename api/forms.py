"""Says a task's form as JSON Schema 2020-12 in one language, with the office's own choices filled in."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from cases.forms import Condition, Form, FormField, Option
from engine.model import Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Options = Mapping[str, tuple[Option, ...]]


def form_as_json_schema(form: Form, options: Options, language: str) -> dict[str, Any]:
    """The whole form; ``ui`` names the widget. What it accepts is what completing the task accepts."""
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "type": "object",
        "title": _in(form.title, language),
        "properties": {field.name: _property(field, options, language) for field in form.fields},
        "required": [field.name for field in form.fields if field.required],
        "additionalProperties": False,
    }
    if form.description is not None:
        schema["description"] = _in(form.description, language)
    if form.conditions:
        schema["allOf"] = [_condition(condition) for condition in form.conditions]
    return schema


def json_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the form starts with, dates in ISO 8601."""
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in values.items()
    }


def _property(field: FormField, options: Options, language: str) -> dict[str, Any]:
    choices = field.options or options.get(field.options_from or "", ())
    found: dict[str, Any] = {
        "type": field.type,
        "title": _in(field.label, language),
        "ui": {"widget": field.widget},
    }
    if field.help is not None:
        found["description"] = _in(field.help, language)
    if field.multiple:
        found["items"] = {"type": "string", **_choices(choices, "string", language)}
        found["uniqueItems"] = True
    else:
        found |= _choices(choices, field.type, language)
    limits = {
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "pattern": field.pattern,
        "default": field.default,
    }
    return found | {name: value for name, value in limits.items() if value is not None}


def _choices(options: Iterable[Option], kind: str, language: str) -> dict[str, Any]:
    """The choices as ``oneOf`` with a title each; none when the field is free."""
    number = {"integer": int, "number": float}.get(kind)
    found = [
        {"const": number(option.value) if number else option.value, "title": _in(option.label, language)}
        for option in options
    ]
    return {"oneOf": found} if found else {}


def _condition(condition: Condition) -> dict[str, Any]:
    when = {name: {"enum": list(values)} for name, values in condition.when.items()}
    return {
        "if": {"properties": when, "required": list(when)},
        "then": {"required": list(condition.required)},
    }


def _in(text: Text, language: str) -> str:
    return text.en if language == "en" else text.id
