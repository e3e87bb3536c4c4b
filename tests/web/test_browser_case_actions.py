"""The menu of acts on a case and their forms, in a real browser at two widths, held to WCAG 2.2 AA."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from support.acts import ADMIN, to_unit
from support.browser import NARROW, WIDE, NewPage, accessibility_problems, overflows
from support.office import Desk
from tuntas.found import PASSWORD

pytestmark = [
    pytest.mark.parametrize("office_url", ["sqlite"], indirect=True),
    pytest.mark.xdist_group("browser"),
]


def sound(page: Page) -> None:
    """The page fits its window and breaks no rule of accessibility."""
    assert not overflows(page), page.url
    assert accessibility_problems(page) == [], page.url


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_one_menu_leads_to_every_act_and_each_form_fits(
    new_page: NewPage, site: str, desk: Desk, size: tuple[int, int]
) -> None:
    case_id = to_unit(desk)
    page = new_page(*size, color_scheme="light")
    page.goto(f"{site}/sign-in")
    page.get_by_label("Nama pengguna").fill(ADMIN)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{site}/cases/{case_id}")
    menu = page.get_by_text("Tindakan lain")
    expect(page.get_by_role("link", name="Ubah klasifikasi")).not_to_be_visible()
    menu.click()
    expect(page.get_by_role("link", name="Ubah klasifikasi")).to_be_visible()
    sound(page)
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/menu-{size[0]}.png")
    links = [link.get_attribute("href") for link in page.locator(".menu__list a").all()]
    assert len(links) == 6
    for href in links:
        page.goto(f"{site}{href}")
        sound(page)
        if os.environ.get("SHOTS"):
            page.screenshot(
                path=f"{os.environ['SHOTS']}/{str(href).rsplit('/', 1)[-1]}-{size[0]}.png", full_page=True
            )
    page.get_by_role("button", name="Simpan penahanan").click()
    expect(page.get_by_role("alert")).to_be_focused()
    sound(page)
