"""A designer changes the lifecycle in a real browser, and the next complaint meets the change."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from support.browser import NARROW, NewPage, accessibility_problems, overflows
from support.office import Desk
from tuntas.found import PASSWORD

pytestmark = [
    pytest.mark.parametrize("office_url", ["sqlite"], indirect=True),
    pytest.mark.xdist_group("browser"),
]

SLOW = 20_000
"""Milliseconds for a page or an answer on a busy machine."""

FLOW = "verify_complaint_to_how_was_it_verified"


def sign_in(page: Page, site: str, username: str) -> None:
    """Sign in with the password of the fictional office."""
    page.goto(f"{site}/sign-in")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def open_lifecycle(page: Page, site: str) -> None:
    """Open the running version of the lifecycle in the Modeler."""
    sign_in(page, site, "perancang")
    page.goto(f"{site}/processes")
    page.get_by_role("link", name="Ubah Penanganan pengaduan").click()
    expect(page.locator("[data-element-id=verify_complaint]").first).to_be_visible(timeout=SLOW)


def select(page: Page, element_id: str) -> None:
    """Click an element of the diagram until the panel shows it.

    After something was dropped, the modeler swallows one click, which a person is too slow to notice.
    """
    shown = field(page, "id")
    for _ in range(5):
        page.locator(f"g[data-element-id={element_id}] > .djs-hit").first.click()
        try:
            return expect(shown).to_have_value(element_id, timeout=2_000)
        except AssertionError:
            continue
    return expect(shown).to_have_value(element_id)


def rename(page: Page, name: str) -> None:
    """Give the first task another name."""
    select(page, "verify_complaint")
    field(page, "name").fill(name)
    field(page, "name").press("Tab")


def field(page: Page, name: str) -> Locator:
    """A field of the properties panel."""
    return page.locator(f"#designer-panel [data-field='{name}']")


def drop_user_task_on(page: Page, flow: str) -> None:
    """Take a user task from the palette and drop it on the middle of a straight flow, which splits."""
    box = page.locator(f"g[data-element-id={flow}] .djs-hit").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.locator(".djs-palette [data-action='create.user-task']").click()
    page.mouse.move(x - 8, y, steps=3)
    page.mouse.move(x, y, steps=4)
    page.mouse.click(x, y)


def findings(page: Page) -> list[str]:
    """Ids of the elements that the last check found something wrong with."""
    buttons = page.locator("#designer-findings .findings__item--error button")
    return [str(name) for name in buttons.evaluate_all("all => all.map(one => one.dataset.element)")]


def check(page: Page) -> None:
    """Press the check's button and wait for what it says."""
    page.get_by_role("button", name="Periksa", exact=True).click()
    expect(page.locator("#designer-status")).to_contain_text("galat", timeout=SLOW)


def deploy(page: Page, note: str) -> None:
    """Ask for the deployment of what is on the canvas."""
    page.get_by_role("button", name="Terbitkan").click()
    page.fill("#designer-note", note)
    page.locator("#designer-deploy-dialog").get_by_role("button", name="Terbitkan").click()


def set_timer(page: Page, text: str) -> None:
    """Write into the timer of the selected element."""
    field(page, "timer").fill(text)
    field(page, "timer").press("Tab")


def make_form(page: Page) -> None:
    """A form with a text and a date, without a line of JSON."""
    page.get_by_role("button", name="Buat formulir baru").click()
    form = page.locator("#designer-forms")
    form.get_by_label("Pertanyaan atau nama isian").fill("Apa yang terlihat di lapangan?")
    form.get_by_role("button", name="Tambah isian").click()
    form.get_by_label("Pertanyaan atau nama isian").last.fill("Tanggal pemeriksaan")
    form.get_by_label("Jenis isian").last.select_option(label="Tanggal")
    expect(form.locator(".preview")).to_contain_text("Tanggal pemeriksaan")


def is_told_of_mistakes(page: Page) -> None:
    """The new task has no form yet, and no clock understands the timer: both are told, nothing is deployed."""
    check(page)
    assert set(findings(page)) == {"periksa_lapangan", "completion_expired"}
    deploy(page, "Belum benar")
    expect(page.locator("#designer-status")).to_contain_text("Belum dapat diterbitkan", timeout=SLOW)
    assert "/drafts/" in page.url


def meets_the_new_task(officer: Page, site: str, desk: Desk) -> None:
    """The next complaint meets the new task, and an officer completes it with its form."""
    case = desk.register()
    desk.accept(case.id)
    task = desk.task(case.id, "periksa_lapangan")
    assert (task.name, task.role) == ("Periksa lapangan", "coordinating_admin")
    sign_in(officer, site, "admin.instansi")
    officer.goto(f"{site}/tasks/{task.id}")
    officer.get_by_label("Apa yang terlihat di lapangan?").fill("Lubang 40 cm, dalam 10 cm.")
    officer.get_by_label("Tanggal pemeriksaan").fill("2026-03-02")
    officer.get_by_role("button", name="Selesaikan tugas").click()
    officer.wait_for_url(lambda url: task.id not in url)
    desk.task(case.id, "dispose_complaint")


def test_a_designer_adds_a_task_with_a_form_and_the_next_complaint_meets_it(
    page: Page, new_page: NewPage, site: str, desk: Desk
) -> None:
    open_lifecycle(page, site)
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    drop_user_task_on(page, FLOW)
    page.keyboard.type("Periksa lapangan")
    page.keyboard.press("Enter")
    expect(field(page, "id")).to_have_value("periksa_lapangan")
    expect(page.locator("#designer-unsaved")).to_be_visible()

    page.locator("#designer-fit").click()  # The timer is further on than the screen reaches.
    select(page, "completion_expired")
    set_timer(page, "tiga hari")
    is_told_of_mistakes(page)

    # A finding leads to its element, where it is mended.
    page.locator("button[data-element=completion_expired]").first.click()
    page.get_by_role("tab", name="Sifat").click()
    set_timer(page, "clock:completion")
    page.get_by_role("tab", name="Temuan").click()
    page.locator("button[data-element=periksa_lapangan]").first.click()
    page.get_by_role("tab", name="Sifat").click()
    make_form(page)
    check(page)
    assert findings(page) == []

    deploy(page, "Periksa lapangan sebelum disposisi")
    expect(page.get_by_text("Versi baru diterbitkan")).to_be_visible(timeout=SLOW)
    expect(page.locator("main")).to_contain_text("Versi 2")
    meets_the_new_task(new_page(), site, desk)


def test_a_hostile_name_is_shown_and_never_run(page: Page, site: str) -> None:
    open_lifecycle(page, site)
    hostile = "<img src=x onerror=\"document.title='broken'\">"
    select(page, "verify_complaint")
    field(page, "name").fill(hostile)
    field(page, "name").press("Tab")
    expect(page.locator("#designer-panel .panel__name")).to_have_text(hostile)
    field(page, "formKey").select_option("")
    check(page)
    expect(page.locator("#designer-findings")).to_contain_text("onerror")
    assert page.locator("#designer-findings img, #designer-panel img, .djs-container img[src=x]").count() == 0
    assert "broken" not in page.title()


def test_what_was_not_saved_is_not_lost_without_a_question(page: Page, site: str) -> None:
    open_lifecycle(page, site)
    select(page, "verify_complaint")
    field(page, "name").fill("Periksa dahulu")
    field(page, "name").press("Control+s")
    expect(page.locator("#designer-status")).to_contain_text("Draf tersimpan", timeout=SLOW)
    page.reload()
    expect(page.locator("[data-element-id=verify_complaint]").first).to_be_visible()
    expect(page.locator("g[data-element-id=verify_complaint]").first).to_contain_text("Periksa dahulu")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    select(page, "verify_complaint")
    field(page, "name").fill("Lain")
    field(page, "name").press("Tab")
    page.goto(f"{site}/processes")
    assert asked == ["beforeunload"]


def publish(page: Page, note: str) -> None:
    """Press the button, say what changed, confirm."""
    page.get_by_role("button", name="Terbitkan").click()
    page.fill("#designer-note", note)
    page.locator("#designer-deploy-dialog").get_by_role("button", name="Terbitkan").click()


def test_when_a_colleague_was_faster_the_work_is_kept_and_can_go_on_top(
    page: Page, new_page: NewPage, site: str
) -> None:
    open_lifecycle(page, site)
    rename(page, "Periksa dahulu")
    colleague = new_page()
    open_lifecycle(colleague, site)
    rename(colleague, "Teliti pengaduan")
    publish(colleague, "Rekan lebih dulu")
    expect(colleague.get_by_text("Versi baru diterbitkan")).to_be_visible(timeout=SLOW)

    publish(page, "Nama lain")
    expect(page.get_by_role("link", name="Lihat versi 2")).to_be_visible()
    page.get_by_role("button", name="Simpan draf saya di atas versi 2").click()
    expect(page.locator("#designer-status")).to_contain_text("Draf tersimpan", timeout=SLOW)
    publish(page, "Nama lain")
    expect(page.get_by_text("Versi baru diterbitkan")).to_be_visible(timeout=SLOW)
    expect(page.locator("main")).to_contain_text("Versi 3")


@pytest.mark.parametrize("size", [(1280, 900), NARROW])
def test_the_designers_pages_are_accessible(new_page: NewPage, site: str, size: tuple[int, int]) -> None:
    page = new_page(*size)
    sign_in(page, site, "perancang")
    page.goto(f"{site}/processes")
    assert accessibility_problems(page) == []
    assert not overflows(page)
    page.get_by_role("link", name="Penanganan pengaduan", exact=True).click()
    expect(page.locator(".diagram-view__canvas .djs-container")).to_be_visible()
    assert accessibility_problems(page) == []
    assert not overflows(page)
    page.get_by_role("link", name="Ubah di perancang").click()
    expect(page.locator("[data-element-id=verify_complaint]").first).to_be_attached()
    check(page)
    page.get_by_role("tab", name="Formulir").click()
    assert accessibility_problems(page) == []
    assert not overflows(page)
