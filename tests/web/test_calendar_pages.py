"""The administrator keeps the working-day calendar; case pages and status pages say why each date is what it is."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from storage.tables import CasePause, Deadline
from support.designer import Visitor
from support.office import Desk
from support.pages import page_problems

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
CALENDAR = "/settings/calendar"
NEW_DAY = {
    "day": "2026-03-04",
    "name": "Hari Jadi Kabupaten",
    "name_en": "Anniversary",
    "kind": "local",
    "day_reason": "Keputusan Bupati 12/2026",
}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Return the system administrator, signed in."""
    return Visitor.signed_in(app, "administrator")


def plain(page: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_year_shows_its_days_off_and_its_working_days(admin: Visitor) -> None:
    page = admin.page(f"{CALENDAR}?year=2026")
    said = plain(page)
    assert "240 hari kerja · Senin sampai Jumat · WIB · versi 1" in said
    assert page.count('<table class="month__days">') == 12
    assert page.count('class="is-off"') == 25
    assert "Hari Suci Nyepi" in said
    assert "Cuti Bersama Hari Raya Natal" in said
    assert f'href="{CALENDAR}?year=2025"' in page
    assert f'href="{CALENDAR}?year=2027"' in page


@pytest.mark.parametrize(("asked", "shown"), [("1999", 2000), ("2999", 2030), ("x", 2026), ("", 2026)])
def test_a_year_outside_the_calendar_shows_the_nearest(admin: Visitor, asked: str, shown: int) -> None:
    assert f'aria-current="page">{shown}<' in admin.page(f"{CALENDAR}?year={asked}")


def test_a_day_off_is_added_and_open_deadlines_move(app: Flask, admin: Visitor, desk: Desk) -> None:
    case = desk.register()
    officer = Visitor.signed_in(app, "admin.instansi")
    before = plain(officer.page(f"/cases/{case.id}"))
    assert "Kamis, 5 Maret 2026" in before
    admin.page(CALENDAR)
    page = admin.follow(admin.post(f"{CALENDAR}/days", **NEW_DAY))
    said = plain(page)
    assert "Kalender berubah. Tenggat yang masih berjalan dihitung ulang." in said
    assert "Tenggat sedang dihitung ulang menurut kalender versi 2" in said
    assert "0 dari 1 kasus selesai" in said
    assert '<progress class="progress" max="1" value="0"' in page
    assert "Keputusan Bupati 12/2026" in said
    desk.worker.run_until_idle()
    said = plain(admin.page(CALENDAR))
    assert "1 kasus diperiksa, 1 di antaranya bergeser." in said
    after = plain(officer.page(f"/cases/{case.id}"))
    assert "Jumat, 6 Maret 2026" in after
    assert "Rabu 4 Maret 2026: Hari Jadi Kabupaten, tidak dihitung" in after
    assert "Keputusan Bupati 12/2026" in plain(officer.page(f"/cases/{case.id}/history"))


# (what is sent, the field that is blamed)
WRONG = [
    ({"day": ""}, "day"),
    ({"day": "besok"}, "day"),
    ({"name": " "}, "name"),
    ({"day_reason": ""}, "day_reason"),
    ({"day": "2026-03-07"}, "day"),
    ({"day": "2026-03-19"}, "day"),
    ({"day": "2099-01-01"}, "day"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_a_refused_day_is_told_at_its_field_and_nothing_typed_is_lost(
    admin: Visitor, changes: dict[str, str], field: str
) -> None:
    admin.page(CALENDAR)
    answer = admin.post(f"{CALENDAR}/days", **{**NEW_DAY, **changes})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert 'value="Anniversary"' in answer.text
    assert "versi 1" in plain(admin.page(CALENDAR))


def test_a_day_off_is_renamed_and_taken_away(admin: Visitor) -> None:
    path = f"{CALENDAR}/days/2026-03-19"
    page = admin.page(path)
    assert "Kamis, 19 Maret 2026" in plain(page)
    answer = admin.post(path, name="Nyepi 1948", kind="national", name_reason="Nama resmi")
    assert "Nyepi 1948" in plain(admin.follow(answer))
    admin.page(path)
    refused = admin.post(f"{path}/removal", removal_reason="")
    assert refused.status_code == 422
    assert 'id="f-removal_reason-error"' in refused.text
    page = admin.follow(admin.post(f"{path}/removal", removal_reason="Keputusan dicabut"))
    assert "Nyepi 1948" not in plain(page)
    assert "241 hari kerja" in plain(page)
    admin.page(path, status=404)


@pytest.mark.parametrize("on", ["2026-03-17", "2026-13-45", "besok"])
def test_a_day_that_is_no_day_off_is_not_found(admin: Visitor, on: str) -> None:
    admin.page(f"{CALENDAR}/days/{on}", status=404)


def test_week_zone_and_next_year_are_changed(admin: Visitor) -> None:
    admin.page(CALENDAR)
    six = [str(number) for number in range(6)]
    page = admin.follow(admin.post(f"{CALENDAR}/week", weekdays=six, week_reason="Enam hari kerja"))
    assert "Senin sampai Sabtu" in plain(page)
    page = admin.follow(admin.post(f"{CALENDAR}/zone", zone="Asia/Makassar", zone_reason="Pindah zona"))
    assert "· WITA ·" in plain(page)
    admin.follow(admin.post(f"{CALENDAR}/years", year_reason="Tahun anggaran baru"))
    page = plain(admin.page(f"{CALENDAR}?year=2031"))
    assert "versi 4" in page
    assert "Tambah tahun 2032" in page


# (address, what is sent, the field that is blamed)
ALSO_WRONG = [
    ("week", {"weekdays": ["0", "1"], "week_reason": "Sebab"}, "weekdays"),
    ("week", {"weekdays": list("01234"), "week_reason": "Sebab"}, "weekdays"),
    ("zone", {"zone": "Europe/Paris", "zone_reason": "Sebab"}, "zone"),
    ("zone", {"zone": "Asia/Jakarta", "zone_reason": ""}, "zone_reason"),
    ("years", {"year_reason": ""}, "year_reason"),
]


@pytest.mark.parametrize(("address", "sent", "field"), ALSO_WRONG)
def test_a_refused_change_opens_its_form_again(
    admin: Visitor, address: str, sent: dict[str, str], field: str
) -> None:
    admin.page(CALENDAR)
    answer = admin.post(f"{CALENDAR}/{address}", **sent)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def test_only_the_administrator_finds_the_calendar(app: Flask) -> None:
    officer = Visitor.signed_in(app, "admin.instansi")
    assert CALENDAR not in officer.page("/tasks")
    officer.page(CALENDAR, status=404)
    assert f'href="{CALENDAR}"' in Visitor.signed_in(app, "administrator").page("/users")


# The case page.


def change(desk: Desk, case_id: str, clock: str, /, **values: object) -> None:
    """Change what is stored of a deadline."""
    where = (Deadline.case_id == case_id, Deadline.clock == clock)
    desk.office.work.write(lambda session: session.execute(update(Deadline).where(*where).values(**values)))


def test_each_date_of_a_case_says_why(app: Flask, desk: Desk) -> None:
    case = desk.register()
    page = Visitor.signed_in(app, "admin.instansi").page(f"/cases/{case.id}")
    said = plain(page)
    assert page.count('class="deadlines__one deadlines__one--first"') == 1
    assert page.count("Tenggat kasus</span>") == 1
    assert "Mengapa tanggal ini?" in said
    assert "14 hari kalender sejak pengaduan diterima, akhir pekan dan hari libur ikut dihitung" in said
    assert "Aturan sp4n-2018 versi 1, dasar: undang-undang (UU 25/2009 44). Kalender kerja versi 1." in said
    assert "dasar: praktik resmi; jeda: ketentuan kantor." in said


def test_promise_breach_and_extension_are_shown_beside_the_date(app: Flask, desk: Desk) -> None:
    case = desk.register()
    change(desk, case.id, "final_ordinary", promised_on=date(2026, 3, 12))
    change(desk, case.id, "first_answer_law", breached_at=desk.clock.now())
    said = plain(Visitor.signed_in(app, "admin.instansi").page(f"/cases/{case.id}"))
    assert "Dijanjikan kepada pelapor: Kamis, 12 Maret 2026" in said
    assert "Batas undang-undang terlewati" in said


def test_a_paused_clock_says_since_when(app: Flask, desk: Desk) -> None:
    case = desk.register()
    now = desk.clock.now()
    pause = CasePause(
        id=desk.office.env.new_id(),
        case_id=case.id,
        stage="awaiting_completion",
        started_at=now + timedelta(hours=1),
        ended_at=None,
    )
    desk.office.work.write(lambda session: session.add(pause))
    change(desk, case.id, "verification", due_at=None)
    page = Visitor.signed_in(app, "admin.instansi").page(f"/cases/{case.id}")
    said = plain(page)
    assert "Dijeda sejak Senin 2 Maret 2026" in said
    assert "Bagaimana dihitung?" in said


def test_a_date_that_is_not_what_the_rules_lead_to_is_admitted(app: Flask, desk: Desk) -> None:
    case = desk.register()
    change(desk, case.id, "verification", due_at=desk.clock.now() + timedelta(days=9))
    said = plain(Visitor.signed_in(app, "admin.instansi").page(f"/cases/{case.id}"))
    assert "berbeda dari hasil hitung ulang" in said


def test_the_complainant_reads_the_limits_in_plain_words(app: Flask, desk: Desk) -> None:
    case = desk.register()
    reference, secret = desk.secrets[case.id]
    visitor = Visitor(app.test_client())
    visitor.page("/complaints/status")
    page = visitor.follow(visitor.post("/complaints/status", reference=reference, secret=secret))
    assert page_problems(page) == []
    said = plain(page)
    assert "Batas waktu dan alasannya" in said
    assert "Paling lambat Kamis 5 Maret 2026: 3 hari kerja sejak pengaduan diterima." in said
    assert "Jawaban pertama menurut undang-undang" in said
    public = plain(Visitor(app.test_client()).page(f"/complaints/status/{reference}"))
    assert "Batas waktu dan alasannya" not in public
