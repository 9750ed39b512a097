"""The evaluation section of the console: the month's ranking, and what each number counts."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from browser import DESK, PHONE
from casework_made import BEGINS, casework, put
from databases import copied
from pictures import keep_all

from store.database import connect

pytestmark = [pytest.mark.server, pytest.mark.browser]

AT = BEGINS + timedelta(days=80)


@pytest.fixture(scope="module")
def address(server_url, template, serving):
    with copied(server_url, template) as url:
        with connect(url) as connection:
            put(connection, list(casework(seed=9, count=250)))
        with serving(
            url, lambda given: replace(given, now=lambda: int(AT.timestamp() * 1e6))
        ) as at:
            yield at


@pytest.fixture
def look(visits, address):
    def look(path="ranking", query="", **more):
        page = visits(address, f"#/evaluation/{path}{query}", **more)
        page.wait_for_selector(".evaluation .told .panel")
        return page

    return look


def rows(page, place):
    return page.locator(f"{place} tbody tr").all_inner_texts()


DEPARTMENTS, AREAS = '[data-ranked="department"]', "[data-ranked]:nth-of-type(3)"


def test_the_last_month_is_ranked_with_scores_and_grades_in_letters(look):
    page = look()
    page.wait_for_selector(f"{DEPARTMENTS} .scored")
    assert "evaluation of urban management, 2026-03" in page.locator("#title").inner_text()
    [water] = [row for row in rows(page, DEPARTMENTS) if "Water company" in row]
    assert "供水公司" in water
    grades = page.locator(f"{DEPARTMENTS} .grade").all_inner_texts()
    assert grades
    assert set(grades) <= set("ABCDE")
    assert "with exempt" in " ".join(rows(page, DEPARTMENTS))
    page.wait_for_selector(".months rect")
    assert page.locator(".months rect").count() == 4  # January to April


@pytest.mark.parametrize(
    ("path", "place"),
    [("ranking", DEPARTMENTS), ("ranking", AREAS), ("indicators", "#indicators")],
    ids=["department", "area", "indicator"],
)
def test_a_number_opens_to_exactly_its_cases(look, path, place):
    page = look(path)
    page.locator(f"{place} td.n button.open").first.click()
    page.wait_for_selector("#behind tbody tr")
    told = page.locator("#behind .measures button[aria-pressed=true]").inner_text()
    count = int(told.rsplit(" ", 1)[1].replace(",", ""))
    while page.locator("#behind .more button").count():
        shown = page.locator("#behind tbody tr").count()
        page.locator("#behind .more button").click()
        page.locator("#behind tbody tr").nth(shown).wait_for()
    assert page.locator("#behind tbody tr").count() == count
    assert "#/cases/N" in page.locator("#behind a.row").first.get_attribute("href")
    page.keyboard.press("Escape")
    page.locator("#behind").wait_for(state="detached")


def test_month_and_area_are_chosen_and_kept_in_the_address(look):
    page = look()
    page.locator("input[name=month]").fill("2026-02")
    page.wait_for_selector("#title:has-text('2026-02')")
    page.locator("select[name=area] option[value='110102']").wait_for(state="attached")
    page.locator("select[name=area]").select_option("110102")
    streets = "[data-ranked=street] tbody tr"
    page.wait_for_selector(f"{streets}[data-key^='110102']")
    page.wait_for_selector(f"{streets}:not([data-key^='110102'])", state="detached")
    assert "month=2026-02&area=110102" in page.url
    pdf = page.locator(".files a").first.get_attribute("href")
    assert pdf == "/api/v1/evaluation/ranking.pdf?month=2026-02&area=110102&level=street"
    page.reload()
    page.wait_for_selector("#title:has-text('2026-02')")


def test_a_month_without_cases_leads_to_one_that_has_some_and_keeps_what_else_is_chosen(look):
    page = look(query="?month=2025-11&level=community")
    page.locator(".elsewhere a", has_text="2026-03").click()
    page.wait_for_selector("#title:has-text('2026-03')")
    page.locator(".elsewhere").wait_for(state="detached")
    page.locator("select[name=level]").select_option("district")
    page.wait_for_url("**month=2026-03*level=district*")


def test_every_indicator_is_there_by_every_dimension(look):
    page = look("indicators", language="zh-CN")
    page.wait_for_selector("#indicators tbody tr")
    assert len(rows(page, "#indicators")) == 19
    page.locator("select[name=by]").select_option("person")
    page.locator("select[name=indicator]").select_option("on_time_dispatch_rate")
    page.wait_for_selector("#indicators tr:has-text('派遣员')")
    assert all("派遣员" in row or "系统" in row for row in rows(page, "#indicators"))


def test_a_table_goes_out_as_it_is_shown(look):
    page = look("indicators")
    with page.expect_download() as given:
        page.locator("#indicators .export button", has_text="CSV").click()
    head, *lines = Path(given.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert head == "Indicator,Value,Numerator,Denominator"
    assert len(lines) == 19
    with page.expect_download() as given:
        page.locator("#indicators .export button", has_text="JSON").click()
    assert len(json.loads(Path(given.value.path()).read_text(encoding="utf-8"))) == 19


def test_alarms_stand_beside_what_the_standards_ask(look):
    page = look("alarms")
    page.wait_for_selector("tr:has-text('alarms per day')")
    assert "≤ 150" in page.locator("tr", has_text="alarms per day").inner_text()
    page.locator("input[type=number]").fill("4")
    page.locator("input[type=number]").press("Tab")
    page.wait_for_url("**operators=4*")


def test_what_the_sensors_are_worth_opens_to_its_cases(look):
    page = look("sensors")
    page.locator(".worth button.open").first.click()
    page.wait_for_selector("#behind a.row")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(look, viewport, scheme):
    page = look(viewport=viewport, color_scheme=scheme)
    page.locator(f"{DEPARTMENTS} button.open").first.click()
    page.wait_for_selector("#behind tbody tr")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    if (viewport, scheme) == (DESK, "light"):
        keep_all(page, "evaluation-behind", "#behind tbody tr")
