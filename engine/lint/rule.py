"""What a lint rule is: an id, how grave it is, and what to tell the designer in both languages."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.decision_file import DecisionFile
from engine.drawing import Drawing, Node
from engine.model import Files, Finding, Severity, Text
from engine.vocabulary import Vocabulary

MAX_VALUE = 120
"""Characters of a drawn value that a message repeats."""


class Place(Protocol):
    """Anything drawn that a finding can point at."""

    @property
    def id(self) -> str:
        """The element's id."""
        ...

    @property
    def line(self) -> int:
        """Its line in the file."""
        ...


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that is no record of its own, such as a table's cell."""

    id: str
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing lint looks for. Messages and remedies are templates over the values given to ``at``."""

    id: str
    severity: Severity
    message: Text
    remedy: Text

    def at(
        self, file: str, place: Place | None = None, /, *, line: int | None = None, **values: object
    ) -> Finding:
        """Report the rule at a place of a file; endless values are shortened, hostile ones made printable."""
        shown: dict[str, Text | str] = {"file": printable(file)}
        for name, value in values.items():
            shown[name] = value if isinstance(value, Text) else printable(str(value))
        return Finding(
            rule=self.id,
            severity=self.severity,
            file=printable(file),
            message=_fill(self.message, shown),
            remedy=_fill(self.remedy, shown),
            line=line if place is None else place.line,
            element_id=printable(place.id) or None if place is not None else None,
        )


def error(rule: str, message: tuple[str, str], remedy: tuple[str, str]) -> Rule:
    """Declare a rule that stops a deployment; texts are Indonesian first, then English."""
    return Rule(rule, Severity.ERROR, Text(*message), Text(*remedy))


def warning(rule: str, message: tuple[str, str], remedy: tuple[str, str]) -> Rule:
    """Declare a rule that only advises."""
    return Rule(rule, Severity.WARNING, Text(*message), Text(*remedy))


def printable(value: str) -> str:
    """Shorten a drawn value and replace what cannot be shown."""
    shown = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in value[: MAX_VALUE + 1]
    )
    return shown if len(value) <= MAX_VALUE else f"{shown[:MAX_VALUE]}\N{HORIZONTAL ELLIPSIS}"


def _fill(template: Text, values: Mapping[str, Text | str]) -> Text:
    indonesian = {name: value.id if isinstance(value, Text) else value for name, value in values.items()}
    english = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    return Text(
        id=template.id.format_map(indonesian),
        en=template.en.format_map(english),
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything the rules look at: the readable part of one set to deploy."""

    files: Files
    drawings: tuple[Drawing, ...]
    decisions: tuple[DecisionFile, ...]
    forms: Mapping[str, Mapping[str, object]]
    """Decoded forms by form key; forms that are no JSON object are left out."""
    words: Vocabulary

    def each_node(self, *kinds: str) -> Iterator[tuple[Drawing, Node]]:
        """Go through the nodes of these kinds, or through all."""
        for drawing in self.drawings:
            for node in drawing.nodes:
                if not kinds or node.kind in kinds:
                    yield drawing, node


Check = Callable[[Subject], Iterator[Finding]]
"""Looks at a subject and yields what it finds; never raises, whatever was drawn."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The rules of one subject and the checks that report them."""

    title: str
    rules: tuple[Rule, ...]
    checks: tuple[Check, ...] = field(default=())
