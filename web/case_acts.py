"""The acts on a case that have a page of their own: what each asks for, and when it is offered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from cases.actions.accuse import accuse
from cases.actions.hold import set_legal_hold
from cases.actions.promise import promise_extension
from cases.actions.protect import protect
from cases.actions.reassign import reassign_task, reassign_unit
from cases.actions.reclassify import reclassify
from cases.actions.reopen import reopen
from cases.actions.unmerge import unmerge
from cases.model import CaseClass, CaseSummary, CaseView, Kind, Sensitivity, Stage
from web.entered import Problems, day

Given = Mapping[str, str]
Values = Mapping[str, Any]


Run = Callable[..., CaseSummary]
"""A function of ``cases.actions``: session, environment and case id, the rest by keyword."""


@dataclass(frozen=True, slots=True)
class ActPage:
    """One act: its address below the case, the permission, its words, and what of the form it needs."""

    name: str
    act: str
    title: LazyString
    lead: LazyString
    button: LazyString
    run: Run
    offered: Callable[[CaseView], bool]
    read: Callable[[Given, Problems], Values]
    """What was chosen, as ``run`` takes it; notes what is missing."""

    @property
    def template(self) -> str:
        """Holds the fields beside the reason."""
        return f"cases/acts/{self.name}.html"


def _open(case: CaseView) -> bool:
    return case.row.stage is not Stage.CLOSED


def _closed(case: CaseView) -> bool:
    return not _open(case)


def _always(case: CaseView) -> bool:
    return True


def _nothing(given: Given, problems: Problems) -> Values:
    return {}


def _classification(given: Given, problems: Problems) -> Values:
    return {
        "case_class": _one_of(CaseClass, given.get("case_class")),
        "kind": _one_of(Kind, given.get("kind")),
        "formal": bool(given.get("formal")),
    }


def _protection(given: Given, problems: Problems) -> Values:
    return {
        "sensitivity": _one_of(Sensitivity, given.get("sensitivity")),
        # A box that is not ticked asks for nothing: protection is never taken away.
        "confidential": True if given.get("confidential") else None,
        "anonymous": True if given.get("anonymous") else None,
    }


def _accusation(given: Given, problems: Problems) -> Values:
    kind = given.get("kind") or None
    if kind == "officer":
        problems.require("user", given.get("user", ""), str(_("Pilih petugas yang diadukan.")))
    elif kind:
        problems.require("unit", given.get("unit", ""), str(_("Pilih unit yang diadukan.")))
    return {"kind": kind, "unit": given.get("unit") or None, "user": given.get("user") or None}


def _lead_unit(given: Given, problems: Problems) -> Values:
    problems.require("unit", given.get("unit", ""), str(_("Pilih unit yang menangani.")))
    return {"unit": given.get("unit", "")}


def _task_owner(given: Given, problems: Problems) -> Values:
    problems.require("task", given.get("task", ""), str(_("Pilih tugasnya.")))
    problems.require("to", given.get("to", ""), str(_("Pilih orang yang mengerjakan.")))
    return {"task": given.get("task", ""), "to": given.get("to", "")}


def _promise(given: Given, problems: Problems) -> Values:
    promised: date | None = day(given.get("promised_on"))
    if promised is None:
        problems["promised_on"] = str(_("Tulis tanggal yang dijanjikan."))
    return {"promised_on": promised}


def _legal_hold(given: Given, problems: Problems) -> Values:
    return {"on": given.get("on") == "yes"}


def _one_of(words: Any, given: str | None) -> Any:
    return words(given) if given in list(words) else None


ACTS = (
    ActPage(
        "classification",
        "classify",
        _("Ubah klasifikasi"),
        _("Tenggat dihitung ulang sejak pengaduan diterima. Tenggat lama tetap tersimpan dalam riwayat."),
        _("Ubah klasifikasi"),
        reclassify,
        _open,
        _classification,
    ),
    ActPage(
        "protection",
        "protect",
        _("Naikkan kerahasiaan"),
        _(
            "Perlindungan hanya dapat ditambah, tidak dapat dikurangi lagi. Berlaku saat itu juga di semua halaman."
        ),
        _("Naikkan kerahasiaan"),
        protect,
        _always,
        _protection,
    ),
    ActPage(
        "accusation",
        "accuse",
        _("Catat pihak yang diadukan"),
        _("Sejak saat itu mereka tidak dapat menemukan kasus ini di mana pun, dan tugas mereka ditarik."),
        _("Simpan pihak yang diadukan"),
        accuse,
        _always,
        _accusation,
    ),
    ActPage(
        "lead-unit",
        "dispose",
        _("Ganti unit penanggung jawab"),
        _("Tugas yang terbuka ikut berpindah. Tenggat tidak berubah."),
        _("Ganti unit"),
        reassign_unit,
        lambda case: _open(case) and case.row.lead_unit_id is not None,
        _lead_unit,
    ),
    ActPage(
        "task-owner",
        "reassign",
        _("Alihkan tugas"),
        _("Berikan sebuah tugas terbuka kepada orang lain di unit Anda."),
        _("Alihkan tugas"),
        reassign_task,
        lambda case: _open(case) and bool(case.tasks),
        _task_owner,
    ),
    ActPage(
        "promise",
        "extend",
        _("Janjikan perpanjangan"),
        _("Tanggal ini disampaikan kepada pelapor. Batas waktu menurut aturan tidak berubah."),
        _("Simpan janji"),
        promise_extension,
        _open,
        _promise,
    ),
    ActPage(
        "legal-hold",
        "hold",
        _("Penahanan penghapusan"),
        _("Selama ditahan, tidak ada data kasus ini yang boleh dihapus."),
        _("Simpan penahanan"),
        set_legal_hold,
        _always,
        _legal_hold,
    ),
    ActPage(
        "reopening",
        "reopen",
        _("Buka kembali kasus"),
        _("Kasus diverifikasi ulang sebagai putaran berikutnya, dan pelapor diberi tahu."),
        _("Buka kembali"),
        reopen,
        lambda case: _closed(case) and case.row.outcome != "merged" and bool(case.instances),
        _nothing,
    ),
    ActPage(
        "unmerging",
        "merge",
        _("Batalkan penggabungan"),
        _("Kasus ini keluar dari kasus induknya dan berlanjut dari tempat terakhir. Pelapor diberi tahu."),
        _("Batalkan penggabungan"),
        unmerge,
        lambda case: _open(case) and case.parent_reference is not None,
        _nothing,
    ),
)
"""In the order of the menu."""


def offered_acts(case: CaseView) -> list[ActPage]:
    """The acts that the reader may do with the case as it stands."""
    return [page for page in ACTS if page.act in case.acts and page.offered(case)]
