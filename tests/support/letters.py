"""What tests ask of a printed letter: its words, its pages, and whether it may be archived."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from sqlalchemy import select

from storage.tables import Attachment, Letter
from tuntas.office import Tuntas


@dataclass(frozen=True, slots=True)
class Printed:
    """One PDF."""

    filename: str
    visibility: str
    pdf: bytes
    id: str = ""

    @property
    def reader(self) -> PdfReader:
        """The PDF, opened."""
        return PdfReader(BytesIO(self.pdf))

    @property
    def text(self) -> str:
        """The words that can be selected, with single spaces."""
        pages = " ".join(page.extract_text() for page in self.reader.pages)
        return re.sub(r"\s+", " ", pages.replace("\u200b", ""))


def printed_letters(office: Tuntas, case_id: str) -> list[Printed]:
    """The PDF files of a case, in the order in which they were made."""
    query = select(Attachment.id, Attachment.filename, Attachment.visibility, Attachment.object_key).where(
        Attachment.case_id == case_id, Attachment.media_type == "application/pdf"
    )
    rows = office.work.read(
        lambda session: session.execute(query.order_by(Attachment.created_at, Attachment.id)).all()
    )
    return [Printed(row.filename, row.visibility, content(office, row.object_key), row.id) for row in rows]


def letter_of(office: Tuntas, case_id: str, template: str, visibility: str = "complainant") -> Printed:
    """The newest letter of a kind, as one of its readers gets it."""
    query = select(Letter.number).where(Letter.case_id == case_id, Letter.template == template)
    number = office.work.read(
        lambda session: session.scalars(query.order_by(Letter.created_at.desc(), Letter.id.desc())).first()
    )
    assert number is not None, f"no letter {template}"
    found = [
        one
        for one in printed_letters(office, case_id)
        if one.visibility == visibility
        and number in one.text
        and re.match(r"[a-z-]+", one.filename)[0].strip("-") in FILENAMES[template]  # type: ignore[index]
    ]
    assert len(found) == 1, [one.filename for one in found]
    return found[0]


FILENAMES = {
    "receipt": "tanda-terima",
    "completion_request": "permintaan-kelengkapan",
    "response": "tanggapan",
    "ombudsman_notice": "hak-ke-ombudsman",
    "ombudsman_answer": "jawaban-ombudsman",
    "decision": "keputusan",
    "ombudsman_file": "berkas-ombudsman",
    "processing_log": "catatan-pemrosesan",
}


def content(office: Tuntas, key: str) -> bytes:
    """The bytes of an object."""
    with office.env.objects.open(key) as chunks:
        return b"".join(chunks)


def flaws_of_archiving(pdf: bytes) -> list[str]:
    """What keeps a PDF from being PDF/A-2a: the declaration, its parts, and fonts that it does not carry."""
    reader = PdfReader(BytesIO(pdf))
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()  # type: ignore[index]
    flaws = []
    declared = dict(re.findall(r"pdfaid:(part|conformance)>([^<]+)<", xmp))
    if declared != {"part": "2", "conformance": "A"}:
        flaws.append(f"declares {declared}")
    if root["/MarkInfo"]["/Marked"] is not True and str(root["/MarkInfo"]["/Marked"]) != "True":  # type: ignore[index]
        flaws.append("is not tagged")
    wanted = ("/OutputIntents", "/StructTreeRoot", "/Lang")
    flaws += [f"has no {name}" for name in wanted if name not in root]  # type: ignore[operator]
    if reader.is_encrypted:
        flaws.append("is encrypted")
    if b"/JavaScript" in pdf or b"/Launch" in pdf:
        flaws.append("can do something")
    for font in _fonts(reader):
        flaws += _flaws_of_font(font)
    return flaws


def _fonts(reader: PdfReader) -> list[Any]:
    found = [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()  # type: ignore[union-attr]
    ]
    assert found
    return found


def _flaws_of_font(font: Any) -> list[str]:
    name = str(font.get("/BaseFont"))
    flaws = [] if "/ToUnicode" in font else [f"{name} cannot be selected"]
    for descendant in font.get("/DescendantFonts", []):
        descriptor = descendant.get_object()["/FontDescriptor"]
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
            flaws.append(f"{name} is not embedded")
    return flaws
