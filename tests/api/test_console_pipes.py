"""Pipes in a real browser: drawn by network, switched off, pressed, told in a case, imported."""

import json
import os
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from browser import DESK, PHONE, findings
from playwright.sync_api import expect

pytestmark = [pytest.mark.server, pytest.mark.browser]

#: Ids of the pipes that are on the screen, as the map's library says.
DRAWN = """() => {
    const map = document.querySelector(".map").shown.library;
    const found = map.queryRenderedFeatures({ layers: ["pipes"] });
    const told = found.map(({ properties: { network, id } }) => `${network}/${id}`);
    return [...new Set(told)].sort();
}"""
PLACE = """([lon, lat]) => {
    const { x, y } = document.querySelector(".map").shown.library.project([lon, lat]);
    const box = document.querySelector(".map").getBoundingClientRect();
    return [x + box.x, y + box.y];
}"""


@pytest.fixture
def situation(console):
    def situation(query="", drawn=("gas/p2", "water/p0"), **more):
        page = console(f"#/situation{query}", **more)
        page.wait_for_selector(".map[data-drawn='96 6']")
        until(page, list(drawn))
        return page

    return situation


def until(page, drawn):
    """Until just these pipes are on the screen; `wait_for_function` would evaluate text."""
    for _ in range(300):
        if page.evaluate(DRAWN) == drawn:
            return
        page.wait_for_timeout(50)
    raise TimeoutError((drawn, page.evaluate(DRAWN)))


def middle(server, network, pipe):
    """A place on a pipe, in the middle of its longest stretch: no sensor stands there."""
    course = httpx.get(f"{server.url}/api/v1/pipes/{network}/{pipe}").json()["geometry"]
    points = course["coordinates"]
    stretches = pairwise(points)
    one, other = max(
        stretches, key=lambda ends: sum(abs(a - b) for a, b in zip(*ends, strict=True))
    )
    return [(a + b) / 2 for a, b in zip(one, other, strict=True)]


def test_each_network_has_a_switch_that_lives_in_the_address(situation):
    page = situation()
    switches = page.locator(".networks button")
    assert [each.split() for each in switches.all_inner_texts()] == [["W", "water"], ["G", "gas"]]
    page.locator("[data-network=gas]").press("Enter")
    page.wait_for_url("**without=gas*")
    until(page, ["water/p0"])
    page.reload()
    page.wait_for_selector(".map[data-drawn='96 6']")
    until(page, ["water/p0"])
    assert page.locator("[data-network=gas]").get_attribute("aria-pressed") == "false"
    page.locator("[data-network=gas]").click()
    until(page, ["gas/p2", "water/p0"])


def test_a_press_on_a_pipe_shows_what_it_is_its_sensors_and_its_cases(situation, server):
    page = situation()
    x, y = page.evaluate(PLACE, middle(server, "gas", "p2"))
    page.mouse.move(x, y)
    tip = page.locator(".map .tip", has_text="p2")
    tip.wait_for()
    assert "DN300" in tip.inner_text()
    page.mouse.click(x, y)
    card = page.locator(".pipe-card")
    card.locator("li").nth(3).wait_for()
    for part in (
        "文一路中压管",
        "p2",
        "DN300",
        "2009",
        "km",
        "Gas pipe burst or leak",
        "文一路燃气井盖 7 alarming",
    ):
        assert part in card.inner_text(), part
    assert "pipe=gas%2Fp2" in page.url
    card.get_by_role("button", name="文一路燃气井盖 7").click()
    page.locator(".card", has_text="Open the sensor").wait_for()
    page.wait_for_url("**device=gas-007*")
    page.locator(".card").get_by_role("button", name="p2").click()
    page.locator(".pipe-card").get_by_role("link", name="Gas pipe burst or leak").click()
    page.wait_for_url("**/#/cases/*")


def test_a_press_beside_everything_puts_the_card_of_a_pipe_away(situation):
    page = situation("?pipe=gas%2Fp2")
    page.locator(".pipe-card", has_text="DN300").wait_for()
    box = page.locator(".map").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 60, box["y"] + box["height"] / 3)
    page.locator(".pipe-card").wait_for(state="detached")


def test_a_pipe_that_is_not_there_says_so(situation, visits):
    visits.expected.append("404")
    page = situation("?pipe=gas%2Fnone")
    page.locator(".pipe-card .failed", has_text="There is no pipe none").wait_for()


def test_sensors_of_a_pipe_without_a_course_stay_joined_by_dashes(situation, server):
    page = situation()
    dashed = "document.querySelector('.map').shown.library.getSource('lines').serialize().data"
    names = page.evaluate(f"{dashed}.features.map(({{ properties }}) => properties.name)")
    assert "gas p3" in names
    assert not {"gas p2", "water p0"} & set(names)


def test_a_case_shows_the_pipe_that_it_is_about(console, server):
    [case] = httpx.get(f"{server.url}/api/v1/cases?code=0502").json()["items"]
    page = console(f"#/cases/{case['number']}")
    row = page.get_by_role("link", name="文一路中压管")
    row.wait_for()
    library = "document.querySelector('.map')?.shown?.library"  # while the map is opened: none
    marked = f"{library}?.getSource('course')?.serialize().data"
    for _ in range(300):
        if page.evaluate(f"{marked}?.features?.length") == 1:
            break
        page.wait_for_timeout(50)
    assert page.evaluate(f"{marked}.features[0].geometry.type") == "LineString"
    row.click()
    page.wait_for_url("**/situation?pipe=gas%2Fp2")


def test_where_not_all_have_room_it_is_said(console, server):
    page = console("#/cases")
    seen = httpx.get(f"{server.url}/api/v1/map/pipes?bbox=120,30,121,31&zoom=14").json()
    page.route("**/map/pipes?*", lambda route: route.fulfill(json=seen | {"all_of_them": 90_000}))
    page.goto(page.url.replace("cases", "situation"))
    page.locator(".cut", has_text="The largest 2 of 90,000 pipes in view are drawn").wait_for()


def test_pipes_are_imported_and_exported_in_the_administration(console, server, tmp_path):
    page = console("#/administration/imports?what=pipes")
    page.locator(".known-pipes", has_text="gas").wait_for()
    with page.expect_download() as file:
        page.get_by_role("button", name="Export as GeoJSON").click()
    document = json.loads(Path(file.value.path()).read_text(encoding="utf-8"))
    assert [each["id"] for each in document["features"]] == ["gas/p2", "water/p0"]
    for feature in document["features"]:
        feature["properties"]["id"] += "-new"
        del feature["properties"]["network"]
    path = tmp_path / "new.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Check").click()
    page.locator(".told", has_text="mend it first").wait_for()
    assert page.locator("tr", has_text="network").count() == 2
    page.locator("select[name=network]").select_option("heat")
    page.get_by_role("button", name="Check").click()
    page.locator(".told").get_by_role("button", name="Import").click()
    page.locator(".told", has_text="✓").wait_for()
    expect(page.locator(".known-pipes")).to_contain_text("heat")
    assert len(httpx.get(f"{server.url}/api/v1/pipes.geojson").json()["features"]) == 4


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("scheme", "language"), [("light", "zh-CN"), ("dark", "en-US")])
def test_a_chosen_pipe_fits_the_screen_and_axe_finds_nothing_serious(
    situation, viewport, scheme, language, tmp_path
):
    folder = Path(os.environ.get("LIFELINE_SCREENSHOTS", tmp_path))
    page = situation(
        "?pipe=gas%2Fp2", viewport=viewport, color_scheme=scheme, language=language
    )  # fmt: skip
    page.locator(".pipe-card li").nth(3).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert findings(page) == []
    page.screenshot(path=folder / f"pipes-{viewport['width']}-{scheme}-{language[:2]}.png")
    page.goto(
        page.url.replace("situation", "administration/imports").partition("?")[0] + "?what=pipes"
    )
    page.locator(".known-pipes").wait_for()
    assert findings(page) == []
    page.screenshot(path=folder / f"imports-pipes-{viewport['width']}-{scheme}-{language[:2]}.png")
