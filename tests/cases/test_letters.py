"""Letters: what each says, on which paper, and who may open it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.attachments import list_attachments, open_attachment
from cases.complainants import get_status_page
from cases.errors import NotFoundError, RefusedByRuleError
from cases.letters.kinds import LETTERS
from cases.letters.request import request_letter
from cases.model import SYSTEM
from cases.work import CaseWork
from storage.tables import (
    Attachment,
    CaseRequest,
    Complainant,
    Office,
    ReadLogEntry,
)
from support.letters import Printed, flaws_of_archiving, letter_of, printed_letters
from support.office import Desk, actor_named
from tuntas.office import Tuntas
from tuntas.printing import PRESS

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
AT = datetime(2026, 3, 16, 2, 5, tzinfo=UTC)
WIB = ZoneInfo("Asia/Jakarta")


@pytest.fixture(autouse=True)
def printing(desk: Desk) -> None:
    """Let the desk's worker print, as a worker of an office does."""
    desk.worker.prints = True


def write(desk: Desk, case_id: str, template: str, **values: Any) -> None:
    """Ask for a letter as a handler does, and let the worker print it."""

    def ask(session: Session) -> None:
        work = CaseWork.load(session, desk.office.env, case_id, by=SYSTEM)
        request_letter(work, template, values=values)
        work.flush()

    desk.office.work.write(ask)
    desk.worker.run_until_idle()


def count(office: Tuntas, table: Any, *where: Any) -> int:
    """How many rows there are."""
    return office.work.read(lambda session: len(session.execute(select(table).where(*where)).all()))


# What they say.


def test_a_receipt_says_all_that_the_law_asks_for(desk: Desk) -> None:
    case = desk.register(
        address="Jalan Melati 5", place="Depan pasar", event_on=date(2026, 2, 27), phone="0812 1111 2222"
    )
    desk.worker.run_until_idle()
    receipt = letter_of(desk.office, case.id, "receipt")
    for words in (
        f"Nomor : TT-1/{case.reference}",
        "Nama : Budi Contoh",
        "Alamat : Jalan Melati 5",
        "Telepon : 0812 1111 2222",
        "Pokok : Jalan berlubang di depan pasar",
        "Lubangnya besar dan membahayakan.",
        "Tempat kejadian : Depan pasar",
        "Waktu kejadian : Jumat, 27 Februari 2026",
        "Diterima : Senin, 2 Maret 2026 pukul 09.00 WIB",
        "Dicatat : Senin, 2 Maret 2026 pukul 09.00 WIB",
        "Petugas penerima : Diterima secara elektronik, tanpa petugas",
        "Verifikasi dan disposisi 3 hari kerja Kamis, 5 Maret 2026",
        "Jawaban pertama menurut undang-undang * 14 hari kalender Senin, 16 Maret 2026",
        "kode lacak",
        "Halaman 1 dari 1",
    ):
        assert words in receipt.text
    assert receipt.filename == f"tanda-terima-{case.reference}.pdf"
    assert desk.secrets[case.id][1] not in receipt.text


@ON_SQLITE
def test_a_receipt_of_a_late_entered_letter_tells_both_times_and_the_officer(desk: Desk) -> None:
    from cases.model import Channel, NewComplaint
    from cases.register import register_complaint

    new = NewComplaint(
        title="Surat warga",
        text="Isi surat.",
        name="Budi Contoh",
        channel=Channel.LETTER,
        received_at=datetime(2026, 2, 23, 3, 0, tzinfo=UTC),
    )
    by, env = actor_named(desk.office, "penerima"), desk.office.env
    done = desk.office.work.write(lambda session: register_complaint(session, env, new, by=by))
    desk.worker.run_until_idle()
    text = letter_of(desk.office, done.case.id, "receipt").text
    assert "Diterima : Senin, 23 Februari 2026 pukul 10.00 WIB" in text
    assert "Dicatat : Senin, 2 Maret 2026 pukul 09.00 WIB" in text
    assert text.count("Rina Kusumawati") == 2


@ON_SQLITE
def test_whoever_gives_no_name_gets_a_receipt_without_one(desk: Desk) -> None:
    case = desk.register(name=None)
    desk.worker.run_until_idle()
    assert "Pengaduan disampaikan tanpa identitas" in letter_of(desk.office, case.id, "receipt").text


def test_a_request_for_completion_quotes_what_is_missing_and_until_when(desk: Desk) -> None:
    case = desk.register()
    desk.complete(
        case.id,
        "verify_complaint",
        "admin.instansi",
        decision="ask_completion",
        completion_request="Kirim foto lubangnya.",
    )
    desk.worker.run_until_idle()
    text = letter_of(desk.office, case.id, "completion_request").text
    assert "Kirim foto lubangnya." in text
    assert "paling lambat Rabu, 1 April 2026 (30 hari kalender sejak permintaan ini)" in text


def test_a_response_goes_out_as_a_letter_of_the_unit(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.worker.run_until_idle()
    text = letter_of(desk.office, case.id, "response").text
    assert "DINAS PEKERJAAN UMUM DAN PENATAAN RUANG" in text
    assert "Lubang sudah ditambal." in text
    assert "Ombudsman Republik Indonesia" in text
    assert "Hendra Gunarto" not in text  # Complainants are not told who among the officers approved.


@ON_SQLITE
def test_the_notice_of_the_right_to_go_to_the_ombudsman_names_the_law(desk: Desk) -> None:
    case = desk.register()
    write(desk, case.id, "ombudsman_notice")
    text = letter_of(desk.office, case.id, "ombudsman_notice").text
    assert "Undang-Undang Nomor 37 Tahun 2008" in text
    assert "Yth. Bapak/Ibu Budi Contoh" in text


@ON_SQLITE
def test_the_answer_to_the_ombudsman_names_its_letter_and_not_the_complainant(desk: Desk) -> None:
    case = desk.register()

    def receive(session: Session) -> None:
        session.add(
            CaseRequest(
                id=desk.office.env.new_id(),
                case_id=case.id,
                process_id="ombudsman",
                kind="ombudsman",
                number="B/77/LM/2026",
                received_at=AT,
                entered_at=AT,
            )
        )

    desk.office.work.write(receive)
    write(desk, case.id, "ombudsman_answer")
    text = letter_of(desk.office, case.id, "ombudsman_answer", "internal").text
    assert "surat Ombudsman nomor B/77/LM/2026 yang kami terima pada Senin, 16 Maret 2026" in text
    assert "Yth. Ombudsman Republik Indonesia" in text
    assert "Budi" not in text


def test_the_file_for_the_ombudsman_proves_the_silence(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(desk.clock.now() + timedelta(days=20))
    write(desk, case.id, "ombudsman_file")
    text = letter_of(desk.office, case.id, "ombudsman_file", "internal").text
    for words in (
        "1. Ringkasan",
        "Kumpulan aturan",
        f"TT-1/{case.reference} Tanda terima pengaduan 02-03-2026 09.00",
        "Jawaban pertama menurut undang-undang (14 hari kalender, ditetapkan undang-undang)",
        "Hari terakhir : Senin, 16 Maret 2026",
        "Hasil : TERLAMPAUI",
        "Hitungan dimulai sesudah Senin, 2 Maret 2026; semua hari dihitung.",
        "Pengaduan dicatat",
        "SHA-256",
    ):
        assert words in text
    assert "Budi" not in text
    shas = desk.office.work.read(lambda session: session.scalars(select(Attachment.sha256)).all())
    assert all(sha in text for sha in shas[:2])


@ON_SQLITE
def test_a_count_names_the_holidays_that_it_leaves_out(desk: Desk) -> None:
    desk.clock.set(AT)
    case = desk.register()
    write(desk, case.id, "ombudsman_file")
    text = letter_of(desk.office, case.id, "ombudsman_file", "internal").text
    assert "Verifikasi dan disposisi (3 hari kerja)" in text
    assert "tidak dihitung: 2 hari akhir pekan, 18 Maret 2026 (" in text


def test_a_data_subject_learns_what_is_stored_and_who_read_it(desk: Desk) -> None:
    case = desk.register(address="Jalan Melati 5")

    def read(session: Session) -> None:
        session.add(
            ReadLogEntry(
                id=desk.office.env.new_id(),
                at=AT - timedelta(days=13),
                case_id=case.id,
                actor_id=actor_named(desk.office, "admin.instansi").id,
                actor_name="Bambang Wiratmo",
                what="identity",
                reason="Menghubungi pelapor",
            )
        )
        session.execute(update(Complainant).values(identity_number="3201010101010001"))

    desk.office.work.write(read)
    desk.clock.set(AT)
    write(desk, case.id, "processing_log")
    text = letter_of(desk.office, case.id, "processing_log").text
    # Officers appear by role: their names are nobody's to give away.
    assert "Admin instansi Identitas pelapor Menghubungi pelapor" in text
    assert "Bambang Wiratmo" not in text
    assert "Alamat : Jalan Melati 5" in text
    assert "Nomor identitas : tersimpan, berakhir 0001" in text
    assert "3201010101010001" not in text
    assert [one.visibility for one in printed_letters(desk.office, case.id)].count("internal") == 1


@ON_SQLITE
def test_a_second_letter_of_a_kind_has_the_next_number(desk: Desk) -> None:
    case = desk.register()
    write(desk, case.id, "ombudsman_notice")
    write(desk, case.id, "ombudsman_notice")
    names = [one.filename for one in printed_letters(desk.office, case.id) if one.visibility == "complainant"]
    assert names[1:] == [
        f"hak-ke-ombudsman-{case.reference}.pdf",
        f"hak-ke-ombudsman-2-{case.reference}.pdf",
    ]


@ON_SQLITE
def test_an_unknown_letter_is_refused_with_the_names_that_there_are(desk: Desk) -> None:
    case = desk.register()
    with pytest.raises(RefusedByRuleError, match="receipt"):
        write(desk, case.id, "love_letter")


def test_every_letter_has_its_template() -> None:
    assert PRESS.templates() == set(LETTERS)


@ON_SQLITE
def test_only_the_demonstration_says_that_it_is_fictional(desk: Desk) -> None:
    first = desk.register()
    desk.worker.run_until_idle()
    desk.office.work.write(lambda session: session.execute(update(Office).values(demonstration=False)))
    second = desk.register()
    desk.worker.run_until_idle()
    assert "Contoh fiktif" in letter_of(desk.office, first.id, "receipt").text
    assert "Contoh fiktif" not in letter_of(desk.office, second.id, "receipt").text


@ON_SQLITE
@pytest.mark.parametrize("template", sorted(LETTERS))
def test_every_letter_can_be_archived_and_claims_no_certificate(desk: Desk, template: str) -> None:
    case = desk.register()
    write(desk, case.id, template)
    kind = LETTERS[template]
    letter = letter_of(desk.office, case.id, template, "complainant" if kind.to_complainant else "internal")
    assert flaws_of_archiving(letter.pdf) == []
    assert "Belum dibubuhi tanda tangan elektronik tersertifikasi." in letter.text
    assert f"{kind.subject} {case.reference}" == letter.reader.metadata.title  # type: ignore[union-attr]


# To whom.


def test_the_name_of_an_anonymous_complainant_stays_off_the_copies_of_the_unit(desk: Desk) -> None:
    case = desk.register(anonymous=True, text="Hubungi 0812 3456 7890.", address="Jalan Melati 5")
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.worker.run_until_idle()
    env, unit = desk.office.env, actor_named(desk.office, "pelaksana.pupr")
    seen = desk.office.work.read(lambda session: list_attachments(session, env, case.id, by=unit))
    assert sorted(one.filename for one in seen) == [
        f"tanda-terima-{case.reference}-salinan.pdf",
        f"tanggapan-{case.reference}-salinan.pdf",
    ]
    for one in printed_letters(desk.office, case.id):
        told = "Budi Contoh" in one.text
        assert told == (one.visibility == "complainant")
        assert ("Jalan Melati 5" in one.text) <= told
        assert ("0812 3456 7890" in one.text) <= told
        if told:
            with pytest.raises(NotFoundError):
                opened(desk, one, unit)


def opened(desk: Desk, letter: Printed, by: Any) -> bytes:
    """The bytes as a reader gets them."""
    env = desk.office.env
    answer = desk.office.work.read(lambda session: open_attachment(session, env, letter.id, by=by))
    return b"".join(answer.chunks)


def test_whoever_may_know_the_complainant_opens_the_letter_on_record(desk: Desk) -> None:
    case = desk.register(anonymous=True)
    desk.worker.run_until_idle()
    letter = letter_of(desk.office, case.id, "receipt")
    assert opened(desk, letter, actor_named(desk.office, "admin.instansi")) == letter.pdf
    assert count(desk.office, ReadLogEntry, ReadLogEntry.what == "identity") == 1


@ON_SQLITE
@pytest.mark.parametrize("username", ["auditor", "sekda", "pengawas.provinsi", "administrator"])
def test_whoever_may_not_know_the_complainant_cannot_open_the_letter(desk: Desk, username: str) -> None:
    case = desk.register()
    desk.worker.run_until_idle()
    with pytest.raises(NotFoundError):
        opened(desk, letter_of(desk.office, case.id, "receipt"), actor_named(desk.office, username))


def test_the_complainant_finds_the_letters_on_the_status_page_and_no_copies(desk: Desk) -> None:
    case = desk.register(anonymous=True)
    desk.worker.run_until_idle()
    by, env = desk.complainant(case.id), desk.office.env
    page = desk.office.work.read(lambda session: get_status_page(session, env, case.reference, by=by))
    assert [file.filename for file in page.attachments] == [f"tanda-terima-{case.reference}.pdf"]
    letter = letter_of(desk.office, case.id, "receipt")
    assert opened(desk, letter, by) == letter.pdf


@ON_SQLITE
def test_an_identity_number_in_the_complaint_stays_off_every_letter(desk: Desk) -> None:
    case = desk.register(text="NIK saya 3201 0101 0101 0001, tolong.")
    desk.worker.run_until_idle()
    assert [one for one in printed_letters(desk.office, case.id) if "0101" in one.text] == []
