"""The set that the product ships, as the gate takes it."""

from __future__ import annotations

from pathlib import Path

from engine.model import Files

ROOT = Path(__file__).resolve().parents[2]


def seed_files() -> Files:
    """The diagrams, decisions and forms that ship with the product, by their path in a set."""
    files = {}
    for path in sorted((ROOT / "processes").glob("*/*")):
        files[f"{path.parent.name}/{path.name}"] = path.read_bytes()
    for path in sorted((ROOT / "forms").rglob("*.json")):
        files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    return files
