"""Every page of the console in both languages, both themes, on a desk and on a phone."""

import re
from dataclasses import replace

import httpx
import pytest
from browser import DESK, PHONE, findings
from pictures import KEPT, Look, go, keep, turn
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
    "cases/call-backs",
    "cases/warnings",
    "cases/warnings/warning-000001-1",
    "cases/warnings/warning-000001-1/update",
    "cases/warnings/new",
    "cases/warnings/new?case=CASE",
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
            warning = {"case": case["number"], "role": "shift-lead", "reason": "the water rises"}
            warned = f"{address}/api/v1/warnings"
            assert httpx.post(warned, json=warning, headers=as_person(token)).is_success
            return page, case["number"]

        yield look
        visits.end()
        visits.contexts.clear()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious_on_any_page_and_each_fits(look, viewport):
    """Each page is opened once and turned; two looks of each screen are measured."""
    looks = [each for each in KEPT if each.viewport == viewport]
    measured = [Look("zh", "light", viewport), Look("en", "dark", viewport)]
    if viewport == PHONE:
        measured = [Look("zh", "dark", viewport), Look("en", "light", viewport)]
    page, case = look(viewport=viewport)
    serious, wide, headless = {}, [], []
    for address in PAGES:
        go(page, address.replace("CASE", case))
        [section] = re.findall(r"^\w+", address)
        for each in [*looks, *(each for each in measured if each not in looks)]:
            turn(page, each)
            page.wait_for_selector(f".section.{section} h1", state="attached")
            where = f"{address} {each}"
            if each in measured and (found := findings(page)):
                serious[where] = found
            if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
                wide.append(where)
            if page.locator("main h1").count() != 1:
                headless.append(where)
            if each in KEPT:
                keep(page, re.sub(r"\W+", "-", address), each)
    assert serious == {}
    assert wide == []
    assert headless == []


def test_no_page_in_english_is_in_chinese(look):
    """What the console itself says; data have names in the city's own language."""
    page, _ = look()
    said = {}
    for address in PAGES:
        if (
            "CASE" in address or "flood-003" in address or "warning-" in address
        ):  # they are called as the data are
            continue
        go(page, address)
        words = page.locator(
            "main h1, main h2, main th, main button:not(.row), main .tabs a"
        ).all_inner_texts()
        if wrong := [text for text in words if HAN.search(text)]:
            said[address] = wrong
    assert said == {}
