"""Writes SVG as text: escaped, and with presentation attributes only, for a strict content policy."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

FONT = "Inter, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the drawing, in its own units (pixels at scale 1)."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def centre(self) -> Point:
        """The middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Paint:
    """How a shape is outlined and filled."""

    stroke: str
    fill: str
    width: float = 1.5


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a diagram; every state differs from the others in form too, never in colour only."""

    ink: str = "#1f2937"
    muted: str = "#5b6675"
    line: str = "#475569"
    paper: str = "#ffffff"
    frame: str = "#94a3b8"
    header: str = "#eef2f7"
    lane: str = "#fbfcfe"
    done: str = "#15803d"
    done_fill: str = "#e8f6ed"
    current: str = "#b45309"
    current_fill: str = "#fff4e0"


PALETTE = Palette()


def number(value: float) -> str:
    """Write a coordinate with at most two digits behind the point."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def tag(name: str, content: str = "", /, **attributes: float | str | None) -> str:
    """Write an element; values are escaped, ``stroke_width`` becomes ``stroke-width``, None is left out."""
    written = []
    for key, value in attributes.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else number(value)
        written.append(f' {key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    opening = f"<{name}{''.join(written)}"
    return f"{opening}>{content}</{name}>" if content else f"{opening}/>"


def plain(text: str) -> str:
    """Escape a text from a diagram and drop what XML cannot hold."""
    return escape("".join(character for character in text if character.isprintable() or character == " "))


def points(path: Iterable[Point]) -> str:
    """Write the points of a polygon or polyline."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in path)


def polygon(path: Iterable[Point], paint: Paint, **more: float | str | None) -> str:
    """Draw a closed shape with soft corners."""
    return tag(
        "polygon",
        points=points(path),
        fill=paint.fill,
        stroke=paint.stroke,
        stroke_width=paint.width,
        stroke_linejoin="round",
        **more,
    )


def polyline(path: Iterable[Point], stroke: str, width: float = 1.5, **more: float | str | None) -> str:
    """Draw an open line."""
    return tag(
        "polyline",
        points=points(path),
        fill="none",
        stroke=stroke,
        stroke_width=width,
        stroke_linejoin="round",
        stroke_linecap="round",
        **more,
    )


def circle(centre: Point, radius: float, paint: Paint, **more: float | str | None) -> str:
    """Draw a circle."""
    return tag(
        "circle",
        cx=centre[0],
        cy=centre[1],
        r=radius,
        fill=paint.fill,
        stroke=paint.stroke,
        stroke_width=paint.width,
        **more,
    )


def rectangle(box: Box, paint: Paint, radius: float = 0, **more: float | str | None) -> str:
    """Draw a rectangle."""
    return tag(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=radius or None,
        fill=paint.fill,
        stroke=paint.stroke,
        stroke_width=paint.width,
        **more,
    )


def around(centre: Point, radius: float, corners: int, turn: float = -90) -> list[Point]:
    """Answer the corners of a regular polygon; ``turn`` is the direction of the first one in degrees."""
    angles = [math.radians(turn + 360 / corners * index) for index in range(corners)]
    return [(centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)) for angle in angles]
