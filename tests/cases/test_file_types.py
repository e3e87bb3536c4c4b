"""Which files are taken, and under which name."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import FileRefusedError
from cases.file_types import KINDS, check_file, clean_filename

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)


def archive(*names: str, first: bytes = b"") -> bytes:
    """A zip with these members; ``first`` makes an uncompressed ``mimetype`` the first of them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        if first:
            made.writestr("mimetype", first)
        for name in names:
            made.writestr(name, "x")
    return content.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
ODT = archive("content.xml", first=b"application/vnd.oasis.opendocument.text")

TAKEN = [
    ("surat.pdf", b"%PDF-1.7\n", "application/pdf"),
    ("foto.jpg", JPEG, "image/jpeg"),
    ("FOTO.JPEG", JPEG, "image/jpeg"),
    ("foto.png", PNG, "image/png"),
    ("foto.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(20), "image/webp"),
    ("foto.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic"),
    ("video.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "video/mp4"),
    ("suara.mp3", b"ID3\x04" + bytes(20), "audio/mpeg"),
    ("suara.m4a", b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", "audio/mp4"),
    ("suara.ogg", b"OggS" + bytes(30), "audio/ogg"),
    ("surat.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("surat.odt", ODT, "application/vnd.oasis.opendocument.text"),
    ("catatan.txt", "Jalan rusak é".encode(), "text/plain"),
    ("data.csv", b"\xef\xbb\xbfa;b\r\n1;2\r\n", "text/csv"),
]

REFUSED = [
    # An extension that is not taken, whatever the content.
    ("halaman.html", b"<html>"),
    ("gambar.svg", b"<svg/>"),
    ("program.exe", b"MZ"),
    ("tanpa_ekstensi", PNG),
    # Content of another kind than the extension names.
    ("foto.png", JPEG),
    ("surat.pdf", b"<script>alert(1)</script>"),
    ("foto.jpg", b"%PDF-1.7"),
    ("surat.docx", b"PK\x03\x04 no archive"),
    ("surat.docx", archive("a.txt")),
    ("tabel.xlsx", DOCX),
    # Macros.
    ("surat.docx", archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
    ("surat.odt", archive("content.xml", "Basic/a.xml", first=b"application/vnd.oasis.opendocument.text")),
    # Text that is no text, or that a browser may take for a page.
    ("catatan.txt", b"a\x00b"),
    ("catatan.txt", b"\xff\xfe\xff"),
    ("catatan.txt", b"  <!DOCTYPE html><script>"),
    ("data.csv", b"<script>alert(1)</script>"),
]


@pytest.mark.parametrize(("name", "content", "media_type"), TAKEN)
def test_a_file_whose_content_matches_its_extension_is_taken(
    name: str, content: bytes, media_type: str
) -> None:
    assert check_file(name, io.BytesIO(content)).media_type == media_type


@pytest.mark.parametrize(("name", "content"), REFUSED)
def test_any_other_file_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(FileRefusedError):
        check_file(name, io.BytesIO(content))


def test_every_kind_has_a_test() -> None:
    assert {name.rpartition(".")[2].lower() for name, _, _ in TAKEN} | {"xlsx"} == set(KINDS)
    xlsx = io.BytesIO(archive("[Content_Types].xml", "xl/workbook.xml"))
    assert check_file("tabel.xlsx", xlsx).media_type.endswith("spreadsheetml.sheet")


NAMES = [
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\siti\\foto.jpg", "foto.jpg"),
    ("foto\u202egpj.exe", "fotogpj.exe"),
    ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
    ("  banyak   spasi .pdf", "banyak spasi.pdf"),
    ('kutip"<b>.txt', "kutip__b_.txt"),
    ("", "berkas"),
    (".pdf", "pdf"),
    ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
]


@pytest.mark.parametrize(("given_name", "clean"), NAMES)
def test_a_name_is_made_safe(given_name: str, clean: str) -> None:
    assert clean_filename(given_name) == clean


@given(st.text(max_size=300))
def test_a_clean_name_is_short_and_holds_no_path(name: str) -> None:
    clean = clean_filename(name)
    assert 0 < len(clean) <= 121
    assert not set(clean) & set('/\\\r\n\0"<>')
