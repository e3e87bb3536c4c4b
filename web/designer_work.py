"""What the Modeler's page is told: files, vocabulary, addresses, words; and where an upload belongs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import url_for

from cases.definition_sets import facts_of
from cases.model import DefinitionView, DraftView
from engine.model import Files
from engine.vocabulary import DEFINITION
from web.designer_files import diagram_of
from web.designer_words import labels, texts
from web.language import is_english


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """Which process an upload is about, and the version that it changes."""

    key: str
    name: str
    base: DefinitionView | None


def starting_point(files: Files, versions: Sequence[DefinitionView]) -> StartingPoint:
    """Find the process of an upload: the first one drawn, else the one that the path of a form names."""
    drawn = [name for path, content in files.items() for name in facts_of(path, content).processes]
    named = [path.split("/")[1] for path in files if path.startswith("forms/")]
    active = {one.key: one for one in reversed(versions) if one.status == "active"}
    for key in (*drawn, *named):
        if key in active:
            return StartingPoint(key, active[key].name, active[key])
    key = next(iter(drawn), next(iter(files)).split("/")[-1].split(".")[0])
    return StartingPoint(key, key, None)


def page_data(
    key: str,
    name: str,
    files: Files,
    *,
    base: str | None,
    newest: str | None,
    draft: DraftView | None = None,
) -> Mapping[str, Any]:
    """Everything that the Modeler's page reads from its JSON block."""
    return {
        "language": "en" if is_english() else "id",
        "key": key,
        "name": name,
        "main": diagram_of(files, key),
        "files": {path: content.decode("utf-8", "replace") for path, content in sorted(files.items())},
        "base_definition_id": base,
        "newest_definition_id": newest,
        "draft": draft_data(draft) if draft else None,
        "urls": {"check": url_for("designer.exchange.check"), "save": url_for("designer.exchange.create")},
        "vocabulary": vocabulary_document(),
        "labels": labels(),
        "texts": texts(),
    }


@cache
def vocabulary_document() -> Mapping[str, Any]:
    """The one definition of the vocabulary, as it is written."""
    return dict(json.loads(DEFINITION.read_text(encoding="utf-8")))


def draft_data(draft: DraftView) -> Mapping[str, Any]:
    """A saved draft as the page keeps it: its version and where to go on from here."""
    return {
        "id": draft.id,
        "version": draft.version,
        "save_url": url_for("designer.exchange.replace", draft_id=draft.id),
        "deploy_url": url_for("designer.exchange.deploy", draft_id=draft.id),
        "edit_url": url_for("designer.edit_draft", draft_id=draft.id),
    }
