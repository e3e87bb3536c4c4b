"""What was just done, told on the next page: the address carries a word of ours, never a text."""

from flask import Flask, request
from flask_babel import lazy_gettext as _

NOTICES = {
    "signed-out": _("Anda sudah keluar."),
    "claimed": _("Tugas ini sekarang Anda kerjakan."),
    "released": _("Tugas dilepaskan dan dapat diambil rekan Anda."),
    "delegated": _("Tugas diserahkan."),
    "completed": _("Tugas selesai. Kasus bergerak ke langkah berikutnya."),
    "registered": _("Pengaduan terdaftar."),
    "uploaded": _("Berkas tersimpan."),
    "sent": _("Pesan terkirim."),
    "reply": _("Balasan Anda kami terima."),
    "completion": _("Terima kasih. Kelengkapan Anda kami terima."),
    "confirm": _("Terima kasih. Pengaduan Anda ditutup sebagai terselesaikan."),
    "not_satisfied": _("Kami mengerti. Pengaduan Anda kembali ditindaklanjuti."),
    "withdraw": _("Pengaduan Anda dicabut."),
    "request": _("Tersimpan. Prosesnya berjalan di samping kasus."),
    "data-request": _("Permintaan Anda kami terima dan jawab dalam 72 jam."),
    "acted": _("Tersimpan. Riwayat kasus memuat perubahan ini dan alasannya."),
    "out-of-sight": _("Tersimpan. Kasus itu sekarang berada di luar jangkauan Anda."),
    "saved": _("Perubahan tersimpan."),
    "created": _("Data baru tersimpan."),
    "calendar": _("Kalender berubah. Tenggat yang masih berjalan dihitung ulang."),
    "password": _("Kata sandi diganti. Sesi lain sudah diakhiri."),
    "deactivated": _("Pengguna dinonaktifkan. Sesi dan tokennya sudah diakhiri."),
    "activated": _("Pengguna diaktifkan kembali."),
    "absence": _("Ketidakhadiran tersimpan. Penggantinya memegang peran itu pada hari-hari tersebut."),
    "second-asked": _("Permintaan terkirim. Rekan dengan hak yang sama dapat memutuskannya."),
    "second-granted": _("Disetujui."),
    "second-refused": _("Ditolak."),
    "mended": _("Tindakan dilakukan. Riwayat kasus memuatnya beserta alasannya."),
    "operation": _("Tindakan massal dimulai. Kemajuannya tampak di bawah."),
    "absence-ended": _("Ketidakhadiran berakhir. Tugas yang sempat diambil pengganti kembali bebas."),
}


def done_text() -> str:
    """The sentence for the word in the address, or nothing."""
    return str(NOTICES.get(request.args.get("done", ""), ""))


def add_notices(app: Flask) -> None:
    """Offer it to templates."""
    app.jinja_env.globals["done_text"] = done_text
