"""The pictures in the README are what our writer makes of the diagrams, and each has its paragraph."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.diagram import to_svg
from engine.markup import parse_markup
from support.lint_sets import BPMN
from tuntas.config import ROOT

DIAGRAMS = sorted((ROOT / "processes" / "bpmn").glob("*.bpmn"))
PICTURES = ROOT / "docs" / "images" / "processes"
REMEDY = "run: make pictures"


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_the_committed_picture_is_what_the_writer_makes_of_the_diagram(path: Path):
    bpmn = path.read_bytes()
    name = str(next(parse_markup(bpmn).iter(f"{{{BPMN}}}process")).get("name"))
    picture = PICTURES / f"{path.stem}.svg"
    committed = picture.read_text(encoding="utf-8") if picture.is_file() else ""
    same = committed == to_svg(bpmn, title=name, language="id") + "\n"
    assert same, f"{picture.relative_to(ROOT)} is old; {REMEDY}"


def test_no_picture_is_left_of_a_diagram_that_is_gone():
    assert {path.stem for path in PICTURES.glob("*.svg")} == {path.stem for path in DIAGRAMS}, REMEDY


def test_the_readme_shows_each_process():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.stem for path in DIAGRAMS if f"(docs/images/processes/{path.stem}.svg)" not in readme] == []
