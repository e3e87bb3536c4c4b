"""Fixtures for the product's own commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tuntas.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def tuntas(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Return the command line on an installation of its own; keywords are settings."""

    def run(*words: str | Path, **settings: str) -> Ended:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("TUNTAS_")]:
                patch.delenv(name)
            for name, value in {"TUNTAS_VAR": str(tmp_path / "var"), **settings}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["tuntas", *map(str, words)])
            code = 0
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run
