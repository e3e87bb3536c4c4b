"""Rules about forms as documents: what JSON Schema they hold and how the conditions are written."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator

from engine.lint.form_fields import FIELD_RULES, check_field
from engine.lint.rule import Chapter, Subject, error, warning
from engine.model import Files, Finding
from engine.names import is_reserved

BROKEN = error(
    "form-broken",
    ("Formulir ini bukan JSON yang benar: {detail}.", "The form is not valid JSON: {detail}."),
    ("Perbaiki di baris itu.", "Mend it at that line."),
)
NOT_OBJECT = error(
    "form-not-object",
    ("Formulir harus berupa objek JSON dengan \"type\": \"object\".", "A form must be a JSON object with \"type\": \"object\"."),
    ("Bungkus bidang-bidangnya dalam \"properties\" sebuah objek.", "Wrap its fields in the \"properties\" of an object."),
)  # fmt: skip
TOO_DEEP = error(
    "form-too-deep",
    ("Formulir bersarang terlalu dalam.", "The form is nested too deeply."),
    ("Sederhanakan; bidang tidak boleh bersarang.", "Simplify it; fields must not be nested."),
)
NOT_SCHEMA = error(
    "form-not-schema",
    ("Formulir bukan JSON Schema 2020-12 yang benar di {path}: {detail}.", "The form is not valid JSON Schema 2020-12 at {path}: {detail}."),
    ("Perbaiki bagian itu.", "Mend that part."),
)  # fmt: skip
KEYWORD = error(
    "form-keyword",
    ("Kata kunci {keyword} tidak didukung di {path}.", "The keyword {keyword} is not supported at {path}."),
    ("Kata kunci yang didukung di sini: {allowed}.", "Supported here: {allowed}."),
)
UNKNOWN_HINT = warning(
    "form-hint-unknown",
    ("Petunjuk {keyword} di {path} tidak dikenal dan diabaikan.", "The hint {keyword} at {path} is unknown and ignored."),
    ("Petunjuk yang dikenal: {allowed}.", "Known hints: {allowed}."),
)  # fmt: skip
FIELD_NAME = error(
    "form-field-name",
    ("Nama bidang {field} tidak dapat dipakai.", "The field name {field} cannot be used."),
    ("Pakai huruf kecil, angka dan garis bawah, diawali huruf, bukan nama milik sistem.", "Use lower-case letters, digits and underscores, starting with a letter, and no name of the system's own."),
)  # fmt: skip
REQUIRED_UNKNOWN = error(
    "form-required-unknown",
    ("Bidang wajib {field} tidak ada dalam formulir.", "The required field {field} is not in the form."),
    ("Tambahkan bidang itu, atau hapus dari daftar wajib.", "Add the field, or delete it from the list."),
)
CONDITION = error(
    "form-condition",
    ("Bagian allOf/if/then di {path} tidak dapat dibaca.", "The allOf/if/then at {path} cannot be read."),
    ("Tulis if dengan properties dan const atau enum, lalu then dengan required saja.", "Write if with properties and const or enum, then a then with required only."),
)  # fmt: skip
TOO_LARGE = error(
    "form-too-large",
    ("Formulir lebih dari {limit} bidang.", "The form has more than {limit} fields."),
    ("Bagi menjadi beberapa tugas.", "Divide it into several tasks."),
)

FORM_KEYWORDS = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "type", "properties", "required", "allOf", "if", "then",
     "additionalProperties"}
)  # fmt: skip
FORM_HINTS = frozenset({"x-en", "x-order", "x-submit", "x-outcome"})
MAX_FIELDS = 60
MAX_NESTING = 20

Schema = Mapping[str, Any]


def form_key(path: str) -> str:
    """Answer the key by which diagrams name the form of a path: ``forms/a/b.json`` is ``a/b``."""
    return path.removeprefix("forms/").removesuffix(".json")


def read_forms(files: Files) -> tuple[dict[str, Schema], list[Finding]]:
    """Decode the forms of a set; what is no JSON object is reported and left out."""
    forms: dict[str, Schema] = {}
    findings: list[Finding] = []
    for path in sorted(files):
        if not path.endswith(".json"):
            continue
        try:
            document = json.loads(files[path].decode("utf-8"), parse_constant=_refuse_constant)
        except RecursionError:
            findings.append(TOO_DEEP.at(path, line=1))
        except json.JSONDecodeError as problem:
            findings.append(BROKEN.at(path, line=problem.lineno, detail=problem.msg))
        except (UnicodeDecodeError, ValueError) as problem:
            findings.append(BROKEN.at(path, line=1, detail=str(problem)))
        else:
            if not isinstance(document, dict) or document.get("type") != "object":
                findings.append(NOT_OBJECT.at(path, line=1))
            elif _nesting(document) > MAX_NESTING:
                findings.append(TOO_DEEP.at(path, line=1))
            else:
                forms[form_key(path)] = document
    return forms, findings


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _nesting(document: object) -> int:
    deepest, todo = 0, [(document, 1)]
    while todo:
        value, depth = todo.pop()
        deepest = max(deepest, depth)
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        todo += [(child, depth + 1) for child in children]
    return deepest


def check_forms(subject: Subject) -> Iterator[Finding]:
    """Check each form: its schema, its keywords, its fields and its conditions."""
    for key, form in subject.forms.items():
        file = f"forms/{key}.json"
        problems = sorted(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(form), key=_where)
        for problem in problems:
            yield NOT_SCHEMA.at(file, path=_where(problem), detail=problem.message)
        # A document that breaks the metaschema may hold anything anywhere, so nothing further is read from it.
        if not problems:
            yield from _check_form(file, form)


def _where(problem: SchemaError) -> str:
    return "/".join(str(part) for part in problem.absolute_path) or "/"


def _check_form(file: str, form: Schema) -> Iterator[Finding]:
    yield from _check_keywords(file, form)
    fields = form.get("properties", {})
    if len(fields) > MAX_FIELDS:
        yield TOO_LARGE.at(file, limit=MAX_FIELDS)
        return
    for name, field in fields.items():
        if not _is_field_name(name):
            yield FIELD_NAME.at(file, field=name)
        yield from check_field(file, name, field)
    for name in form.get("required", ()):
        if name not in fields:
            yield REQUIRED_UNKNOWN.at(file, field=name)
    yield from _check_conditions(file, form, fields)


def _is_field_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name == name.lower() and len(name) <= 60 and not is_reserved(name)


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
    if not isinstance(when, dict) or not set(when) <= {"properties", "required"} or not when.get("properties"):
        return False
    tests = when["properties"].values()
    simple = all(isinstance(test, dict) and len(test) == 1 and set(test) <= {"const", "enum"} for test in tests)
    return simple and isinstance(then, dict) and set(then) == {"required"}


CHAPTER = Chapter(
    title="Forms",
    rules=(
        BROKEN, NOT_OBJECT, TOO_DEEP, NOT_SCHEMA, KEYWORD, UNKNOWN_HINT, FIELD_NAME, REQUIRED_UNKNOWN, CONDITION,
        TOO_LARGE, *FIELD_RULES,
    ),
    checks=(check_forms,),
)  # fmt: skip
