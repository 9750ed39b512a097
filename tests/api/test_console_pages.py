"""Every page of the console in both languages, both themes, on a desk and on a phone."""

import os
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from browser import DESK, PHONE, findings
from signed_in import as_person, cookie, session

from api.access.permissions import PERMISSIONS
from api.routes.people import OF_KEYS
from store.access import Grant

pytestmark = [pytest.mark.server, pytest.mark.browser]

#: Where people go; in capitals what the watched city has of its own.
PAGES = [
    "situation",
    "cases",
    "cases?view=board",
    "cases/CASE",
    "cases/new",
    "sensors",
    "sensors/flood-003",
    "sensors/quarantine",
    "sensors/dead-letters",
    "rules",
    "rules/new",
    "rules/backtests",
    "drills",
    "evaluation",
    "evaluation/indicators",
    "evaluation/alarms",
    "evaluation/sensors",
    "evaluation/method",
    "administration/people",
    "administration/keys",
    "administration/audit",
    "administration/departments",
    "administration/catalogue",
    "administration/imports",
    "administration/windows",
    "administration/deliveries",
    "administration/exchange",
]
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def look(own_city, serving, visits):
    """A page of the console for a person who may do everything, and the number of a case."""
    roles = [Grant(role) for role in PERMISSIONS if role not in OF_KEYS]
    token = session(own_city, "Zhao Min", *roles)
    visits.expected.append("503")  # nobody plays drills here
    visits.expected.append("Applying inline style")  # of axe itself, while it measures
    with serving(own_city, lambda given: replace(given, guests=())) as address:

        def look(**more):
            page = visits.page(address, **more)
            page.context.add_cookies([cookie(address, token)])
            page.goto(f"{address}/#/evaluation/method")
            page.wait_for_selector("main h1")
            asked = f"{address}/api/v1/cases?code=0506"
            [case] = httpx.get(asked, headers=as_person(token)).json()["items"]
            return page, case["number"]

        yield look
        visits.end()
        visits.contexts.clear()


@pytest.mark.parametrize(
    ("language", "scheme", "viewport"),
    [
        ("zh-CN", "light", DESK),
        ("en-US", "dark", DESK),
        ("en-US", "light", PHONE),
        ("zh-CN", "dark", PHONE),
    ],
    ids=["zh-light-desk", "en-dark-desk", "en-light-phone", "zh-dark-phone"],
)
def test_axe_finds_nothing_serious_on_any_page_and_each_fits(
    look, language, scheme, viewport, tmp_path
):
    page, case = look(language=language, viewport=viewport, color_scheme=scheme)
    page.wait_for_selector("main h1")
    # To be looked at: where the environment names a folder, else nowhere that lasts.
    folder = Path(os.environ.get("LIFELINE_SCREENSHOTS", tmp_path))
    serious, wide, headless = {}, [], []
    for address in PAGES:
        page.evaluate(f"location.hash = '#/{address.replace('CASE', case)}'")
        page.wait_for_selector("nav a[aria-current=page]")
        [section] = re.findall(r"^\w+", address)
        page.wait_for_selector(f".section.{section} h1")
        page.locator("main .state[role=status]").first.wait_for(state="detached")
        if found := findings(page):
            serious[address] = found
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            wide.append(address)
        if page.locator("main h1").count() != 1:
            headless.append(address)
        name = re.sub(r"\W+", "-", address)
        page.screenshot(
            path=folder / f"{name}-{language[:2]}-{scheme}-{viewport['width']}.png", caret="initial"
        )
    assert serious == {}
    assert wide == []
    assert headless == []


def test_no_page_in_english_is_in_chinese(look):
    """What the console itself says; data have names in the city's own language."""
    page, _ = look()
    said = {}
    for address in PAGES:
        if "CASE" in address or "flood-003" in address:  # they are called as the data are
            continue
        page.evaluate(f"location.hash = '#/{address}'")
        page.wait_for_selector("main h1")
        page.locator("main .state[role=status]").first.wait_for(state="detached")
        words = page.locator(
            "main h1, main h2, main th, main button:not(.row), main .tabs a"
        ).all_inner_texts()
        if wrong := [text for text in words if HAN.search(text)]:
            said[address] = wrong
    assert said == {}
