"""Draws a BPMN file as an SVG picture from its diagram interchange: no browser, no script, no style sheet."""

import hashlib
import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from engine import diagram_text as text
from engine.diagram_layout import Edge, Layout, Shape, read_layout
from engine.diagram_shapes import SUB_PROCESSES, State, draw_badge, draw_frame, draw_shape, is_artefact
from engine.markup import parse_markup
from engine.svg import PALETTE, Box, Paint, Point, circle, number, plain, polygon, polyline, tag

MARGIN = 24.0
BEND = 7.0
"""Radius of the corners of flows."""

_WORDS = {
    "id": ("Diagram proses dengan {count} langkah.", "Selesai", "Sedang berjalan"),
    "en": ("Process diagram with {count} steps.", "Done", "In progress"),
}


@dataclass(frozen=True, slots=True)
class _Progress:
    """Where a case stands in the picture."""

    done: frozenset[str]
    current: frozenset[str]

    def of(self, element_id: str) -> State:
        if element_id in self.current:
            return State.CURRENT
        return State.DONE if element_id in self.done else State.NONE


def to_svg(
    bpmn: bytes,
    *,
    done: Collection[str] = (),
    current: Collection[str] = (),
    title: str,
    language: str = "id",
) -> str:
    """Draw the first picture of a BPMN file and mark the elements a case has passed and those it is at.

    ``done`` and ``current`` are element ids; unknown ones are ignored, and ``current`` wins. The description
    for screen readers names both, in the ``language`` (``id`` or ``en``). Raises ``MarkupRefusedError`` for a
    file the hardened parse refuses.
    """
    layout = read_layout(parse_markup(bpmn))
    progress = _Progress(frozenset(done), frozenset(current))
    frame = layout.frame(MARGIN)
    identity = hashlib.sha256(bpmn + title.encode()).hexdigest()[:10]
    content = [
        tag("title", plain(title) or "BPMN", id=f"diagram-{identity}-title"),
        tag("desc", plain(_describe(layout, progress, language)), id=f"diagram-{identity}-desc"),
        tag("rect", x=frame.x, y=frame.y, width=frame.width, height=frame.height, fill=PALETTE.paper),
        *_layers(layout, progress),
    ]
    return tag(
        "svg",
        "".join(content),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{number(frame.x)} {number(frame.y)} {number(frame.width)} {number(frame.height)}",
        width=frame.width,
        height=frame.height,
        role="img",
        aria_labelledby=f"diagram-{identity}-title diagram-{identity}-desc",
    )


def _describe(layout: Layout, progress: _Progress, language: str) -> str:
    opening, done, current = _WORDS.get(language, _WORDS["id"])
    steps = [shape for shape in layout.shapes if not is_artefact(shape) and not _is_frame(shape)]
    parts = [opening.format(count=len(steps))]
    for word, state in ((current, State.CURRENT), (done, State.DONE)):
        names = [shape.name or shape.id for shape in steps if progress.of(shape.id) is state]
        if names:
            parts.append(f"{word}: {', '.join(names)}.")
    return " ".join(parts)


def _layers(layout: Layout, progress: _Progress) -> list[str]:
    """Draw from the ground up, so that no line covers a shape and nothing covers a label."""
    frames = sorted((shape for shape in layout.shapes if _is_frame(shape)), key=_area, reverse=True)
    holders = sorted((shape for shape in layout.shapes if _is_holder(shape)), key=_area, reverse=True)
    others = [shape for shape in layout.shapes if not _is_frame(shape) and not _is_holder(shape)]
    others.sort(key=lambda shape: shape.kind == "boundaryEvent")
    marked = [(shape, progress.of(shape.id)) for shape in (*holders, *others)]
    return [
        *(_group(shape, draw_frame(shape), State.NONE) for shape in frames),
        *(_drawn(shape, progress) for shape in holders),
        *(_edge(layout, edge, progress) for edge in layout.edges),
        *(_drawn(shape, progress) for shape in others),
        *(_edge_label(edge) for edge in layout.edges),
        *(_shape_label(shape) for shape in others),
        *(draw_badge(shape, state) for shape, state in marked if not is_artefact(shape)),
    ]


def _is_frame(shape: Shape) -> bool:
    return shape.kind in {"participant", "lane"}


def _is_holder(shape: Shape) -> bool:
    return (shape.kind in SUB_PROCESSES and shape.expanded) or shape.kind == "group"


def _drawn(shape: Shape, progress: _Progress) -> str:
    state = progress.of(shape.id)
    return _group(shape, draw_shape(shape, state), state)


def _area(shape: Shape) -> float:
    return shape.box.width * shape.box.height


def _group(shape: Shape, drawn: str, state: State) -> str:
    tooltip = tag("title", plain(shape.name)) if plain(shape.name) else ""
    return tag(
        "g",
        tooltip + drawn,
        data_element=shape.id,
        data_kind=shape.kind,
        data_state=None if state is State.NONE else state.value,
    )


def _shape_label(shape: Shape) -> str:
    outside = shape.kind.endswith(("Event", "Gateway", "Reference")) or shape.kind.startswith("data")
    if not outside or not shape.name:
        return ""
    box = shape.label or Box(shape.box.centre[0] - 50, shape.box.bottom + 5, 100, 14)
    return text.beside(shape.name, box)


def _edge(layout: Layout, edge: Edge, progress: _Progress) -> str:
    if edge.kind == "sequenceFlow":
        return _sequence_flow(layout, edge, progress)
    is_message = edge.kind == "messageFlow"
    line = _line(edge, PALETTE.muted, 1.4, "8 5" if is_message else "2 4")
    if is_message:
        line += circle(edge.path[0], 4, Paint(PALETTE.muted, PALETTE.paper, 1.2))
        line += _arrow(edge.path, Paint(PALETTE.muted, PALETTE.paper, 1.3))
    elif edge.kind.startswith("data"):
        line += _open_arrow(edge.path)
    return tag("g", line, data_element=edge.id)


def _line(edge: Edge, colour: str, width: float, dashes: str | None = None) -> str:
    path = _rounded(edge.path)
    return tag("path", d=path, fill="none", stroke=colour, stroke_width=width, stroke_dasharray=dashes)


def _sequence_flow(layout: Layout, edge: Edge, progress: _Progress) -> str:
    taken = _was_taken(layout, edge, progress)
    colour, width = (PALETTE.done, 2.4) if taken else (PALETTE.line, 1.5)
    source = layout.by_id.get(str(edge.xml.get("sourceRef", "")))
    is_default = source is not None and source.get("default") == edge.id
    slash = _default_slash(edge.path, colour) if is_default else ""
    return tag(
        "g",
        _line(edge, colour, width) + _arrow(edge.path, Paint(colour, colour, 1)) + slash,
        data_element=edge.id,
        data_state=State.DONE.value if taken else None,
    )


def _was_taken(layout: Layout, edge: Edge, progress: _Progress) -> bool:
    """Tell whether a case surely went along: the source is done and nothing else led to the target."""
    source, target = str(edge.xml.get("sourceRef", "")), str(edge.xml.get("targetRef", ""))
    if edge.id in progress.done:
        return True
    if source not in progress.done or target not in progress.done | progress.current:
        return False
    flows = [other.xml for other in layout.edges if other.kind == "sequenceFlow"]
    leaving = [flow for flow in flows if flow.get("sourceRef") == source]
    entering = [flow for flow in flows if flow.get("targetRef") == target]
    from_done = [flow for flow in entering if flow.get("sourceRef") in progress.done]
    return len(leaving) == 1 or len(from_done) == 1


def _rounded(path: tuple[Point, ...]) -> str:
    """Write a line with soft bends."""
    drawn = [f"M{number(path[0][0])},{number(path[0][1])}"]
    for before, corner, after in zip(path, path[1:], path[2:], strict=False):
        entry, leave = _towards(corner, before, BEND), _towards(corner, after, BEND)
        drawn.append(f"L{number(entry[0])},{number(entry[1])}")
        drawn.append(f"Q{number(corner[0])},{number(corner[1])} {number(leave[0])},{number(leave[1])}")
    drawn.append(f"L{number(path[-1][0])},{number(path[-1][1])}")
    return " ".join(drawn)


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end)
    if length == 0:
        return start
    share = min(distance, length / 2) / length
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _direction(path: tuple[Point, ...]) -> tuple[float, float]:
    """Answer the unit vector in which a line arrives; waypoints on top of each other are passed over."""
    end = path[-1]
    start = next((point for point in reversed(path[:-1]) if math.dist(point, end) > 0.5), None)
    if start is None:
        return 1.0, 0.0
    length = math.dist(start, end)
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length


def _wings(path: tuple[Point, ...], length: float, half: float) -> tuple[Point, Point]:
    (x, y), (dx, dy) = path[-1], _direction(path)
    back = x - dx * length, y - dy * length
    return (back[0] - dy * half, back[1] + dx * half), (back[0] + dy * half, back[1] - dx * half)


def _arrow(path: tuple[Point, ...], paint: Paint) -> str:
    one, other = _wings(path, 10, 4.6)
    return polygon([path[-1], one, other], paint)


def _open_arrow(path: tuple[Point, ...]) -> str:
    one, other = _wings(path, 8, 4.5)
    return polyline([one, path[-1], other], PALETTE.muted, 1.3)


def _default_slash(path: tuple[Point, ...], colour: str) -> str:
    (x, y), (dx, dy) = path[0], _direction((path[1], path[0]))
    cx, cy = x - dx * 12, y - dy * 12
    # A stroke across the line, leaning against the direction of the flow.
    ax, ay = -dy * 5 + dx * 3, dx * 5 + dy * 3
    return polyline([(cx - ax, cy - ay), (cx + ax, cy + ay)], colour, 1.8)


def _edge_label(edge: Edge) -> str:
    if not edge.name:
        return ""
    if edge.label is not None:
        return text.beside(edge.name, edge.label, PALETTE.muted)
    x, y = _middle(edge.path)
    return text.beside(edge.name, Box(x - 45, y - 18, 90, 14), PALETTE.muted)


def _middle(path: tuple[Point, ...]) -> Point:
    """Answer the point half-way along a line."""
    pieces = [(start, end, math.dist(start, end)) for start, end in pairwise(path)]
    left = sum(length for _, _, length in pieces) / 2
    for start, end, length in pieces:
        if left <= length and length > 0:
            return _towards(start, end, left) if left <= length / 2 else _towards(end, start, length - left)
        left -= length
    return path[0]
