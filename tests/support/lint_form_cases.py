"""Refused and accepted forms for every rule about forms and their fields."""

from __future__ import annotations

from typing import Any

Form = object

NOTE = {"type": "string", "title": "Catatan", "maxLength": 200}
CHOICE = {"type": "string", "title": "Pilihan", "enum": ["a", "b"]}
MANY = {"type": "array", "title": "Unit", "items": {"type": "string", "enum": ["a", "b"]}}


def form(*, required: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    """Write a form of these fields."""
    return {"type": "object", "title": "Formulir", "properties": fields, "required": required or []}


def _condition(**then: Any) -> dict[str, Any]:
    when = {"properties": {"verdict": {"const": "a"}}, "required": ["verdict"]}
    return {**form(verdict=CHOICE, note=NOTE), "allOf": [{"if": when, "then": then}]}


def _deep(levels: int) -> dict[str, Any]:
    value: Any = "x"
    for _ in range(levels):
        value = {"x": value}
    return {**form(note=NOTE), "x-en": value}


FORMS: dict[str, tuple[Form, Form]] = {
    "form-broken": (b'{"type": "object",\n "title": }', form(note=NOTE)),
    "form-not-object": (["object"], form(note=NOTE)),
    "form-too-deep": (_deep(21), _deep(10)),
    "form-too-large": (
        form(**{f"f{number}": NOTE for number in range(61)}),
        form(**{f"f{number}": NOTE for number in range(60)}),
    ),
    "form-not-schema": (form(note={**NOTE, "maxLength": "many"}), form(note=NOTE)),
    # Composition and references would need a second way to draw and to check a field.
    "form-keyword": ({**form(note=NOTE), "oneOf": [True]}, {**form(note=NOTE), "$comment": "x"}),
    "form-hint-unknown": (
        {**form(note=NOTE), "x-colour": "red"},
        {**form(note=NOTE), "x-en": {"title": "Form"}},
    ),
    # Reserved names would break the stored state.
    "form-field-name": (form(typename=NOTE), form(type_name=NOTE)),
    "form-required-unknown": (form(required=["lost"], note=NOTE), form(required=["note"], note=NOTE)),
    "form-condition": (_condition(properties={"note": {"const": "x"}}), _condition(required=["note"])),
    # Objects inside objects cannot be asked on one plain page.
    "field-type": (form(part={"type": "object", "title": "Bagian"}), form(part=MANY)),
    "field-keyword": (form(note={**NOTE, "contentEncoding": "base64"}), form(note={**NOTE, "minLength": 2})),
    "field-title-missing": (form(note={"type": "string", "maxLength": 9}), form(note=NOTE)),
    "field-unbounded": (
        form(note={"type": "string", "title": "Catatan"}),
        form(day={"type": "string", "title": "Hari", "format": "date"}),
    ),
    # Texts stay out of the engine's state.
    "field-text-in-state": (
        form(note={**NOTE, "maxLength": 201}),
        form(note={**NOTE, "maxLength": 20_000, "x-text": "note"}),
    ),
    "field-format": (form(note={**NOTE, "format": "regex"}), form(note={**NOTE, "format": "email"})),
    "field-pattern": (
        form(note={**NOTE, "pattern": "^(a+)+$"}),
        form(note={**NOTE, "pattern": "^[0-9]{5}$"}),
    ),
    "field-enum": (form(note={**CHOICE, "enum": ["a", 1]}), form(note=CHOICE)),
    "field-labels": (
        form(note={**CHOICE, "x-labels": {"a": "A"}}),
        form(note={**CHOICE, "x-labels": {"a": "A", "b": "B"}}),
    ),
    "field-hint": (form(note={**NOTE, "x-text": "poem"}), form(note={**NOTE, "x-text": "reason"})),
    "field-hint-unknown": (
        form(note={**NOTE, "x-colour": "red"}),
        form(note={**NOTE, "x-widget": "textarea"}),
    ),
}
