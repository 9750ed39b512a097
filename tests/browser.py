"""Debian's Chromium, for the tests that look at pages as people do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-unsafe-swiftshader",  # maps are drawn by WebGL, here without a graphics card
]  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def launched() -> Iterator[Any]:
    """A browser as long as the block lasts; the test is skipped where there is none.

    While it runs, its loop is this thread's: tests with `asyncio.run` cannot run beside it.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        # As long as everything else waits: a machine that does other things is no fault of a page.
        playwright.expect.set_options(timeout=30_000)
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Visits:
    """Opens pages; `end` closes them and fails for a fault in one, or for a foreign host asked.

    A request that was refused is said by the browser on the console too. Where a test wants it
    refused, it names a part of what is said in `expected`.
    """

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.contexts: list[Any] = []
        self.faults: list[str] = []
        self.hosts: set[str] = set()
        self.served: set[str] = set()
        self.expected: list[str] = []

    def __call__(
        self,
        url: str,
        address: str = "",
        language: str = "en-US",
        viewport: dict[str, int] = DESK,
        **more: Any,
    ) -> Any:
        """The page at `address` of the console served at `url`, its section open."""
        page = self.page(url, language, viewport, **more)
        page.goto(f"{url}/{address}")
        return page

    def page(
        self, url: str, language: str = "en-US", viewport: dict[str, int] = DESK, **more: Any
    ) -> Any:
        """A page that is nowhere yet."""
        context = self.browser.new_context(viewport=viewport, locale=language, **more)
        self.contexts.append(context)
        self.served.add(url.split("/")[2])
        page = context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("console", self._said)
        page.on("response", self._refused)
        page.on("request", lambda request: self.hosts.add(_host(request.url)))
        return page

    def _said(self, line: Any) -> None:
        if line.type == "error" and "the server responded with a status of" not in line.text:
            self.faults.append(line.text)

    def _refused(self, answer: Any) -> None:
        """The browser says on its console that something was refused, and not what."""
        if answer.status >= 400:
            self.faults.append(f"Failed to load resource: {answer.status} {answer.url}")

    def end(self) -> None:
        for context in self.contexts:
            context.close()
        unexpected = [
            fault for fault in self.faults if not any(part in fault for part in self.expected)
        ]
        assert not unexpected, unexpected
        assert self.hosts - {""} <= self.served, self.hosts


def _host(url: str) -> str:
    return url.split("/")[2] if url.startswith("http") else ""


def findings(page: Any) -> list[str]:
    """What axe-core finds serious or critical on a page as it stands, a line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{each['impact']} {each['id']}: {node['html'][:160]} ({node['target']})"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
