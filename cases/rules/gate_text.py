"""The JSON files of a ruleset as the gate looks at them: values with the line on which they stand."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cases.rules import gate_rules as rules
from engine.lint.rule import Spot
from engine.model import Finding, Text

_EXPECTED = {
    "object": Text("objek { }", "an object { }"),
    "list": Text("daftar kata", "a list of words"),
    "text": Text('teks dua bahasa {"id": ..., "en": ...}', 'a text in both languages {"id": ..., "en": ...}'),
    "yes_no": Text("true atau false", "true or false"),
    "word": Text("sebuah kata", "a word"),
    "whole": Text("himpunan aturan yang dapat dibaca", "a ruleset that can be read"),
}


def expected(what: str) -> Text:
    """How people are told what a part should be."""
    return _EXPECTED[what]


def is_text(value: object) -> bool:
    """Whether a value is a text in both languages."""
    return isinstance(value, dict) and all(
        isinstance(value.get(language), str) and value[language].strip() for language in ("id", "en")
    )


@dataclass(frozen=True, slots=True)
class Document:
    """One decoded JSON file."""

    name: str
    text: str
    value: Mapping[str, Any]

    def spot(self, key: str, after: str | None = None) -> Spot:
        """The place of a key or word, the first behind the key ``after``; line 1 when it is not found."""
        start = max(self.text.find(_quoted(after)), 0) if after else 0
        found = self.text.find(_quoted(key), start)
        return Spot(key, self.text.count("\n", 0, max(found, 0)) + 1)

    def misshapen(self, part: str, where: str, what: str) -> Finding:
        """A part that is missing or no ``what``."""
        return rules.SHAPE.at(self.name, self.spot(part), part=part, where=where, expected=expected(what))

    def unknown_parts(
        self, allowed: Collection[str], given: Mapping[str, Any] | None = None, where: str | None = None
    ) -> Iterator[Finding]:
        """Parts that nothing reads: most often a slip of the pen in the name of one that is read."""
        for part in sorted(set(self.value if given is None else given) - set(allowed)):
            yield rules.UNKNOWN_PART.at(
                self.name,
                self.spot(part, where),
                part=part,
                where=where or self.name,
                allowed=", ".join(sorted(allowed)),
            )


def _quoted(key: str | None) -> str:
    return json.dumps(key, ensure_ascii=False)
