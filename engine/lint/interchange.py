"""Rules about the picture: a designer opens what is deployed, so everything must be drawn."""

import math
from collections.abc import Iterator

from engine.drawing import Drawing
from engine.lint.rule import Chapter, Place, Spot, Subject, error
from engine.markup import BPMNDI, DC, DI, Xml, qualified
from engine.model import Finding

NOT_DRAWN = error(
    "diagram-missing",
    (
        "Berkas ini tidak memuat gambar (BPMN DI), sehingga perancang tidak dapat membukanya.",
        "The file holds no picture (BPMN DI), so no designer can open it.",
    ),
    ("Simpan ulang dari penyunting diagram.", "Save it again from a diagram editor."),
)
ELEMENT_NOT_DRAWN = error(
    "element-not-drawn",
    ("Elemen {id} tidak ada dalam gambar.", "The element {id} is not in the picture."),
    ("Gambar elemen itu, atau hapus dari berkas.", "Draw the element, or delete it from the file."),
)
BAD_BOUNDS = error(
    "diagram-bounds",
    ("Bentuk {id} tidak punya letak atau ukuran yang benar.", "The shape {id} has no proper place or size."),
    ("Gambar ulang bentuk itu di penyunting.", "Draw the shape again in an editor."),
)

MAX_COORDINATE = 100_000.0


def check_drawn(subject: Subject) -> Iterator[Finding]:
    """Report files without a picture and elements that the picture lacks."""
    for drawing in subject.drawings:
        drawn = drawing.shapes()
        if not drawn:
            yield NOT_DRAWN.at(drawing.file, line=1)
            continue
        lanes = [lane for process in drawing.processes for lane in process.lanes]
        places: list[Place] = [*lanes, *drawing.nodes, *drawing.flows]
        for place in places:
            if place.id not in drawn:
                yield ELEMENT_NOT_DRAWN.at(drawing.file, place, id=place.id)


def check_bounds(subject: Subject) -> Iterator[Finding]:
    """Report shapes without finite bounds and edges with fewer than two points."""
    for drawing in subject.drawings:
        yield from _check_shapes(drawing)
        for edge in drawing.root.iter(qualified(BPMNDI, "BPMNEdge")):
            points = edge.findall(qualified(DI, "waypoint"))
            if len(points) < 2 or not all(_finite(point, "x", "y") for point in points):
                yield BAD_BOUNDS.at(drawing.file, _spot(edge), id=edge.get("bpmnElement", ""))


def _check_shapes(drawing: Drawing) -> Iterator[Finding]:
    for shape in drawing.root.iter(qualified(BPMNDI, "BPMNShape")):
        bounds = shape.find(qualified(DC, "Bounds"))
        if bounds is None or not _finite(bounds, "x", "y", "width", "height"):
            yield BAD_BOUNDS.at(drawing.file, _spot(shape), id=shape.get("bpmnElement", ""))


def _spot(shape: Xml) -> Spot:
    return Spot(str(shape.get("bpmnElement", "")), int(shape.sourceline or 1))


def _finite(element: Xml, *names: str) -> bool:
    for name in names:
        try:
            value = float(element.get(name, "nan"))
        except ValueError:
            return False
        if (
            not math.isfinite(value)
            or abs(value) > MAX_COORDINATE
            or (name in {"width", "height"} and value <= 0)
        ):
            return False
    return True


CHAPTER = Chapter(
    title="The picture",
    rules=(NOT_DRAWN, ELEMENT_NOT_DRAWN, BAD_BOUNDS),
    checks=(check_drawn, check_bounds),
)
