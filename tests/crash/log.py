"""What processes under fire wrote: lines of JSON, each once, whatever was cut or killed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from crash.violation import Violation

SHOWN = 5


def unstructured(log: Path) -> list[Violation]:
    """The first lines that no machine can read: a library spoke past the log, or an error went its own way."""
    if not log.exists():
        return []
    lines = log.read_text(errors="replace").splitlines()
    return [Violation("log", line[:200]) for line in lines if _read(line) is None][:SHOWN]


def told(log: Path) -> Counter[str]:
    """How often each kind of line was written."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    read = [entry for entry in map(_read, lines) if entry is not None]
    return Counter(f"{entry['level']} {entry['logger']}" for entry in read)


def _read(line: str) -> dict[str, str] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
