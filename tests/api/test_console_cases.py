"""Cases in the console: their whole life by the right persons, and the wrong person refused."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from browser import DESK, PHONE, findings
from console_city import DRAINAGE, GAS, POSTS, City
from one_picture import PNG
from pictures import keep_all
from playwright.sync_api import expect
from signed_in import as_person

from cases.transitions import NEXT
from cases.words import State, Verb
from store.access import Grant
from store.areas import import_areas
from store.database import connect

pytestmark = [pytest.mark.server, pytest.mark.browser]

#: States as the page calls them.
WORDS = {"reported": "reported", "verifying": "being verified", "accepted": "accepted",
         "filed": "filed", "dispatched": "dispatched", "handling": "in work",
         "fed-back": "fed back", "inspecting": "being inspected",
         "inspected": "inspected"}  # fmt: skip


@pytest.fixture
def at(own_city, serving):
    """Address of a city where guests may do nothing; it is up until all pages are closed."""
    with serving(own_city, lambda given: replace(given, guests=())) as at:
        yield at


@pytest.fixture
def city(at, own_city, visits):
    return City(at, own_city, visits)


def verbs(page):
    return [
        each.get_attribute("data-verb")
        for each in page.locator(".actions button[data-verb]:not([aria-disabled])").all()
    ]


def take(page, verb, **said):
    """Take a step by its button and dialog; wait until the case is as it leaves it."""
    page.locator(f".actions button[data-verb={verb}]").click()
    dialog = page.locator("dialog.ask")
    for name, value in said.items():
        field = dialog.locator(f"[name={name}]")
        if name in ("found", "passed"):
            dialog.locator(f"[name={name}][value={value}]").check()
        elif name == "condition":
            dialog.locator("class-field input").fill(value)
            dialog.locator("class-field option").first.wait_for(state="attached")
            dialog.locator("class-field input").press("ArrowDown")
        elif field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    with page.expect_response("**/steps") as answered:
        dialog.locator("button[type=submit]").click()
    assert answered.value.status == 201, answered.value.text()
    dialog.wait_for(state="detached")


def state(page):
    return page.locator(".case-head .state").inner_text()


def test_a_case_lives_from_the_call_to_its_closing_each_step_by_whose_it_is(city):
    """Each person signed in alone; nobody else is offered the step."""
    page = city.page("Wang", "#/cases/new")
    page.locator("[name=text]").fill("Water to the knees in front of the school")
    page.locator("class-field input").fill("0506 water on")
    page.locator("class-field option").first.wait_for(state="attached")
    page.locator("class-field input").press("ArrowDown")
    page.locator("[name=lon]").fill("120.1411")
    page.locator("[name=lat]").fill("30.3011")
    page.locator("[name=caller_phone]").fill("13800138000")
    page.locator(".send button").click()
    page.locator(".case-head h1").wait_for()
    number = page.url.rsplit("/", 1)[1]
    assert "Standing water on the road" in page.locator(".case-head h1").inner_text()
    assert "accept" not in verbs(page)  # the public's reports are verified first

    life = [
        ("Wang", "ask-verify", {}, "being verified"),
        ("Zhao", "verify", {"found": "true", "reason": "deep indeed"}, "reported"),
        ("Wang", "accept", {}, "accepted"),
        ("Chen", "file", {}, "filed"),
        ("Liu", "dispatch", {}, "dispatched"),
        ("Sun", "handle", {}, "in work"),
        ("Sun", "feed-back", {"reason": "pumped out"}, "fed back"),
        ("Wang", "ask-inspect", {}, "being inspected"),
        ("Zhao", "inspect", {"passed": "true"}, "inspected"),
        ("Chen", "close", {"outcome": "real"}, "closed"),
    ]
    before = "Wang"
    for who, verb, said, after in life:
        it = city.get(f"cases/{number}")["case"]
        may = NEXT[State(it["state"]), Verb(verb)].roles
        for other in POSTS.keys() - ({"Sun"} if it["department"] != DRAINAGE else set()):
            if POSTS[other].role not in may:
                offered = [each["verb"] for each in city.get(f"cases/{number}", other)["choices"]]
                assert verb not in offered, (other, verb)
        if POSTS[before].role not in may:  # their page is still open, and live
            page.locator(f".case-head .state:has-text('{WORDS[it['state']]}')").wait_for()
            assert verb not in verbs(page), (before, verb)
        page = city.case(who, number)
        assert verb in verbs(page), (who, verb)
        take(page, verb, **said)
        page.locator(f".case-head .state:has-text('{after}')").wait_for()
        before = who
    log = page.locator(".log").inner_text()
    for part in ("deep indeed", "pumped out", "outcome: real", "Zhao", "Sun", "shift lead"):
        assert part in log, part
    assert city.get(f"cases/{number}")["case"]["outcome"] == "real"


def test_the_wrong_person_has_no_such_button_and_is_refused_by_the_api(city):
    flood = city.flood()
    number = flood["number"]
    assert "handle" in verbs(city.case("Sun", number))
    assert "handle" not in verbs(city.case("Chen", number))
    refused = city.step("Liu", number, "handle", role="department")
    assert (refused.status_code, refused.json()["type"]) == (
        403, "urn:lifeline:problem:not-your-role",
    )  # fmt: skip
    refused = city.step("Chen", number, "close", details={"outcome": "real"})
    assert refused.status_code == 409
    assert "cannot close a case that is dispatched" in refused.json()["detail"]
    # A department sees its own cases alone, and nobody may say that they are another.
    city.token("Gao", Grant("department", GAS))
    city.visits.expected.append("404")
    page = city.page("Gao", f"#/cases/{number}")
    page.locator(".state.failed").wait_for()
    assert "Not found" in page.locator(".state.failed").inner_text()
    assert city.step("Sun", number, "handle", actor="Li").status_code == 403


def test_who_inspected_is_told_why_they_may_not_close(city):
    number = city.flood()["number"]
    city.token("Both", Grant("inspector"), Grant("shift-lead"))
    for name, verb, more in [
        ("Sun", "handle", {}),
        ("Sun", "feed-back", {}),
        ("Wang", "ask-inspect", {}),
    ]:
        assert city.step(name, number, verb, **more).status_code == 201
    page = city.case("Both", number)
    take(page, "inspect", passed="true")
    button = page.locator(".actions [data-verb=close][aria-disabled]")
    button.wait_for()
    why = page.locator("#why-close").inner_text()
    assert why == "Both did inspect in this case and may not close it"
    button.click(force=True)
    # A dialog comes a moment after its press: the one that is there is of the press after it.
    page.locator("[data-verb=note]").click()
    page.locator("dialog h2:has-text('Note')").wait_for()
    assert page.locator("dialog").count() == 1
    # Somebody else may, and is told what a reason must overcome.
    page = city.case("Chen", number)
    page.locator("[data-verb=close]").click()
    assert "not been normal for long enough" in page.locator("dialog .caution").inner_text()
    assert page.locator("dialog [name=reason]").get_attribute("required") is not None


def on(page, condition):
    return page.evaluate(f"(({condition}))(document.activeElement)")


def tab_to(page, condition):
    """Press Tab until what has the focus fulfils a condition in JavaScript."""
    for _ in range(60):
        if on(page, condition):
            return
        page.keyboard.press("Tab")
    raise AssertionError(condition)


def test_a_case_is_filed_with_the_keyboard_alone(city):
    page = city.page("Wang", "#/cases")
    page.locator(".board").wait_for()
    keys = page.keyboard
    keys.press("n")
    page.locator("textarea[name=text]:focus").wait_for()
    keys.type("A lamp is out")
    tab_to(page, "node => node.closest('class-field') && node.tagName === 'INPUT'")
    keys.type("0137")
    page.locator("class-field option").first.wait_for(state="attached")
    keys.press("ArrowDown")
    tab_to(page, "node => node.name === 'lon'")
    keys.type("120.15")
    tab_to(page, "node => node.name === 'lat'")
    keys.type("30.29")
    keys.press("Control+Enter")
    page.locator(".case-head h1:focus").wait_for()
    assert "lamp" in page.locator(".case-head").inner_text().lower()
    keys.press("a")
    assert on(page, "node => node.dataset.verb") in ("ask-verify", "reject")
    tab_to(page, "node => node.dataset.verb === 'ask-verify'")
    keys.press("Enter")
    page.locator("dialog.ask").wait_for()
    tab_to(page, "node => node.type === 'submit'")
    keys.press("Enter")
    page.locator(".case-head .state:has-text('being verified')").wait_for()


def test_a_case_is_found_and_closed_with_the_keyboard_alone(city):
    number = city.flood()["number"]
    for name, verb, details in [
        ("Sun", "handle", {}),
        ("Sun", "feed-back", {}),
        ("Wang", "ask-inspect", {}),
        ("Zhao", "inspect", {"passed": True}),
    ]:
        assert city.step(name, number, verb, details=details).status_code == 201
    page = city.page("Chen", "#/evaluation")
    keys = page.keyboard
    page.locator("main .section.evaluation").wait_for()
    keys.press("g")
    keys.press("c")
    page.locator(f".card[data-case='{number}']").wait_for()
    keys.press("j")
    for _ in range(4):
        if on(page, "node => node.dataset.case") == number:
            break
        keys.press("l")
    keys.press("Enter")
    page.locator(".case-head h1:focus").wait_for()
    keys.press("a")
    assert on(page, "node => node.dataset.verb") == "close"
    keys.press("Enter")
    page.locator("dialog [name=outcome]:focus").wait_for()
    keys.press("r")  # real
    tab_to(page, "node => node.name === 'reason'")
    keys.type("seen dry")
    tab_to(page, "node => node.type === 'submit'")
    keys.press("Enter")
    page.locator(".case-head .state:has-text('closed')").wait_for()


def test_news_leaves_an_open_dialog_its_focus_and_text_and_a_stale_step_is_refused(city):
    number = city.flood()["number"]
    page = city.case("Chen", number)
    page.locator("[data-verb=note]").click()
    reason = page.locator("dialog [name=reason]")
    reason.fill("the school has called aga")
    page.wait_for_selector("#clock.live, #clock.stale")
    assert city.step("Sun", number, "handle").status_code == 201
    page.locator("case-moved .caution").wait_for()
    page.locator(".case-head .state:has-text('in work')").wait_for()
    assert on(page, "node => node.name") == "reason"
    page.keyboard.type("in")
    assert reason.input_value() == "the school has called again"
    city.visits.expected.append("412")
    page.locator("dialog button[type=submit]").click()
    page.locator("dialog .refused").wait_for()
    assert "Sun did handle; look again" in page.locator("dialog .refused").inner_text()
    page.locator("case-moved button").click()
    page.locator("dialog button[type=submit]").click()
    page.locator("dialog").wait_for(state="detached")
    page.locator(".log li:has-text('the school has called again')").wait_for()


def test_work_shows_without_loading_again_and_what_ended_leaves_the_list(city):
    report = {"source": "leader", "text": "a lamp is out", "lon": 120.1, "lat": 30.3}
    page = city.page("Wang", "#/cases")
    page.wait_for_selector("#clock.live, #clock.stale")
    page.locator(".board").wait_for()
    answer = httpx.post(
        f"{city.at}/api/v1/reports", json=report, headers=as_person(city.token("Wang"))
    )
    number = answer.json()["case"]
    card = page.locator(f".card[data-case='{number}']")
    card.wait_for()
    card.focus()
    answer = httpx.post(
        f"{city.at}/api/v1/reports",
        json=report | {"text": "another"},
        headers=as_person(city.token("Wang")),
    )
    other = answer.json()["case"]
    page.locator(f".card[data-case='{other}']").wait_for()
    assert on(page, "node => node.dataset.case") == number  # news takes nobody the focus
    answer = city.step("Wang", number, "reject", reason="no lamp")
    assert answer.status_code == 201, answer.text
    card.wait_for(state="detached")


def test_filters_live_in_the_address_and_every_list_goes_out_as_a_file(city):
    page = city.page("Sun", "#/cases?post=department&view=table&list=to-take-up")
    page.locator("tbody tr").first.wait_for()
    own = page.locator("tbody tr").count()
    assert own == 2  # a department's own cases alone
    page.locator("[data-filter=severity]").select_option("orange")
    page.wait_for_url("**severity=orange**")
    page.locator("[data-filter=text]").fill("道路积水")
    page.locator(".count:text-is('1 in all')").wait_for()
    page.wait_for_url("**text=**")  # written after the last letter
    page.locator(".count:text-is('1 in all')").wait_for()
    with page.expect_download() as given:
        page.locator(".export button", has_text="CSV").click()
    head, line = Path(given.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("Problem,Time left")
    assert city.flood()["number"] in line
    page.reload()
    page.locator(".count:text-is('1 in all')").wait_for()
    page.keyboard.press("b")
    page.locator(".card").first.wait_for()
    with page.expect_download() as given:
        page.locator(".export button", has_text="JSON").click()
    assert "0506" in Path(given.value.path()).read_text(encoding="utf-8")


def test_a_case_shows_what_it_rests_on_and_what_would_have_kept_it_quiet(city):
    page = city.case("Chen", city.flood()["number"])
    page.locator(".evidence figure canvas").wait_for()
    page.locator("[aria-labelledby=around] details").first.wait_for()
    said = page.locator(".page.case").inner_text()
    for part in (
        "道路积水", "GB/T 30428.2-2013", "flood-003.depth", "peak 31 cm", "high 15 cm",
        "Area > 100 m² and depth > 15 cm", "What would have kept it quiet", "depth high 0.15",
        "Known false alarms", "What to do", "6e1f0c2b9a7d4e35", "14 readings", "all usable",
        "filing condition met", "Before it closes", "the department takes it up", "Drainage office",
        "Sensors",
    ):  # fmt: skip
        assert part in said, part
    assert re.search("(2 h|1 h 59 min) left", said)
    curve = page.locator(".evidence .canvas").get_attribute("aria-label")
    assert "highest 31" in curve
    page.locator(".case-map[data-drawn]").wait_for()


def test_a_case_that_was_fed_back_shows_that_the_clock_is_the_centres_and_no_more_the_departments(
    city,
):
    number = city.flood()["number"]
    for verb in ("handle", "feed-back"):
        assert city.step("Sun", number, verb).status_code == 201
    page = city.case("Wang", number)
    page.locator(
        ".case-head .state:has-text('fed back'):has-text('ordering inspection')"
    ).wait_for()
    page.locator(".case-head case-clock:has-text('left')").wait_for()
    [running] = page.locator(".clocks tr.running").all()
    assert "ordering inspection" in running.inner_text()
    assert "Drainage office" not in running.inner_text()
    handled = page.locator(".clocks tr:has-text('Drainage office')").last.inner_text()
    assert "in time" in handled, "the department's own clock has stopped"
    page = city.page("Wang", "#/cases?post=intake")
    page.locator(f".column[aria-label='Inspections to order'] [data-case='{number}']").wait_for()


def test_a_report_beside_a_sensors_case_is_joined_to_it_before_it_becomes_a_second_one(city):
    flood = city.flood()
    page = city.page("Wang", "#/cases/new")
    page.locator("[name=text]").fill("Water on the road")
    page.locator("class-field input").fill("0506 water on")
    page.locator("class-field option").first.wait_for(state="attached")
    page.locator("class-field input").press("ArrowDown")
    page.locator("[name=lon]").fill(str(flood["lon"] + 0.0001))
    page.locator("[name=lat]").fill(str(flood["lat"]))
    page.locator("[name=caller_phone]").fill("13800138000")
    page.locator("[name=lat]").blur()
    page.locator(f"[name=join][value='{flood['number']}']").check()
    page.locator(".send button:has-text('Join into')").click()
    page.wait_for_url(f"**/{flood['number']}")
    page.locator("h2:has-text('Reports')").wait_for()
    assert "Water on the road" in page.locator("[aria-labelledby=reports]").inner_text()
    # Who called is seen by who may, and says why; the page of others has it nowhere.
    assert "13800138000" not in page.content()
    page.locator("button:has-text('Show who called')").click()
    page.locator("dialog [name=why]").fill("to call back")
    page.locator("dialog button[type=submit]").click()
    page.locator(".caller:has-text('13800138000')").wait_for()
    other = city.case("Sun", flood["number"])
    other.locator("h2:has-text('Reports')").wait_for()
    assert "13800138000" not in other.content()
    assert other.locator("button:has-text('Show who called')").count() == 0


@pytest.mark.parametrize("outlined", [True, False], ids=["outlined cells", "codes alone"])
def test_a_press_on_the_map_says_where_a_report_is(city, outlined):
    """The map shows the city at once, whether or not it knows how its cells lie."""
    if outlined:
        ring = [[120.1, 30.27], [120.16, 30.27], [120.16, 30.33], [120.1, 30.33], [120.1, 30.27]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        cell = {"type": "Feature", "properties": {"code": "330106001001001"}, "geometry": shape}
        document = json.dumps({"type": "FeatureCollection", "features": [cell]}).encode()
        with connect(city.database) as connection:
            report = import_areas(connection, document, datetime.now(UTC), ZoneInfo("UTC"))
            assert not report.problems
    page = city.page("Wang", "#/cases/new")
    page.locator(".place-map .scale span:text-matches('^[0-9]+ m$|^[1-5] km$')").wait_for()
    page.locator(".place-map[data-drawn]").wait_for()
    page.locator(".place-map canvas").first.click(position={"x": 200, "y": 150})
    expect(page.locator("[name=lon]")).not_to_be_empty()
    assert 120 < float(page.locator("[name=lon]").input_value()) < 120.3
    assert 30.2 < float(page.locator("[name=lat]").input_value()) < 30.4
    page = city.case("Chen", city.flood()["number"])
    page.locator(".case-map[data-drawn]").wait_for()
    page.locator("[aria-labelledby=around] details").first.wait_for()
    assert page.locator("#trouble").is_hidden()


def test_a_case_that_may_be_the_same_is_merged_by_a_person(city):
    flood = city.flood()
    report = {
        "source": "hotline", "text": "Water on the road", "code_list": flood["code_list"],
        "code": "0506", "kind": "event", "lon": flood["lon"] + 0.0001, "lat": flood["lat"],
    }  # fmt: skip
    answer = httpx.post(
        f"{city.at}/api/v1/reports", json=report, headers=as_person(city.token("Wang"))
    )
    number = answer.json()["case"]
    page = city.case("Wang", number)
    alike = page.locator("[aria-labelledby=alike]")
    alike.wait_for()
    for part in (flood["number"], "10 m", "sensor", "dispatched"):
        assert part in alike.inner_text(), part
    alike.locator("button").click()
    page.locator("dialog button[type=submit]").click()
    page.locator(f".case-head a:has-text('{flood['number']}')").wait_for()


def test_pictures_are_sent_shown_and_looked_at(city, tmp_path):
    number = city.flood()["number"]
    page = city.case("Sun", number)
    page.locator("button:has-text('Add photos')").click()
    picture = tmp_path / "wet.png"
    picture.write_bytes(PNG)
    page.locator("photo-field input").set_input_files(picture)
    page.locator("photo-field .sent img").wait_for()
    page.locator("dialog [name=reason]").fill("as it is now")
    page.locator("dialog button[type=submit]").click()
    page.locator("[aria-labelledby=photos] .thumbnail").click()
    page.locator("dialog.picture img").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    # What is no picture is refused with the server's words.
    city.visits.expected.append("415")
    page.locator("button:has-text('Add photos')").click()
    picture.write_bytes(b"no picture")
    page.locator("photo-field input").set_input_files(picture)
    assert "wet.png: " in page.locator("photo-field .wrong").inner_text()


def test_of_a_channel_with_several_pieces_of_evidence_the_one_that_holds_is_shown(city):
    chosen = """async () => {
        const { curvesOf } = await import("/cases/evidence.js");
        const events = [
            { id: "a", standing: "withdrawn" },
            { id: "b", standing: "over", ended: "2026-07-01T13:00:00Z" },
            { id: "c", standing: "over", ended: "2026-07-01T12:00:00Z" },
        ];
        const curves = (channels) => channels.map((channel) => ({ channel, time: [0] }));
        const piece = (id, ...channels) => ({ event_id: id, body: { curves: curves(channels) } });
        const found = curvesOf([piece("a", "x", "y"), piece("c", "x"), piece("b", "x")], events);
        return found.map(({ curve, event }) => curve.channel + event.id);
    }"""
    assert city.page("Chen").evaluate(chosen) == ["xb", "ya"]


def test_refusals_are_told_in_the_readers_language(city):
    """Every sentence of the guards has its Chinese: a table that lags behind fails here."""
    said = [
        "Both did inspect in this case and may not close it",
        "nobody asks: ask-extension or ask-suspension comes first",
        "an extension is at most the original limit, 2 emergency-hours",
        "its sensor has not been normal for long enough: wait, or give a reason to close anyway",
        "the case has moved on to version 5, you saw 4: Sun did handle; look again",
    ]
    page = city.page("Chen", language="zh-CN")
    words = page.evaluate(
        """async (said) => {
            const { inWords } = await import("/shell/sentences.js");
            return said.map(inWords);
        }""",
        said,
    )
    for before, after in zip(said, words, strict=True):
        assert before != after
        assert not any(part in after for part in ("may not", "comes first", "wait", "look again"))


def test_what_would_have_kept_it_quiet_is_told_in_the_readers_language(city):
    """Each sentence of `rules/quiet.py`, as `tests/rules/test_quiet.py` has them."""
    said = {
        "methane: methane rising by less than 1 %VOL": "methane：甲烷浓度上升不足 1 %VOL",
        "sound level under 55 dB by night": "夜间声级低于 55 dB",
        "voltage above 198 V, voltage under 235.4 V": "电压高于 198 V，电压低于 235.4 V",
        "flow at night as usual, 51.48 m³/h, less than 3.6 m³/h above that":
            "夜间流量如常（51.48 m³/h），超出不足 3.6 m³/h",
        "no last gasp reported": "没有出现停电上报",
        "flow as usual at this hour": "流量与此时段平常一致",
        "tilt nearer to its rest": "倾角接近静止值",
        "flow standing still once": "流量停走一次",
        "a clock that is not 3 h 7 min behind": "时钟没有滞后 3 小时 7 分",
        "c heard again within 50 min": "c 在 50 分内恢复上报",
        "abnormal for less than 25 min": "异常持续不足 25 分",
        "fewer than 3 abnormal readings in a row": "连续异常读数少于 3 条",
        "fewer than 2 channels at once": "同时异常的通道少于 2 个",
        "c in step with the others of its zone, pressure under 3 bar":
            "c 与同一分区的其他通道步调一致，水压低于 3 bar",
        "c without the flags OUT_OF_RANGE, LATE": "c 没有数据标记：超出量程、迟到",
    }  # fmt: skip
    page = city.page("Chen", language="zh-CN")
    words = page.evaluate(
        """async (said) => {
            const { quietly } = await import("/cases/quiet.js");
            const { learn } = await import("/shell/quantities.js");
            await learn();
            return said.map(quietly);
        }""",
        list(said),
    )
    assert dict(zip(said, words, strict=True)) == said


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("language", "scheme"), [("en-US", "light"), ("zh-CN", "dark")], ids=["en-light", "zh-dark"]
)
def test_axe_finds_nothing_serious_and_it_fits(city, viewport, language, scheme):
    number = city.flood()["number"]
    city.visits.expected.append("Applying inline style")  # of axe itself, while it measures
    more = {"viewport": viewport, "language": language, "color_scheme": scheme}
    for name, address, ready in (
        ("board", "#/cases?post=all&view=board", ".card"),
        ("table", "#/cases?post=all&view=table", "tbody tr"),
        ("case", f"#/cases/{number}", ".evidence canvas"),
        ("report", "#/cases/new", "class-field option"),
    ):
        page = city.page("Chen", address, **more)
        page.locator(ready).first.wait_for(state="attached")
        assert findings(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
        if (scheme, viewport) == ("light", DESK):
            keep_all(page, f"cases-{name}", ready)
