"""The hardened parse of uploaded BPMN and DMN: bombs, foreign entities and giants stop here."""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.model import Text

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NAMESPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "spiff": SPIFF}

MAX_FILE_BYTES = 2_000_000
MAX_SET_BYTES = 10_000_000
MAX_SET_FILES = 300
MAX_ELEMENTS = 12_000
MAX_SET_ELEMENTS = 40_000
MAX_DEPTH = 60

Xml = Any
"""An lxml element. The library has no types; the readers in this package turn it into frozen dataclasses."""

_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MarkupRefusal:
    """Why a file is not read further; ``rule`` is the id of the lint rule that reports it."""

    rule: str
    detail: str = ""
    line: int | None = None


class MarkupRefusedError(Exception):
    """The file is not read further."""

    def __init__(self, refusal: MarkupRefusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.rule)


def parse_markup(content: bytes) -> Xml:
    """Parse a file that strangers uploaded and answer its root element.

    Raises ``MarkupRefusedError`` for a file above ``MAX_FILE_BYTES``, in another encoding than UTF-8, with a
    document type, deeper than ``MAX_DEPTH``, of more than ``MAX_ELEMENTS`` elements, or not well formed.
    Never reads the network or another file.
    """
    if len(content) > MAX_FILE_BYTES:
        raise MarkupRefusedError(MarkupRefusal("file-too-large", line=1))
    _refuse_foreign_encoding(content)
    doctype = _DOCTYPE.search(content)
    if doctype:
        # Refused on the bytes, so that a comment which quotes one is refused too: it is the price of never
        # handing an entity to a parser.
        raise MarkupRefusedError(
            MarkupRefusal("xml-doctype", line=content[: doctype.start()].count(b"\n") + 1)
        )
    _refuse_giants(content)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    return _guarded(lambda: etree.fromstring(content, parser))


def _refuse_foreign_encoding(content: bytes) -> None:
    declared = _DECLARATION.match(content.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared.group(1).lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
        raise MarkupRefusedError(
            MarkupRefusal("xml-encoding", declared.group(1).decode("ascii", "replace"), 1)
        )
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise MarkupRefusedError(MarkupRefusal("xml-encoding", f"byte {error.start}", line)) from None


class _Counter:
    """A parser target that keeps no tree, so that counting costs no memory."""

    def __init__(self) -> None:
        self.count = 0
        self.depth = 0
        self.refused: str | None = None

    def start(self, _tag: str, _attributes: Any) -> None:
        self.count += 1
        self.depth += 1
        if self.count > MAX_ELEMENTS:
            self.refused = "xml-too-many"
        elif self.depth > MAX_DEPTH:
            self.refused = "xml-too-deep"

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def data(self, _text: str) -> None:
        """Ignore text; lxml calls this for every run of characters."""

    def close(self) -> None:
        """Answer nothing; lxml asks for a result at the end."""


_CHUNK = 65_536


def _refuse_giants(content: bytes) -> None:
    counter: Any = _Counter()  # The stubs ask a parser target for methods that lxml itself does not need.
    parser: Any = etree.XMLParser(
        target=counter,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        encoding="utf-8",
    )

    def feed() -> None:
        for offset in range(0, len(content), _CHUNK):
            parser.feed(content[offset : offset + _CHUNK])
            if counter.refused:
                # The counter knows no lines; the line at which this piece begins is near enough.
                line = content[:offset].count(b"\n") + 1
                raise MarkupRefusedError(MarkupRefusal(counter.refused, line=line))
        parser.close()

    _guarded(feed)


def _guarded(parse: Any) -> Xml:
    try:
        return parse()
    except etree.XMLSyntaxError as error:
        raise MarkupRefusedError(
            MarkupRefusal("xml-broken", _plain(str(error.msg)), error.lineno or 1)
        ) from None
    except (ValueError, etree.LxmlError) as error:
        raise MarkupRefusedError(MarkupRefusal("xml-broken", _plain(str(error)), 1)) from None


def _plain(message: str) -> str:
    return "".join(character if character.isprintable() else " " for character in message)[:200]


def qualified(namespace: str, name: str) -> str:
    """Answer a tag as lxml spells it."""
    return f"{{{namespace}}}{name}"


def local_name(element: Xml) -> str:
    """Answer the tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace_of(element: Xml) -> str:
    """Answer the namespace of an element, or an empty text."""
    return str(element.tag).partition("}")[0].removeprefix("{") if str(element.tag).startswith("{") else ""


def text_of(element: Xml | None) -> str:
    """Answer the stripped text of an element, also of None."""
    return (element.text or "").strip() if element is not None else ""


def both(text: str) -> Text:
    """Answer a text that reads the same in both languages, such as a name or a code."""
    return Text(id=text, en=text)
