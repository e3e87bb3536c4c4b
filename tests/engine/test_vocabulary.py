"""The vocabulary reads its one definition, and both documents for designers are held to the code."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from lxml import etree

from engine.lint.rule import Rule
from engine.lint.rulebook import CHAPTERS, RULES
from engine.markup import BPMN
from engine.vocabulary import DEFINITION, Handler, HandlerMode, vocabulary

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "bpmn-vocabulary.md").read_text(encoding="utf-8")
BOOK = (DOCS / "lint-rules.md").read_text(encoding="utf-8")
WORDS = vocabulary()


def test_the_vocabulary_takes_every_word_from_its_definition():
    document = json.loads(DEFINITION.read_text(encoding="utf-8"))
    for part in ("properties", "units", "messages", "handlers"):
        assert list(getattr(WORDS, part)) == list(document[part])
    for part in ("roles", "stages", "outcomes", "clocks", "events"):
        assert list(getattr(WORDS, part)) == document[part]
    assert frozenset(document["facts"]["names"]) == WORDS.facts


def test_the_vocabulary_knows_which_handlers_are_jobs_and_which_arguments_they_need():
    assert WORDS.handlers["deliver_notice"].mode is HandlerMode.JOB
    assert dict(WORDS.handlers["send_to_main"].arguments) == {"message": True, "verdict": False}


def test_the_vocabulary_finds_the_family_of_an_argument():
    found = WORDS.find_property("argument.template")
    assert found is not None
    assert found.name == "argument.*"
    assert WORDS.find_property("formkey") is None


def test_the_vocabulary_cannot_be_changed():
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        WORDS.roles = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        WORDS.handlers["rm"] = WORDS.handlers["dispose"]  # type: ignore[index]


@pytest.mark.parametrize(
    "word",
    [
        *WORDS.properties,
        *WORDS.handlers,
        *WORDS.messages,
        *WORDS.clocks,
        *WORDS.events,
        *WORDS.stages,
        *WORDS.roles,
        *WORDS.units,
        *WORDS.outcomes,
        *sorted(WORDS.facts),
        *(argument for handler in WORDS.handlers.values() for argument in handler.arguments),
    ],
)
def test_the_guide_names_every_word_of_the_vocabulary(word: str):
    assert f"`{word}`" in GUIDE


@pytest.mark.parametrize("name", WORDS.properties)
def test_the_guide_shows_every_property_in_xml(name: str):
    example = name.replace("argument.*", "argument.template")
    assert f'<spiffworkflow:property name="{example}" value="' in GUIDE


@pytest.mark.parametrize("handler", WORDS.handlers.values(), ids=list(WORDS.handlers))
def test_the_guide_tells_mode_and_arguments_of_every_handler(handler: Handler):
    row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{handler.name}` |"))
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[2] == handler.mode
    assert re.findall(r"`(\w+)`", cells[3]) == list(handler.arguments)


def test_the_guide_holds_only_xml_that_can_be_read():
    for block in re.findall(r"```xml\n(.*?)```", GUIDE, re.DOTALL):
        etree.fromstring(f'<a xmlns:bpmn="{BPMN}" xmlns:spiffworkflow="{WORDS.namespace}">{block}</a>')


def _shown(text: str) -> str:
    return text.replace("|", "\\|").replace("{", "*").replace("}", "*")


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_the_rule_book_tells_every_rule_as_the_gate_does(rule: Rule):
    row = f"| `{rule.id}` | {rule.severity} | {_shown(rule.message.en)} | {_shown(rule.remedy.en)} |"
    assert row in BOOK


def test_the_rule_book_tells_no_rule_that_is_gone():
    assert set(re.findall(r"^\| `([a-z-]+)` \|", BOOK, re.MULTILINE)) == set(RULES)
    assert all(f"## {chapter.title}\n" in BOOK for chapter in CHAPTERS)
