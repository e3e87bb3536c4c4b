"""The shipped ruleset, and variants of it with one cell of a decision table changed."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from cases.reference import shipped_ruleset_files
from engine.model import Files
from tuntas.config import ROOT

SHIPPED: Files = shipped_ruleset_files(ROOT / "reference")
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"


def in_table(name: str, row: int, column: str, answer: str) -> Files:
    """The shipped ruleset with another answer in an output column of a row, counted from 1."""
    root = ET.fromstring(SHIPPED[f"dmn/{name}.dmn"])
    columns = [output.get("name") for output in root.iter(f"{DMN}output")]
    cells = list(root.iter(f"{DMN}rule"))[row - 1].findall(f"{DMN}outputEntry/{DMN}text")
    cells[columns.index(column)].text = answer
    return {**SHIPPED, f"dmn/{name}.dmn": ET.tostring(root)}
