"""Every sentence of the pages exists in English, with the same blanks to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from web.context import WEB
from web.language import TRANSLATIONS, compile_catalogues

METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
BLANK = re.compile(r"%\(\w+\)[ds]|\{\w+\}")


def said() -> Iterator[str]:
    """Every message of the pages; the singular of those that count."""
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(WEB), method_map=METHODS, keywords=KEYWORDS
    ):
        yield message if isinstance(message, str) else message[0]


def english() -> Catalog:
    """The English catalogue."""
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_message_has_its_english() -> None:
    catalogue = english()
    missing = sorted({message for message in said() if message not in catalogue})
    assert missing == []


def test_the_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    used = set(said())
    assert [str(message.id) for message in english() if message.id and _first(message.id) not in used] == []


def test_translations_keep_their_blanks_and_are_not_empty() -> None:
    for message in english():
        if not message.id:
            continue
        wanted = set(BLANK.findall(_first(message.id)))
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(texts), message.id
        assert set(BLANK.findall(texts[-1])) == wanted, message.id


def test_the_binary_catalogue_is_made_when_the_text_is_newer(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "messages.po"
    source.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "ya"\nmsgstr "yes"\n'
    )
    compile_catalogues(tmp_path)
    assert b"yes" in (folder / "messages.mo").read_bytes()


def _first(message: str | list[str] | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]
