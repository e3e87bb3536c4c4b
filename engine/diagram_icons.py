"""The small signs of BPMN: what kind of task, what an event waits for, how a gateway decides."""

from collections.abc import Callable

from engine.svg import (
    PALETTE,
    Box,
    Paint,
    Point,
    around,
    circle,
    number,
    polygon,
    polyline,
    rectangle,
    tag,
)

Icon = Callable[[Point, str, bool], str]
"""Draws a sign around a point, in a colour, filled when the event throws."""


def _envelope(centre: Point, colour: str, filled: bool, half: float = 8.0) -> str:
    x, y = centre
    height = half * 0.66
    box = Box(x - half, y - height, half * 2, height * 2)
    inner = PALETTE.paper if filled else colour
    fold = polyline([(box.x, box.y), (x, y + height * 0.25), (box.right, box.y)], inner, 1.2)
    return rectangle(box, Paint(colour, colour if filled else PALETTE.paper, 1.2)) + fold


def _clock(centre: Point, colour: str, _filled: bool) -> str:
    x, y = centre
    ticks = "".join(
        polyline([outer, inner], colour, 1)
        for outer, inner in zip(around(centre, 9.5, 12), around(centre, 7.8, 12), strict=True)
    )
    hands = polyline([(x + 1.2, y - 6.5), (x, y), (x + 5, y + 0.8)], colour, 1.3)
    return circle(centre, 9.5, Paint(colour, PALETTE.paper, 1.2)) + ticks + hands


def _bolt(centre: Point, colour: str, filled: bool) -> str:
    x, y = centre
    path = [(-8, 8), (-3, -7), (3, 2), (8, -8), (3.2, 8), (-2.6, -0.5)]
    return polygon(
        [(x + dx, y + dy) for dx, dy in path], Paint(colour, colour if filled else PALETTE.paper, 1.2)
    )


def _escalation(centre: Point, colour: str, filled: bool) -> str:
    x, y = centre
    path = [(x, y - 9), (x + 6.5, y + 8), (x, y + 1), (x - 6.5, y + 8)]
    return polygon(path, Paint(colour, colour if filled else PALETTE.paper, 1.2))


def _signal(centre: Point, colour: str, filled: bool) -> str:
    x, y = centre
    return polygon(around((x, y + 1.5), 9.5, 3), Paint(colour, colour if filled else PALETTE.paper, 1.2))


def _terminate(centre: Point, colour: str, _filled: bool) -> str:
    return circle(centre, 10, Paint(colour, colour, 0.5))


def _condition(centre: Point, colour: str, _filled: bool) -> str:
    x, y = centre
    rows = "".join(
        polyline([(x - 4.5, y + dy), (x + 4.5, y + dy)], colour, 1) for dy in (-4.5, -1.5, 1.5, 4.5)
    )
    return rectangle(Box(x - 6.5, y - 8, 13, 16), Paint(colour, PALETTE.paper, 1.2)) + rows


def _link(centre: Point, colour: str, filled: bool) -> str:
    x, y = centre
    path = [(-8, -4), (2, -4), (2, -8), (9, 0), (2, 8), (2, 4), (-8, 4)]
    return polygon(
        [(x + dx, y + dy) for dx, dy in path], Paint(colour, colour if filled else PALETTE.paper, 1.2)
    )


def _compensation(centre: Point, colour: str, filled: bool) -> str:
    x, y = centre
    paint = Paint(colour, colour if filled else PALETTE.paper, 1.2)
    halves = [[(x + dx, y), (x + dx + 8, y - 6), (x + dx + 8, y + 6)] for dx in (-9, -1)]
    return "".join(polygon(half, paint) for half in halves)


def _cross(centre: Point, colour: str, _filled: bool, half: float = 6.5) -> str:
    x, y = centre
    return polyline([(x - half, y - half), (x + half, y + half)], colour, 3) + polyline(
        [(x - half, y + half), (x + half, y - half)], colour, 3
    )


EVENT_ICONS: dict[str, Icon] = {
    "message": _envelope,
    "timer": _clock,
    "error": _bolt,
    "escalation": _escalation,
    "signal": _signal,
    "terminate": _terminate,
    "conditional": _condition,
    "link": _link,
    "compensate": _compensation,
    "cancel": _cross,
}


def gateway_icon(kind: str, centre: Point, colour: str) -> str:
    """Draw how a gateway decides."""
    x, y = centre
    if kind == "parallelGateway":
        return polyline([(x - 10, y), (x + 10, y)], colour, 3.2) + polyline(
            [(x, y - 10), (x, y + 10)], colour, 3.2
        )
    if kind == "inclusiveGateway":
        return circle(centre, 9.5, Paint(colour, "none", 3))
    if kind == "eventBasedGateway":
        rings = circle(centre, 13, Paint(colour, "none", 1)) + circle(centre, 10.5, Paint(colour, "none", 1))
        return rings + polygon(around(centre, 6.5, 5), Paint(colour, "none", 1.2))
    if kind == "complexGateway":
        plus = polyline([(x - 10, y), (x + 10, y)], colour, 2.6) + polyline(
            [(x, y - 10), (x, y + 10)], colour, 2.6
        )
        return plus + _cross(centre, colour, False, 7)
    return _cross(centre, colour, False)


def _user(x: float, y: float, colour: str) -> str:
    shoulders = f"M{number(x)},{number(y + 15)} v-2.5 a6.5,5 0 0 1 13,0 v2.5 z"
    body = tag(
        "path", d=shoulders, fill=PALETTE.paper, stroke=colour, stroke_width=1.2, stroke_linejoin="round"
    )
    return body + circle((x + 6.5, y + 4.3), 3.6, Paint(colour, PALETTE.paper, 1.2))


def _gear(x: float, y: float, colour: str) -> str:
    centre = (x + 7.5, y + 7.5)
    outer, inner = around(centre, 7.8, 32, -84.4), around(centre, 5.9, 32, -84.4)
    teeth = [outer[index] if index % 4 in {0, 1} else inner[index] for index in range(32)]
    return polygon(teeth, Paint(colour, PALETTE.paper, 1.2)) + circle(
        centre, 2.4, Paint(colour, PALETTE.paper, 1.2)
    )


def _script(x: float, y: float, colour: str) -> str:
    page = f"M{number(x + 3)},{number(y + 0.5)} h10 c-4,4 4,9 0,14 h-10 c4,-5 -4,-10 0,-14 z"
    rows = "".join(
        polyline([(x + shift, y + dy), (x + shift + 6, y + dy)], colour, 1)
        for shift, dy in ((3.2, 4), (4.2, 7.5), (4.2, 11))
    )
    return tag("path", d=page, fill=PALETTE.paper, stroke=colour, stroke_width=1.2) + rows


def _table(x: float, y: float, colour: str) -> str:
    frame = rectangle(Box(x, y + 1, 16, 12), Paint(colour, PALETTE.paper, 1.2))
    head = rectangle(Box(x, y + 1, 16, 3.6), Paint(colour, colour, 1.2))
    lines = polyline([(x, y + 8.6), (x + 16, y + 8.6)], colour, 1) + polyline(
        [(x + 5, y + 4.6), (x + 5, y + 13)], colour, 1
    )
    return frame + head + lines


def _hand(x: float, y: float, colour: str) -> str:
    outline = [(0, 5), (4, 1), (8, 1), (7, 3), (15, 3), (15, 5), (14, 12), (4, 12), (0, 10)]
    return polygon([(x + dx, y + dy) for dx, dy in outline], Paint(colour, PALETTE.paper, 1.2))


TASK_ICONS: dict[str, Callable[[float, float, str], str]] = {
    "userTask": _user,
    "serviceTask": _gear,
    "scriptTask": _script,
    "businessRuleTask": _table,
    "manualTask": _hand,
    "sendTask": lambda x, y, colour: _envelope((x + 8, y + 6.5), colour, True),
    "receiveTask": lambda x, y, colour: _envelope((x + 8, y + 6.5), colour, False),
}


def plus_marker(centre: Point, colour: str) -> str:
    """Draw the boxed plus of a collapsed sub-process or call activity."""
    x, y = centre
    box = rectangle(Box(x - 7, y - 7, 14, 14), Paint(colour, PALETTE.paper, 1.2))
    return (
        box
        + polyline([(x - 4, y), (x + 4, y)], colour, 1.4)
        + polyline([(x, y - 4), (x, y + 4)], colour, 1.4)
    )


def repeat_marker(kind: str, centre: Point, colour: str) -> str:
    """Draw the sign of a repetition: ``parallel``, ``sequential`` or ``loop``."""
    x, y = centre
    if kind == "loop":
        path = f"M{number(x - 2)},{number(y + 5)} a5.5,5.5 0 1 1 5,0"
        arc = tag("path", d=path, fill="none", stroke=colour, stroke_width=1.5)
        return arc + polyline([(x - 6, y + 5.4), (x - 2, y + 5), (x - 2.4, y + 1)], colour, 1.5)
    lines = [[(x + d, y - 5), (x + d, y + 5)] for d in (-4, 0, 4)]
    if kind == "sequential":
        lines = [[(x - 5, y + d), (x + 5, y + d)] for d in (-4, 0, 4)]
    return "".join(polyline(line, colour, 2) for line in lines)


def done_badge(corner: Point) -> str:
    """Draw the tick of a finished element."""
    x, y = corner
    disc = circle(corner, 7.5, Paint(PALETTE.paper, PALETTE.done, 1.5))
    return disc + polyline([(x - 3.4, y + 0.2), (x - 0.9, y + 2.8), (x + 3.6, y - 2.6)], PALETTE.paper, 1.8)


def current_badge(corner: Point) -> str:
    """Draw the arrow of an element that is being worked on."""
    x, y = corner
    disc = circle(corner, 9, Paint(PALETTE.paper, PALETTE.current, 1.5))
    return disc + polygon(
        [(x - 2.6, y - 4), (x + 4.4, y), (x - 2.6, y + 4)], Paint(PALETTE.paper, PALETTE.paper, 1)
    )
