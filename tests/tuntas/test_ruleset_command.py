"""Rulesets from a shell: exported, checked, changed, deployed and listed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuntas.config import ROOT

SHIPPED = ROOT / "reference" / "rulesets" / "sp4n-2018"
Command = Callable[..., Any]


@pytest.fixture
def database(sqlite_office: Path, tmp_path: Path) -> str:
    """Return the address of a SQLite database with the fictional office."""
    path = tmp_path / "office.db"
    shutil.copyfile(sqlite_office, path)
    return f"sqlite:///{path}"


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text once in a file of a ruleset."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_ruleset_is_checked_without_an_office(tuntas: Command) -> None:
    ended = tuntas("ruleset", "check", SHIPPED)
    assert (ended.code, ended.out.strip()) == (0, "0 errors, 0 warnings")


def test_a_new_regulation_is_exported_changed_and_deployed(
    tuntas: Command, database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "sp4n-2025"
    assert tuntas("ruleset", "export", "sp4n-2018", folder, TUNTAS_DATABASE_URL=database).code == 0
    about = json.loads((folder / "ruleset.json").read_bytes())
    (folder / "ruleset.json").write_text(json.dumps({**about, "key": "sp4n-2025"}), encoding="utf-8")
    assert tuntas("ruleset", "check", folder).code == 0
    ended = tuntas("ruleset", "deploy", folder, "--note", "Peraturan baru", TUNTAS_DATABASE_URL=database)
    assert (ended.code, ended.out.strip()) == (0, "sp4n-2025 version 1")
    listed = tuntas("ruleset", "list", TUNTAS_DATABASE_URL=database).out
    assert "* sp4n-2025 1 active" in listed
    assert "  sp4n-2018 1 active" in listed


def test_a_mistake_is_told_with_its_line_and_refused(tuntas: Command, database: str, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(SHIPPED, folder)
    change(folder, "clocks.json", '"length": 3', '"length": -3')
    checked = tuntas("ruleset", "check", folder)
    assert checked.code == 1
    assert "[verification] error clock-length: The length of the clock verification is -3" in checked.out
    deployed = tuntas("ruleset", "deploy", folder, TUNTAS_DATABASE_URL=database)
    assert deployed.code == 1
    assert "nothing was deployed" in deployed.err


@pytest.mark.parametrize("words", [["sp4n-2018", "x", "folder"], ["sp4n-2018"]])
def test_an_export_says_what_it_needs(tuntas: Command, words: list[str]) -> None:
    assert tuntas("ruleset", "export", *words).code == 2


def test_an_export_overwrites_nothing(tuntas: Command, database: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("x", encoding="utf-8")
    ended = tuntas("ruleset", "export", "sp4n-2018", "1", tmp_path / "mine", TUNTAS_DATABASE_URL=database)
    assert ended.code == 1
    assert "is not empty" in ended.err


def test_an_unknown_version_is_refused(tuntas: Command, database: str, tmp_path: Path) -> None:
    ended = tuntas("ruleset", "export", "sp4n-2018", "7", tmp_path / "new", TUNTAS_DATABASE_URL=database)
    assert ended.code == 1
    assert not (tmp_path / "new").exists()
