"""Reads single values of a form, typed or sent as JSON, and says in both languages what is wrong."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from engine.model import Text

MAX_NUMBER = 2**53
"""Whole numbers that JSON carries exactly."""

REQUIRED = Text("Isian ini wajib diisi.", "Fill in this field; it is required.")
CHOOSE = Text("Pilih salah satu dari daftar.", "Choose one from the list.")
UNKNOWN = Text(
    "Isian ini tidak ada dalam formulir. Hapus lalu kirim lagi.",
    "The form has no such field. Remove it and send again.",
)
_NO_TEXT = Text("Tulis sebagai teks.", "Write this as text.")
_ONE_ONLY = Text("Beri satu nilai saja.", "Give one value only.")
_CONTROL = Text(
    "Ada karakter tersembunyi yang tidak dapat disimpan. Ketik ulang bagian ini.",
    "There is a hidden character that cannot be kept. Type this part again.",
)
_DATE = Text(
    "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-03-16.",
    "Write the date as year-month-day, for example 2026-03-16.",
)
_MOMENT = Text(
    "Tulis waktu beserta zonanya, misalnya 2026-03-16T08:00:00+07:00.",
    "Write the time with its zone, for example 2026-03-16T08:00:00+07:00.",
)
_EMAIL = Text(
    "Tulis alamat surel yang lengkap, misalnya nama@contoh.id.",
    "Write the whole e-mail address, for example name@example.org.",
)
_INTEGER = Text("Tulis bilangan bulat, misalnya 3.", "Write a whole number, for example 3.")
_NUMBER = Text("Tulis angka, misalnya 2,5.", "Write a number, for example 2.5.")
_YES_NO = Text("Jawab ya atau tidak.", "Answer yes or no.")
_LIST = Text("Pilih satu atau beberapa dari daftar.", "Choose one or more from the list.")
_TWICE = Text(
    "Pilihan yang sama diberikan dua kali. Hapus salah satunya.",
    "The same choice was given twice. Remove one.",
)

_YES = frozenset({"true", "on", "1", "yes", "ya"})
_NO = frozenset({"false", "off", "0", "no", "tidak"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,16}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,16}(?:[.,][0-9]{1,9})?", re.ASCII)
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, halves of characters, and those that turn the direction of writing."""
_BREAKS = re.compile(r"[\n\t]")


_OFFERED: ContextVar[Mapping[str, Any]] = ContextVar("offered")


@contextmanager
def offering(options: Mapping[str, Any]) -> Iterator[None]:
    """Check values against these choices of the office; the schema of a form is shared by all requests."""
    token = _OFFERED.set(options)
    try:
        yield
    finally:
        _OFFERED.reset(token)


def wrong(text: Text) -> ValidationError:
    """Build the refusal of one value; marshmallow carries the sentence untouched."""
    return ValidationError([text])


def clean(value: str, *, lines: bool) -> str:
    """Trim and normalise to NFC; raises ``ValidationError`` for control characters other than line breaks."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _HIDDEN.search(text) or (not lines and _BREAKS.search(text)):
        raise wrong(_CONTROL)
    return text


def is_missing(value: Any) -> bool:
    """Tell whether a value counts as not given: nothing, blanks, or an empty list."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple):
        return all(is_missing(item) for item in value)
    return value is None


def single(value: Any) -> Any:
    """Answer the one value of a list as an HTML form hands it over."""
    if isinstance(value, list | tuple):
        given = [item for item in value if not is_missing(item)]
        if len(given) != 1:
            raise wrong(_ONE_ONLY)
        return given[0]
    return value


class TextField(fields.Field[str]):
    """A line or a longer text, a date, an e-mail address, or one of a closed or open list of choices."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        super().__init__()
        self.spec = spec
        self.lines = "x-text" in spec or spec.get("x-widget") == "textarea"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        value = single(value)
        if not isinstance(value, str):
            raise wrong(_NO_TEXT)
        text = clean(value, lines=self.lines)
        choices = choices_of(self.spec)
        if choices is not None:
            if text not in choices:
                raise wrong(CHOOSE)
            return text
        _check_length(text, self.spec)
        _check_shape(text, self.spec)
        return text


class NumberField(fields.Field[float]):
    """A whole number or a number, with its limits."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        super().__init__()
        self.spec = spec
        self.whole = spec["type"] == "integer"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> float:
        number = self._read(single(value))
        low, high = self.spec.get("minimum"), self.spec.get("maximum")
        if low is not None and number < low:
            raise wrong(Text(f"Paling kecil {low}.", f"Give at least {low}."))
        if high is not None and number > high:
            raise wrong(Text(f"Paling besar {high}.", f"Give at most {high}."))
        choices = self.spec.get("enum")
        if choices is not None and number not in choices:
            raise wrong(CHOOSE)
        return number

    def _read(self, value: Any) -> float:
        refusal = wrong(_INTEGER if self.whole else _NUMBER)
        if isinstance(value, str):
            text = value.strip()
            if not (_WHOLE if self.whole else _DECIMAL).fullmatch(text):
                raise refusal
            value = int(text) if self.whole else float(text.replace(",", "."))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refusal
        # Neither NaN nor a whole number that no float can hold passes the comparison.
        if not -MAX_NUMBER <= value <= MAX_NUMBER or (self.whole and value != int(value)):
            raise refusal
        return int(value) if self.whole else value


class YesNoField(fields.Field[bool]):
    """A box to tick."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if isinstance(value, list | tuple) and value:
            # A page sends a hidden "false" before the box, so the last value is what the person chose.
            value = value[-1]
        if isinstance(value, bool):
            return value
        word = value.strip().lower() if isinstance(value, str) else str(value)
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise wrong(_YES_NO)


class ChoicesField(fields.Field[list[str]]):
    """Several choices from a list."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        super().__init__()
        self.spec = spec

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> list[str]:
        given = list(value) if isinstance(value, list | tuple) else [value]
        chosen = [item for item in given if not is_missing(item)]
        choices = choices_of(self.spec) or ()
        if not all(isinstance(item, str) and item in choices for item in chosen):
            raise wrong(_LIST)
        if len(set(chosen)) != len(chosen):
            raise wrong(_TWICE)
        low, high = self.spec.get("minItems", 0), self.spec.get("maxItems", len(chosen))
        if len(chosen) < low:
            raise wrong(Text(f"Pilih paling sedikit {low}.", f"Choose at least {low}."))
        if len(chosen) > high:
            raise wrong(Text(f"Pilih paling banyak {high}.", f"Choose at most {high}."))
        return chosen


def choices_of(spec: Mapping[str, Any]) -> frozenset[str] | None:
    """Answer the values to choose from: the form's own or the office's; None for free text."""
    items = spec.get("items", {})
    source = spec.get("x-options") or items.get("x-options")
    if source is not None:
        offered = _OFFERED.get().get(source, ())
        # Long lists that stand still, such as the categories, know their values.
        values: frozenset[str] | None = getattr(offered, "values", None)
        return values if values is not None else frozenset(option.value for option in offered)
    drawn = spec.get("enum") or items.get("enum")
    if drawn is None and "const" in spec:
        drawn = [spec["const"]]
    return None if drawn is None else frozenset(drawn)


def _check_length(text: str, spec: Mapping[str, Any]) -> None:
    low, high = spec.get("minLength", 0), spec.get("maxLength")
    if len(text) < low:
        raise wrong(
            Text(
                f"Tulis paling sedikit {low} karakter; sekarang {len(text)}.",
                f"Write at least {low} characters; there are {len(text)}.",
            )
        )
    if high is not None and len(text) > high:
        raise wrong(
            Text(
                f"Ringkas menjadi paling banyak {high} karakter; sekarang {len(text)}.",
                f"Shorten this to at most {high} characters; there are {len(text)}.",
            )
        )


def _check_shape(text: str, spec: Mapping[str, Any]) -> None:
    form = spec.get("format")
    if form == "date" and not _is_date(text):
        raise wrong(_DATE)
    if form == "date-time" and not _is_moment(text):
        raise wrong(_MOMENT)
    if form == "email" and not _is_email(text):
        raise wrong(_EMAIL)
    pattern = spec.get("pattern")
    if pattern is not None and not re.search(pattern, text):
        raise wrong(
            Text(
                "Bentuknya belum sesuai. Ikuti contoh pada keterangan isian.",
                "This does not have the right form. Follow the example beside the field.",
            )
        )


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return len(text) <= 40 and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_email(text: str) -> bool:
    try:
        validate.Email()(text)
    except ValidationError:
        return False
    return len(text) <= 254
