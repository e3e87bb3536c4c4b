"""The tests' own instruments measure what they say: a page with a mistake is told, a good one is not."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from support.browser import Complaints, accessibility_problems
from support.pages import page_problems

GOOD = """<!doctype html>
<html lang="id"><head><title>Aduan</title></head><body><main><h1>Aduan</h1>
<form method="post" action="/complaints"><input type="hidden" name="csrf_token" value="x">
<label for="text">Isi</label><textarea id="text" name="text"></textarea>
<label>Nama <input name="name"></label><button>Kirim</button></form></main></body></html>"""

# (what is replaced, by what, what must be told)
MISTAKES = [
    ("<title>Aduan</title>", "", "no title"),
    (' lang="id"', "", "no language"),
    ("<h1>Aduan</h1>", "", "0 h1 headings instead of one"),
    ("</main>", "<h1>Lagi</h1></main>", "2 h1 headings instead of one"),
    ("</main>", "", "invalid HTML"),
    ("</main>", "<p id=text></p></main>", "the id 'text' is used 2 times"),
    ('for="text"', "", "a field without label: text"),
    ('for="text"', 'for="txt"', "for names no element: txt"),
    (' action="/complaints"', "", "a form without action"),
    ('name="csrf_token"', 'name="token"', "a form without csrf_token: /complaints"),
    ("<input name", '<input type="file" name', "a form with a file that would not be sent"),
    ("<button>Kirim", "<button>", "a button without text"),
    ("<h1>", '<h1 style="color:red">', "an inline style"),
    ("<h1>", '<h1 onclick="go()">', "an inline onclick"),
    ("</main>", "<script>go()</script></main>", "an inline script"),
    ("</main>", '<a href="javascript:go()">x</a></main>', "a link that is a script"),
    ("</main>", '<img src="a.png"></main>', "an image without alt: a.png"),
]


def test_a_good_page_has_no_problem() -> None:
    assert page_problems(GOOD) == []


@pytest.mark.parametrize(("good", "bad", "told"), MISTAKES)
def test_a_page_with_a_mistake_is_told(good: str, bad: str, told: str) -> None:
    assert [problem for problem in page_problems(GOOD.replace(good, bad, 1)) if told in problem]


def test_the_browser_shows_a_page_that_axe_likes(page: Page) -> None:
    page.set_content(GOOD)
    assert page.get_by_role("heading").inner_text() == "Aduan"
    assert accessibility_problems(page) == []


def test_axe_tells_a_field_that_nobody_can_name(page: Page) -> None:
    page.set_content(GOOD.replace('for="text"', ""))
    assert [problem.partition(":")[0] for problem in accessibility_problems(page)] == ["label"]


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize(
    "address", ["http://example.com/x.png", "http://192.0.2.1/x.png", "https://[2001:db8::1]/"]
)
def test_the_browser_reaches_no_other_machine_and_the_attempt_is_told(browser: Browser, address: str) -> None:
    complaints = Complaints()
    with browser.new_context() as context:
        complaints.watch(context)
        page = context.new_page()
        with page.expect_event("requestfailed") as failed:
            page.set_content(GOOD.replace("<h1>", f'<img alt="" src="{address}"><h1>'), wait_until="commit")
        assert failed.value.failure == "net::ERR_NAME_NOT_RESOLVED"
    assert complaints.texts == [f"asked another machine: {address}"]
