"""The gate's rules about clocks: each starts, can stop, counts a positive length, and diagrams have theirs."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cases.model import Stage
from cases.rules import gate_rules as rules
from cases.rules.gate_text import Document, expected, is_text
from cases.rules.handling import FINAL, FINAL_PREFIX
from cases.rules.model import Unit
from cases.rules.words import EVENTS, MARKS, ON_EXPIRY, STAGE_OF_EVENT
from engine.lint.rule import Rule
from engine.model import Finding, Text
from engine.vocabulary import vocabulary

MAX_LENGTH = 1_000
MAX_KEY = 32
OF_THE_OFFICE = frozenset({FINAL, "month_end"})
"""Clocks of diagrams that no ruleset counts: the alias of the case's final clock, and the turn of the month."""

RECEIPT = "received_at"

_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_REQUIRED = {"label", "starts_at", "length", "unit", "stops_at", "law", "on_expiry"}
_ALLOWED = _REQUIRED | {"pauses_in", "extension", "process", "waits", "internal", "mark"}

_EVENT = Text("peristiwa", "an event")
_STAGE = Text("tahap", "a stage")
_UNIT = Text("satuan", "a unit of time")
_EXPIRY = Text("akibat habis waktu", "a consequence of running out")
_PROCESS = Text("proses", "a process")


def check_clocks(document: Document, processes: Collection[str]) -> Iterator[Finding]:
    """Report every clock that cannot run as it says, and the clocks that are missing."""
    yield from document.unknown_parts({"about", "events", "clocks"})
    yield from _check_events(document)
    clocks = document.value.get("clocks")
    if not isinstance(clocks, dict):
        yield document.misshapen("clocks", document.name, "object")
        return
    for key, raw in clocks.items():
        if not _KEY.match(key) or len(key) > MAX_KEY:
            yield rules.KEY.at(document.name, document.spot(key), key=key, limit=MAX_KEY)
        if isinstance(raw, dict):
            yield from _Clock(document, key, raw).check(processes)
        else:
            yield document.misshapen(key, "clocks", "object")
    for key in sorted({*vocabulary().clocks} - OF_THE_OFFICE - set(clocks)):
        yield rules.CLOCK_MISSING.at(document.name, document.spot("clocks"), clock=key)


def _check_events(document: Document) -> Iterator[Finding]:
    events = document.value.get("events", {})
    if not isinstance(events, dict):
        yield document.misshapen("events", document.name, "object")
        return
    for name, raw in events.items():
        if name not in EVENTS:
            allowed = ", ".join(sorted(EVENTS))
            yield rules.UNKNOWN_WORD.at(
                document.name, document.spot(name), where="events", word=name, what=_EVENT, allowed=allowed
            )
        if not is_text(raw) or ("since" in raw and not is_text(raw["since"])):
            yield document.misshapen(name, "events", "text")


class _Clock:
    """One clock of the file under the gate's rules."""

    def __init__(self, document: Document, key: str, raw: Mapping[str, Any]) -> None:
        self.document = document
        self.key = key
        self.raw = raw
        self.place = document.spot(key, "clocks")

    def check(self, processes: Collection[str]) -> Iterator[Finding]:
        yield from self.document.unknown_parts(_ALLOWED, self.raw, self.key)
        yield from self._check_shape()
        yield from self._check_numbers()
        yield from self._check_words(processes)
        yield from self._check_sense()
        if not any(mark in str(self.raw.get("mark", "")) for mark in MARKS):
            yield self._at(rules.UNMARKED)

    def _at(self, rule: Rule, **values: Text | str | int | None) -> Finding:
        shown: dict[str, Any] = {**values, "clock": self.key}
        return rule.at(self.document.name, self.place, **shown)

    def _check_shape(self) -> Iterator[Finding]:
        if not is_text(self.raw.get("label")):
            yield self._misshapen("label", "text")
        for part in ("law", "waits", "internal"):
            if not isinstance(self.raw.get(part, None if part == "law" else False), bool):
                yield self._misshapen(part, "yes_no")
        for part in ("starts_at", "unit", "on_expiry"):
            if not isinstance(self.raw.get(part), str):
                yield self._misshapen(part, "word")
        for part in ("stops_at", "pauses_in"):
            given = self.raw.get(part, [])
            if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
                yield self._misshapen(part, "list")

    def _misshapen(self, part: str, what: str) -> Finding:
        return rules.SHAPE.at(
            self.document.name, self.place, part=part, where=self.key, expected=expected(what)
        )

    def _check_numbers(self) -> Iterator[Finding]:
        for part, least, rule in (("length", 1, rules.LENGTH), ("extension", 0, rules.EXTENSION)):
            value = self.raw.get(part, None if part == "length" else 0)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or not least <= int(value or 0) <= MAX_LENGTH:
                yield self._at(rule, value=str(value), limit=MAX_LENGTH)

    def _check_words(self, processes: Collection[str]) -> Iterator[Finding]:
        stages = [one.value for one in Stage]
        yield from self._unknown("starts_at", EVENTS, _EVENT)
        yield from self._unknown("stops_at", EVENTS, _EVENT)
        yield from self._unknown("pauses_in", stages, _STAGE)
        yield from self._unknown("unit", [one.value for one in Unit], _UNIT)
        yield from self._unknown("on_expiry", ON_EXPIRY, _EXPIRY)
        yield from self._unknown("process", processes, _PROCESS)

    def _unknown(self, part: str, known: Collection[str], what: Text) -> Iterator[Finding]:
        for word in _words(self.raw.get(part)):
            if word not in known:
                yield self._at(
                    rules.UNKNOWN_WORD,
                    where=f"{self.key}.{part}",
                    word=word,
                    what=what,
                    allowed=", ".join(sorted(known)),
                )

    def _check_sense(self) -> Iterator[Finding]:
        stops, start = _words(self.raw.get("stops_at")), self.raw.get("starts_at")
        if not stops:
            yield self._at(rules.NEVER_STOPS)
        if start in stops:
            yield self._contradiction(f"{start} memulai dan menghentikannya", f"{start} starts and stops it")
        if start == "closed":
            yield self._contradiction(
                "kasus sudah ditutup saat jam mulai", "the case is closed when it starts"
            )
        stage = STAGE_OF_EVENT.get(str(start))
        if stage and stage.value in _words(self.raw.get("pauses_in")):
            detail = stage.value
            yield self._contradiction(
                f"berhenti sementara pada {detail}, tahap saat ia mulai",
                f"it pauses in {detail}, where it starts",
            )
        if self.key.startswith(FINAL_PREFIX):
            yield from self._check_final()

    def _check_final(self) -> Iterator[Finding]:
        if self.raw.get("process") is not None:
            yield self._contradiction(
                "jam penyelesaian milik kasus, bukan proses",
                "a final clock is of the case, not of a process",
            )
        if self.raw.get("starts_at") != RECEIPT:
            yield self._contradiction(
                f"jam penyelesaian mulai pada {RECEIPT}, karena klasifikasi ulang menghitungnya sejak itu",
                f"a final clock starts at {RECEIPT}, because a reclassification counts it from there",
            )

    def _contradiction(self, indonesian: str, english: str) -> Finding:
        return self._at(rules.CONTRADICTION, detail=Text(indonesian, english))


def _words(value: object) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    return tuple(one for one in given if isinstance(one, str))
