"""The situation in a real browser: what is on the map, how it is chosen, what nobody watches."""

import json
from pathlib import Path

import httpx
import psycopg
import pytest
from browser import DESK, PHONE, findings
from pictures import keep_all

from store.cases import tell

pytestmark = [pytest.mark.server, pytest.mark.browser]

PLACE = """([lon, lat]) => {
    const { x, y } = document.querySelector(".map").shown.library.project([lon, lat]);
    const box = document.querySelector(".map").getBoundingClientRect();
    return [x + box.x, y + box.y];
}"""


@pytest.fixture
def situation(console):
    def situation(query="", drawn="96 6", **more):
        page = console(f"#/situation{query}", **more)
        page.wait_for_selector(f".map[data-drawn='{drawn}']")
        return page

    return situation


def place(page, lon, lat):
    """Where on the screen something of the city is."""
    page.wait_for_timeout(0)
    return page.evaluate(PLACE, [lon, lat])


def device(server, name):
    columns = httpx.get(f"{server.url}/api/v1/map/sensors").json()
    row = columns["device"].index(name)
    return columns["lon"][row], columns["lat"][row]


def until(page, expression):
    """Until it is true of the page; `wait_for_function` would evaluate text, which is forbidden."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise TimeoutError(expression)


def chip(page, name):
    return page.locator(f"[data-chip={name}]")


def change(server, rule, standing):
    """What the engine does when an event ends, or begins."""
    with psycopg.connect(server.database_url) as connection:
        [(event,)] = connection.execute(
            "UPDATE events SET standing = %s WHERE rule = %s RETURNING id", (standing, rule)
        )
        tell(connection, "event", event)


def test_every_sensor_and_every_open_case_is_on_the_map_and_counted(situation):
    page = situation()
    assert page.locator("[data-count=cases]").inner_text() == "6"
    assert page.locator("[data-count=sensors]").inner_text() == "96"
    counted = {"alarming": 4, "silent": 1, "unwell": 0, "maintenance": 0, "normal": 91, "green": 6}
    for name, count in counted.items():
        assert chip(page, name).locator("b").inner_text() == str(count), name
    assert page.locator("[data-class]").count() == 6


def test_a_click_in_the_middle_of_a_ring_opens_the_case_not_the_device_under_it(situation, server):
    page = situation()
    page.mouse.click(*place(page, *device(server, "gas-007")))
    page.wait_for_url("**/#/cases/*")
    [case] = httpx.get(f"{server.url}/api/v1/cases?code=0502").json()["items"]
    assert page.url.endswith(case["number"])


def test_a_click_on_a_sensor_shows_what_it_reads(situation, server):
    page = situation()
    page.mouse.click(*place(page, *device(server, "noise-003")))
    card = page.locator(".card")
    card.locator("dd", has_text="dB").wait_for()
    assert "工地 3" in card.inner_text()
    assert "device=noise-003" in page.url
    card.get_by_role("button", name="Close").click()
    card.wait_for(state="detached")


def test_what_the_pointer_is_over_is_told(situation, server):
    page = situation()
    page.mouse.move(*place(page, *device(server, "power-011")))
    tip = page.locator(".map .tip")
    tip.wait_for()
    assert "green" in tip.inner_text()
    page.mouse.move(*place(page, *device(server, "noise-003")))
    tip.locator("text=noise-003").wait_for()
    assert "normal" in tip.inner_text()


def test_filters_live_in_the_address_and_hide_what_they_leave_out(situation, server):
    page = situation("?kind=gas")
    assert page.locator("[data-count=sensors]").inner_text() == "16"
    chip(page, "alarming").click()
    page.wait_for_url("**kind=gas*state=alarming*")
    page.reload()
    page.wait_for_selector(".map[data-drawn='96 6']")
    assert chip(page, "alarming").get_attribute("aria-pressed") == "true"
    assert page.locator("[data-count=sensors]").inner_text() == "1"
    # What is hidden cannot be hit either.
    page.mouse.click(*place(page, *device(server, "gas-003")))
    page.mouse.click(*place(page, *device(server, "noise-003")))
    page.wait_for_timeout(100)
    assert "device=" not in page.url
    page.locator("[data-class='0506']").click()
    page.wait_for_selector(".map[data-drawn='96 1']")


def test_a_sensor_that_changes_is_shown_so_without_loading_again(situation, server):
    page = situation()
    server.wait_until_it_listens()
    change(server, "flood.road.standing-water", "standing")
    page.wait_for_selector("[data-chip=alarming]:has-text('5')")
    change(server, "health.silent", "over")
    page.wait_for_selector("[data-chip=silent]:has-text('0')")
    assert chip(page, "normal").locator("b").inner_text() == "91"


def test_a_case_that_comes_and_one_that_ends_are_followed(situation, server):
    page = situation()
    server.wait_until_it_listens()
    report = {"source": "leader", "actor": "desk", "system": "note", "external_id": "1",
              "text": "a lamp is out", "lon": 120.13, "lat": 30.3}  # fmt: skip
    number = httpx.post(f"{server.url}/api/v1/reports", json=report).json()["case"]
    page.wait_for_selector(".map[data-drawn='96 7']")
    step = {"verb": "reject", "actor": "desk", "role": "intake", "version": 1, "reason": "no lamp"}
    answer = httpx.post(f"{server.url}/api/v1/cases/{number}/steps", json=step)
    assert answer.status_code == 201, answer.text
    page.wait_for_selector(".map[data-drawn='96 6']")


def test_blind_spots_are_listed_with_their_reasons_and_lead_to_their_place(situation, server):
    page = situation("?tab=blind")
    counts = httpx.get(f"{server.url}/api/v1/blind-spots?limit=1").json()["counts"]
    assert counts.pop("no-sensor")  # each of many cells lacks some kind: no news
    news = str(sum(counts.values()))
    page.wait_for_selector(f"[data-tab=blind] b:text-is('{news}')")
    silent = page.locator(".lists tr", has_text="device silent")
    silent.wait_for()
    assert "power-011" in silent.inner_text()
    assert "5 h ago" in silent.inner_text()
    silent.locator("button.row").press("Enter")
    page.wait_for_url("**device=power-011*")
    page.locator(".card", has_text="silent").wait_for()
    page.locator(".lists select").select_option("stranger")
    page.wait_for_selector(".lists tbody tr:only-child:has-text('new/one')")


def test_a_list_of_blind_spots_is_exported_whole(situation):
    page = situation("?tab=blind")
    page.locator(".lists tbody tr >> nth=0").wait_for()
    with page.expect_download() as file:
        page.get_by_role("button", name="JSON").click()
    rows = json.loads(Path(file.value.path()).read_text(encoding="utf-8"))
    assert {row["reason"] for row in rows} == {"silent", "stranger", "no-sensor"}


def test_cells_in_which_no_sensor_of_the_kind_stands_are_hatched(situation, server):
    page = situation("?tab=blind&kind=gas")
    found = httpx.get(f"{server.url}/api/v1/blind-spots?reason=no-sensor&kind=gas").json()["items"]
    assert found
    source = "document.querySelector('.map').shown.library.getSource('blind')"
    until(page, f"{source}.serialize().data.features?.length === {len(found)}")


def test_the_keyboard_goes_by_the_list_and_the_buttons(situation, server):
    page = situation()
    zoom = "document.querySelector('.map').shown.library.getZoom()"
    before = page.evaluate(zoom)
    page.get_by_role("button", name="Zoom in").press("Enter")
    until(page, f"{zoom} > {before} + 0.9")
    page.get_by_role("button", name="Show everything").press("Enter")
    until(page, f"Math.abs({zoom} - {before}) < 0.01")
    page.locator(".lists a.row >> nth=0").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/cases/*")


def test_without_webgl_the_lists_show_the_same_and_the_map_says_why(console):
    page = console()
    page.add_init_script(
        """const given = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
            return kind.startsWith("webgl") ? null : given.call(this, kind, ...more);
        };"""
    )
    page.reload()
    page.locator(".map", has_text="No map here").wait_for()
    page.wait_for_selector("[data-count=sensors]:has-text('96')")
    assert page.locator(".lists tbody tr").count() == 6


def test_what_cannot_be_loaded_is_said_and_asked_for_again(console, visits):
    visits.expected.append("503")
    refused = {"title": "Busy", "status": 503, "detail": "The database is away."}
    page = console("#/cases")
    page.route("**/map/sensors", lambda route: route.fulfill(status=503, json=refused))
    page.goto(page.url.replace("cases", "situation"))
    page.locator(".side .failed", has_text="The database is away.").wait_for()
    page.unroute("**/map/sensors")
    page.locator(".side .failed").get_by_role("button", name="Try again").click()
    page.wait_for_selector(".map[data-drawn='96 6']")
    page.locator(".side .failed").wait_for(state="detached")


def test_an_empty_city_says_what_comes_first(console):
    page = console("#/cases")
    nothing = {"device": [], "lon": [], "lat": [], "kind": [], "pipe": []}
    page.route("**/map/sensors", lambda route: route.fulfill(json=nothing))
    page.goto(page.url.replace("cases", "situation"))
    page.locator(".first a:has-text('Import devices and channels')").click()
    page.wait_for_url("**/administration/imports?what=assets")


def test_a_lost_connection_is_said_on_the_map(situation, server, visits):
    page = situation()
    visits.expected.append("net::")
    page.context.set_offline(True)
    server.stop()
    page.locator(".stale", has_text="Disconnected").wait_for()
    page.close()


def test_of_marks_over_one_another_the_graver_is_meant(situation):
    chosen = """async () => {
        const { Points, mercator } = await import("/shell/points.js");
        const points = new Points();
        const [lon, lat] = [120.1, 30.3];
        const unit = 1 / (512 * 2 ** 14);
        const sheet = { pixels: new Uint32Array(8100), width: 90, height: 90 };
        const none = { image: new Uint32Array(0), size: 0 };
        const view = { centre: mercator(lon, lat), unit, zoom: 14, width: 90, height: 90 };
        const draw = () => points.draw(sheet, view, { ratio: 1, of: () => none });
        const found = (east) => points.at(mercator(east, lat), unit, 14);
        points.set([lon, lon, lon, lon + 0.001], [lat, lat, lat, lat],
            ["normal", "alarming", "silent", "normal"]);
        draw();
        const before = found(lon);
        points.mark(1, null);
        draw();
        return [before, found(lon), found(lon + 0.001), found(lon + 0.1)];
    }"""
    assert situation().evaluate(chosen) == [1, 2, 3, -1]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_it_fits_the_screen_and_axe_finds_nothing_serious(situation, viewport, scheme, language):
    for tab, more in (("cases", ""), ("blind", "&device=gas-007"), ("events", "")):
        page = situation(
            f"?tab={tab}{more}", viewport=viewport, color_scheme=scheme, language=language
        )
        page.locator(".lists tbody tr >> nth=0").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert findings(page) == []
        if tab == "cases":
            page.locator(".legend summary").click()
        if (viewport, scheme, language) == (DESK, "light", "zh-CN"):
            keep_all(page, f"situation-{tab}", ".lists tbody tr")
