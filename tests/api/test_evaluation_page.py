"""The page of the month's ranking in a real browser."""

import os
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from casework_made import BEGINS, casework, put
from databases import copied
from everything import EVERYTHING
from psycopg_pool import ConnectionPool

from api.server import make_server
from api.services import Services
from store.database import connect

pytestmark = [pytest.mark.server, pytest.mark.browser]

AT = BEGINS + timedelta(days=80)
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(server_url, template):
    with copied(server_url, template) as url:
        with connect(url) as connection:
            put(connection, list(casework(seed=9, count=250)))
        with ConnectionPool(url, min_size=1, max_size=4, open=True) as pool:
            services = Services(
                pool, lambda _: None, lambda: int(AT.timestamp() * 1e6), guests=EVERYTHING
            )
            server = make_server(services, port=0)
            thread = Thread(target=server.run)
            thread.start()
            while not server.started:
                thread.join(0.01)
            yield f"http://127.0.0.1:{server.port}"
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def visit(browser, address):
    """Open the page; at the end it must have had no fault, and asked no other host."""
    contexts, faults, hosts = [], [], set()

    def visit(hash="", language="en-US", viewport=DESK, **more):
        context = browser.new_context(viewport=viewport, locale=language, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda line: line.type == "error" and faults.append(line.text))
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.goto(f"{address}/page/evaluation.html{hash}")
        page.wait_for_selector("#departments .scored", timeout=20_000)
        page.wait_for_selector("#indicators button.open", timeout=20_000)
        page.wait_for_selector("#months svg", timeout=20_000)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []
    assert hosts == {address.removeprefix("http://")}


def rows(page, table):
    return page.locator(f"#{table} tbody tr").all_inner_texts()


def test_the_last_month_is_ranked_with_scores_and_grades_in_letters(visit):
    page = visit()
    assert "evaluation of urban management, 2026-03" in page.locator("#title").inner_text()
    [water] = [row for row in rows(page, "departments") if "Water company" in row]
    assert "供水公司" in water
    grades = page.locator("#departments .grade").all_inner_texts()
    assert grades
    assert set(grades) <= set("ABCDE")
    assert "with exempt" in " ".join(rows(page, "departments"))
    assert page.locator("#months rect").count() == 4  # January to April


@pytest.mark.parametrize("table", ["departments", "areas", "indicators"])
def test_a_number_opens_to_exactly_its_cases(visit, table):
    page = visit()
    number = page.locator(f"#{table} tbody td.n button.open").first
    number.click()
    page.wait_for_selector("#behind li")
    told = page.locator("#behind .tabs button[aria-pressed=true]").inner_text()
    count = int(told.rsplit(" ", 1)[1].replace(",", ""))
    while page.locator("#behind .more").count():
        shown = page.locator("#behind li").count()
        page.locator("#behind .more").click()
        page.wait_for_function(f"document.querySelectorAll('#behind li').length > {shown}")
    assert page.locator("#behind li").count() == count
    assert "#case=N" in page.locator("#behind li a").first.get_attribute("href")
    page.keyboard.press("Escape")
    assert page.locator("#behind").is_hidden()


def test_month_and_area_are_chosen_and_kept_in_the_address(visit):
    page = visit()
    page.locator("input[name=month]").fill("2026-02")
    page.wait_for_selector("#title:has-text('2026-02')")
    page.locator("select[name=area]").select_option("110102")
    page.wait_for_function(
        "[...document.querySelectorAll('#areas tr[data-key]')].length > 0 &&"
        "[...document.querySelectorAll('#areas tr[data-key]')]"
        ".every((row) => row.dataset.key.startsWith('110102'))"
    )
    assert "month=2026-02&area=110102" in page.url
    pdf = page.locator("#files a").first.get_attribute("href")
    assert pdf == "/api/v1/evaluation/ranking.pdf?month=2026-02&area=110102&level=street"


def test_every_indicator_is_there_by_every_dimension(visit):
    page = visit(language="zh-CN")
    assert len(rows(page, "indicators")) == 19
    page.locator("select[name=by]").select_option("person")
    page.locator("select[name=indicator]").select_option("on_time_dispatch_rate")
    page.wait_for_selector("#indicators tr:has-text('派遣员')")
    assert all("派遣员" in row or "系统" in row for row in rows(page, "indicators"))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(visit, viewport, scheme, tmp_path):
    page = visit(viewport=viewport, color_scheme=scheme)
    page.locator("#departments button.open").first.click()
    page.wait_for_selector("#behind li")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    # To be looked at: where the environment names a folder, else nowhere that lasts.
    folder = Path(os.environ.get("LIFELINE_SCREENSHOTS", tmp_path))
    page.screenshot(path=folder / f"evaluation-{viewport['width']}-{scheme}.png")


def test_the_first_page_leads_here(browser, address):
    context = browser.new_context(viewport=DESK, locale="en-US")
    page = context.new_page()
    page.goto(f"{address}/page/")
    page.locator("header nav a", has_text="Evaluation").click()
    page.wait_for_selector("#departments .scored", timeout=20_000)
    context.close()
