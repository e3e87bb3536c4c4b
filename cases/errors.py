"""What ``cases`` refuses. The docstring is the English default; ``text`` carries both languages and the remedy."""

from engine.model import Text


class CaseError(Exception):
    """The request was refused."""

    slug = "refused"
    text = Text(id="Permintaan ditolak.", en="The request was refused.")

    def __init__(self, text: Text | None = None) -> None:
        self.text = text or type(self).text
        super().__init__(self.text.en)


class NotFoundError(CaseError):
    """Unknown, or not for this actor: the two are never told apart."""

    slug = "not-found"
    text = Text(
        id="Tidak ditemukan, atau bukan untuk Anda. Periksa kembali nomor atau tautannya.",
        en="Not found, or not for you. Check the number or the link.",
    )


class NotSignedInError(CaseError):
    """No or wrong credentials."""

    slug = "not-signed-in"
    text = Text(id="Silakan masuk terlebih dahulu.", en="Please sign in first.")


class SignInRefusedError(CaseError):
    """Wrong name or password, or locked; which of them is not told."""

    slug = "sign-in-refused"
    text = Text(
        id="Nama pengguna atau kata sandi tidak cocok, atau akun sedang dikunci sementara. Coba lagi nanti.",
        en="The user name or password does not match, or the account is locked for a while. Try again later.",
    )


class ConflictError(CaseError):
    """Somebody else changed it first."""

    slug = "conflict"
    text = Text(
        id="Data ini baru saja diubah orang lain. Muat ulang, lalu coba lagi.",
        en="Somebody else changed this a moment ago. Load it again, then retry.",
    )


class StaleError(CaseError):
    """``If-Match`` names an older representation."""

    slug = "stale"
    text = Text(
        id="Anda melihat versi lama. Muat ulang halaman, lalu ulangi; isian Anda masih ada.",
        en="You are looking at an older version. Load it again and repeat; what you typed is kept.",
    )


class TaskGoneError(CaseError):
    """The task was completed or cancelled before."""

    slug = "task-gone"
    text = Text(id="Tugas ini sudah tidak terbuka.", en="This task is no longer open.")


class NotWaitingForItError(CaseError):
    """The process does not wait for this message now."""

    slug = "not-waiting"
    text = Text(
        id="Pesan ini belum atau tidak lagi dapat dikirim pada tahap sekarang.",
        en="This message cannot be sent at the present stage.",
    )


class RefusedByRuleError(CaseError):
    """A rule of the office forbids it (four eyes, third return ...)."""

    slug = "refused-by-rule"


class ProcessIncidentError(CaseError):
    """The process failed; nothing was changed and an incident tells the administrator."""

    slug = "process-incident"
    text = Text(
        id="Proses mengalami gangguan. Tidak ada yang berubah; administrator sudah diberi tahu.",
        en="The process failed. Nothing was changed; the administrator has been told.",
    )


class CalendarEndsError(ProcessIncidentError):
    """The calendar does not reach the deadline; nothing was changed, and an incident names the year to add."""

    slug = "calendar-ends"

    def __init__(self, year: int) -> None:
        super().__init__(
            Text(
                id=f"Kalender kerja belum memuat tahun {year}, jadi tenggat tidak dapat dihitung. Tidak ada yang "
                "berubah; administrator sudah diberi tahu dan perlu menambahkan tahun itu.",
                en=f"The working-day calendar does not hold the year {year}, so a deadline cannot be computed. "
                "Nothing was changed; the administrator has been told and needs to add that year.",
            )
        )


class SuspendedError(CaseError):
    """The case is suspended: nothing moves its processes until an administrator lets them go on."""

    slug = "suspended"
    text = Text(
        id="Kasus ini sedang ditangguhkan oleh administrator; isinya tetap dapat dibaca. Coba lagi setelah "
        "penangguhannya dicabut. Isian Anda belum disimpan.",
        en="An administrator has suspended this case; it can still be read. Try again when it goes on. What you "
        "entered has not been kept.",
    )


class FileRefusedError(CaseError):
    """The file is too large or of a kind that is not taken."""

    slug = "file-refused"


class UnavailableError(CaseError):
    """The database or the object store is down."""

    slug = "unavailable"
    text = Text(
        id="Layanan sedang tidak tersedia. Tidak ada yang berubah; coba beberapa saat lagi.",
        en="The service is not available right now. Nothing was changed; try again in a moment.",
    )


class OutcomeUnknownError(UnavailableError):
    """The connection was lost while the change was being committed: it may have happened."""

    text = Text(
        id="Sambungan ke basis data terputus saat menyimpan, jadi belum pasti apakah perubahan ini tersimpan. "
        "Muat ulang dan periksa dahulu sebelum mengulang.",
        en="The connection to the database broke while saving, so it is not certain whether this was saved. "
        "Load it again and look before you repeat it.",
    )


class TooManyRequestsError(CaseError):
    """The caller asks too often."""

    slug = "too-many-requests"
    text = Text(
        id="Terlalu banyak permintaan. Tunggu sebentar, lalu coba lagi.",
        en="Too many requests. Wait a little, then try again.",
    )

    def __init__(self, retry_after: int = 60) -> None:
        self.retry_after = retry_after
        super().__init__()
