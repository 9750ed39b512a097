"""Warnings and call-backs in the console: by whose they are, and the wrong person refused."""

from dataclasses import replace

import httpx
import pytest
from browser import PHONE, findings
from console_city import City
from signed_in import as_person

pytestmark = [pytest.mark.server, pytest.mark.browser]

WHY = "the water rises, says inspector 3"


@pytest.fixture
def at(own_city, serving):
    """Address of a city where guests may do nothing; it is up until all pages are closed."""
    with serving(own_city, lambda given: replace(given, guests=())) as at:
        yield at


@pytest.fixture
def city(at, own_city, visits):
    return City(at, own_city, visits)


def post(city, name, path, **said):
    return httpx.post(f"{city.at}/api/v1/{path}", json=said, headers=as_person(city.token(name)))


def warn(city, number, **said):
    answer = post(city, "Chen", "warnings", case=number, role="shift-lead", reason=WHY, **said)
    assert answer.status_code == 201, answer.text
    return answer.json()["identifier"]


def decide(page, why):
    """Read what is sent, say why, and send it; until the warning's own page is there."""
    page.locator(".warning-form .send button:not([disabled])").click()
    page.locator("dialog [name=reason]").fill(why)
    page.locator("dialog button[type=submit]").click()
    page.locator("dialog").wait_for(state="detached")
    page.locator(".page.warning .actions, .page.warning .case-head").first.wait_for()


def previewed(page, text):
    page.locator(f".preview[aria-busy=false]:has-text('{text}')").wait_for()


def test_a_shift_lead_warns_of_a_case_brings_it_up_to_date_and_calls_it_off(city):
    number = city.flood()["number"]
    page = city.case("Chen", number)
    page.locator("[data-warn]").click()
    previewed(page, "Orange warning")
    assert page.locator("[name=headline_en]").input_value().startswith("Orange warning")
    assert city.get("warnings")["items"] == []  # a preview is no warning
    # One language alone is not sent.
    page.locator("[name=instruction_en]").fill("Go round by Wenyi Road")
    page.locator(".warning-form .send button:not([disabled])").click()
    assert page.locator("[name=instruction_zh]:invalid").count() == 1
    page.locator("[name=instruction_zh]").fill("请绕行文一路")
    previewed(page, "请绕行文一路")
    page.locator(".place-map[data-warned=orange]").wait_for()
    decide(page, WHY)
    [issued] = city.get("warnings")["items"]
    assert (issued["case_number"], issued["actor"], issued["reason"]) == (number, "Chen", WHY)
    said = page.locator(".page.warning").inner_text()
    for part in (
        "Go round by Wenyi Road", "请绕行文一路", "in force", "orange", "observed", "immediate",
        "300 m around", number, WHY, "issued",
    ):  # fmt: skip
        assert part in said, part
    page.locator(".case-map[data-warned=orange]").wait_for()

    page.locator("[data-way=update]").click()
    previewed(page, "Go round by Wenyi Road")
    page.locator("[name=colour]").select_option("red")
    previewed(page, "Red warning")  # the headline follows the colour until somebody writes one
    decide(page, "40 cm by now")
    page.locator(".log b:has-text('updated')").wait_for()
    assert "headline: Red warning" in page.locator(".log").inner_text()

    page.locator("[data-way=cancel]").click()
    previewed(page, "all clear")
    decide(page, "the water is gone")
    page.locator(".case-head .state:has-text('called off')").wait_for()
    assert page.locator("[data-way]").count() == 0
    kinds = [(it["kind"], it["colour"]) for it in city.get("warnings")["items"]]
    assert kinds == [("Cancel", "red"), ("Update", "red"), ("Alert", "orange")]
    page = city.case("Chen", number)
    page.locator("[aria-labelledby=warnings]:has-text('called off')").wait_for()


def test_who_does_not_decide_on_warnings_reads_them_and_is_refused(city):
    number = city.flood()["number"]
    identifier = warn(city, number)
    page = city.case("Sun", number)
    page.locator("[aria-labelledby=warnings] a").first.wait_for()
    assert page.locator("[data-warn]").count() == 0
    page.locator("[aria-labelledby=warnings] a").first.click()
    page.locator(".page.warning .log").wait_for()
    assert page.locator("[data-way]").count() == 0
    page = city.page("Sun", "#/cases/warnings")
    page.locator("tbody .row").wait_for()
    assert page.locator("a:has-text('Issue a warning')").count() == 0
    page = city.page("Sun", f"#/cases/warnings/{identifier}/cancel")
    page.locator(".state.failed:has-text('for a shift lead')").wait_for()
    assert page.locator("form[inert]").count() == 1
    for path in ("warnings", f"warnings/{identifier}/update", f"warnings/{identifier}/cancel",
                 "warnings/preview", f"warnings/{identifier}/preview"):  # fmt: skip
        answer = post(city, "Sun", path, case=number, role="shift-lead", reason="x")
        assert answer.status_code == 403, (path, answer.text)
    assert len(city.get("warnings")["items"]) == 1


def test_a_warning_without_a_case_is_of_a_class_at_cells_that_were_pressed_on(city):
    page = city.page("Chen", "#/cases/warnings/new")
    page.locator("class-field input").fill("0506 water on")
    page.locator("class-field option").first.wait_for(state="attached")
    page.locator("class-field input").press("ArrowDown")
    page.locator("[name=colour]").select_option("yellow")
    page.locator(".refused:has-text('it says nowhere')").wait_for()
    city.visits.expected.append("409")
    page.locator("[name=area][value=cells]").check()
    page.locator("[name=cells]").fill("330106001000001 330106001001001")
    previewed(page, "Yellow warning: Standing water")
    assert "330106001000001" in page.locator(".preview .cells").inner_text()
    page.locator("[name=area][value=circle]").check()
    page.locator("[name=lon]").fill("120.12")
    page.locator("[name=lat]").fill("30.28")
    page.locator("[name=radius]").fill("500")
    previewed(page, "500 m around")
    decide(page, "a burst main, says the water company")
    [issued] = city.get("warnings")["items"]
    assert (issued["case_number"], issued["content"]["area"]["circle"]) == (
        None,
        [120.12, 30.28, 0.5],
    )


def test_who_has_not_seen_the_last_message_is_told_so(city):
    identifier = warn(city, city.flood()["number"])
    page = city.page("Chen", f"#/cases/warnings/{identifier}/update")
    previewed(page, "Orange warning")
    post(
        city,
        "Chen",
        f"warnings/{identifier}/update",
        role="shift-lead",
        reason="rises",
        colour="red",
    )
    city.visits.expected.append("409")
    page.locator("[name=urgency]").select_option("Future")
    page.locator(".refused:has-text('look again')").wait_for()
    assert page.locator(".send button").is_disabled()


def test_warnings_in_force_stand_on_the_situation_and_those_that_ended_in_the_list_alone(city):
    number = city.flood()["number"]
    identifier = warn(city, number)
    page = city.page("Chen", "#/situation")
    page.locator(".warned li:has-text('Orange warning')").wait_for()
    assert page.locator(".warned b").inner_text() == "1"
    page.locator(".warned li a").click()
    page.locator(".page.warning .log").wait_for()
    page = city.page("Chen", "#/cases/warnings")
    page.locator("tbody .row").wait_for()
    post(city, "Chen", f"warnings/{identifier}/cancel", role="shift-lead", reason="gone")
    # Live: nobody loads the page again.
    page.locator(".state.empty:has-text('No warning is in force')").wait_for()
    page.locator("a:has-text('Ended')").click()
    page.locator("tbody tr:has-text('called off')").wait_for()
    identifier = warn(city, number)
    page = city.page("Chen", "#/situation")
    page.locator(".warned").wait_for()
    post(city, "Chen", f"warnings/{identifier}/cancel", role="shift-lead", reason="gone")
    page.locator(".warned").wait_for(state="detached")


def called(city, count):
    """So many reports of people who called, of problems that there are not."""
    numbers = []
    for n in range(count):
        caller = {"name": f"Caller {n}", "phone": f"1380013800{n}"}
        report = {"source": "hotline", "text": f"lamp {n} is out", "caller": caller}
        report |= {"lon": 120.1 + n / 100, "lat": 30.3}
        answer = post(city, "Wang", "reports", **report)
        assert answer.status_code == 201, answer.text
        numbers.append(answer.json()["case"])
        assert city.step("Wang", numbers[-1], "reject", reason="no lamp").status_code == 201
    return numbers


def test_callers_are_called_back_from_their_list_with_the_keyboard_alone(city):
    numbers = called(city, 2)
    page = city.page("Wang", "#/cases/call-backs")
    page.locator("tbody .row").first.wait_for()
    assert "1380013800" not in page.content()  # a number is shown to who says why
    keys = page.keyboard
    for left in (2, 1):
        page.locator(f"tbody tr >> nth={left - 1}").wait_for()
        keys.press("j")
        keys.press("Enter")
        page.locator("dialog [name=why]:focus").wait_for()
        keys.press("Tab")
        keys.press("Tab")
        keys.press("Enter")
        page.locator("dialog .calling a[href^='tel:1380013800']").wait_for()
        page.locator("dialog [name=satisfaction]").focus()
        keys.press("f")  # fair
        keys.press("Tab")
        keys.type("should be faster")
        keys.press("Tab")
        keys.press("Tab")
        keys.press("Enter")
        page.locator("dialog").wait_for(state="detached")
        page.locator(f".count:text-is('{left - 1} in all')").wait_for()
    page.locator(".state.empty:has-text('Nobody waits')").wait_for()
    for number in numbers:
        case = city.get(f"cases/{number}")
        assert case["case"]["satisfaction"] == "fair"
        assert case["log"][-1]["reason"] == "should be faster"
        [report] = city.get(f"cases/{number}/reports")
        looks = city.get(f"reports/{report['id']}/caller/looks")
        assert [(it["actor"], it["why"]) for it in looks] == [
            ("Wang", f"to call back about {number}")
        ]


def test_who_does_not_call_back_goes_to_the_case_or_sees_no_callers_at_all(city):
    [number] = called(city, 1)
    page = city.page("Chen", "#/cases/call-backs")
    assert page.locator("tbody a.row").get_attribute("href") == f"#/cases/{number}"
    refused = city.step("Chen", number, "call-back", details={"satisfaction": "fair"})
    assert refused.status_code == 409, refused.text
    page = city.page("Sun", "#/cases/call-backs")
    page.locator(".state.failed:has-text('do not see who called')").wait_for()
    assert page.locator(".tabs a:has-text('Call-backs')").count() == 0


def test_a_post_with_nothing_to_do_is_told_what_fills_its_board(city):
    page = city.page("Chen", "#/cases?post=shift-lead")
    page.locator(".board").wait_for()
    assert city.get("worklists/shift-lead")["lists"][0]["items"] == []
    hint = page.locator(".hint:has-text('when intake has accepted them')")
    hint.locator("a").click()
    page.locator(".card").first.wait_for()
    assert page.locator(".hint").count() == 0


@pytest.mark.parametrize(
    ("language", "scheme", "more"),
    [("en-US", "light", {}), ("zh-CN", "dark", {"viewport": PHONE})],
    ids=["en-light-desk", "zh-dark-phone"],
)
def test_axe_finds_nothing_serious_on_these_pages_and_they_fit(city, language, scheme, more):
    number = city.flood()["number"]
    identifier = warn(city, number, instruction={"zh": "请绕行", "en": "Go round"})
    called(city, 1)
    city.visits.expected.append("Applying inline style")  # of axe itself, while it measures
    for address, ready in (
        ("warnings", "tbody .row"),
        (f"warnings/{identifier}", ".log li"),
        (f"warnings/{identifier}/update", ".preview[aria-busy=false]"),
        (f"warnings/new?case={number}", ".preview[aria-busy=false]"),
        ("call-backs", "tbody .row"),
    ):
        page = city.page(
            "Chen", f"#/cases/{address}", language=language, color_scheme=scheme, **more
        )
        page.locator(ready).first.wait_for(state="attached")
        assert findings(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
