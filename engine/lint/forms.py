"""Rules about forms as documents: what JSON Schema they hold and how the conditions are written."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator

from engine.lint.form_fields import FIELD_RULES, check_field
from engine.lint.form_files import FILE_RULES
from engine.lint.rule import Chapter, Subject, error, warning
from engine.model import Finding
from engine.names import is_reserved

NOT_SCHEMA = error(
    "form-not-schema",
    (
        "Formulir bukan JSON Schema 2020-12 yang benar di {path}: {detail}.",
        "The form is not valid JSON Schema 2020-12 at {path}: {detail}.",
    ),
    ("Perbaiki bagian itu.", "Mend that part."),
)
KEYWORD = error(
    "form-keyword",
    ("Kata kunci {keyword} tidak didukung di {path}.", "The keyword {keyword} is not supported at {path}."),
    ("Kata kunci yang didukung di sini: {allowed}.", "Supported here: {allowed}."),
)
UNKNOWN_HINT = warning(
    "form-hint-unknown",
    (
        "Petunjuk {keyword} di {path} tidak dikenal dan diabaikan.",
        "The hint {keyword} at {path} is unknown and ignored.",
    ),
    ("Petunjuk yang dikenal: {allowed}.", "Known hints: {allowed}."),
)
FIELD_NAME = error(
    "form-field-name",
    ("Nama bidang {field} tidak dapat dipakai.", "The field name {field} cannot be used."),
    (
        "Pakai huruf kecil, angka dan garis bawah, diawali huruf, bukan nama milik sistem.",
        "Use lower-case letters, digits and underscores, starting with a letter, and no name of the "
        "system's own.",
    ),
)
REQUIRED_UNKNOWN = error(
    "form-required-unknown",
    ("Bidang wajib {field} tidak ada dalam formulir.", "The required field {field} is not in the form."),
    ("Tambahkan bidang itu, atau hapus dari daftar wajib.", "Add the field, or delete it from the list."),
)
CONDITION = error(
    "form-condition",
    ("Bagian allOf/if/then di {path} tidak dapat dibaca.", "The allOf/if/then at {path} cannot be read."),
    (
        "Tulis if dengan properties dan const atau enum, lalu then dengan required saja.",
        "Write if with properties and const or enum, then a then with required only.",
    ),
)

FORM_KEYWORDS = frozenset(
    {
        "$schema",
        "$id",
        "$comment",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "allOf",
        "if",
        "then",
        "additionalProperties",
    }
)
FORM_HINTS = frozenset({"x-en", "x-order", "x-submit", "x-outcome"})

Schema = Mapping[str, Any]

_METASCHEMA = Draft202012Validator(Draft202012Validator.META_SCHEMA)


def check_forms(subject: Subject) -> Iterator[Finding]:
    """Check each form: its schema, its keywords, its fields and its conditions."""
    for key, form in subject.forms.items():
        file = f"forms/{key}.json"
        problems = _schema_problems(json.dumps(form))
        for path, detail in problems:
            yield NOT_SCHEMA.at(file, path=path, detail=detail)
        # A document that breaks the metaschema may hold anything anywhere: nothing further is read.
        if not problems:
            yield from _check_form(file, form)


@lru_cache(maxsize=1_000)
def _schema_problems(form: str) -> tuple[tuple[str, str], ...]:
    """Answer where and how a form breaks the metaschema; kept, for most forms of a set are checked again."""
    problems = _METASCHEMA.iter_errors(json.loads(form))
    return tuple(sorted((_where(problem), problem.message) for problem in problems))


def _where(problem: SchemaError) -> str:
    return "/".join(str(part) for part in problem.absolute_path) or "/"


def _check_form(file: str, form: Schema) -> Iterator[Finding]:
    yield from _check_keywords(file, form)
    fields = form.get("properties", {})
    for name, field in fields.items():
        if not _is_field_name(name):
            yield FIELD_NAME.at(file, field=name)
        yield from check_field(file, name, field)
    for name in form.get("required", ()):
        if name not in fields:
            yield REQUIRED_UNKNOWN.at(file, field=name)
    yield from _check_conditions(file, form, fields)


def _is_field_name(name: str) -> bool:
    return (
        name.isidentifier()
        and name.isascii()
        and name == name.lower()
        and len(name) <= 60
        and not is_reserved(name)
    )


def _check_keywords(file: str, form: Schema) -> Iterator[Finding]:
    for keyword in form:
        if keyword.startswith("x-") and keyword not in FORM_HINTS:
            yield UNKNOWN_HINT.at(file, keyword=keyword, path="/", allowed=", ".join(sorted(FORM_HINTS)))
        elif not keyword.startswith("x-") and keyword not in FORM_KEYWORDS:
            yield KEYWORD.at(file, keyword=keyword, path="/", allowed=", ".join(sorted(FORM_KEYWORDS)))


def _check_conditions(file: str, form: Schema, fields: Schema) -> Iterator[Finding]:
    parts = [(f"allOf/{index}", part) for index, part in enumerate(form.get("allOf", ()))]
    if "if" in form or "then" in form:
        parts.append(("if", {"if": form.get("if"), "then": form.get("then")}))
    for path, part in parts:
        if not _is_condition(part):
            yield CONDITION.at(file, path=path)
            continue
        for name in [*part["if"]["properties"], *part["if"].get("required", ()), *part["then"]["required"]]:
            if name not in fields:
                yield REQUIRED_UNKNOWN.at(file, field=name)


def _is_condition(part: Any) -> bool:
    if not isinstance(part, dict) or set(part) != {"if", "then"}:
        return False
    when, then = part["if"], part["then"]
    if (
        not isinstance(when, dict)
        or not set(when) <= {"properties", "required"}
        or not when.get("properties")
    ):
        return False
    tests = when["properties"].values()
    simple = all(
        isinstance(test, dict) and len(test) == 1 and set(test) <= {"const", "enum"} for test in tests
    )
    return simple and isinstance(then, dict) and set(then) == {"required"}


CHAPTER = Chapter(
    title="Forms",
    rules=(
        *FILE_RULES,
        NOT_SCHEMA,
        KEYWORD,
        UNKNOWN_HINT,
        FIELD_NAME,
        REQUIRED_UNKNOWN,
        CONDITION,
        *FIELD_RULES,
    ),
    checks=(check_forms,),
)
