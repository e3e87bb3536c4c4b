"""Every shipped diagram opens in a stock BPMN editor without a warning, and with a picture of every element."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from support.lint_sets import BPMN
from support.needs import require
from tuntas.config import ROOT

SCRIPT = Path(__file__).with_name("stock_editor.mjs")
DIAGRAMS = sorted((ROOT / "processes" / "bpmn").glob("*.bpmn"))
DRAWN = ("participant", "lane", "sequenceFlow")


@pytest.fixture(scope="module")
def opened() -> dict[str, Any]:
    """Return what the editor's library found in each diagram, by its path."""
    # Where the machine has no Node.js, the preparation has put one beside Python.
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    library = ROOT / "node_modules" / "bpmn-moddle"
    require(node if library.is_dir() else None, "Node.js and bpmn-moddle", "make assets")
    done = subprocess.run(
        [str(node), str(SCRIPT), *map(str, DIAGRAMS)], capture_output=True, check=True, timeout=60
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_stock_editor_imports_the_diagram_without_a_warning(opened: dict[str, Any], path: Path):
    assert opened[str(path)]["warnings"] == []
    assert opened[str(path)]["kind"] == "bpmn:Definitions"


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_stock_editor_finds_a_shape_for_everything(opened: dict[str, Any], path: Path):
    root = etree.parse(str(path)).getroot()
    nodes = [xml for xml in root.iter() if xml.find(f"{{{BPMN}}}incoming") is not None]
    nodes += list(root.iter(f"{{{BPMN}}}startEvent", f"{{{BPMN}}}boundaryEvent"))
    others = [xml for name in DRAWN for xml in root.iter(f"{{{BPMN}}}{name}")]
    assert opened[str(path)]["drawn"] >= len({xml.get("id") for xml in [*nodes, *others]})
