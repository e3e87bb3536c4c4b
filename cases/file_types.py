"""Which files are taken: the extension names a kind, and the content must be of that kind.

The name that a sender gives and the media type that a browser claims are never believed.
"""

import codecs
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

import filetype

from cases.errors import FileRefusedError
from engine.model import Text

_HEAD = 8192
_CHUNK = 64 * 1024
_LONGEST_NAME = 120
_MOST_MEMBERS = 5_000
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
# What browsers may take for a page even when they are told that it is plain text.
_MARKUP = re.compile(
    rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|script|svg|\?xml|iframe|table|!--)", re.I
)


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: the media type it is stored and sent under, and how its content is known."""

    media_type: str
    looks_right: Callable[[IO[bytes]], bool]


def check_file(filename: str, content: IO[bytes]) -> FileKind:
    """The kind of a file whose extension and content agree; ``content`` is a seekable stream.

    Raises FileRefusedError, which names the kinds that are taken.
    """
    kind = KINDS.get(extension_of(filename))
    if kind is None:
        raise FileRefusedError(
            Text(
                id=f"Jenis berkas ini tidak diterima. Yang diterima: {_TAKEN}.",
                en=f"Files of this kind are not taken. Taken are: {_TAKEN}.",
            )
        )
    content.seek(0)
    if not kind.looks_right(content):
        raise FileRefusedError(
            Text(
                id="Isi berkas tidak sesuai jenisnya. Simpan ulang dari aplikasinya, lalu unggah lagi.",
                en="The content does not match the kind of file. Save it again, then retry.",
            )
        )
    content.seek(0)
    return kind


def clean_filename(given: str) -> str:
    """A name that is safe to show and to save under: no path, no unseen or direction-turning characters, not
    long.
    """
    name = unicodedata.normalize("NFC", given[:1000]).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(character for character in name if unicodedata.category(character) not in _UNSEEN)
    plain = " ".join(_NOT_IN_NAMES.sub("_", seen).split()).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        return plain[:_LONGEST_NAME] or "berkas"
    return f"{stem[: _LONGEST_NAME - len(extension) - 1].strip(' .') or 'berkas'}.{extension}"


def extension_of(filename: str) -> str:
    """The extension in lower case without its dot; empty without one."""
    _, dot, extension = filename.rpartition(".")
    return extension.lower() if dot else ""


def _magic(*media_types: str) -> Callable[[IO[bytes]], bool]:
    def looks_right(content: IO[bytes]) -> bool:
        return filetype.guess_mime(content.read(_HEAD)) in media_types

    return looks_right


def _looks_like_heic(content: IO[bytes]) -> bool:
    head = content.read(64)
    return head[4:8] == b"ftyp" and any(brand in head[8:40] for brand in (b"heic", b"heix", b"mif1", b"heim"))


def _looks_like_m4a(content: IO[bytes]) -> bool:
    head = content.read(64)
    return head[4:8] == b"ftyp" and any(brand in head[8:40] for brand in (b"M4A ", b"mp42", b"isom"))


def _looks_like_mp4(content: IO[bytes]) -> bool:
    head = content.read(64)
    brands = (
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"3gp4",
        b"3gp5",
    )
    return head[4:8] == b"ftyp" and any(brand in head[8:40] for brand in brands)


def _looks_like_text(content: IO[bytes]) -> bool:
    """UTF-8 without control characters, and nothing that begins like a page."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    first = True
    while chunk := content.read(_CHUNK):
        if first and _MARKUP.match(chunk[:200]):
            return False
        first = False
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
        if any(ord(character) < 32 and character not in "\t\n\r\f" for character in text):
            return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _office(member: str) -> Callable[[IO[bytes]], bool]:
    """A document of the Office Open XML family: a zip with its main part and without macros."""

    def looks_right(content: IO[bytes]) -> bool:
        names = _member_names(content)
        macros = any(name.lower().endswith("vbaproject.bin") for name in names)
        return "[Content_Types].xml" in names and member in names and not macros

    return looks_right


def _looks_like_odt(content: IO[bytes]) -> bool:
    expected = b"application/vnd.oasis.opendocument.text"
    head = content.read(30 + 8 + len(expected) + 64)
    content.seek(0)
    names = _member_names(content)
    macros = any(name.startswith("Basic/") for name in names)
    return head[30:38] == b"mimetype" and expected in head and "content.xml" in names and not macros


def _member_names(content: IO[bytes]) -> frozenset[str]:
    """Names in a zip, read from its directory only: nothing is unpacked."""
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return frozenset()
    return frozenset(names) if len(names) <= _MOST_MEMBERS else frozenset()


_JPEG = FileKind("image/jpeg", _magic("image/jpeg"))
_OFFICE_TYPE = "application/vnd.openxmlformats-officedocument"

KINDS: Mapping[str, FileKind] = {
    "pdf": FileKind("application/pdf", _magic("application/pdf")),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": FileKind("image/png", _magic("image/png")),
    "webp": FileKind("image/webp", _magic("image/webp")),
    "heic": FileKind("image/heic", _looks_like_heic),
    "mp4": FileKind("video/mp4", _looks_like_mp4),
    "mp3": FileKind("audio/mpeg", _magic("audio/mpeg")),
    "m4a": FileKind("audio/mp4", _looks_like_m4a),
    "ogg": FileKind("audio/ogg", _magic("audio/ogg")),
    "docx": FileKind(f"{_OFFICE_TYPE}.wordprocessingml.document", _office("word/document.xml")),
    "xlsx": FileKind(f"{_OFFICE_TYPE}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    "odt": FileKind("application/vnd.oasis.opendocument.text", _looks_like_odt),
    "txt": FileKind("text/plain", _looks_like_text),
    "csv": FileKind("text/csv", _looks_like_text),
}
_TAKEN = ", ".join(sorted(set(KINDS) - {"jpeg"}))
