"""Signing in and administration in the console, as the persons themselves do it."""

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from bad_tables import DEPARTMENTS, write_csv
from browser import DESK, PHONE, findings
from playwright.sync_api import expect

from api.access import passwords
from store.access import Grant, add_account
from store.database import connect

pytestmark = [pytest.mark.server, pytest.mark.browser]

RIGHT, FRESH = "seven herons over the weir", "a kettle, two maps and rain"
ADMINISTRATOR = ("administrator", "auditor", "shift-lead")


@pytest.fixture
def door(own_city, serving):
    """Address of a console where nobody gets in unknown; two people have an account."""
    with connect(own_city) as connection:
        hashed = passwords.hash_of(RIGHT)
        now = datetime.now(UTC)
        roles = [Grant(role) for role in ADMINISTRATOR]
        add_account(connection, "Zhao Min", now, roles, hashed)
        add_account(connection, "Li Wei", now, [Grant("dispatcher")], hashed)
    with serving(own_city, lambda given: replace(given, guests=())) as address:
        yield address


@pytest.fixture
def enter(door, visits):
    def enter(name="Zhao Min", address="#/administration/people", **more):
        page = visits(door, address, **more)
        sign_in(page, name)
        page.wait_for_selector("main h1")
        return page

    yield enter
    visits.end()
    visits.contexts.clear()


def sign_in(page, name, password=RIGHT):
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")


def fill(page, **values):
    """Fill the dialog's fields and press its button."""
    for name, value in values.items():
        field = page.locator(f"dialog [name={name}]")
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("dialog footer .main").click()


def test_a_wrong_password_is_said_and_the_right_one_leads_where_one_wanted_to_go(door, visits):
    visits.expected.append("401")
    page = visits(door, "#/administration/keys")
    sign_in(page, "Zhao Min", "not this one at all")
    refused = page.locator(".refused")
    refused.wait_for()
    assert "wrong" in refused.inner_text()
    sign_in(page, "Zhao Min")
    page.wait_for_selector("nav a[aria-current=page]:has-text('Keys')")
    assert page.locator("[data-menu] .who").inner_text() == "Zhao Min"
    page.locator("[data-menu]").click()
    page.locator("[data-sign-out]").click()
    page.wait_for_selector("input[name=password]")
    assert page.evaluate("fetch('/api/v1/cases').then((answer) => answer.status)") == 401
    visits.end()
    visits.contexts.clear()


def test_whoever_is_invited_sets_a_password_and_sees_what_their_role_opens(enter, visits, door):
    page = enter()
    page.locator("button", has_text="Invite somebody").click()
    fill(page, name="Wu Ling", role="inspector", area="330106")
    page.locator("dialog .secret").wait_for()
    link = page.locator("dialog .secret").input_value()
    page.locator("dialog footer .main").click()
    page.wait_for_selector("h2:has-text('Wu Ling')")
    assert "inspector · 330106" in page.locator(".grants").inner_text()

    other = visits(door, link.split("/", 3)[3])
    other.locator("input[name=password]").fill(FRESH)
    other.locator("input[name=again]").fill("something else than that")
    other.keyboard.press("Enter")
    assert "differ" in other.locator(".refused").inner_text()
    other.locator("input[name=again]").fill(FRESH)
    other.keyboard.press("Enter")
    other.wait_for_selector("nav[aria-label] a")
    shown = other.locator("nav[aria-label] a").all_inner_texts()
    assert "Cases" in [text.strip() for text in shown]
    assert not any("Administration" in text for text in shown)

    visits.expected.append("403")
    third = visits(door, link.split("/", 3)[3])
    third.locator("input[name=password]").fill(FRESH)
    third.locator("input[name=again]").fill(FRESH)
    third.keyboard.press("Enter")
    third.locator(".refused").wait_for()  # a link works once


def test_a_role_is_given_and_taken_and_the_trail_says_by_whom(enter):
    page = enter()
    page.locator("a.row", has_text="Li Wei").click()
    page.locator("button", has_text="Give a role").click()
    fill(page, role="observer")
    page.wait_for_selector(".grants li:has-text('observer')")
    page.locator("button[aria-label='Take back observer']").click()
    page.locator("dialog footer .main").click()
    page.wait_for_selector(".grants li:has-text('observer')", state="detached")
    page.locator("nav.tabs a", has_text="Audit").click()
    page.wait_for_selector("tr:has-text('took observer from Li Wei')")
    row = page.locator("tr", has_text="gave Li Wei observer").inner_text()
    assert "Zhao Min" in row
    page.locator("input[name=contains]").fill("took observer")
    page.locator("input[name=contains]").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as given:
        page.locator("a", has_text="All as CSV").click()
    lines = [*csv.DictReader(StringIO(given.value.path().read_text(encoding="utf-8")))]
    assert [line["why"] for line in lines] == ["took observer from Li Wei"]


def test_whoever_is_disabled_is_out_at_once(enter, visits, door):
    visits.expected.append("401")
    page, other = enter(), visits(door, "#/cases")
    sign_in(other, "Li Wei")
    other.wait_for_selector("nav[aria-label] a")
    page.locator("a.row", has_text="Li Wei").click()
    page.locator("button.danger", has_text="Disable").click()
    page.locator("dialog footer .main").click()
    page.wait_for_selector(".head:has-text('disabled')")
    other.evaluate("location.hash = '#/evaluation'")
    other.wait_for_selector("input[name=password]")


def test_a_key_is_shown_once_rotated_and_revoked(enter):
    page = enter(address="#/administration/keys")
    page.locator("button", has_text="New key").click()
    fill(page, name="pumps", role="gateway", days="30")
    secrets = []
    for press in (None, "Rotate"):
        if press:
            page.locator(".head button", has_text=press).click()
            fill(page, overlap="2", days="60")
        page.locator("dialog .secret").wait_for()
        secrets.append(page.locator("dialog .secret").input_value())
        page.locator("dialog footer .main").click()
        page.wait_for_selector("h2:has-text('pumps')")
    assert len(set(secrets)) == 2
    assert not any(secret in page.content() for secret in secrets)
    tried = "([secret]) => fetch('/api/v1/roles', {credentials: 'omit', headers: {Authorization: `Bearer ${secret}`}}).then((answer) => answer.status)"  # noqa: E501
    assert [page.evaluate(tried, [secret]) for secret in secrets] == [200, 200]
    page.locator(".head button.danger", has_text="Revoke").click()
    page.locator("dialog footer .main").click()
    page.wait_for_selector(".head:has-text('✗ revoked')")


def test_a_window_is_set_and_ended_early(enter):
    page = enter(address="#/administration/windows")
    page.locator("button", has_text="Set a window").click()
    subject, told = page.locator("dialog [name=subject]"), page.locator("dialog .found")
    offered = page.locator("dialog datalist option")
    subject.fill("工地")  # what people call it; the id is offered
    offered.locator("text=工地 3").wait_for(state="attached")
    assert "noise-003" in offered.evaluate_all("all => all.map((each) => each.value)")
    subject.fill("nobody is called so")
    told.locator("text=Nothing is called so").wait_for()
    page.locator("dialog [name=scope]").select_option("zone")
    subject.fill("")
    expect(offered.first).to_have_attribute("value", re.compile("."))
    assert all(zone for zone in offered.evaluate_all("all => all.map((each) => each.value)"))
    page.locator("dialog [name=scope]").select_option("city")
    subject.fill("city")
    told.locator("text=The whole city").wait_for()
    page.locator("dialog [name=scope]").select_option("device")
    for name, said in (("工地", "16 are called 工地"), ("nowhere", "Nothing is called nowhere")):
        fill(page, subject=name, why="the sensor is exchanged")
        page.wait_for_selector(f"dialog .refused:has-text('{said}')")
    fill(page, subject="gas-001", why="the sensor is exchanged")
    row = page.locator("tr", has_text="gas-001")
    row.wait_for()
    assert "lasting" in row.inner_text()
    assert "Zhao Min" in row.inner_text()
    row.locator("button").click()
    fill(page, why="done sooner")
    page.wait_for_selector("tr:has-text('ended early'):has-text('done sooner')")


def test_a_window_is_set_from_the_page_of_the_sensor(enter):
    page = enter(address="#/sensors/gas-001")
    page.locator("a", has_text="Set a window").click()
    assert page.locator("dialog [name=subject]").input_value() == "gas-001"
    fill(page, why="the sensor is exchanged")
    page.wait_for_selector("tr:has-text('gas-001'):has-text('lasting')")


def test_a_table_is_checked_before_it_is_imported_and_each_mistake_named(enter, tmp_path):
    page = enter(address="#/administration/imports?what=departments")
    write_csv(tmp_path / "bad.csv", [*DEPARTMENTS[:-1], ["", *DEPARTMENTS[-1][1:]]])
    write_csv(tmp_path / "good.csv", DEPARTMENTS)
    page.locator("input[name=file]").set_input_files(tmp_path / "bad.csv")
    page.locator("input[name=version]").fill("2026.2")
    page.locator("button", has_text="Check").click()
    page.wait_for_selector(".told:has-text('mend it first')")
    assert page.locator(".told button").count() == 0
    assert str(len(DEPARTMENTS)) in page.locator("tr", has_text="mistake").first.inner_text()
    page.locator("input[name=file]").set_input_files(tmp_path / "good.csv")
    page.locator("button", has_text="Check").click()
    page.wait_for_selector(".told:has-text('This would be done')")
    page.locator(".told button", has_text="Import").click()
    page.wait_for_selector(".told:has-text('✓ Imported')")


def test_a_long_import_shows_how_far_it_is_and_is_cancelled(enter, visits, own_city, tmp_path):
    """It waits for a row that another holds, so that it is long for certain."""
    visits.expected.append("409")
    rows = [[f"long-{n}.depth", f"long-{n}", "depth", "m"] for n in range(40)]
    last = ["gas-001.methane", "gas-001", "methane", "%VOL"]
    write_csv(tmp_path / "assets.csv", [["channel", "device", "quantity", "unit"], *rows, last])
    page = enter(address="#/administration/imports?what=assets")
    page.locator("input[name=file]").set_input_files(tmp_path / "assets.csv")
    page.locator("button", has_text="Check").click()
    page.locator(".told button", has_text="Import").wait_for()
    with connect(own_city) as other:
        other.execute("BEGIN")
        other.execute("SELECT FROM devices WHERE id = 'gas-001' FOR UPDATE")
        page.locator(".told button", has_text="Import").click()
        page.wait_for_selector(".progress:has-text('41 / 41')")
        assert findings(page) == []
        page.locator(".progress button", has_text="Cancel").click()
        page.wait_for_selector(".progress:has-text('Cancelling')")
        other.execute("ROLLBACK")
    page.wait_for_selector(".refused:has-text('Nothing of assets.csv was imported.')")
    page.locator("button", has_text="Check").click()
    page.wait_for_selector(".told:has-text('This would be done'):has-text('40')")


def test_a_subscription_is_made_paused_and_ended(enter):
    page = enter(address="#/administration/deliveries")
    page.locator("button", has_text="New subscription").click()
    fill(page, name="water-company", url="https://receiver.example/events", areas="330106, 3302")
    page.locator("dialog .secret").wait_for()
    assert page.locator("dialog .secret").input_value().startswith("whsec_")
    page.locator("dialog footer .main").click()
    for press, state in (("Pause", "paused"), ("Resume", "active"), ("End it", "ended")):
        page.locator(".head button", has_text=press).click()
        page.locator("dialog footer .main").click()
        page.wait_for_selector(f".head:has-text('{state}')")
    assert "330106, 3302" in page.locator(".facts").inner_text()


def test_what_a_dialogs_answer_refuses_is_said_in_it(enter, visits):
    visits.expected += ["409", "422"]
    page = enter()
    page.locator("button", has_text="Invite somebody").click()
    fill(page, name="Li Wei", role="observer")
    refused = page.locator("dialog .refused")
    refused.wait_for()
    assert "Li Wei" in refused.inner_text()
    page.locator("dialog [name=area]").fill("ring road")
    page.locator("dialog footer .main").click()
    page.wait_for_selector("dialog [name=area][aria-invalid=true]")


def test_whoever_goes_back_leaves_the_dialog_behind(enter):
    page = enter()
    page.locator("nav.tabs a", has_text="Keys").click()
    page.locator("button", has_text="New key").click()
    page.locator("dialog").wait_for()
    page.go_back()
    page.locator("dialog").wait_for(state="detached")
    page.locator("button", has_text="Invite somebody").click()


def test_whoever_lacks_the_right_sees_neither_tab_nor_page(enter, visits):
    page = enter("Li Wei", "#/cases")
    page.evaluate("location.hash = '#/administration/people'")
    page.wait_for_selector("main .state.failed:has-text('Not permitted')")
    asked = "fetch('/api/v1/people').then((answer) => answer.status)"
    visits.expected.append("403")
    assert page.evaluate(asked) == 403


def test_ones_password_is_changed_and_other_sessions_end(enter, visits, door):
    visits.expected += ["401", "403"]
    page, other = enter(), enter()
    page.locator("[data-menu]").click()
    page.locator(".menu button", has_text="Change the password").click()
    fill(page, current="not the current one", new=FRESH, again=FRESH)
    page.wait_for_selector("dialog .refused:has-text('current password')")
    fill(page, current=RIGHT, new=FRESH, again=FRESH)
    page.locator("dialog").wait_for(state="detached")
    page.locator("a.row", has_text="Li Wei").click()  # this session goes on, with its new token
    page.locator("button", has_text="Give a role").click()
    fill(page, role="observer")
    page.wait_for_selector(".grants li:has-text('observer')")
    other.evaluate("location.hash = '#/evaluation'")
    other.wait_for_selector("input[name=password]")


TABS = ["people", "keys", "audit", "departments", "catalogue", "imports", "windows", "deliveries"]


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_serious_on_any_tab_and_each_fits(enter, viewport, scheme):
    page = enter(viewport=viewport, color_scheme=scheme)
    found = {}
    for tab in [*TABS, "exchange", "people/1"]:
        page.evaluate(f"location.hash = '#/administration/{tab}'")
        page.wait_for_selector(f".view > .{tab.split('/')[0]}")
        page.wait_for_selector("main .state[role=status]", state="detached")
        found[tab] = findings(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], tab
    assert {tab: each for tab, each in found.items() if each} == {}
