"""A drill in the console, from choosing to the report, by who leads it; others only look on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from browser import PHONE, Visits, findings, launched
from drilled import about, rows, running, until
from pictures import keep_all
from signed_in import cookie, session

from deploy.wiring import App
from store.access import Grant
from store.areas import import_areas
from store.assets import import_assets
from store.database import connect

pytestmark = [pytest.mark.server, pytest.mark.browser]
SOON = 60_000  #: [ms]


@pytest.fixture
def app(database_url: str, open_folder: Path) -> Iterator[App]:
    with running(database_url, open_folder, speed=120.0) as app:
        yield app


@pytest.fixture
def visits() -> Iterator[Visits]:
    with launched() as browser:
        visits = Visits(browser)
        visits.expected.append("Applying inline style")  # of axe itself, while it measures
        yield visits
        visits.end()


def as_person(app: App, visits: Visits, address: str, token: str, **more: Any) -> Any:
    """The page that somebody who has signed in sees at an address."""
    page = visits.page(app.url, **more)
    page.context.add_cookies([cookie(app.url, token)])
    page.goto(f"{app.url}/{address}")
    page.wait_for_selector("main h1")
    return page


def test_a_drill_from_choosing_to_report(app: App, visits: Visits) -> None:
    leader = session(app.database, "Zhou", Grant("drill-leader"), Grant("department"))
    page = as_person(app, visits, "#/drills", leader)
    page.wait_for_selector("[data-begin=flood-underpass]")
    assert findings(page) == []
    keep_all(page, "drills-choose", "[data-begin=flood-underpass]")

    # Choose and begin.
    page.click("[data-begin=flood-underpass]")
    page.fill("dialog [name=lon]", "120.1")
    page.fill("dialog [name=lat]", "30.3")
    page.wait_for_selector(".chosen-place:has-text('120.1, 30.3')")
    assert findings(page) == []
    page.click("dialog button[type=submit]")
    page.wait_for_selector("[data-state=running]", timeout=SOON)
    drill = int(page.evaluate("location.hash.match(/drills\\/(\\d+)/)[1]"))

    # Who takes part sees it under its mark, in every section.
    assert "EXERCISE" in page.inner_text("#exercise")
    assert page.locator("#watermark span").count() > 0
    # Which number is of which world.
    page.wait_for_selector("#exercise time:text-matches('^exercise .+ in$')")
    assert "Live city" in page.inner_text("#clock")
    until(lambda: rows(app, "cases", drill=drill), "a case")
    number = rows(app, "cases", drill=drill)[0]["number"]
    page.wait_for_selector(f"a.row:has-text('{number}')", timeout=SOON)
    assert findings(page) == []
    page.goto(f"{app.url}/#/cases")
    page.wait_for_selector(f"main :text('{number}')", timeout=SOON)
    assert "EXERCISE" in page.inner_text("#exercise")
    page.goto(f"{app.url}/#/drills/{drill}")
    page.wait_for_selector("[data-act=fault]")

    # A fault that the story knows nothing of; pause, go on.
    page.click("[data-act=fault]")
    page.select_option("dialog [name=what]", "forged")
    page.select_option("dialog [name=where]", "road-11")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("dialog .refused:has-text('needs a value')")
    page.fill("dialog [name=value]", "60")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("dialog", state="detached")
    page.wait_for_selector("main :text('put a fault in: forged')", timeout=SOON)
    page.click("[data-act=pause]")
    page.wait_for_selector("[data-state=paused]", timeout=SOON)
    keep_all(page, "drills-watch", "[data-state=paused]")
    page.click("[data-act=resume]")
    page.wait_for_selector("[data-state=running]", timeout=SOON)

    # End it, and read what it has shown.
    page.click("[data-act=end]")
    page.click("dialog button.danger")
    page.wait_for_selector("[data-state=ended]", timeout=SOON)
    page.wait_for_selector("#exercise", state="hidden")
    assert "Live city" not in page.inner_text("#clock")
    page.click("[data-act=report]")
    page.wait_for_selector("[data-final=true]", timeout=SOON)
    assert page.locator("tr[data-fate=found]").count() == 1
    assert re.search(r"1 / 1", page.inner_text(".tiles"))
    assert number in page.inner_text("main")
    assert page.locator("lifeline-plot canvas").count() >= 1
    assert findings(page) == []
    keep_all(page, "drills-report", "[data-final=true]")
    assert about(app, drill)["open_cases"] == 0
    visits.expected.append("409")  # the fault without its value, said by the browser too


def test_the_place_of_a_drill_is_pressed_on_the_map_and_named(app: App, visits: Visits) -> None:
    ring = [[120.0, 30.2], [120.2, 30.2], [120.2, 30.4], [120.0, 30.4], [120.0, 30.2]]
    cell = {
        "properties": {"code": "330106001001001", "name": "湖滨一格"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    asset = {
        "channel": "well-7/level", "device": "well-7", "quantity": "level", "lon": "120.1",
        "lat": "30.3", "kind": "flood", "component": "3301060101000007", "component_name": "断桥井",
    }  # fmt: skip
    with connect(app.database) as connection:
        document = json.dumps({"features": [cell]}).encode()
        assert not import_areas(connection, document, datetime.now(UTC), ZoneInfo("UTC")).problems
        assert not import_assets(connection, [asset]).problems
    pressed = "node => {{ const at = node.shown.library.project([{}, 30.3]); return [at.x, at.y] }}"

    def press(page: Any, lon: float) -> None:
        page.wait_for_selector(
            ".place-map[data-ready][data-drawn='1 0'], .place-map[data-drawn='1 1']"
        )
        x, y = page.locator(".place-map").evaluate(pressed.format(lon))
        page.locator(".place-map canvas").first.click(position={"x": x, "y": y})

    anywhere = session(app.database, "Zhou", Grant("drill-leader"))
    page = as_person(app, visits, "#/drills", anywhere)
    page.click("[data-begin=flood-underpass]")
    press(page, 120.1)
    page.wait_for_selector(".chosen-place:has-text('at the sensor 断桥井')")
    assert "grid cell 330106001001001" in page.inner_text(".chosen-place")
    assert page.input_value("dialog [name=lon]") == "120.100000"
    press(page, 120.1012)
    page.wait_for_selector(".chosen-place:not(:has-text('sensor')):has-text('30.3')")
    assert page.input_value("dialog [name=grid_cell]") == "330106001001001"
    page.fill("dialog [name=lon]", "")
    page.wait_for_selector(".chosen-place:has-text('湖滨一格')")

    # Who leads in an area alone names a cell of it, and no place.
    of_an_area = session(app.database, "Wu", Grant("drill-leader", area="330106"))
    page = as_person(app, visits, "#/drills", of_an_area)
    page.click("[data-begin=flood-underpass]")
    assert page.locator("dialog [name=lon]").count() == 0
    press(page, 120.1012)
    page.wait_for_selector(".chosen-place:has-text('grid cell 330106001001001')")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("[data-state=running]", timeout=SOON)
    [drill] = rows(app, "drills", drill=None, before=None, on=True, limit=9)
    assert drill["grid_cell"] == "330106001001001"


def test_who_does_not_lead_sees_a_drill_and_not_what_is_coming(app: App, visits: Visits) -> None:
    player = session(app.database, "Wang", Grant("dispatcher"))
    drill = app.drills.begin("flood-underpass", 1, "Zhou", 120.1, 30.3, None)
    until(lambda: about(app, drill)["state"] == "running", "running")
    page = as_person(app, visits, "#/drills", player, viewport=PHONE, language="zh-CN")
    page.wait_for_selector(".scenario")
    assert page.locator("[data-begin]").count() == 0
    page.goto(f"{app.url}/#/drills/{drill}")
    page.wait_for_selector("[data-act=join]")
    for act in ("fault", "pause", "end", "report"):
        assert page.locator(f"[data-act={act}]").count() == 0, act
    assert page.locator("#truth").count() == 0
    page.click("[data-act=join]")
    page.wait_for_selector("#exercise:has-text('演练')")
    page.click("[data-act=leave]")
    page.wait_for_selector("#exercise", state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert findings(page) == []
