"""The letters that there are: to whom each goes, what it is called, and which text of the case it carries."""

from dataclasses import dataclass

from cases.errors import RefusedByRuleError
from engine.model import Text


@dataclass(frozen=True, slots=True)
class LetterKind:
    """One letter. ``texts`` are the kinds of text that it carries, the first that the case has."""

    key: str
    code: str
    """Stands in its number."""
    subject: str
    filename: str
    to_complainant: bool
    texts: tuple[str, ...] = ()
    copied: bool = True
    """Whether the office keeps a copy without identity, for those who may not know the complainant."""
    office_text: bool = False
    """The text is one that an officer wrote (a complainant's message is of the same kind)."""


LETTERS = {
    kind.key: kind
    for kind in (
        LetterKind("receipt", "TT", "Tanda terima pengaduan", "tanda-terima", to_complainant=True),
        LetterKind(
            "completion_request",
            "PK",
            "Permintaan kelengkapan pengaduan",
            "permintaan-kelengkapan",
            to_complainant=True,
            texts=("message",),
            office_text=True,
        ),
        LetterKind(
            "response",
            "TG",
            "Tanggapan atas pengaduan",
            "tanggapan",
            to_complainant=True,
            texts=("response",),
        ),
        LetterKind(
            "ombudsman_notice",
            "HO",
            "Hak menyampaikan laporan kepada Ombudsman",
            "hak-ke-ombudsman",
            to_complainant=True,
        ),
        LetterKind(
            "ombudsman_answer",
            "JO",
            "Jawaban atas permintaan Ombudsman",
            "jawaban-ombudsman",
            to_complainant=False,
            texts=("answer", "response"),
        ),
        LetterKind(
            "decision",
            "KP",
            "Penyampaian keputusan atas pengaduan",
            "keputusan",
            to_complainant=True,
            texts=("decision", "response"),
        ),
        LetterKind(
            "ombudsman_file",
            "BO",
            "Berkas pengaduan untuk Ombudsman",
            "berkas-ombudsman",
            to_complainant=False,
        ),
        LetterKind(
            "processing_log",
            "LP",
            "Catatan pemrosesan data pribadi",
            "catatan-pemrosesan",
            to_complainant=True,
            copied=False,
        ),
    )
}


def letter_kind(template: str) -> LetterKind:
    """The letter of this name. Raises RefusedByRuleError."""
    kind = LETTERS.get(template)
    if kind is None:
        raise RefusedByRuleError(
            Text(
                id=f"Tidak ada surat bernama {template!r}. Pilih: {', '.join(LETTERS)}.",
                en=f"There is no letter named {template!r}. Choose: {', '.join(LETTERS)}.",
            )
        )
    return kind


def letter_number(kind: LetterKind, count: int, reference: str) -> str:
    """The number of a letter: its kind, which one of the case it is, and the case's own number."""
    return f"{kind.code}-{count}/{reference}"
