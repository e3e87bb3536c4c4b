"""The words a diagram may use, read from the one definition in ``reference/bpmn-vocabulary.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.model import Text

DEFINITION = Path(__file__).resolve().parent.parent / "reference" / "bpmn-vocabulary.json"

ARGUMENT_PREFIX = "argument."
"""A service task names one argument of its handler as ``argument.<name>``."""


class HandlerMode(StrEnum):
    """When the side effect of a handler happens."""

    EFFECT = "effect"
    """In the same transaction as the step."""
    JOB = "job"
    """By a worker, after the commit; the service task waits for it."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property that an element may carry; ``name`` ends in ``*`` when it stands for a family."""

    name: str
    on: frozenset[str]
    required_on: frozenset[str]
    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class Handler:
    """An action shipped with the product; ``arguments`` says which are required."""

    name: str
    mode: HandlerMode
    arguments: Mapping[str, bool]
    label: Text


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a process can wait for; ``by`` says who sends it."""

    name: str
    by: str
    label: Text


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every word that lint accepts. Immutable, and the same for every deployment of one release."""

    namespace: str
    prefix: str
    properties: Mapping[str, Property]
    facts: frozenset[str]
    roles: tuple[str, ...]
    units: Mapping[str, Text]
    stages: tuple[str, ...]
    outcomes: tuple[str, ...]
    clocks: tuple[str, ...]
    events: tuple[str, ...]
    """What a clock can start or stop with."""
    schedules: tuple[str, ...]
    """Clocks of the office itself, by which a process without a case begins."""
    messages: Mapping[str, Message]
    handlers: Mapping[str, Handler]

    def find_property(self, name: str) -> Property | None:
        """Answer the definition of a property name as drawn, or None when it is no word of the vocabulary."""
        return self.properties.get(f"{ARGUMENT_PREFIX}*" if name.startswith(ARGUMENT_PREFIX) else name)

    def allowed_values(self, property_name: str) -> tuple[str, ...] | None:
        """Answer the closed list of values of a property, or None when its value is free."""
        closed = {
            "role": self.roles,
            "unit": tuple(self.units),
            "clock": self.clocks,
            "stage": self.stages,
            "handler": tuple(self.handlers),
            "outlivesCase": ("true", "false"),
        }
        return closed.get(property_name)


def _text(entry: Mapping[str, str]) -> Text:
    return Text(id=entry["id"], en=entry["en"])


def _properties(entries: Mapping[str, Any]) -> Mapping[str, Property]:
    return MappingProxyType(
        {
            name: Property(
                name=name,
                on=frozenset(entry["on"]),
                required_on=frozenset(entry.get("required_on", ())),
                value=entry["value"],
                label=_text(entry["label"]),
            )
            for name, entry in entries.items()
        }
    )


def _handlers(entries: Mapping[str, Any]) -> Mapping[str, Handler]:
    return MappingProxyType(
        {
            name: Handler(
                name=name,
                mode=HandlerMode(entry["mode"]),
                arguments=MappingProxyType(
                    {key: need == "required" for key, need in entry["arguments"].items()}
                ),
                label=_text(entry["label"]),
            )
            for name, entry in entries.items()
        }
    )


def parse_vocabulary(document: Mapping[str, Any]) -> Vocabulary:
    """Build the vocabulary from the decoded definition; a missing key is a ``KeyError`` at start-up."""
    return Vocabulary(
        namespace=document["namespace"],
        prefix=document["prefix"],
        properties=_properties(document["properties"]),
        facts=frozenset(document["facts"]["names"]),
        roles=tuple(document["roles"]),
        units=MappingProxyType({name: _text(entry) for name, entry in document["units"].items()}),
        stages=tuple(document["stages"]),
        outcomes=tuple(document["outcomes"]),
        clocks=tuple(document["clocks"]),
        events=tuple(document["events"]),
        schedules=tuple(document["schedules"]),
        messages=MappingProxyType(
            {
                name: Message(name=name, by=entry["by"], label=_text(entry))
                for name, entry in document["messages"].items()
            }
        ),
        handlers=_handlers(document["handlers"]),
    )


@cache
def vocabulary() -> Vocabulary:
    """Answer the vocabulary of this release, read once per process."""
    return parse_vocabulary(json.loads(DEFINITION.read_text(encoding="utf-8")))
