"""Draw every shipped process for the README: ``docs/images/processes/<id>.svg``, by our own writer."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.diagram import to_svg  # noqa: E402 - the checkout is put on the path first
from engine.markup import parse_markup  # noqa: E402

DIAGRAMS = ROOT / "processes" / "bpmn"
PICTURES = ROOT / "docs" / "images" / "processes"
PROCESS = "{http://www.omg.org/spec/BPMN/20100524/MODEL}process"


def pictures() -> dict[str, str]:
    """Return the picture of each diagram, by the name of its file."""
    drawn = {}
    for path in sorted(DIAGRAMS.glob("*.bpmn")):
        bpmn = path.read_bytes()
        process = next(parse_markup(bpmn).iter(PROCESS))
        drawn[f"{path.stem}.svg"] = to_svg(bpmn, title=str(process.get("name")), language="id") + "\n"
    return drawn


def main() -> None:
    """Write the pictures, and remove those of diagrams that are gone."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    drawn = pictures()
    for old in PICTURES.glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    for name, picture in drawn.items():
        (PICTURES / name).write_text(picture, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
