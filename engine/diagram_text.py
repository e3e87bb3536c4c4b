"""Sets the texts of a diagram: measured without a browser, wrapped into their place, shortened if need be."""

from engine.svg import FONT, PALETTE, Box, plain, tag

SIZE = 12.0
SMALL = 11.0
SMALLEST = 9.5
LEADING = 1.2

_NARROW = frozenset("iljtfrI.,:;'|!()[]/ -")
_WIDE = frozenset("mwMWQOGD@%&")
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def width_of(text: str, size: float) -> float:
    """Estimate the width of a text; a little too wide for common fonts rather than too narrow."""
    units = sum(
        0.33
        if character in _NARROW
        else 0.86
        if character in _WIDE
        else 0.68
        if character.isupper()
        else 0.57
        for character in text
    )
    return units * size


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break a text into lines of at most ``width``; a word that is wider is broken inside."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        candidate = f"{line} {word}" if line else word
        if width_of(candidate, size) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        line = word
        while width_of(line, size) > width and len(line) > 1:
            fitting = _fitting(line, width, size)
            lines.append(line[:fitting])
            line = line[fitting:]
    return [*lines, line] if line else lines


def _fitting(word: str, width: float, size: float) -> int:
    count = 1
    while count < len(word) and width_of(word[: count + 1], size) <= width:
        count += 1
    return count


def _fit(text: str, box: Box, sizes: tuple[float, ...]) -> tuple[list[str], float]:
    for size in sizes:
        lines = wrap(text, box.width, size)
        if len(lines) * size * LEADING <= box.height:
            return lines, size
    size = sizes[-1]
    kept = max(1, int(box.height // (size * LEADING)))
    lines = wrap(text, box.width, size)
    if len(lines) > kept:
        last = lines[kept - 1]
        while last and width_of(last + _ELLIPSIS, size) > box.width:
            last = last[:-1]
        lines = [*lines[: kept - 1], f"{last.rstrip()}{_ELLIPSIS}"]
    return lines, size


def _lines(lines: list[str], x: float, top: float, size: float, **more: str | float | None) -> str:
    spans = [
        tag("tspan", plain(line), x=x, y=top + size * (0.82 + LEADING * index))
        for index, line in enumerate(lines)
    ]
    return tag("text", "".join(spans), font_size=size, font_family=FONT, **more) if spans else ""


def inside(text: str, box: Box, colour: str = PALETTE.ink) -> str:
    """Set a text in the middle of a box, smaller or shortened when it does not fit."""
    lines, size = _fit(text, box, (SIZE, SMALL, SMALLEST))
    top = box.y + (box.height - len(lines) * size * LEADING) / 2
    return _lines(lines, box.centre[0], top, size, fill=colour, text_anchor="middle")


def beside(text: str, box: Box, colour: str = PALETTE.ink) -> str:
    """Set a label next to its shape: centred in its place, in as many lines as it needs, with a halo."""
    lines = wrap(text, max(box.width, 60), SMALL)
    return _lines(
        lines,
        box.centre[0],
        box.y,
        SMALL,
        fill=colour,
        text_anchor="middle",
        stroke=PALETTE.paper,
        stroke_width=3.0,
        stroke_linejoin="round",
        paint_order="stroke",
    )


def left(text: str, box: Box) -> str:
    """Set a text from the left of a box, as annotations have it."""
    lines, size = _fit(text, box, (SMALL, SMALLEST))
    top = box.y + max(0.0, (box.height - len(lines) * size * LEADING) / 2)
    return _lines(lines, box.x, top, size, fill=PALETTE.muted)


def heading(text: str, box: Box, *, upright: bool) -> str:
    """Set the name of a pool or lane into its header, turned when the header is a column."""
    if upright:
        return inside(text, box)
    turned = Box(-box.bottom, box.x, box.height, box.width)
    return tag("g", inside(text, turned), transform="rotate(-90)")
