"""The words that people see for the words of the code, in the page's language."""

from collections.abc import Mapping

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.model import Text
from web.context import environment
from web.language import say

STATUSES = {"Belum": _("Belum diproses"), "Proses": _("Sedang diproses"), "Selesai": _("Selesai")}
TEXT_KINDS = {
    "note": _("Catatan"),
    "instruction": _("Instruksi"),
    "reason": _("Alasan"),
    "response": _("Tanggapan"),
    "message": _("Pesan"),
    "answer": _("Jawaban"),
    "request": _("Permintaan"),
}
VISIBILITIES = {
    "public": _("Terlihat oleh pelapor"),
    "internal": _("Internal"),
    "draft": _("Konsep"),
    "complainant": _("Surat untuk pelapor"),
}
WAITING = {
    "task": _("Tugas"),
    "timer": _("Pewaktu"),
    "message": _("Menunggu pesan"),
    "job": _("Pekerjaan mesin"),
}
SUBJECTS = {
    "timer": _("Pewaktu"),
    "job": _("Pekerjaan mesin"),
    "alert": _("Eskalasi"),
    "outbox": _("Pesan keluar"),
    "letter": _("Surat"),
    "file": _("Berkas"),
    "task": _("Penyelesaian tugas"),
    "start": _("Proses kantor"),
    "message": _("Pesan"),
    "case": _("Kasus"),
}
"""What an incident is about."""
ACTORS = {
    "user": _("Petugas"),
    "complainant": _("Pelapor"),
    "system": _("Sistem"),
    "anonymous": _("Pengunjung"),
}
UNIT_KINDS = {
    "nation": _("Negara"),
    "province": _("Provinsi"),
    "regency": _("Kabupaten"),
    "city": _("Kota"),
    "secretariat": _("Sekretariat"),
    "inspectorate": _("Inspektorat"),
    "agency": _("Organisasi perangkat daerah"),
    "unit": _("Unit"),
}
MESSAGES = {
    "reply": _("Balas"),
    "completion": _("Lengkapi pengaduan"),
    "confirm": _("Nyatakan selesai"),
    "not_satisfied": _("Saya belum puas"),
    "withdraw": _("Cabut pengaduan"),
}
MESSAGES_BY_OFFICER = {
    "reply": _("Pelapor membalas"),
    "completion": _("Pelapor melengkapi pengaduan"),
    "confirm": _("Pelapor menyatakan selesai"),
    "not_satisfied": _("Pelapor belum puas"),
    "withdraw": _("Pelapor mencabut pengaduan"),
    "referral_accepted": _("Instansi lain menerima"),
    "referral_rejected": _("Instansi lain menolak"),
    "ombudsman_recommended": _("Ombudsman memberi rekomendasi"),
    "ombudsman_took_over": _("Ombudsman mengambil alih"),
    "ombudsman_finished": _("Ombudsman menutup urusannya"),
}
ACCUSED_KINDS = {
    "officer": _("Seorang petugas"),
    "unit": _("Sebuah unit"),
    "head": _("Pimpinan sebuah unit"),
}
DAY_OFF_KINDS = {
    "national": _("Libur nasional"),
    "collective_leave": _("Cuti bersama"),
    "local": _("Libur daerah"),
}
REQUEST_OUTCOMES = {
    "answered": _("Dijawab"),
    "access_given": _("Akses diberikan"),
    "corrected": _("Data diperbaiki"),
    "refused": _("Ditolak dengan alasan"),
}
REFERRAL_ANSWERS = {
    "accepted": _("menerima"),
    "rejected": _("menolak"),
    "taken_back": _("ditarik kembali"),
}
ABSENCE_STATES = {
    "coming": _("Akan datang"),
    "running": _("Berjalan"),
    "over": _("Sudah lewat"),
    "revoked": _("Diakhiri"),
}
SECOND_PERSON_STATES = {
    "pending": _("Menunggu"),
    "granted": _("Disetujui"),
    "refused": _("Ditolak"),
    "used": _("Sudah dipakai"),
    "expired": _("Kedaluwarsa"),
}
INSTANCE_STATUSES = {"running": _("Berjalan"), "completed": _("Selesai"), "cancelled": _("Dibatalkan")}

TABLES: dict[str, dict[str, LazyString]] = {
    "status": STATUSES,
    "text_kind": TEXT_KINDS,
    "visibility": VISIBILITIES,
    "actor": ACTORS,
    "unit_kind": UNIT_KINDS,
    "message": MESSAGES,
    "message_by_officer": MESSAGES_BY_OFFICER,
    "instance_status": INSTANCE_STATUSES,
    "absence_state": ABSENCE_STATES,
    "second_person_state": SECOND_PERSON_STATES,
    "request_outcome": REQUEST_OUTCOMES,
    "waiting": WAITING,
    "subject": SUBJECTS,
    "referral_answer": REFERRAL_ANSWERS,
    "accused_kind": ACCUSED_KINDS,
    "day_off_kind": DAY_OFF_KINDS,
}
"""Words of the pages themselves; those of the office are its reference data."""

_PLAIN = {
    "kind": "kinds",
    "case_class": "case_classes",
    "priority": "priorities",
    "sensitivity": "sensitivities",
    "response_kind": "response_kinds",
}


def words(table: str) -> Mapping[str, Text | LazyString]:
    """The words of a table by what the code calls them."""
    if table in TABLES:
        return TABLES[table]
    office = environment().reference
    if table in _PLAIN:
        return office.labels[_PLAIN[table]]
    if table == "category":
        return {key: category.label for key, category in office.categories.items()}
    found: dict[str, Mapping[str, Text]] = {
        "stage": office.stages,
        "outcome": office.outcomes,
        "outcome_reason": office.archive_reasons,
        "channel": office.channels,
        "role": office.roles,
        "act": office.acts,
        "area": office.areas,
        "referral_body": office.referral_bodies,
    }
    return found[table]


def label(value: object, table: str) -> str:
    """The word for a value of one of the tables; an unknown value is shown as it is rather than hidden."""
    key = str(value) if value is not None else ""
    return _said(words(table).get(key, key))


def choices(table: str, *keys: str, without: str = "") -> list[tuple[str, str]]:
    """Values and words for a list to choose from; all of the table, or only those named."""
    return [
        (key, _said(word))
        for key, word in words(table).items()
        if key != without and (not keys or key in keys)
    ]


def _said(word: Text | LazyString | str) -> str:
    return say(word) if isinstance(word, Text) else str(word)


def add_labels(app: Flask) -> None:
    """Offer the words to templates."""
    app.jinja_env.filters["label"] = label
    app.jinja_env.globals["choices"] = choices
