"""Printing letters: whatever the text of a complaint holds, exactly once, and when something fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cases.history import verify_history
from cases.letters.keep import sheets_of, store_sheet
from cases.letters.press import LetterFailedError, Press
from cases.letters.words import LONGEST, clean, long_day, moment
from storage.objects.errors import ObjectStoreUnavailableError
from storage.tables import (
    Incident,
    Letter,
    OutboxMessage,
)
from support.letters import Printed, flaws_of_archiving, letter_of, printed_letters
from support.office import Desk
from tuntas.office import Tuntas
from tuntas.printing import LETTERS as FOLDER
from tuntas.printing import PRESS, keep_printed, print_letter
from tuntas.sweep import sweep

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
AT = datetime(2026, 3, 16, 2, 5, tzinfo=UTC)
WIB = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Callable[..., Press]]:
    """Give a press on a folder of its own with the templates of the test."""
    presses: list[Press] = []

    def press(seconds: float = 20, **templates: str) -> Press:
        place = tmp_path / "templates"
        place.mkdir(exist_ok=True)
        for name, source in templates.items():
            (place / f"{name}.typ").write_text(source)
        presses.append(Press(place, seconds=seconds))
        return presses[-1]

    yield press
    for one in presses:
        one.close()


@pytest.fixture(autouse=True)
def printing(desk: Desk) -> None:
    """Let the desk's worker print, as a worker of an office does."""
    desk.worker.prints = True


def count(office: Tuntas, table: Any, *where: Any) -> int:
    """How many rows there are."""
    return office.work.read(lambda session: len(session.execute(select(table).where(*where)).all()))


def requested(office: Tuntas) -> Mapping[str, Any]:
    """The payload of the only letter that was asked for."""
    query = select(OutboxMessage.payload).where(OutboxMessage.topic == "letter:requested")
    return office.work.read(lambda session: session.scalars(query).one())


# Whatever the text holds.

HOSTILE = {
    "a call": '#read("/etc/passwd") #eval("1+1") #import "x": *',
    "quotes": "\"; } ) ] #let data = none // '''",
    "markup": "*tebal* _miring_ `kode` $x^2$ @rujuk <label> = Judul - butir https://contoh.example ~ \\ #h(1cm)",
    "json": '\\", "office": {"body": "Palsu"}, "x": "',
    "a placeholder": "{{ config }} {0} %s ${HOME}",
}


@ON_SQLITE
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_stands_in_the_letter_as_it_was_written(desk: Desk, name: str) -> None:
    case = desk.register(title=HOSTILE[name][:190], text=HOSTILE[name], name="Budi #panic() Contoh")
    desk.worker.run_until_idle()
    receipt = letter_of(desk.office, case.id, "receipt")
    squeezed = receipt.text.replace(" ", "")
    assert HOSTILE[name].replace(" ", "") in squeezed
    assert "Budi#panic()Contoh" in squeezed
    assert "root:" not in receipt.text
    assert flaws_of_archiving(receipt.pdf) == []


STRANGE = {
    "emoji": ("Jalan rusak 😡👨‍👩‍👧 tolong", "Jalan rusak □"),
    "right to left": ("Kepada مرحبا בעולם pejabat", "Kepada"),
    "turned around": ("awal \u202ekilabret\u202c akhir", "awal kilabret akhir"),
    "chinese": ("Nama toko 中文 itu", "Nama toko □□ itu"),
    "controls": ("satu\x07dua\x1b[31mtiga", "satu dua [31mtiga"),
    "private": ("tanda \ue000 dan \U0010fffd", "tanda □ dan □"),
    "every script": ("".join(map(chr, range(0x20, 0x2FFF))), "abcdefgh"),
    "half a pair": ("awal \ud800 akhir", "awal □ akhir"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_text_is_printed_as_far_as_letters_go(name: str) -> None:
    given, shown = STRANGE[name]
    data = {**plain(), "description": given, "title": given}
    pdf = PRESS.print("receipt", clean(data), at=AT)
    letter = Printed("", "", pdf)
    assert shown in letter.text
    assert flaws_of_archiving(pdf) == []
    told = "Tanda □ menggantikan huruf atau gambar" in letter.text
    assert told == (name in ("emoji", "chinese", "every script"))


def plain() -> dict[str, Any]:
    """The data of a receipt."""
    return {
        "number": "TT-1/TTS-2026-000001-E",
        "subject": "Tanda terima pengaduan",
        "date": "16 Maret 2026",
        "printed": moment(AT, WIB),
        "reference": "TTS-2026-000001-E",
        "secret": False,
        "copy": False,
        "office": {"name": "Kabupaten", "body": "Kabupaten", "unit": None, "demonstration": False},
        "recipient": {"name": "Budi", "address": None, "person": True},
        "has_identity": True,
        "identity": [["Nama", "Budi"]],
        "complaint": [],
        "description": "Isi.",
        "reception": [],
        "deadlines": [],
        "signer": {"position": "Petugas penerima", "name": None},
    }


@ON_SQLITE
def test_a_very_long_text_goes_on_over_numbered_pages(desk: Desk) -> None:
    words = " ".join(f"kata{number}" for number in range(2500))
    case = desk.register(text=words[:20_000])
    desk.worker.run_until_idle()
    receipt = letter_of(desk.office, case.id, "receipt")
    pages = len(receipt.reader.pages)
    assert pages > 3
    assert f"Halaman {pages} dari {pages}" in receipt.text
    assert "kata2000" in receipt.text


def test_a_word_without_end_stays_on_the_paper() -> None:
    pdf = PRESS.print("receipt", clean({**plain(), "description": "x" * 20_000}), at=AT)
    letter = Printed("", "", pdf)
    assert letter.text.replace(" ", "").count("x" * 80) > 50
    assert len(letter.reader.pages) > 2


def test_what_is_longer_than_a_letter_may_be_is_cut_and_says_so() -> None:
    cut = clean({"text": ["a" * (LONGEST + 1)]})["text"][0]
    assert len(cut) < LONGEST + 200
    assert cut.endswith("selengkapnya ada pada berkas pengaduan.]")


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.txt", "../../../../../../etc/passwd"])
def test_a_template_reads_nothing_outside_its_folder(
    folder: Callable[..., Press], tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret.txt").write_text("rahasia")
    press = folder(thief=f'#read("{path}")')
    with pytest.raises(LetterFailedError):
        press.print("thief", {}, at=AT)


def test_a_template_that_never_ends_is_stopped_and_the_next_letter_is_printed(
    folder: Callable[..., Press],
) -> None:
    endless = "#let turn(n) = { for i in range(3000) { for j in range(3000) { for k in range(3000) { } } } }\n#turn(1)"
    press = folder(
        seconds=1.5,
        endless=endless,
        short='#set document(title: "Pendek")\n#set text(lang: "id")\n= Pendek',
    )
    with pytest.raises(LetterFailedError, match=r"longer than 1\.5 seconds"):
        press.print("endless", {}, at=AT)
    assert press.print("short", {}, at=AT).startswith(b"%PDF")


def test_a_letter_with_more_data_than_paper_is_refused() -> None:
    with pytest.raises(LetterFailedError, match="bytes of data"):
        PRESS.print("receipt", {"text": "x" * 5_000_000}, at=AT)


# Exactly once.


def test_the_same_letter_at_the_same_time_is_the_same_file() -> None:
    assert PRESS.print("receipt", plain(), at=AT) == PRESS.print("receipt", plain(), at=AT)


def test_a_worker_that_dies_between_file_and_row_leaves_one_letter(desk: Desk) -> None:
    case, office = desk.register(), desk.office
    letter_id = str(requested(office)["letter"])
    for sheet in office.work.read(lambda session: sheets_of(session, office.env, letter_id)):
        store_sheet(office.env, sheet, b"%PDF half a letter")  # Here the worker died.
    desk.worker.run_until_idle()
    print_letter(office, requested(office))
    assert len(printed_letters(office, case.id)) == 2
    assert flaws_of_archiving(letter_of(office, case.id, "receipt").pdf) == []
    swept = sweep(office, since=None, before=datetime.now(UTC) + timedelta(minutes=1))
    assert len(swept.orphans) == 2  # The two halves that the dead worker left.
    assert len(list(office.objects.list())) == 2
    assert flaws_of_archiving(letter_of(office, case.id, "receipt").pdf) == []
    assert desk.tags(case.id).count("case:attachment:added") == 2


def test_two_workers_with_one_letter_keep_it_once(desk: Desk) -> None:
    case, office = desk.register(), desk.office
    letter_id = str(requested(office)["letter"])
    sheets = office.work.read(lambda session: sheets_of(session, office.env, letter_id))
    desk.worker.run_until_idle()  # The other worker finishes while this one sleeps.
    mine = tuple(store_sheet(office.env, sheet, b"%PDF of the one who woke up") for sheet in sheets)
    keep_printed(office, letter_id, mine)
    assert len(printed_letters(office, case.id)) == len(list(office.objects.list())) == 2
    assert flaws_of_archiving(letter_of(office, case.id, "receipt").pdf) == []
    office.work.read(lambda session: verify_history(session, case.id))


def test_a_letter_is_asked_for_in_the_history_before_it_is_printed(desk: Desk) -> None:
    case = desk.register()
    assert "case:letter:written" in desk.tags(case.id)
    assert printed_letters(desk.office, case.id) == []
    desk.worker.run_until_idle()
    tags = desk.tags(case.id)
    assert tags.index("case:letter:written") < tags.index("case:attachment:added")


# When something fails.


def test_a_letter_that_cannot_be_set_is_an_incident_and_the_case_goes_on(
    desk: Desk, folder: Callable[..., Press]
) -> None:
    case, office = desk.register(), desk.office
    broken = folder(receipt="#panic()")
    for _ in range(2):
        with pytest.raises(LetterFailedError):
            print_letter(office, requested(office), press=broken)
    incidents = office.work.read(
        lambda session: session.execute(select(Incident.case_id, Incident.cause, Incident.resolved_at)).all()
    )
    assert [(one.case_id, one.resolved_at) for one in incidents] == [(case.id, None)]
    assert "panicked" in incidents[0].cause
    assert "Budi" not in incidents[0].cause
    desk.accept(case.id)
    desk.worker.run_until_idle()  # With the template mended the letter comes after all.
    assert letter_of(office, case.id, "receipt")
    assert count(office, Incident, Incident.resolved_at.is_(None)) == 0


@ON_SQLITE
def test_an_object_store_that_is_away_delays_a_letter_without_an_incident(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise ObjectStoreUnavailableError("away")

    case = desk.register()
    with monkeypatch.context() as patch:
        patch.setattr(type(desk.office.objects), "put", lambda self, **values: away(**values))
        desk.worker.run_until_idle()
    assert printed_letters(desk.office, case.id) == []
    assert count(desk.office, Incident) == 0
    desk.clock.advance(timedelta(hours=1))
    desk.worker.run_until_idle()
    assert letter_of(desk.office, case.id, "receipt")


@ON_SQLITE
def test_the_row_of_a_letter_holds_nothing_personal(desk: Desk) -> None:
    desk.register(name="Nama Rahasia", text="Isi rahasia", address="Alamat rahasia")
    rows = desk.office.work.read(lambda session: session.execute(select(Letter.values, Letter.number)).all())
    assert len(rows) == 1
    assert "ahasia" not in repr(rows)


@ON_SQLITE
def test_an_imported_complaint_gets_no_receipt_of_ours(desk: Desk) -> None:
    desk.register(imported=True)
    assert count(desk.office, Letter) == 0


# The words.


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 16), "Senin, 16 Maret 2026"),
        (date(2026, 8, 17), "Senin, 17 Agustus 2026"),
        (date(2027, 1, 1), "Jumat, 1 Januari 2027"),
    ],
)
def test_a_day_is_written_as_indonesians_write_it(day: date, words: str) -> None:
    assert long_day(day) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Jakarta", "Senin, 16 Maret 2026 pukul 09.05 WIB"),
        ("Asia/Makassar", "Senin, 16 Maret 2026 pukul 10.05 WITA"),
        ("Asia/Jayapura", "Senin, 16 Maret 2026 pukul 11.05 WIT"),
    ],
)
def test_a_moment_is_told_in_the_zone_of_the_office(zone: str, words: str) -> None:
    assert moment(AT, ZoneInfo(zone)) == words


def test_the_folder_of_the_letters_holds_templates_only() -> None:
    assert {path.suffix for path in FOLDER.iterdir()} == {".typ"}
