"""The sensors section of the console: found, looked at from a year to raw, adopted, mended."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import httpx
import numpy as np
import pytest
from browser import DESK, PHONE, findings
from databases import copied
from pictures import keep_all, loaded
from playwright.sync_api import expect
from watched_city import EACH, NOW

from ingest.batch import make_batch
from ingest.quality import Quality
from store.access import Grant
from store.database import connect
from store.readings import Writer
from store.rollups import roll

pytestmark = [pytest.mark.server, pytest.mark.browser]

YEAR = 525_600  #: minutes
PEAK_AT = YEAR // 3  #: of one minute only
SILENT = slice(YEAR // 2, YEAR // 2 + 3 * 1440)
WATER = "#/sensors/water-014"


@pytest.fixture(scope="module")
def year(server_url, city, serving):
    """Address of a watched city where one channel has a year of minutes; tests only look."""
    rng = np.random.default_rng(5)
    seconds = int(NOW.timestamp()) - 60 * np.arange(YEAR, 0, -1)
    value = 3.4e5 + 2e4 * np.sin(seconds / 86_400 * 6.283) + 2e3 * rng.standard_normal(YEAR)
    value[PEAK_AT] = 8e5
    quality = np.zeros(YEAR, dtype=np.uint16)
    quality[-200:-190] = int(Quality.OUT_OF_RANGE)
    kept = np.ones(YEAR, dtype=np.bool_)
    kept[SILENT] = False
    time = (seconds * 1_000_000).view("datetime64[us]")
    with copied(server_url, city) as url:
        with connect(url) as connection:
            [number] = connection.execute(
                "UPDATE channels SET interval = 'PT1M' WHERE id = 'water-014.pressure'"
                " RETURNING number"
            ).fetchone()
            connection.execute("DELETE FROM readings WHERE channel = %s", (number,))
            batch = make_batch(
                np.full(kept.sum(), number), time[kept], value[kept],
                received=time[kept], quality=quality[kept],
            )  # fmt: skip
            Writer(connection).store_batch(batch)
            connection.execute("UPDATE rollup_progress SET received_until = 'epoch'")
            connection.execute("TRUNCATE readings_minute, readings_hour")
            while roll(connection):
                pass
            connection.commit()
        with serving(url) as at:
            yield at


@pytest.fixture
def look(visits, year):
    def look(path, ready=".sensors .page", **more):
        page = visits(year, path, **more)
        page.wait_for_selector(ready)
        return page

    return look


def rows(page, place=".list"):
    return page.locator(f"{place} tbody tr").all_inner_texts()


def there(page, place, count):
    """Wait until there are so many of them, no more and no less."""
    page.locator(place).nth(count - 1).wait_for(state="attached")
    page.locator(place).nth(count).wait_for(state="detached")


def drawn(page, source=None, width=None):
    """Wait until the curve is drawn (of a source); give the place that says of what it is made."""
    of = f"[data-source='{source}']" if source else ""
    of += f"[data-width='{width}']" if width is not None else ""
    page.wait_for_selector(f".canvas-of{of}[aria-busy=false]")
    return page.locator(".canvas-of")


def test_sensors_are_found_while_the_name_is_typed_and_the_address_keeps_it(look):
    page = look("#/sensors")
    there(page, ".list tbody tr", EACH * 6)
    page.keyboard.press("/")
    page.keyboard.type("燃气井 gas-01")
    there(page, ".list tbody tr", 6)
    assert all("gas-01" in row for row in rows(page))
    page.locator("select[name=state]").select_option("alarming")
    page.wait_for_selector(".state.empty")
    assert "state=alarming" in page.url
    page.locator("select[name=state]").select_option("")
    there(page, ".list tbody tr", 6)
    page.reload()
    there(page, ".list tbody tr", 6)
    assert page.locator("[data-search]").input_value() == "燃气井 gas-01"
    with page.expect_download() as given:
        page.locator(".export button", has_text="CSV").click()
    head, *lines = Path(given.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 6
    assert head.startswith("Place,Device,Kind")
    page.keyboard.press("j")
    page.locator("a.row").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('燃气井盖 10')")


def test_channels_are_found_by_quantity(look):
    page = look("#/sensors/channels?quantity=tilt")
    there(page, ".list tbody tr", EACH)
    page.locator("a.row").first.click()
    drawn(page)
    assert "cover-000" in page.url


def test_a_year_is_drawn_with_its_peak_and_zoomed_to_single_readings(look):
    page = look(WATER)
    assert drawn(page, "raw", 0)
    page.locator("[data-span='31536000']").click()
    place = drawn(page, "hour")
    page.wait_for_selector(".canvas-of[data-took]")
    assert int(place.get_attribute("data-points")) <= 1501
    said = page.locator("figure.plot .summary").inner_text()
    assert "highest 0.8 MPa" in said, "a peak of one minute in a year"
    assert "1 gap" in page.locator(".made").inner_text()
    page.wait_for_timeout(300)
    print("a year was drawn in", place.get_attribute("data-took"), "ms")

    # By the wheel at the peak's place, until every reading stands by itself.
    peak = NOW.timestamp() - 60 * (YEAR - PEAK_AT)
    begin, end = NOW.timestamp() - 60 * YEAR, NOW.timestamp()
    over = page.locator(".canvas-of .u-over").bounding_box()
    for _ in range(8):
        x = over["x"] + over["width"] * (peak - begin) / (end - begin)
        before = page.url
        page.mouse.move(x, over["y"] + over["height"] / 2)
        for _ in range(4):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(30)
        page.wait_for_url(lambda url, before=before: url != before)
        drawn(page)
        if place.get_attribute("data-width") == "0":
            break
        asked = parse_qs(urlparse(page.url).fragment.partition("?")[2])
        begin, end = (datetime.fromisoformat(asked[n][0]).timestamp() for n in ("from", "to"))
    drawn(page, "raw", 0)
    assert "from=" in page.url
    assert "to=" in page.url
    assert "highest 0.8 MPa" in page.locator("figure.plot .summary").inner_text()
    address = page.url
    page.reload()
    drawn(page, "raw", 0)
    assert page.url == address, "the address keeps the window"


def test_the_curve_is_zoomed_and_moved_by_keyboard_and_by_dragging(look):
    page = look(WATER)
    drawn(page, "raw")
    page.locator("figure.plot .canvas").focus()
    page.keyboard.press("ArrowLeft")
    assert "MPa" in page.locator("figure.plot output").inner_text()
    page.keyboard.press("+")
    page.wait_for_url("**from=*")
    first = page.url
    page.wait_for_timeout(300)
    page.keyboard.press("[")
    page.wait_for_url(lambda url: url != first)
    drawn(page)
    over = page.locator(".canvas-of .u-over").bounding_box()
    middle = over["y"] + over["height"] / 2
    moved = page.url
    page.mouse.move(over["x"] + over["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(over["x"] + over["width"] * 0.5, middle, steps=4)
    page.mouse.up()
    page.wait_for_url(lambda url: url != moved)
    drawn(page)


def test_unusable_readings_are_told_in_words(look):
    page = look(WATER)
    drawn(page)
    assert "10 not usable (out of range)" in page.locator(".made").inner_text()
    page.locator(".flagged summary").click()
    flags = page.locator(".flagged tbody tr").all_inner_texts()
    assert len(flags) == 10
    assert all("out of range" in row for row in flags)


def test_a_silent_device_says_what_it_owes_and_which_case_it_opened(look):
    page = look("#/sensors/power-011")
    drawn(page)
    health = page.locator("section", has=page.locator("#health-title"))
    expect(health).to_contain_text(re.compile("6[01]"))
    expect(page.locator(".events").first).to_contain_text("Device silent")
    page.locator(".events a").first.click()
    page.wait_for_url("**#/cases/**")


def test_a_device_that_is_not_there_is_not_found_and_a_channel_leads_to_its_device(look, visits):
    visits.expected.append("404")
    page = look("#/sensors/nobody", ".state.failed")
    assert "Not found" in page.locator(".state.failed").inner_text()
    page = look("#/sensors/gas-001.methane", ".canvas-of")
    assert "gas-001?channel=gas-001.methane" in page.url


def test_an_event_without_a_case_has_a_page(look, year):
    event = httpx.get(f"{year}/api/v1/events?rule=cover.opened").json()["items"][0]
    page = look(f"#/sensors/events/{event['id']}")
    page.wait_for_selector("h1:has-text('Manhole cover opened')")
    page.locator(".events a").first.click()
    drawn(page)


def test_a_device_is_adopted_in_one_step_with_its_place_from_the_map(console):
    page = console("#/sensors/quarantine")
    page.locator("a.row", has_text="new/one").click()
    page.wait_for_selector("form.adopt")
    grounds = page.locator(".grounds").all_inner_texts()
    assert "Proposed: depth" in grounds[0]
    assert "the field is called" in grounds[0]
    assert "it sends words" in grounds[1]
    assert page.locator("[name=quantity-0]").input_value() == "depth"
    assert page.locator("[name=unit-0]").input_value() == "m"
    assert page.locator("[name=gateway]").input_value() == "x", "by whose topic it came"
    page.wait_for_selector(".pick-map[data-ready][data-drawn]")
    page.locator(".pick-map .maplibregl-canvas").click(position={"x": 200, "y": 150})
    page.wait_for_selector(".pick-map .chosen:not([hidden])", state="attached")
    assert 119 < float(page.locator("[name=lon]").input_value()) < 121
    page.locator("[name=zone]").fill("north")
    page.get_by_role("button", name="Adopt", exact=True).click()
    page.wait_for_selector(".adopted")
    said = page.locator(".adopted").inner_text()
    assert "5 readings came over" in said
    assert "new/one/depth" in said
    page.locator(".adopted a.main").click()
    drawn(page)
    assert "new/one" in page.locator(".device > p").first.inner_text()
    page.goto(page.url.split("#")[0] + "#/sensors?search=new/one+north")
    page.wait_for_selector(".list tbody tr:has-text('new/one')")


def test_an_adoption_that_is_refused_says_why_and_keeps_what_was_written(console, visits):
    visits.expected.append("422")
    page = console("#/sensors/quarantine?device=new/one")
    page.wait_for_selector("form.adopt")
    page.locator("[name=unit-0]").fill("kV")
    page.get_by_role("button", name="Adopt", exact=True).click()
    page.wait_for_selector(".refused")
    assert "kV" in page.locator(".refused").inner_text()
    assert page.locator("[name=unit-0]").input_value() == "kV"


def test_a_dead_letter_is_corrected_and_sent_again(console, server):
    page = console("#/sensors/dead-letters")
    page.locator("a.row", has_text="2").first.click()
    page.wait_for_selector("#f-payload")
    assert "record 1 is no object" in page.locator(".refused").first.inner_text()
    written = '[{"device": "flood-001", "time": "2024-03-01T06:31:00Z", "depth": 25}]'
    page.locator("#f-payload").fill(written)
    page.locator("#f-device").fill("flood-001")
    page.locator("#f-reason").fill("the gateway sent a bare number")
    page.get_by_role("button", name="Replay", exact=True).click()
    page.wait_for_selector(".told-of")
    assert "1 readings stored" in page.locator(".told-of").inner_text()
    expect(page.locator(".log")).to_contain_text("the gateway sent a bare number")
    assert '[{"device": "x"}, 7]' in page.locator("pre.text").inner_text(), "the original is kept"
    asked = {"start": "2024-03-01T06:31:00Z", "end": "2024-03-01T06:32:00Z"}
    channel = f"{server.url}/api/v1/channels/flood-001.depth/readings"
    assert httpx.get(channel, params=asked).json()["items"][0]["value"] == 0.25
    page.goto(f"{server.url}/#/sensors/dead-letters?open=false")
    page.wait_for_selector(".list tbody tr:has-text('replayed')")


def test_bytes_that_are_no_text_are_shown_and_mended_in_hexadecimal(console):
    page = console("#/sensors/dead-letters/1")
    page.wait_for_selector("pre.hex")
    assert page.locator("pre.hex mark").first.inner_text().strip() == "ff"
    page.locator("#f-payload").fill("66 20 61")
    page.get_by_role("button", name="Replay", exact=True).click()
    page.wait_for_selector("[role=status].refused:has-text('till unusable')")
    page.locator("#f-payload").fill("zz")
    page.get_by_role("button", name="Replay", exact=True).click()
    page.wait_for_selector("[role=alert]:has-text('hexadecimal')")


def test_all_of_a_reason_are_sent_again_or_put_aside(console):
    page = console("#/sensors/dead-letters")
    page.wait_for_selector(".reasons tbody tr >> nth=1")
    page.get_by_role("button", name="Replay all").first.click()
    page.wait_for_selector(".told-of:has-text('1 still unusable')")
    page.get_by_role("button", name="Put all aside").first.click()
    page.locator("dialog [name=reason]").fill("a device under test")
    page.locator("dialog button.main").click()
    page.wait_for_selector(".told-of:has-text('1 put aside')")
    there(page, ".reasons tbody tr", 1)


def test_who_may_not_adopt_is_not_offered_to(own_city, serving, visits):
    with serving(own_city, lambda given: replace(given, guests=(Grant("inspector"),))) as at:
        page = visits(at, "#/sensors/quarantine?device=new/one")
        page.wait_for_selector("form.adopt")
        assert "Your posts do not adopt devices" in page.locator("form.adopt").inner_text()
        page.goto(f"{at}/#/sensors/dead-letters/2")
        page.wait_for_selector("pre.text")
        assert page.locator("#f-payload").count() == 0
        refused = httpx.post(f"{at}/api/v1/dead-letters/2/replay", json={})
        assert refused.status_code in (401, 403)
        visits.end()
        visits.contexts.clear()


PAGES = [
    ("list", "#/sensors", ".list tbody tr"),
    ("channels", "#/sensors/channels", ".list tbody tr"),
    ("device", WATER, ".canvas-of[aria-busy=false]"),
    ("year", f"{WATER}?span=31536000", ".canvas-of[data-source=hour][aria-busy=false]"),
    ("alarming", "#/sensors/flood-003", ".canvas-of[aria-busy=false]"),
    ("quarantine", "#/sensors/quarantine", ".list tbody tr"),
    ("adopt", "#/sensors/quarantine?device=new/one", ".pick-map[data-ready]"),
    ("letters", "#/sensors/dead-letters", ".list tbody tr"),
    ("letter", "#/sensors/dead-letters/2", "pre.text"),
]


@pytest.mark.parametrize(
    ("language", "scheme", "viewport"),
    [("zh-CN", "light", DESK), ("en-US", "dark", DESK), ("zh-CN", "dark", PHONE),
     ("en-US", "light", PHONE)],
    ids=["zh-light-desk", "en-dark-desk", "zh-dark-phone", "en-light-phone"],
)  # fmt: skip
def test_every_page_is_accessible_and_fits_in_both_languages_and_themes(
    look, language, scheme, viewport
):
    found = {}
    for name, path, ready in PAGES:
        page = look(path, ready, language=language, color_scheme=scheme, viewport=viewport)
        loaded(page)
        found[name] = findings(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
        if (scheme, viewport) == ("light", DESK):
            keep_all(page, f"sensors-{name}", ready)
        page.context.close()
    assert not any(found.values()), found
