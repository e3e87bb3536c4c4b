"""Decodes the forms of a set, and reports those that are too large or no JSON object."""

import json
from collections.abc import Mapping
from typing import Any

from engine.lint.rule import error
from engine.model import Files, Finding

BROKEN = error(
    "form-broken",
    ("Formulir ini bukan JSON yang benar: {detail}.", "The form is not valid JSON: {detail}."),
    ("Perbaiki di baris itu.", "Mend it at that line."),
)
NOT_OBJECT = error(
    "form-not-object",
    (
        'Formulir harus berupa objek JSON dengan "type": "object".',
        'A form must be a JSON object with "type": "object".',
    ),
    (
        'Bungkus bidang-bidangnya dalam "properties" sebuah objek.',
        'Wrap its fields in the "properties" of an object.',
    ),
)
TOO_DEEP = error(
    "form-too-deep",
    ("Formulir bersarang terlalu dalam.", "The form is nested too deeply."),
    ("Sederhanakan; bidang tidak boleh bersarang.", "Simplify it; fields must not be nested."),
)
TOO_LARGE = error(
    "form-too-large",
    (
        "Formulir terlalu besar: lebih dari {limit} bidang atau {parts} bagian.",
        "The form is too large: more than {limit} fields or {parts} parts.",
    ),
    ("Bagi menjadi beberapa tugas.", "Divide it into several tasks."),
)

FILE_RULES = (BROKEN, NOT_OBJECT, TOO_DEEP, TOO_LARGE)

MAX_FIELDS = 60
MAX_NESTING = 20
MAX_PARTS = 2_000
MAX_PARTS_OF_SET = 15_000
"""Values of any kind in one form and in all of them; the schema check costs about 0.1 ms for each."""

Schema = Mapping[str, Any]


def form_key(path: str) -> str:
    """Answer the key by which diagrams name the form of a path: ``forms/a/b.json`` is ``a/b``."""
    return path.removeprefix("forms/").removesuffix(".json")


def read_forms(files: Files) -> tuple[dict[str, Schema], list[Finding]]:
    """Decode the forms of a set; what is refused is reported and left out."""
    forms: dict[str, Schema] = {}
    findings: list[Finding] = []
    parts = 0
    for path in sorted(files):
        if path.endswith(".json"):
            document = _decode(path, files[path])
            if not isinstance(document, Finding):
                parts += _measure(document)[0]
                document = _refuse_size(path, document, parts)
            if isinstance(document, Finding):
                findings.append(document)
            else:
                forms[form_key(path)] = document
    return forms, findings


def _decode(path: str, content: bytes) -> Schema | Finding:
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        return TOO_DEEP.at(path, line=1)
    except json.JSONDecodeError as problem:
        return BROKEN.at(path, line=problem.lineno, detail=problem.msg)
    except (UnicodeDecodeError, ValueError) as problem:
        return BROKEN.at(path, line=1, detail=str(problem))
    if not isinstance(document, dict) or document.get("type") != "object":
        return NOT_OBJECT.at(path, line=1)
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _refuse_size(path: str, document: Schema, parts_so_far: int) -> Schema | Finding:
    parts, depth = _measure(document)
    fields = document.get("properties")
    if depth > MAX_NESTING:
        return TOO_DEEP.at(path, line=1)
    many = isinstance(fields, dict) and len(fields) > MAX_FIELDS
    if many or parts > MAX_PARTS or parts_so_far > MAX_PARTS_OF_SET:
        return TOO_LARGE.at(path, line=1, limit=MAX_FIELDS, parts=MAX_PARTS)
    return document


def _measure(document: object) -> tuple[int, int]:
    """Answer how many values a document holds and how deep they are nested."""
    count = deepest = 0
    todo = [(document, 1)]
    while todo:
        value, depth = todo.pop()
        count += 1
        deepest = max(deepest, depth)
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        todo += [(child, depth + 1) for child in children]
    return count, deepest
