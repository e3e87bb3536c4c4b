"""What is said to people whose act needs a second person, and does not have one."""

from engine.model import Text

NO_REASON = Text(
    id="Tulis alasannya; orang kedua memutuskan berdasarkan alasan itu.",
    en="Give the reason; the second person decides by it.",
)
AGAIN = Text(
    id="Anda sudah memintanya dan permintaan itu masih berlaku.",
    en="You have asked for this already, and that request is still alive.",
)
OWN = Text(
    id="Permintaan sendiri tidak dapat disetujui sendiri, juga tidak sebagai penggantinya. "
    "Minta rekan yang memegang hak yang sama.",
    en="Nobody agrees to their own request, nor as a stand-in of whoever asked. "
    "Ask a colleague who holds the same right.",
)
OVER = Text(
    id="Permintaan ini sudah diputus atau sudah lewat waktunya.",
    en="This request has been decided, or its time is over.",
)
NO_GRANT = Text(
    id="Belum ada persetujuan orang kedua yang masih berlaku. Persetujuan berlaku satu kali, "
    "paling lama 72 jam sejak diminta.",
    en="There is no agreement of a second person to use. An agreement holds once, for 72 hours after it was asked for.",
)
NEEDS_SUBJECT = Text(
    id="Sebutkan berkas yang akan diterbitkan: sha256: diikuti 64 angka heksadesimal.",
    en="Name the set of files to publish: sha256: followed by 64 hexadecimal digits.",
)


def unpublished(subject: str) -> Text:
    """Nobody agreed to publish this set of files."""
    return Text(
        id=f"Kantor ini menerbitkan proses hanya dengan persetujuan perancang kedua. Mintalah untuk {subject}, "
        "lalu terbitkan lagi tanpa perubahan.",
        en=f"This office publishes processes only with the agreement of a second designer. Ask for {subject}, "
        "then publish again without a change.",
    )
