"""Turns a form (JSON Schema with a few hints) into what a page shows and one check for page and API."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from cases.errors import CaseError
from cases.form_values import (
    REQUIRED,
    UNKNOWN,
    ChoicesField,
    NumberField,
    TextField,
    YesNoField,
    is_missing,
    offering,
)
from engine.deployment import Deployment
from engine.model import Text

MAX_CACHED = 500
MAX_UNKNOWN = 20
"""Unknown fields that are named in one refusal."""

Spec = Mapping[str, Any]
ShownWhen = tuple[str, tuple[str, ...]]
"""The other field, and the values with which it shows this one."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is stored and what is read."""

    value: str
    label: Text


class Choices(tuple[Option, ...]):
    """A list of choices that many forms share, with the values that may be chosen."""

    @cached_property
    def values(self) -> frozenset[str]:
        """What a form may answer."""
        return frozenset(option.value for option in self)


@dataclass(frozen=True, slots=True)
class Condition:
    """When every field named in ``when`` has one of its values, the fields of ``required`` must be given."""

    when: Mapping[str, tuple[Any, ...]]
    required: tuple[str, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the condition applies to what was given."""
        return all(name in values and values[name] in allowed for name, allowed in self.when.items())


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as a template draws it.

    ``required`` is unconditional; a field with ``shown_when`` is required whenever it is shown, and what it
    holds is dropped when it is not.
    """

    name: str
    type: str
    """string, integer, number, boolean or array."""
    widget: str
    """text, textarea, radio, select, checkbox, checkboxes, number, date, datetime-local or email."""
    label: Text
    help: Text | None
    required: bool
    options: tuple[Option, ...] = ()
    options_from: str | None = None
    """A list of the office's choices by its name (``cases.office_choices``), handed in with each request."""
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    default: Any = None
    shown_when: ShownWhen | None = None
    case_field: str | None = None
    text_kind: str | None = None

    @property
    def multiple(self) -> bool:
        """Whether several values can be given."""
        return self.type == "array"


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a deployment; equal content gives the same object."""

    key: str
    title: Text
    description: Text | None
    fields: tuple[FormField, ...]
    conditions: tuple[Condition, ...]
    schema: Schema = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FormText:
    """A long text of a form, which is kept beside the case and never in the process data."""

    kind: str
    """note, response, message, instruction or reason."""
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class FormData:
    """What a form said, sorted by where it goes.

    ``process`` has every field without ``x-text``, with None (False for a box) where nothing was given, so
    that an expression which names a field never fails; ``case`` has only what was given.
    """

    process: dict[str, Any]
    case: dict[str, Any]
    texts: tuple[FormText, ...]


class FormInvalidError(CaseError):
    """Some values of the form are wrong; ``errors`` says field by field what to do."""

    slug = "form-invalid"
    text = Text(
        "Periksa isian yang ditandai, lalu kirim lagi.", "Check the fields that are marked, then send again."
    )

    def __init__(self, errors: Mapping[str, tuple[Text, ...]]) -> None:
        self.errors = errors
        super().__init__()


Options = Mapping[str, tuple[Option, ...]]
Errors = dict[str, tuple[Text, ...]]

_cache: OrderedDict[tuple[str, str], Form] = OrderedDict()
_lock = Lock()


def load_form(key: str, raw: Spec | bytes | str) -> Form:
    """Read a form that passed lint; the same content is read once per process."""
    content = raw if isinstance(raw, bytes | str) else json.dumps(raw, ensure_ascii=False)
    encoded = content.encode() if isinstance(content, str) else content
    return _kept((key, hashlib.sha256(encoded).hexdigest()), lambda: _read(key, json.loads(encoded)))


def deployed_form(deployment: Deployment, key: str) -> Form:
    """The form that a user task of the deployment names; raises KeyError for one that it does not have."""
    raw = deployment.forms[key]
    return _kept((key, f"deployed:{deployment.hash}"), lambda: load_form(key, raw))


def _kept(wanted: tuple[str, str], read: Callable[[], Form]) -> Form:
    with _lock:
        form = _cache.get(wanted)
        if form is not None:
            _cache.move_to_end(wanted)
            return form
    form = read()
    with _lock:
        _cache[wanted] = form
        if len(_cache) > MAX_CACHED:
            _cache.popitem(last=False)
    return form


def parse_form(form: Form, raw: Mapping[str, Any], *, options: Options) -> FormData:
    """Check what was typed or sent, and sort it.

    ``raw`` is JSON data or an HTML form, whose values are strings or lists of strings; ``options`` has the
    choices of the office by source. Raises ``FormInvalidError``.
    """
    if not isinstance(raw, Mapping):
        raise FormInvalidError({"": (Text("Kirim isian sebagai objek.", "Send the fields as an object."),)})
    given = entered(raw)
    known = {entry.name for entry in form.fields}
    errors: Errors = {_shown(name): (UNKNOWN,) for name in list(_strangers(raw, known))[:MAX_UNKNOWN]}
    values, wrong = _load(form, {name: value for name, value in given.items() if name in known}, options)
    hidden = _hidden(form, values)
    errors |= {name: texts for name, texts in wrong.items() if name not in hidden}
    answered = (set(values) | set(wrong)) - hidden
    errors |= {name: (REQUIRED,) for name in _required(form, values) if name not in answered}
    if errors:
        raise FormInvalidError(errors)
    return _sorted(form, {name: value for name, value in values.items() if name not in hidden})


def entered(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was given at all, by name, as plain JSON: ``parse_form`` takes it again as it took ``raw``."""
    return {str(name): value for name, value in _items(raw) if not is_missing(value)}


def lists_asked(form: Form, raw: Mapping[str, Any]) -> frozenset[str]:
    """The office's lists from which something was chosen; ``raw`` as ``parse_form`` takes it, nothing is checked."""
    if not isinstance(raw, Mapping):
        return frozenset()
    chosen = (entry.options_from for entry in form.fields if not is_missing(raw.get(entry.name)))
    return frozenset(name for name in chosen if name is not None)


def form_to_json_schema(raw: Spec, language: str) -> dict[str, Any]:
    """Answer the form as plain JSON Schema in one language (``id`` or ``en``), without our hints."""
    plain = {name: value for name, value in raw.items() if not name.startswith("x-")}
    plain |= _worded(raw, language)
    plain["properties"] = {
        name: {part: value for part, value in spec.items() if not part.startswith("x-")}
        | _worded(spec, language)
        for name, spec in raw.get("properties", {}).items()
    }
    return plain


def _worded(spec: Spec, language: str) -> dict[str, str]:
    english = spec.get("x-en", {}) if language == "en" else {}
    return {name: english[name] for name in ("title", "description") if name in english}


def _items(raw: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    lists = getattr(raw, "lists", None)
    # A web framework's multi-dictionary answers only the first value of a name unless asked for all.
    return lists() if callable(lists) else raw.items()


def _strangers(raw: Mapping[str, Any], known: set[str]) -> Iterable[str]:
    return (str(name) for name in raw if str(name) not in known)


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)[:60]


def _load(form: Form, given: Mapping[str, Any], options: Options) -> tuple[dict[str, Any], Errors]:
    try:
        with offering(options):
            return dict(form.schema.load(given)), {}
    except ValidationError as error:
        messages: Any = error.messages
        valid: Any = error.valid_data
        return dict(valid), {name: tuple(texts) for name, texts in messages.items()}


def _hidden(form: Form, values: Mapping[str, Any]) -> set[str]:
    hidden = set()
    for entry in form.fields:
        if entry.shown_when is not None:
            other, allowed = entry.shown_when
            if values.get(other) not in allowed:
                hidden.add(entry.name)
    return hidden


def _required(form: Form, values: Mapping[str, Any]) -> Iterable[str]:
    required = {entry.name for entry in form.fields if entry.required}
    for condition in form.conditions:
        if condition.holds(values):
            required.update(condition.required)
    return [entry.name for entry in form.fields if entry.name in required]


def _sorted(form: Form, values: Mapping[str, Any]) -> FormData:
    data = FormData(process={}, case={}, texts=())
    texts = []
    for entry in form.fields:
        value = values.get(entry.name)
        if entry.text_kind is not None:
            if value is not None:
                texts.append(FormText(entry.text_kind, entry.name, value))
            continue
        data.process[entry.name] = False if value is None and entry.type == "boolean" else value
        if entry.case_field is not None and value is not None:
            data.case[entry.case_field] = value
    return FormData(data.process, data.case, tuple(texts))


def _read(key: str, document: Spec) -> Form:
    specs: Mapping[str, Spec] = document.get("properties", {})
    conditions = tuple(_conditions(document))
    required = frozenset(document.get("required", ()))
    shown = _shown_when(conditions, required)
    return Form(
        key=key,
        title=_text(document, "title") or Text(key, key),
        description=_text(document, "description"),
        fields=tuple(_field(name, spec, name in required, shown.get(name)) for name, spec in specs.items()),
        conditions=conditions,
        schema=Schema.from_dict({name: _checker(spec) for name, spec in specs.items()})(unknown=EXCLUDE),
    )


def _checker(spec: Spec) -> fields.Field[Any]:
    kind = spec["type"]
    if kind == "boolean":
        return YesNoField()
    if kind == "array":
        return ChoicesField(spec)
    return NumberField(spec) if kind in {"integer", "number"} else TextField(spec)


def _conditions(document: Spec) -> Iterable[Condition]:
    parts = list(document.get("allOf", ()))
    if "if" in document:
        parts.append(document)
    for part in parts:
        tests = part["if"]["properties"]
        when = {name: tuple(test.get("enum") or [test["const"]]) for name, test in tests.items()}
        yield Condition(when=when, required=tuple(part["then"]["required"]))


def _shown_when(conditions: Iterable[Condition], required: frozenset[str]) -> dict[str, ShownWhen]:
    """A field that is required only by the value of one other field is shown only then."""
    found: dict[str, dict[str, list[Any]]] = {}
    for condition in conditions:
        for name in condition.required:
            for other, values in condition.when.items():
                found.setdefault(name, {}).setdefault(other, []).extend(values)
            if len(condition.when) > 1:
                found[name][""] = []
    return {
        name: next((other, tuple(values)) for other, values in by.items())
        for name, by in found.items()
        if len(by) == 1 and name not in required
    }


def _field(name: str, spec: Spec, required: bool, shown_when: ShownWhen | None) -> FormField:
    return FormField(
        name=name,
        type=spec["type"],
        widget=_widget(spec),
        label=_text(spec, "title") or Text(name, name),
        help=_text(spec, "description"),
        required=required,
        options=_options(spec),
        options_from=spec.get("x-options") or spec.get("items", {}).get("x-options"),
        min_length=spec.get("minLength"),
        max_length=spec.get("maxLength"),
        minimum=spec.get("minimum"),
        maximum=spec.get("maximum"),
        pattern=spec.get("pattern"),
        default=spec.get("default"),
        shown_when=shown_when,
        case_field=spec.get("x-case"),
        text_kind=spec.get("x-text"),
    )


_BY_FORMAT = {"date": "date", "date-time": "datetime-local", "email": "email"}


def _widget(spec: Spec) -> str:
    kind, hint = spec["type"], spec.get("x-widget")
    if kind == "array":
        return "checkboxes"
    if hint:
        return str(hint)
    if kind == "boolean":
        return "checkbox"
    if kind in {"integer", "number"}:
        return "number"
    if "enum" in spec or "x-options" in spec:
        return "select"
    return "textarea" if "x-text" in spec else _BY_FORMAT.get(spec.get("format", ""), "text")


def _options(spec: Spec) -> tuple[Option, ...]:
    values = spec.get("enum") or spec.get("items", {}).get("enum") or ()
    indonesian = {str(value): str(value) for value in values} | spec.get("x-labels", {})
    english = indonesian | spec.get("x-en", {}).get("labels", {})
    return tuple(Option(value, Text(indonesian[value], english[value])) for value in map(str, values))


def _text(spec: Spec, name: str) -> Text | None:
    indonesian = spec.get(name)
    if not indonesian:
        return None
    return Text(str(indonesian), str(spec.get("x-en", {}).get(name, indonesian)))
