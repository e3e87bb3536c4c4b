"""Rules about one field of a form: types, lengths, patterns and hints."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.lint.rule import error, warning
from engine.model import Finding

TYPE = error(
    "field-type",
    ("Jenis bidang {field} tidak didukung.", "The type of the field {field} is not supported."),
    (
        "Pakai string, integer, number, boolean, atau array dari string dengan enum atau x-options.",
        "Use string, integer, number, boolean, or an array of strings with enum or x-options.",
    ),
)
KEYWORD = error(
    "field-keyword",
    (
        "Kata kunci {keyword} tidak didukung pada bidang {field}.",
        "The keyword {keyword} is not supported on the field {field}.",
    ),
    ("Yang didukung di sini: {allowed}.", "Supported here: {allowed}."),
)
TITLE = error(
    "field-title-missing",
    ("Bidang {field} tidak punya judul.", "The field {field} has no title."),
    (
        "Isi title dengan pertanyaan atau kata benda yang dibaca petugas.",
        "Fill in title with the question or noun that officers read.",
    ),
)
UNBOUNDED = error(
    "field-unbounded",
    (
        "Teks pada bidang {field} tidak dibatasi panjangnya.",
        "The text of the field {field} has no maximum length.",
    ),
    ("Isi maxLength, paling banyak {limit}.", "Fill in maxLength, at most {limit}."),
)
LONG_TEXT = error(
    "field-text-in-state",
    (
        "Teks panjang pada bidang {field} akan tersimpan dalam data proses.",
        "The long text of the field {field} would be stored in the process data.",
    ),
    (
        "Isi x-text: note, response, message, instruction atau reason; atau maxLength paling banyak {limit}.",
        "Fill in x-text: note, response, message, instruction or reason; or a maxLength of at most {limit}.",
    ),
)
FORMAT = error(
    "field-format",
    (
        "Format {format} pada bidang {field} tidak didukung.",
        "The format {format} of the field {field} is not supported.",
    ),
    ("Pakai date, date-time atau email.", "Use date, date-time or email."),
)
PATTERN = error(
    "field-pattern",
    ("Pola pada bidang {field} tidak dapat dipakai.", "The pattern of the field {field} cannot be used."),
    (
        "Pakai pola pendek (paling banyak {limit} karakter) tanpa pengulangan bersarang, tanpa "
        "pilihan yang diulang dan tanpa acuan balik, serta sedikit pengulangan pada teks yang panjang.",
        "Use a short pattern (at most {limit} characters) without nested repetition, repeated "
        "alternatives or back references, and with few repetitions where the text may be long.",
    ),
)
ENUM = error(
    "field-enum",
    (
        "Pilihan pada bidang {field} harus berupa teks pendek yang berbeda-beda.",
        "The choices of the field {field} must be short texts, each different.",
    ),
    (
        "Tulis 1 sampai {limit} kata; tampilannya masuk ke x-labels.",
        "Write 1 to {limit} words; what people read goes into x-labels.",
    ),
)
LABELS = error(
    "field-labels",
    (
        "x-labels pada bidang {field} tidak cocok dengan pilihannya.",
        "The x-labels of the field {field} do not match its choices.",
    ),
    ("Beri setiap pilihan satu label, dan tidak lebih.", "Give every choice one label, and no more."),
)
HINT = error(
    "field-hint",
    (
        "Nilai {value} untuk {keyword} pada bidang {field} tidak dikenal.",
        "The value {value} of {keyword} on the field {field} is unknown.",
    ),
    ("Pakai: {allowed}.", "Use: {allowed}."),
)
HINT_UNKNOWN = warning(
    "field-hint-unknown",
    (
        "Petunjuk {keyword} pada bidang {field} tidak dikenal dan diabaikan.",
        "The hint {keyword} of the field {field} is unknown and ignored.",
    ),
    ("Petunjuk yang dikenal: {allowed}.", "Known hints: {allowed}."),
)

FIELD_RULES = (TYPE, KEYWORD, TITLE, UNBOUNDED, LONG_TEXT, FORMAT, PATTERN, ENUM, LABELS, HINT, HINT_UNKNOWN)

MAX_TEXT = 20_000
MAX_TEXT_IN_STATE = 200
MAX_PATTERN = 120
MAX_CHOICES = 200
MAX_REPEAT = 1_000
MAX_TRIES = 2_000_000
"""How often a pattern may be tried on the longest text: from each character, in each way to divide what follows."""

COMMON = frozenset({"type", "title", "description", "default", "$comment", "const", "readOnly", "examples"})
KEYWORDS = {
    "string": COMMON | {"enum", "minLength", "maxLength", "pattern", "format"},
    "integer": COMMON | {"minimum", "maximum", "enum"},
    "number": COMMON | {"minimum", "maximum", "enum"},
    "boolean": COMMON,
    "array": COMMON | {"items", "minItems", "maxItems", "uniqueItems"},
}
HINTS = frozenset({"x-en", "x-case", "x-text", "x-widget", "x-options", "x-labels"})
TEXTS = ("note", "response", "message", "instruction", "reason", "answer")
OPTIONS = (
    "unit",
    "lead_unit",
    "category",
    "area",
    "user",
    "inspector",
    "referral_body",
    "archive_reason",
    "archive_reason_alone",
)
FORMATS = frozenset({"date", "date-time", "email"})
CASE_FIELD = re.compile(r"[a-z][a-z0-9_]*\Z")

Field = Mapping[str, Any]


def check_field(file: str, name: str, field: Any) -> Iterator[Finding]:
    """Check one field of a form that follows the metaschema."""
    kind = field.get("type") if isinstance(field, dict) else None
    if not isinstance(kind, str) or kind not in KEYWORDS:
        yield TYPE.at(file, field=name)
        return
    allowed = KEYWORDS[kind]
    for keyword in field:
        if not keyword.startswith("x-") and keyword not in allowed:
            yield KEYWORD.at(file, field=name, keyword=keyword, allowed=", ".join(sorted(allowed)))
    if not str(field.get("title", "")).strip():
        yield TITLE.at(file, field=name)
    yield from _check_hints(file, name, field)
    if kind == "string":
        yield from _check_string(file, name, field)
        yield from _check_choices(file, name, field, field.get("enum"))
    if kind == "array":
        yield from _check_array(file, name, field)


def _check_array(file: str, name: str, field: Field) -> Iterator[Finding]:
    items = field.get("items")
    has_options = "x-options" in field or (isinstance(items, dict) and "x-options" in items)
    if not isinstance(items, dict) or items.get("type") != "string" or not ("enum" in items or has_options):
        yield TYPE.at(file, field=name)
        return
    strange = {keyword for keyword in items if not keyword.startswith("x-")} - {"type", "enum", "maxLength"}
    for keyword in sorted(strange):
        yield KEYWORD.at(file, field=name, keyword=f"items/{keyword}", allowed="enum, type")
    yield from _check_choices(file, name, field, items.get("enum"))


def _check_string(file: str, name: str, field: Field) -> Iterator[Finding]:
    form = field.get("format")
    if form is not None and form not in FORMATS:
        yield FORMAT.at(file, field=name, format=form)
    bounded = "enum" in field or "const" in field or form in FORMATS or "x-options" in field
    length = field.get("maxLength")
    if (length is None and not bounded) or (length is not None and length > MAX_TEXT):
        yield UNBOUNDED.at(file, field=name, limit=MAX_TEXT)
    elif length is not None and length > MAX_TEXT_IN_STATE and "x-text" not in field and not bounded:
        yield LONG_TEXT.at(file, field=name, limit=MAX_TEXT_IN_STATE)
    pattern = field.get("pattern")
    if pattern is not None and not is_safe_pattern(pattern, MAX_TEXT_IN_STATE if length is None else length):
        yield PATTERN.at(file, field=name, limit=MAX_PATTERN)


def _check_choices(file: str, name: str, field: Field, choices: Any) -> Iterator[Finding]:
    labels = field.get("x-labels")
    if choices is None:
        if labels is not None:
            yield LABELS.at(file, field=name)
        return
    texts = [choice for choice in choices if isinstance(choice, str) and 0 < len(choice) <= MAX_TEXT_IN_STATE]
    if len(set(texts)) != len(choices) or not 0 < len(choices) <= MAX_CHOICES:
        yield ENUM.at(file, field=name, limit=MAX_CHOICES)
    elif labels is not None and not _labels_match(labels, texts):
        yield LABELS.at(file, field=name)


def _labels_match(labels: Any, choices: list[str]) -> bool:
    """Accept one label per choice: a mapping, a list in the order of the choices, or one per language."""
    if isinstance(labels, list):
        return len(labels) == len(choices)
    if not isinstance(labels, dict):
        return False
    if set(labels) <= {"id", "en"} and all(isinstance(part, dict | list) for part in labels.values()):
        return all(_labels_match(part, choices) for part in labels.values())
    return set(labels) == set(choices)


def _check_hints(file: str, name: str, field: Field) -> Iterator[Finding]:
    for keyword, allowed in (("x-text", TEXTS), ("x-options", OPTIONS)):
        if keyword in field and field[keyword] not in allowed:
            yield HINT.at(file, field=name, keyword=keyword, value=field[keyword], allowed=", ".join(allowed))
    target = field.get("x-case")
    if target is not None and not (isinstance(target, str) and CASE_FIELD.match(target)):
        yield HINT.at(file, field=name, keyword="x-case", value=target, allowed="case_field_name")
    for keyword in field:
        if keyword.startswith("x-") and keyword not in HINTS:
            yield HINT_UNKNOWN.at(file, field=name, keyword=keyword, allowed=", ".join(sorted(HINTS)))


def is_safe_pattern(pattern: str, length: int) -> bool:
    """Tell whether a pattern is short and cannot be made to backtrack without end.

    A group may be repeated only when nothing inside it repeats or branches, a pattern may hold only one repetition
    without end, and all repetitions and branches together only so many ways to fit a text of this length.
    """
    if len(pattern) > MAX_PATTERN:
        return False
    try:
        # The parse tree is the only reliable reading of a pattern.
        tree = re._parser.parse(pattern)  # type: ignore[attr-defined]
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return _is_tame(tree, inside_repeat=False) and _ways(tree) * length <= MAX_TRIES


_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
_REFUSED = frozenset(
    {"GROUPREF", "GROUPREF_EXISTS", "ASSERT", "ASSERT_NOT", "POSSESSIVE_REPEAT", "ATOMIC_GROUP"}
)


def _is_tame(tree: Any, *, inside_repeat: bool) -> bool:
    open_ended = 0
    for operation, argument in tree:
        name = str(operation)
        if name in _REFUSED or (inside_repeat and name in _REPEATS | {"BRANCH"}):
            return False
        if name in _REPEATS:
            low, high, body = argument
            bounded = int(high) <= MAX_REPEAT
            open_ended += not bounded
            if int(low) > MAX_REPEAT or open_ended > 1 or not _is_tame(body, inside_repeat=high != 1):
                return False
        elif (name == "SUBPATTERN" and not _is_tame(argument[-1], inside_repeat=inside_repeat)) or (
            name == "BRANCH"
            and not all(_is_tame(branch, inside_repeat=inside_repeat) for branch in argument[1])
        ):
            return False
    return True


def _ways(tree: Any) -> int:
    """Count the ways in which a sequence can fit; a repetition without end counts like the longest with one."""
    ways = 1
    for operation, argument in tree:
        name = str(operation)
        if name in _REPEATS:
            low, high, body = argument
            ways *= (min(int(high), MAX_REPEAT) - int(low) + 1) * _ways(body)
        elif name == "SUBPATTERN":
            ways *= _ways(argument[-1])
        elif name == "BRANCH":
            ways *= sum(_ways(branch) for branch in argument[1])
    return ways
