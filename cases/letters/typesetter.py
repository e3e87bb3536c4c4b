"""Sets one letter after the other as PDF/A: a program of its own, so that it can be stopped and given little to use.

It reads frames from standard input (a JSON order each) and answers each with one frame: ``+`` and the PDF, or ``-`` and
the reason. It imports nothing of the product, knows one folder, and ends when its input ends.
"""

import ast
import json
import re
import struct
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, BinaryIO

HEADER = struct.Struct(">Q")
MEMORY = 1024 * 1024 * 1024
STANDARD = ("a-2a", "ua-1")
"""Archivable, tagged, with selectable text; and readable for people who do not see the page."""
BLANK = "\u25a1"
"""Stands for a character that none of the fonts can draw."""
TRIES = 5

_UNDRAWN = re.compile(r"the text `(\"(?:[^\"\\]|\\.)*\")` could not be displayed")
_HEXADECIMAL = re.compile(r"\\u\{([0-9a-f]+)\}")


def main() -> None:
    """Answer orders until the input ends."""
    _live_small()
    # A letter is set with the fonts that the typesetter brings along: the same paper on every machine.
    typst = import_module("typst")
    fonts = typst.Fonts(include_system_fonts=False)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while order := read_frame(source):
        try:
            answer = b"+" + _set(typst, fonts, json.loads(order))
        except Exception as error:
            answer = b"-" + f"{type(error).__name__}: {error}".encode()[:2000]
        write_frame(sink, answer)


def read_frame(source: BinaryIO) -> bytes:
    """One frame, or nothing when the other side is gone."""
    head = source.read(HEADER.size)
    if len(head) < HEADER.size:
        return b""
    length = HEADER.unpack(head)[0]
    body = source.read(length)
    return body if len(body) == length else b""


def write_frame(sink: BinaryIO, body: bytes) -> None:
    """Send a frame whole."""
    sink.write(HEADER.pack(len(body)) + body)
    sink.flush()


def _set(typst: Any, fonts: Any, order: dict[str, Any]) -> bytes:
    """The PDF; characters that no font draws become a blank square, and the letter is told that it holds some."""
    data, undrawn = order["data"], set[str]()
    for _ in range(TRIES):
        try:
            return _compile(typst, fonts, order, _without(data, undrawn))
        except typst.TypstError as error:
            found = _undrawn_characters(error) - undrawn
            if not found:
                raise
            undrawn |= found
        except BaseException as error:
            # A mixture of scripts that the typesetter itself stumbles over: it panics, which is no Exception.
            if isinstance(error, SystemExit | KeyboardInterrupt):
                raise
            break
    return _compile(typst, fonts, order, _without(data, None))


def _compile(typst: Any, fonts: Any, order: dict[str, Any], data: Any) -> bytes:
    pdf = typst.compile(
        order["template"],
        root=order["root"],
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=list(STANDARD),
        timestamp=datetime.fromisoformat(order["at"]).astimezone(UTC).replace(microsecond=0),
        sys_inputs={"letter": json.dumps(data)},
    )
    return bytes(pdf)


def _undrawn_characters(error: Any) -> set[str]:
    quoted = _UNDRAWN.findall(f"{error.message}\n{error.diagnostic}")
    texts = (ast.literal_eval(_HEXADECIMAL.sub(_escape, text)) for text in quoted)
    return {character for text in texts for character in text if not _is_plain(character)}


def _escape(match: re.Match[str]) -> str:
    return f"\\U{int(match[1], 16):08x}"


def _is_plain(character: str) -> bool:
    """Letters, digits and signs of languages written in Latin letters: every font here draws them."""
    return " " <= character <= "~" or "\u00a1" <= character <= "\u017f"


def _without(data: dict[str, Any], undrawn: set[str] | None) -> dict[str, Any]:
    """The data with a blank square for each of these characters, or for all that are not plain."""
    if undrawn is not None and not undrawn:
        return data

    def drawn(character: str) -> bool:
        return character == "\n" or _is_plain(character) if undrawn is None else character not in undrawn

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return "".join(character if drawn(character) else BLANK for character in value)
        if isinstance(value, list):
            return [clean(item) for item in value]
        return {key: clean(item) for key, item in value.items()} if isinstance(value, dict) else value

    cleaned: dict[str, Any] = clean(data)
    return {**cleaned, "undrawn": True}


def _live_small() -> None:
    """Not more memory than a letter needs; a machine without such limits does without."""
    with suppress(ImportError, ValueError, OSError):
        resource = import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
