"""The words of the Modeler's page: its sentences, and what people call the keys of the vocabulary."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.model import Text
from web.context import environment, read
from web.labels import choices
from web.language import say

TEXTS = {
    "pick_element": _("Pilih elemen di kanvas untuk membaca dan mengubah sifatnya."),
    "general": _("Umum"),
    "who_and_what": _("Siapa dan apa"),
    "behaviour": _("Jalannya"),
    "documentation": _("Keterangan"),
    "documentation_text": _("Untuk perancang dan petugas"),
    "name": _("Nama"),
    "id": _("Id"),
    "id_hint": _("Kata dengan huruf kecil, misalnya periksa_lapangan."),
    "process_id": _("Id proses"),
    "executable": _("Dapat dijalankan"),
    "none": _("(tidak ada)"),
    "choose": _("(pilih)"),
    "as_lane": _("Ikut jalur: {value}"),
    "outcome_hint": _("Pilih hasil, atau tulis ungkapan yang memberi hasil."),
    "expression_hint": _("Ungkapan; teks ditulis dalam tanda petik, misalnya 'diterima'."),
    "argument": _("Argumen {name}"),
    "argument_required": _("Argumen {name} (wajib)"),
    "form_missing": _("Formulir ini tidak ada dalam kumpulan berkas."),
    "edit_form": _("Buka formulir"),
    "new_form": _("Buat formulir baru"),
    "default_flow": _("Alur bawaan: dipilih bila tidak ada syarat yang terpenuhi"),
    "condition": _("Syarat"),
    "condition_hint": _("Misalnya decision == 'accept' atau case.emergency."),
    "decision": _("Tabel keputusan"),
    "called_process": _("Proses yang dipanggil"),
    "script": _("Penetapan nilai"),
    "script_hint": _("Satu penetapan per baris, misalnya putaran = putaran + 1."),
    "interrupting": _("Menyela: menghentikan tugas yang ditempelinya"),
    "timer_kind": _("Jenis waktu"),
    "timeDuration": _("Lama waktu"),
    "timeDate": _("Tanggal atau tenggat"),
    "timeCycle": _("Berulang"),
    "timer": _("Waktu"),
    "timer_hint": _("clock:nama untuk tenggat, P3D untuk tiga hari, R3/PT24H untuk berulang tiga kali."),
    "message": _("Pesan"),
    "signal": _("Nama sinyal"),
    "error": _("Galat"),
    "escalation": _("Nama eskalasi"),
    "warning": _("Peringatan"),
    "form": _("Formulir"),
    "no_form": _("Pilih formulir di atas, atau buat dari tugas pengguna pada tab Sifat."),
    "used_by": _("Dipakai oleh: {names}"),
    "unused": _("Belum dipakai tugas mana pun dalam diagram ini."),
    "only_json": _("Formulir ini memakai aturan yang hanya dapat disunting sebagai JSON."),
    "edit_json": _("Sunting sebagai JSON"),
    "preview": _("Pratinjau"),
    "json_broken": _("JSON belum benar: {reason}"),
    "no_fields": _("Belum ada isian."),
    "optional": _("boleh kosong"),
    "from_list": _("dari daftar {list}"),
    "remove_form": _("Hapus formulir ini"),
    "form_title": _("Judul formulir"),
    "first_field": _("Catatan"),
    "add_field": _("Tambah isian"),
    "field_title": _("Pertanyaan atau nama isian"),
    "field_kind": _("Jenis isian"),
    "field_line": _("Teks singkat"),
    "field_text": _("Catatan panjang"),
    "field_number": _("Bilangan"),
    "field_date": _("Tanggal"),
    "field_boolean": _("Ya atau tidak"),
    "field_choice": _("Satu pilihan"),
    "field_unit": _("Unit"),
    "required": _("Wajib diisi"),
    "choices": _("Pilihan"),
    "choices_hint": _("Satu pilihan per baris."),
    "move_up": _("Naik"),
    "move_down": _("Turun"),
    "remove": _("Hapus"),
    "found_errors": _("{errors} galat, {warnings} peringatan. Galat harus diperbaiki sebelum terbit."),
    "found_warnings": _("{warnings} peringatan, tanpa galat. Proses dapat diterbitkan."),
    "found_nothing": _("Tidak ada temuan. Proses dapat diterbitkan."),
    "outdated": _("Diagram berubah sejak pemeriksaan ini. Tekan Periksa lagi."),
    "line": _("baris {line}"),
    "check_failed": _("Ditemukan {errors} galat. Pilih temuan untuk menuju elemennya."),
    "check_passed": _("Pemeriksaan selesai: tidak ada galat."),
    "draft_saved": _("Draf tersimpan."),
    "working": _("Sedang dikerjakan …"),
    "unreachable": _("Server tidak menjawab. Pekerjaan Anda masih ada di halaman ini; coba lagi."),
    "unreadable": _("{file} tidak dapat dibuka: {reason}"),
}
OFFERS = {
    "open_newest": Text(id="Lihat versi {version}", en="Look at version {version}"),
    "rebase": Text(
        id="Simpan draf saya di atas versi {version}", en="Save my draft on top of version {version}"
    ),
    "save_anew": Text(id="Simpan sebagai draf baru", en="Save as a new draft"),
}
"""What a designer can do when somebody else was faster."""

KINDS = {
    "Collaboration": _("Diagram"),
    "Process": _("Proses"),
    "Participant": _("Kolam"),
    "Lane": _("Jalur"),
    "UserTask": _("Tugas pengguna"),
    "ServiceTask": _("Tugas layanan"),
    "BusinessRuleTask": _("Tugas aturan"),
    "ScriptTask": _("Tugas skrip"),
    "ReceiveTask": _("Tugas terima"),
    "SendTask": _("Tugas kirim"),
    "Task": _("Tugas tanpa jenis"),
    "CallActivity": _("Pemanggilan proses"),
    "SubProcess": _("Subproses"),
    "StartEvent": _("Peristiwa mulai"),
    "EndEvent": _("Peristiwa akhir"),
    "IntermediateCatchEvent": _("Peristiwa tunggu"),
    "IntermediateThrowEvent": _("Peristiwa kirim"),
    "BoundaryEvent": _("Peristiwa tepi"),
    "ExclusiveGateway": _("Gerbang eksklusif"),
    "InclusiveGateway": _("Gerbang inklusif"),
    "ParallelGateway": _("Gerbang paralel"),
    "EventBasedGateway": _("Gerbang peristiwa"),
    "SequenceFlow": _("Alur"),
    "TextAnnotation": _("Catatan"),
    "Association": _("Asosiasi"),
}
OWN_CLOCKS = {"final": _("Penyelesaian menurut klasifikasi")}
"""Clocks that only diagrams know; the others are called as the ruleset in force calls them."""

_OFFICE = {"roles": "role", "stages": "stage", "outcomes": "outcome"}


def _spoken(words: Mapping[str, LazyString]) -> dict[str, str]:
    return {key: str(word) for key, word in words.items()}


def texts() -> Mapping[str, str]:
    """The sentences of the page, in its language."""
    return _spoken(TEXTS) | {key: say(text) for key, text in OFFERS.items()}


def labels() -> Mapping[str, Mapping[str, str]]:
    """What people call kinds of elements, roles, stages, outcomes and clocks, in the page's language."""
    office = {name: dict(choices(table)) for name, table in _OFFICE.items()}
    clocks = {key: say(rule.label) for key, rule in read(environment().rulesets.active).clocks.items()}
    return {"kinds": _spoken(KINDS), "clocks": clocks | _spoken(OWN_CLOCKS), **office}
