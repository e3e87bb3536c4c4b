"""Draws one element of a diagram, in the look of its kind and state."""

from enum import StrEnum

from engine import diagram_text as text
from engine.diagram_icons import (
    EVENT_ICONS,
    TASK_ICONS,
    current_badge,
    done_badge,
    gateway_icon,
    plus_marker,
    repeat_marker,
)
from engine.diagram_layout import Shape
from engine.markup import local_name
from engine.svg import PALETTE, Box, Paint, circle, number, polygon, polyline, rectangle, tag

HEADER = 30.0
"""Width of the header of a pool or lane."""

SUB_PROCESSES = frozenset({"subProcess", "adHocSubProcess", "transaction"})


class State(StrEnum):
    """What a case has to do with an element."""

    NONE = "none"
    DONE = "done"
    CURRENT = "current"


_PAINTS = {
    State.NONE: Paint(PALETTE.line, PALETTE.paper, 1.6),
    State.DONE: Paint(PALETTE.done, PALETTE.done_fill, 2),
    State.CURRENT: Paint(PALETTE.current, PALETTE.current_fill, 3.5),
}


def draw_frame(shape: Shape) -> str:
    """Draw a pool or a lane with its name."""
    box = shape.box
    is_pool = shape.kind == "participant"
    outline = rectangle(box, Paint(PALETTE.frame, PALETTE.lane if is_pool else "none", 1.4 if is_pool else 1))
    if shape.horizontal:
        head = Box(box.x, box.y, min(HEADER, box.width), box.height)
    else:
        head = Box(box.x, box.y, box.width, min(HEADER, box.height))
    fill = PALETTE.header if is_pool else "none"
    header = rectangle(head, Paint(PALETTE.frame if is_pool else "none", fill, 1.2))
    inner = Box(head.x + 4, head.y + 4, max(head.width - 8, 1), max(head.height - 8, 1))
    return outline + header + text.heading(shape.name, inner, upright=not shape.horizontal)


def draw_shape(shape: Shape, state: State) -> str:
    """Draw a flow node or artefact; labels beside it come separately, above all lines."""
    if shape.kind.endswith("Event"):
        return _event(shape, state)
    if shape.kind.endswith("Gateway"):
        return _gateway(shape, state)
    artefact = _ARTEFACTS.get(shape.kind)
    return artefact(shape) if artefact else _activity(shape, state)


def is_artefact(shape: Shape) -> bool:
    """Tell whether the shape is data or a remark and no step."""
    return shape.kind in _ARTEFACTS


def _event(shape: Shape, state: State) -> str:
    paint = _PAINTS[state]
    centre, radius = shape.box.centre, min(shape.box.width, shape.box.height) / 2
    dashes = "4 3" if _never_interrupts(shape) else None
    ring = paint.width
    if shape.kind == "endEvent":
        ring = paint.width + 2
    drawn = circle(centre, radius, Paint(paint.stroke, paint.fill, ring), stroke_dasharray=dashes)
    if shape.kind not in {"startEvent", "endEvent"}:
        drawn += circle(
            centre, max(radius - 3.5, 1), Paint(paint.stroke, "none", 1.2), stroke_dasharray=dashes
        )
    throws = shape.kind in {"endEvent", "intermediateThrowEvent"}
    kinds = [
        local_name(child).removesuffix("EventDefinition")
        for child in shape.xml
        if local_name(child).endswith("EventDefinition")
    ]
    icon = EVENT_ICONS.get(kinds[0]) if kinds else None
    return drawn + (icon(centre, paint.stroke, throws) if icon else "")


def _never_interrupts(shape: Shape) -> bool:
    return "false" in {shape.xml.get("cancelActivity"), shape.xml.get("isInterrupting")}


def _gateway(shape: Shape, state: State) -> str:
    paint, box = _PAINTS[state], shape.box
    x, y = box.centre
    diamond = polygon([(x, box.y), (box.right, y), (x, box.bottom), (box.x, y)], paint)
    return diamond + gateway_icon(shape.kind, box.centre, paint.stroke)


def _activity(shape: Shape, state: State) -> str:
    paint, box = _PAINTS[state], shape.box
    if shape.kind == "callActivity":
        paint = Paint(paint.stroke, paint.fill, max(paint.width, 3.2))
    dashes = "2 4" if shape.xml.get("triggeredByEvent") == "true" else None
    drawn = rectangle(box, paint, 9, stroke_dasharray=dashes)
    if shape.kind == "transaction":
        inner = Box(box.x + 3.5, box.y + 3.5, max(box.width - 7, 1), max(box.height - 7, 1))
        drawn += rectangle(inner, Paint(paint.stroke, "none", 1), 7)
    icon = TASK_ICONS.get(shape.kind)
    drawn += icon(box.x + 6, box.y + 6, paint.stroke) if icon else ""
    markers = _markers(shape, paint.stroke)
    return drawn + markers + _activity_name(shape, has_icon=icon is not None, has_markers=bool(markers))


def _activity_name(shape: Shape, *, has_icon: bool, has_markers: bool) -> str:
    box = shape.box
    if shape.kind in SUB_PROCESSES and shape.expanded:
        return text.inside(shape.name, Box(box.x + 8, box.y + 6, max(box.width - 16, 10), 18))
    top = 20 if has_icon and box.height < 70 else 8 if not has_icon else 16
    foot = 20 if has_markers else 6
    place = Box(box.x + 6, box.y + top, max(box.width - 12, 10), max(box.height - top - foot, 12))
    return text.inside(shape.name, place)


def _markers(shape: Shape, colour: str) -> str:
    signs = []
    for child in shape.xml:
        if local_name(child) == "standardLoopCharacteristics":
            signs.append("loop")
        elif local_name(child) == "multiInstanceLoopCharacteristics":
            signs.append("sequential" if child.get("isSequential") == "true" else "parallel")
    if shape.kind == "callActivity" or (shape.kind in SUB_PROCESSES and not shape.expanded):
        signs.append("plus")
    x, y = shape.box.centre[0] - 9 * (len(signs) - 1), shape.box.bottom - 11
    return "".join(
        plus_marker((x + 18 * index, y), colour)
        if sign == "plus"
        else repeat_marker(sign, (x + 18 * index, y), colour)
        for index, sign in enumerate(signs)
    )


def _annotation(shape: Shape) -> str:
    box = shape.box
    bracket = polyline(
        [(box.x + 12, box.y), (box.x, box.y), (box.x, box.bottom), (box.x + 12, box.bottom)],
        PALETTE.muted,
        1.3,
    )
    return bracket + text.left(
        shape.name, Box(box.x + 6, box.y + 3, max(box.width - 8, 10), max(box.height - 6, 10))
    )


def _data_object(shape: Shape) -> str:
    box, fold = shape.box, min(shape.box.width, shape.box.height) * 0.3
    paint = Paint(PALETTE.line, PALETTE.paper, 1.4)
    outline = [
        (box.x, box.y),
        (box.right - fold, box.y),
        (box.right, box.y + fold),
        (box.right, box.bottom),
        (box.x, box.bottom),
    ]
    corner = [(box.right - fold, box.y), (box.right - fold, box.y + fold), (box.right, box.y + fold)]
    return polygon(outline, paint) + polyline(corner, PALETTE.line, 1.2)


def _data_store(shape: Shape) -> str:
    box = shape.box
    rx, ry = box.width / 2, min(box.height / 6, 10)
    left, right, top, low = (number(value) for value in (box.x, box.right, box.y + ry, box.bottom - ry))
    arc = f"A{number(rx)},{number(ry)} 0 0"
    body = f"M{left},{top} V{low} {arc} 0 {right},{low} V{top} {arc} 0 {left},{top} {arc} 0 {right},{top}"
    return tag("path", d=body, fill=PALETTE.paper, stroke=PALETTE.line, stroke_width=1.4)


def _group(shape: Shape) -> str:
    box = shape.box
    outline = rectangle(box, Paint(PALETTE.muted, "none", 1.4), 10, stroke_dasharray="9 5 2 5")
    return outline + text.inside(
        shape.name, Box(box.x + 8, box.y + 3, max(box.width - 16, 10), 16), PALETTE.muted
    )


_ARTEFACTS = {
    "textAnnotation": _annotation,
    "dataObjectReference": _data_object,
    "dataObject": _data_object,
    "dataInput": _data_object,
    "dataOutput": _data_object,
    "dataStoreReference": _data_store,
    "group": _group,
}


def draw_badge(shape: Shape, state: State) -> str:
    """Draw the sign that tells the state without colour."""
    box = shape.box
    corner = (box.right - 2, box.y + 2)
    if shape.kind.endswith("Gateway"):
        corner = (box.right - box.width * 0.2, box.y + box.height * 0.2)
    if state is State.CURRENT:
        return current_badge(corner)
    return done_badge(corner) if state is State.DONE else ""
