"""Fixtures for the real browser: Debian's Chromium, which may speak to this machine only."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from support.needs import require

LOCAL = {"127.0.0.1", "localhost", "::1", None}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page names outside this machine is not even looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
]
WIDE = (1280, 900)
NARROW = (360, 740)
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# What the law for public services asks for: WCAG 2.2 at level AA, with axe's own best practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

NewPage = Callable[..., Page]


class Complaints:
    """What pages did that no page of ours may: speak to other machines, break a policy, fail in a script."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to everything that the context's pages do."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.texts.append(f"script failed: {error.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOCAL:
            self.texts.append(f"asked another machine: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.texts.append(f"broke the policy: {message.text}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a Chromium for the tests of one module.

    Not for the whole session: the synchronous driver keeps an event loop running, which tests that come
    later and bring a loop of their own would trip over.
    """
    program = shutil.which("chromium") or os.environ.get("TUNTAS_TEST_CHROMIUM", "")
    require(
        program, "Chromium (Debian's package chromium, or TUNTAS_TEST_CHROMIUM=/path)", "make test, as root,"
    )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Yield a way to open pages, each with cookies of its own: `new_page(width=360, height=740)`.

    Further words go to the browser's context, such as `java_script_enabled=False` or `locale="en"`. The
    test fails at its end if any page asked another machine, broke the security policy or failed in a script.
    """
    complaints = Complaints()
    contexts: list[BrowserContext] = []

    def open_page(width: int = WIDE[0], height: int = WIDE[1], **options: object) -> Page:
        settings = {"locale": "id-ID", "timezone_id": "Asia/Jakarta", "reduced_motion": "reduce", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        complaints.watch(context)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.texts == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """Return one page of ordinary width, in Indonesian."""
    return new_page()


def accessibility_problems(page: Page) -> list[str]:
    """Return what axe-core finds wrong on the page as it is shown now, one line for each element."""
    require(AXE.is_file(), "axe-core (an npm package)", "make assets")
    # Evaluated by the browser's debugger, so the page's content security policy stays as strict as it is.
    page.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
    options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    found = page.evaluate(f"axe.run(document, {options})")
    return [
        f"{violation['id']}: {violation['help']} at {' '.join(map(str, node['target']))}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Tell whether the page is wider than the window, so that it would have to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
