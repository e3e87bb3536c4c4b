"""Reads the diagram interchange of a BPMN file: which shapes and lines the picture holds, and where."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.markup import BPMNDI, DC, DI, Xml, local_name, qualified
from engine.svg import Box, Point

FARTHEST = 100_000.0
"""Coordinates beyond this are a mistake; the shape is left out rather than the page made endless."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn element and its place."""

    id: str
    kind: str
    name: str
    box: Box
    label: Box | None
    expanded: bool
    horizontal: bool
    xml: Xml = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Edge:
    """A drawn connection."""

    id: str
    kind: str
    name: str
    path: tuple[Point, ...]
    label: Box | None
    xml: Xml = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """The first picture of a file, in the order of the file."""

    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    by_id: Mapping[str, Xml] = field(repr=False)
    """All elements of the file, drawn or not."""

    def frame(self, margin: float) -> Box:
        """Answer what the picture covers, labels included."""
        boxes = [shape.box for shape in self.shapes]
        labels = [shape.label for shape in self.shapes] + [edge.label for edge in self.edges]
        boxes += [label for label in labels if label is not None]
        boxes += [Box(x, y, 0, 0) for edge in self.edges for x, y in edge.path]
        if not boxes:
            return Box(0, 0, 200, 100)
        x, y = min(box.x for box in boxes) - margin, min(box.y for box in boxes) - margin
        right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
        return Box(x, y, right - x + margin, bottom - y + margin)


def read_layout(root: Xml) -> Layout:
    """Read the first plane of a parsed file; shapes of unknown elements or without a place are left out."""
    by_id = {str(xml.get("id")): xml for xml in root.iter() if xml.get("id") and _is_model(xml)}
    plane = next(root.iter(qualified(BPMNDI, "BPMNPlane")), None)
    children = list(plane) if plane is not None else []
    return Layout(
        shapes=tuple(_shapes(children, by_id)),
        edges=tuple(_edges(children, by_id)),
        by_id=by_id,
    )


def _is_model(xml: Xml) -> bool:
    return not local_name(xml).startswith("BPMN")


def _shapes(children: list[Xml], by_id: Mapping[str, Xml]) -> Iterator[Shape]:
    for drawn in children:
        element = by_id.get(str(drawn.get("bpmnElement", "")))
        box = _bounds(drawn)
        if drawn.tag != qualified(BPMNDI, "BPMNShape") or element is None or box is None:
            continue
        yield Shape(
            id=str(element.get("id")),
            kind=local_name(element),
            name=_name(element, by_id),
            box=box,
            label=_label(drawn),
            expanded=drawn.get("isExpanded", "false") == "true",
            horizontal=drawn.get("isHorizontal", "true") == "true",
            xml=element,
        )


def _name(element: Xml, by_id: Mapping[str, Xml]) -> str:
    if local_name(element) == "textAnnotation":
        return "".join(child.text or "" for child in element if local_name(child) == "text").strip()
    if local_name(element) == "group":
        category = by_id.get(str(element.get("categoryValueRef", "")))
        return str(category.get("value", "")) if category is not None else ""
    return str(element.get("name", "")).strip()


def _edges(children: list[Xml], by_id: Mapping[str, Xml]) -> Iterator[Edge]:
    for drawn in children:
        element = by_id.get(str(drawn.get("bpmnElement", "")))
        if drawn.tag != qualified(BPMNDI, "BPMNEdge") or element is None:
            continue
        path = [_point(waypoint) for waypoint in drawn.findall(qualified(DI, "waypoint"))]
        known = tuple(point for point in path if point is not None)
        if len(known) > 1:
            yield Edge(
                id=str(element.get("id")),
                kind=local_name(element),
                name=str(element.get("name", "")).strip(),
                path=known,
                label=_label(drawn),
                xml=element,
            )


def _label(drawn: Xml) -> Box | None:
    label = drawn.find(qualified(BPMNDI, "BPMNLabel"))
    return _bounds(label) if label is not None else None


def _bounds(holder: Xml) -> Box | None:
    bounds = holder.find(qualified(DC, "Bounds"))
    if bounds is None:
        return None
    values = [_coordinate(bounds, name) for name in ("x", "y", "width", "height")]
    known = [value for value in values if value is not None]
    if len(known) != 4 or known[2] <= 0 or known[3] <= 0:
        return None
    return Box(*known)


def _point(waypoint: Xml) -> Point | None:
    x, y = _coordinate(waypoint, "x"), _coordinate(waypoint, "y")
    return None if x is None or y is None else (x, y)


def _coordinate(xml: Xml, name: str) -> float | None:
    try:
        value = float(xml.get(name, "nan"))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= FARTHEST else None
