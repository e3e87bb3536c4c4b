"""A form of the process together with what is in it: values to start with, or what was typed and what is
wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from cases.environment import Environment
from cases.forms import Form, FormField, FormInvalidError, Option, Options
from cases.office_choices import form_options
from web.entered import Problems
from web.language import say

OURS = frozenset(
    {
        "csrf_token",
        "version",
        "once",
        "website",
        "channel",
        "received_at",
        "share_files",
        "to",
        "about_kind",
        "about_unit",
        "about_user",
        "is_emergency",
        "acting_unit",
    }
)
"""Fields of our pages that stand beside a process form and are not part of it."""

_INPUT_TYPES = {"date": "date", "datetime-local": "datetime-local", "email": "email"}
_AUTOCOMPLETE = {"name": "name", "address": "street-address", "phone": "tel", "email": "email"}


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What the form macros draw."""

    form: Form
    values: Mapping[str, Any]
    options: Options
    problems: Problems = field(default_factory=Problems)
    about_me: bool = False
    """Whether who fills it in writes about themselves, so that the browser may offer name and address."""

    def field(self, name: str) -> FormField:
        """The field of that name."""
        return next(entry for entry in self.form.fields if entry.name == name)

    def names(self) -> Mapping[str, str]:
        """What each field is called, for the summary of what is wrong."""
        return {entry.name: say(entry.label) for entry in self.form.fields}

    def value(self, name: str) -> str:
        """The text in a field of one value."""
        entry = self.field(name)
        value = self.values.get(name, entry.default)
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        return "" if value is None else str(value)

    def chosen(self, name: str) -> Sequence[str]:
        """The choices made in a field of several."""
        value = self.values.get(name, self.field(name).default)
        if value is None:
            return ()
        return [str(each) for each in value] if isinstance(value, list | tuple) else (str(value),)

    def is_ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.value(name).lower() in {"true", "on", "1", "yes", "ya"}

    def choices(self, name: str) -> list[tuple[str, str]]:
        """What can be chosen: the form's own options, or the office's."""
        entry = self.field(name)
        options = self.options.get(entry.options_from, ()) if entry.options_from else entry.options
        return spoken(options)

    def words(self, name: str, values: Sequence[str]) -> str:
        """The words for values of a field."""
        words = dict(self.choices(name))
        return ", ".join(words.get(str(value), str(value)) for value in values)

    def input_type(self, name: str) -> str:
        """The type of a one-line control."""
        return "tel" if name == "phone" else _INPUT_TYPES.get(self.field(name).widget, "text")

    def autocomplete(self, name: str) -> str | None:
        """What the browser may fill in by itself."""
        return _AUTOCOMPLETE.get(name) if self.about_me else None


def spoken(options: Iterable[Option]) -> list[tuple[str, str]]:
    """Options as values and words in the page's language."""
    return [(option.value, say(option.label)) for option in options]


def needed_options(
    session: Session, env: Environment, form: Form, ruleset: tuple[str, int] | None = None
) -> Options:
    """The office's choices that the form asks for, read while the session is open; ``ruleset`` is the case's."""
    options = form_options(session, env, ruleset)
    return {name: options[name] for name in {entry.options_from for entry in form.fields} - {None} if name}


def form_part(typed: MultiDict[str, str]) -> MultiDict[str, str]:
    """What was typed into the process form, without the fields of our page."""
    return MultiDict([(name, value) for name, value in typed.items(multi=True) if name not in OURS])


def typed_values(typed: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, as values to show again."""
    return {name: values if len(values) > 1 else values[0] for name, values in form_part(typed).lists()}


def problems_of(error: FormInvalidError) -> Problems:
    """The refusal of a form in words of the page's language, by field."""
    return Problems({name: " ".join(say(text) for text in texts) for name, texts in error.errors.items()})
