"""Reads a ruleset from its files: ``ruleset.json``, ``clocks.json``, ``archive_reasons.json`` and ``dmn/*.dmn``."""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from cases.rules.model import ClockRule, Limits, Ruleset, Unit
from engine.model import Files, Text


class RulesetShapeError(Exception):
    """A file of a ruleset is missing or does not have the documented shape; the message names it."""


def read_ruleset(files: Files, version: int) -> Ruleset:
    """The ruleset that the files describe. Raises RulesetShapeError naming the file."""
    about = _json(files, "ruleset.json")
    clocks = _json(files, "clocks.json")
    reasons = _json(files, "archive_reasons.json")
    try:
        return Ruleset(
            key=str(about["key"]),
            version=version,
            name=_text(about["name"]),
            clocks=MappingProxyType({key: _clock(key, raw) for key, raw in clocks["clocks"].items()}),
            archive_reasons=MappingProxyType(
                {key: _text(raw) for key, raw in reasons["archive_reasons"].items()}
            ),
            limits=Limits(**{key: int(one["value"]) for key, one in about.get("limits", {}).items()}),
            decisions=MappingProxyType(_decisions(files)),
            since=MappingProxyType({key: _since(raw) for key, raw in clocks.get("events", {}).items()}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RulesetShapeError(f"ruleset: {type(error).__name__} {error}") from error


def _json(files: Files, path: str) -> Any:
    try:
        return json.loads(files[path])
    except KeyError:
        raise RulesetShapeError(f"{path} is missing") from None
    except ValueError as error:
        raise RulesetShapeError(f"{path}: {error}") from error


def _text(raw: Mapping[str, Any]) -> Text:
    return Text(id=str(raw["id"]), en=str(raw["en"]))


def _since(event: Mapping[str, Any]) -> Text:
    return _text(
        event.get("since") or {name: event[name][:1].lower() + event[name][1:] for name in ("id", "en")}
    )


def _clock(key: str, raw: Mapping[str, Any]) -> ClockRule:
    return ClockRule(
        key=key,
        label=_text(raw["label"]),
        starts_at=str(raw["starts_at"]),
        length=int(raw["length"]),
        unit=Unit(raw["unit"]),
        stops_at=tuple(raw["stops_at"]),
        law=bool(raw["law"]),
        pauses_in=tuple(raw.get("pauses_in", ())),
        on_expiry=str(raw["on_expiry"]),
        extension=int(raw.get("extension", 0)),
        process=raw.get("process"),
        waits=bool(raw.get("waits", False)),
        internal=bool(raw.get("internal", False)),
        mark=str(raw.get("mark", "")),
    )


def _decisions(files: Files) -> dict[str, bytes]:
    tables = (path for path in files if path.startswith("dmn/") and path.endswith(".dmn"))
    return {PurePosixPath(path).stem: files[path] for path in tables}
