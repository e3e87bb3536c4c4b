"""Every main page in a real browser, at two widths, held to WCAG 2.2 AA; and one complaint clicked through."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from support.browser import NARROW, WIDE, NewPage, accessibility_problems, overflows
from support.office import Desk
from tuntas.found import PASSWORD

pytestmark = [
    pytest.mark.parametrize("office_url", ["sqlite"], indirect=True),
    pytest.mark.xdist_group("browser"),
]

PUBLIC_PAGES = ("/", "/complaints/new", "/complaints/status", "/sign-in", "/no-such-page")
STAFF_PAGES = {
    "admin.instansi": ("/tasks", "/tasks?scope=mine", "/cases", "/cases?stage=closed", "/account"),
    "penerima": ("/cases/new",),
    "administrator": (
        "/users",
        "/users/new",
        "/units",
        "/units/new",
        "/settings/calendar",
        "/settings/calendar/days/2026-03-19",
        "/incidents",
    ),
}


def sign_in(page: Page, site: str, username: str) -> None:
    """Sign in with the password of the fictional office."""
    page.goto(f"{site}/sign-in")
    page.get_by_label("Nama pengguna").fill(username)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_out(page: Page) -> None:
    """Leave, so that somebody else can sit down."""
    page.get_by_role("button", name="Keluar").click()


def assert_sound(page: Page) -> None:
    """The page fits its window and breaks no rule of accessibility."""
    assert not overflows(page), page.url
    assert accessibility_problems(page) == [], page.url


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_public_pages_are_accessible(
    new_page: NewPage, site: str, desk: Desk, size: tuple[int, int], scheme: str
) -> None:
    page = new_page(*size, color_scheme=scheme)
    case = desk.register()
    for path in (*PUBLIC_PAGES, f"/complaints/status/{case.reference}"):
        page.goto(site + path)
        assert_sound(page)
    page.goto(f"{site}/complaints/new")
    page.get_by_role("button", name="Kirim pengaduan").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_sound(page)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_staff_pages_are_accessible(new_page: NewPage, site: str, desk: Desk, size: tuple[int, int]) -> None:
    case = desk.register()
    page = new_page(*size)
    for username, paths in STAFF_PAGES.items():
        sign_in(page, site, username)
        for path in paths:
            page.goto(site + path)
            assert_sound(page)
        sign_out(page)
    sign_in(page, site, "admin.instansi")
    task = desk.task(case.id, "verify_complaint")
    for path in (f"/tasks/{task.id}", f"/cases/{case.id}", f"/cases/{case.id}/history"):
        page.goto(site + path)
        assert_sound(page)


def test_fields_that_belong_to_one_answer_appear_with_it(page: Page, site: str, desk: Desk) -> None:
    task = desk.task(desk.register().id, "verify_complaint")
    sign_in(page, site, "admin.instansi")
    page.goto(f"{site}/tasks/{task.id}")
    reason = page.get_by_label("Alasan pengarsipan")
    expect(reason).to_be_hidden()
    page.get_by_label("Arsipkan").check()
    expect(reason).to_be_visible()


def test_every_step_works_without_javascript(new_page: NewPage, site: str, desk: Desk) -> None:
    case = desk.register()
    task = desk.task(case.id, "verify_complaint")
    page = new_page(java_script_enabled=False)
    sign_in(page, site, "admin.instansi")
    page.goto(f"{site}/tasks/{task.id}")
    expect(page.get_by_label("Alasan pengarsipan")).to_be_visible()
    page.get_by_label("Terima dan teruskan ke disposisi").check()
    page.get_by_label("Pengaduan biasa").check()
    page.get_by_label("Kategori").select_option("pekerjaan_umum_jalan_berlubang")
    page.get_by_role("button", name="Selesaikan tugas").click()
    expect(page.get_by_role("status")).to_contain_text("Tugas selesai")


def file_complaint(page: Page, site: str) -> tuple[str, str]:
    """Fill in the form as a citizen does; answer reference and tracking code."""
    page.goto(site)
    page.get_by_role("main").get_by_role("link", name="Ajukan pengaduan").click()
    page.get_by_label("Pengaduan", exact=True).check()
    page.get_by_label("Judul").fill("Lubang besar di Jalan Melati")
    page.get_by_label("Isi laporan").fill("Sudah tiga minggu ada lubang di depan pasar. Mohon ditambal.")
    page.get_by_label("Foto atau berkas pendukung").set_input_files(
        {"name": "catatan.txt", "mimeType": "text/plain", "buffer": b"Foto menyusul."}
    )
    page.get_by_role("button", name="Kirim pengaduan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pengaduan Anda kami terima")
    assert_sound(page)
    reference, secret = page.locator(".receipt__code dd").all_inner_texts()
    return reference, secret


def complete(page: Page, site: str, username: str, reference: str, **answers: str) -> None:
    """Somebody signs in, opens their task of the case, answers by label, and completes it."""
    sign_in(page, site, username)
    page.get_by_role("row").filter(has_text=reference).get_by_role("link").click()
    for name, answer in answers.items():
        control = page.locator(f"#f-{name}")
        if control.evaluate("element => element.tagName") == "FIELDSET":
            page.locator(f"#f-{name}-{answer}").check()
        elif control.evaluate("element => element.tagName") == "SELECT":
            control.select_option(answer)
        else:
            control.fill(answer)
    page.get_by_role("button", name="Selesaikan tugas").click()
    expect(page.get_by_role("status")).to_contain_text("Tugas selesai")
    sign_out(page)


STEPS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "admin.instansi",
        {"decision": "accept", "case_class": "ordinary", "category": "pekerjaan_umum_jalan_berlubang"},
    ),
    ("admin.instansi", {"lead_unit": "pupr", "priority": "normal", "instruction": "Tambal segera."}),
    ("penghubung.pupr", {"decision": "accept"}),
    ("pelaksana.pupr", {"note": "Sudah ditinjau di lapangan."}),
    (
        "pelaksana.pupr",
        {"response_kind": "action_taken", "response": "Lubang sudah ditambal pada hari Rabu."},
    ),
    ("atasan.pupr", {"decision": "approve"}),
)
"""Who fills in which form, in order."""


def confirm(citizen: Page) -> None:
    """The complainant reads the answer on the private page and says that it is solved."""
    expect(citizen.get_by_text("Lubang sudah ditambal pada hari Rabu.")).to_be_visible()
    assert_sound(citizen)
    citizen.get_by_role("link", name="Nyatakan selesai").click()
    citizen.get_by_label("Penilaian").fill("5")
    citizen.get_by_role("button", name="Nyatakan selesai").click()
    expect(citizen.get_by_role("status")).to_contain_text("Pengaduan Anda ditutup")
    assert_sound(citizen)


def test_a_complaint_is_clicked_through_from_the_form_to_the_closed_case(
    new_page: NewPage, site: str
) -> None:
    citizen, office = new_page(*NARROW), new_page(*WIDE)
    reference, secret = file_complaint(citizen, site)
    for username, answers in STEPS:
        complete(office, site, username, reference, **answers)
    citizen.goto(f"{site}/complaints/status")
    confirm(citizen)
    assert secret not in citizen.content()
    sign_in(office, site, "auditor")
    office.goto(f"{site}/cases?text={reference}")
    office.get_by_role("link", name="Lubang besar di Jalan Melati").click()
    expect(office.get_by_role("img", name="Diagram Penanganan pengaduan")).to_be_attached()
    office.get_by_role("link", name="Riwayat lengkap").click()
    expect(office.get_by_text("Riwayat utuh")).to_be_visible()
    assert_sound(office)
