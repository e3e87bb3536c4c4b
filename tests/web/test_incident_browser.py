"""The incident centre in a real browser, at two widths, held to WCAG 2.2 AA: seen first, then mended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases.errors import ProcessIncidentError
from support.browser import NARROW, WIDE, NewPage, accessibility_problems, overflows
from support.office import Desk
from support.own_process import STUCK, deploy_drawn, start_beside
from tuntas.found import PASSWORD

pytestmark = [
    pytest.mark.parametrize("office_url", ["sqlite"], indirect=True),
    pytest.mark.xdist_group("browser"),
]


def look_at(page: Page) -> None:
    """The page fits its window and breaks no rule of accessibility."""
    assert not overflows(page), page.url
    assert accessibility_problems(page) == [], page.url


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_an_administrator_sees_what_a_move_would_change_and_moves(
    new_page: NewPage, site: str, desk: Desk, size: tuple[int, int]
) -> None:
    deploy_drawn(desk.office, STUCK)
    cases = [desk.register().id for _ in range(2)]
    for case_id in cases:
        start_beside(desk.office, case_id, "stuck", secret="budi")
    desk.clock.advance(timedelta(hours=2))
    for _ in cases:
        with pytest.raises(ProcessIncidentError):
            desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    page = new_page(*size)
    page.goto(f"{site}/sign-in")
    page.get_by_label("Nama pengguna").fill("administrator")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{site}/incidents")
    look_at(page)
    page.locator('th a[href*="/incidents/"]').first.click()
    expect(page.get_by_label("Pindahkan ke")).to_be_hidden()
    page.get_by_label("Tindakan").select_option("move")
    page.get_by_label("Pindahkan ke").select_option("look")
    page.get_by_label("Alasan", exact=True).fill("Gambar keliru")
    page.get_by_role("button", name="Lihat dahulu akibatnya").click()
    expect(page.get_by_role("heading", name="Yang akan berubah")).to_be_visible()
    look_at(page)
    page.get_by_role("button", name="Lakukan sekarang").click()
    expect(page.get_by_text("Tindakan dilakukan.")).to_be_visible()
    page.goto(f"{site}/incidents")
    page.get_by_role("link", name="Tangani semua").click()
    page.get_by_label("Alasan", exact=True).fill("Semua sama")
    page.get_by_role("button", name="Lihat dahulu akibatnya").click()
    look_at(page)
    page.get_by_role("button", name="Langsung lakukan").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look_at(page)
