"""The words that people see for the words of the code, in the page's language."""

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

STAGES = {
    "received": _("Diterima"),
    "verification": _("Verifikasi"),
    "awaiting_completion": _("Menunggu kelengkapan"),
    "disposition": _("Disposisi"),
    "follow_up": _("Tindak lanjut"),
    "awaiting_approval": _("Menunggu persetujuan"),
    "responded": _("Sudah ditanggapi"),
    "awaiting_referral": _("Menunggu instansi lain"),
    "closed": _("Ditutup"),
}
STATUSES = {"Belum": _("Belum diproses"), "Proses": _("Sedang diproses"), "Selesai": _("Selesai")}
OUTCOMES = {
    "resolved": _("Terselesaikan, dikonfirmasi pelapor"),
    "auto_closed": _("Ditutup setelah masa tanggapan lewat"),
    "answered": _("Informasi diberikan"),
    "decided": _("Keputusan disampaikan"),
    "withdrawn": _("Dicabut"),
    "archived": _("Diarsipkan"),
    "merged": _("Digabung dengan kasus lain"),
    "referred": _("Diterima instansi lain"),
    "ombudsman": _("Ditangani Ombudsman"),
}
OUTCOME_REASONS = {
    "malformed": _("Isi tidak dapat dibaca"),
    "too_general": _("Terlalu umum"),
    "not_about_government": _("Bukan tentang pelayanan pemerintah"),
    "unclear": _("Tidak jelas"),
    "out_of_scope_legal": _("Di luar kewenangan hukum"),
    "prohibited_content": _("Memuat isi terlarang"),
    "exact_duplicate": _("Sama persis dengan kasus lain"),
    "test": _("Percobaan"),
}
PRIORITIES = {"normal": _("Biasa"), "high": _("Tinggi"), "emergency": _("Darurat")}
SENSITIVITIES = {"normal": _("Biasa"), "sensitive": _("Peka"), "oversight": _("Pengawasan")}
KINDS = {
    "complaint": _("Pengaduan"),
    "aspiration": _("Aspirasi"),
    "information_request": _("Permintaan informasi"),
}
CLASSES = {"information": _("Informasi"), "ordinary": _("Biasa"), "oversight": _("Berkadar pengawasan")}
CHANNELS = {
    "web": _("Formulir web"),
    "front_desk": _("Loket"),
    "letter": _("Surat"),
    "telephone": _("Telepon"),
    "email": _("Surel"),
    "whatsapp": _("WhatsApp"),
    "sms": _("SMS"),
    "social_media": _("Media sosial"),
    "mobile_app": _("Aplikasi"),
    "lapor": _("SP4N-LAPOR!"),
    "open311": _("Open311"),
    "csv_import": _("Impor CSV"),
}
ROLES = {
    "complainant": _("Pelapor"),
    "front_desk": _("Petugas penerima"),
    "coordinating_admin": _("Admin instansi"),
    "unit_liaison": _("Pejabat penghubung"),
    "case_worker": _("Pelaksana"),
    "superior": _("Atasan"),
    "inspectorate": _("Inspektorat"),
    "regional_secretary": _("Sekretaris daerah"),
    "leadership": _("Pimpinan"),
    "provincial_supervisor": _("Pengawas provinsi"),
    "information_officer": _("Pejabat pengelola informasi"),
    "auditor": _("Auditor"),
    "data_protection_officer": _("Pejabat pelindungan data"),
    "process_designer": _("Perancang proses"),
    "system_administrator": _("Administrator sistem"),
}
TEXT_KINDS = {
    "note": _("Catatan"),
    "instruction": _("Instruksi"),
    "reason": _("Alasan"),
    "response": _("Tanggapan"),
    "reply": _("Balasan pelapor"),
    "completion": _("Kelengkapan dari pelapor"),
    "draft": _("Konsep tanggapan"),
}
RESPONSE_KINDS = {
    "acknowledgement": _("Pemberitahuan diterima"),
    "progress": _("Perkembangan"),
    "explanation": _("Penjelasan"),
    "action_taken": _("Tindakan yang sudah diambil"),
}
VISIBILITIES = {"public": _("Terlihat oleh pelapor"), "internal": _("Internal"), "draft": _("Konsep")}
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
    "referral_accepted": _("Instansi lain menerima"),
    "referral_rejected": _("Instansi lain menolak"),
}
INSTANCE_STATUSES = {"running": _("Berjalan"), "completed": _("Selesai"), "cancelled": _("Dibatalkan")}

TABLES: dict[str, dict[str, LazyString]] = {
    "stage": STAGES,
    "status": STATUSES,
    "outcome": OUTCOMES,
    "outcome_reason": OUTCOME_REASONS,
    "priority": PRIORITIES,
    "sensitivity": SENSITIVITIES,
    "kind": KINDS,
    "case_class": CLASSES,
    "channel": CHANNELS,
    "role": ROLES,
    "text_kind": TEXT_KINDS,
    "response_kind": RESPONSE_KINDS,
    "visibility": VISIBILITIES,
    "actor": ACTORS,
    "unit_kind": UNIT_KINDS,
    "message": MESSAGES,
    "instance_status": INSTANCE_STATUSES,
}


def label(value: object, table: str) -> str:
    """The word for a value of one of the tables; an unknown value is shown as it is rather than hidden."""
    key = str(value) if value is not None else ""
    return str(TABLES[table].get(key, key))


def choices(table: str, *keys: str) -> list[tuple[str, str]]:
    """Values and words for a list to choose from; all of the table, or only those named."""
    return [(key, str(word)) for key, word in TABLES[table].items() if not keys or key in keys]


def add_labels(app: Flask) -> None:
    """Offer the words to templates."""
    app.jinja_env.filters["label"] = label
    app.jinja_env.globals["choices"] = choices
