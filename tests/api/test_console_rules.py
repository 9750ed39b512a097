"""Rules in the console: tuning one to promotion and back, and whoever may not."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import httpx
import psycopg
import pytest
from bad_packs import MISTAKES
from browser import DESK, PHONE, findings
from one_rule import PACK, WATER_TESTS
from pictures import keep_all
from playwright.sync_api import expect
from signed_in import as_person, cookie, session
from watched_city import NOW

from cases.city import load_city
from deploy.backtesting import Backtesting
from rules.pack import read_pack
from rules.proofread import proofread
from store.access import Grant
from store.database import connect
from store.rule_changes import By, put_on_trial, save
from store.rule_tests import keep_tests

pytestmark = [pytest.mark.server, pytest.mark.browser]

EDITOR = "lifeline-yaml.pack"


class Workshop:
    """The console of a watched city with one rule of its own, and who works with it."""

    def __init__(self, at, database, visits):
        self.at, self.database, self.visits = at, database, visits
        grants = {"Chen": Grant("engineer"), "Liu": Grant("dispatcher")}
        self.tokens = {name: session(database, name, grant) for name, grant in grants.items()}
        self.csp = []

    def page(self, address, name="Chen", **more):
        page = self.visits.page(self.at, **more)
        page.context.add_cookies([cookie(self.at, self.tokens[name])])
        page.goto(f"{self.at}/{address}")
        return page

    def ask(self, method, path, name="Chen", **more):
        headers = as_person(self.tokens[name])
        return httpx.request(method, f"{self.at}/api/v1/{path}", headers=headers, **more)

    def rule(self):
        return self.ask("GET", "rules/water").json()


@pytest.fixture
def workshop(own_city, serving, visits):
    with connect(own_city) as connection:
        catalogue = load_city().catalogue
        for limit, days, why in (("18 cm", 9, "the first limit"), ("15 cm", 6, "it came late")):
            by = By("Chen", why, NOW - timedelta(days=days))
            save(connection, read_pack(PACK.replace("15 cm", limit)), by, catalogue)
        keep_tests(connection, ["water"], WATER_TESTS, "Chen", NOW)
        connection.execute(
            "UPDATE events SET rule = 'water' WHERE rule = 'flood.road.standing-water'"
        )
    backtesting = Backtesting(own_city, lambda: datetime.now(UTC), None, "Asia/Shanghai")
    backtesting.start()
    with serving(own_city, lambda s: replace(s, guests=(), backtests=backtesting)) as at:
        yield Workshop(at, own_city, visits)
        for context in visits.contexts:  # before the server goes, so that no page asks it then
            context.close()
    backtesting.stop()


def tried(workshop, limit="12 cm"):
    """Put a version on trial that found what the one in force did, and two places more."""
    with connect(workshop.database) as connection:
        rules = read_pack(PACK.replace("15 cm", limit))
        by = By("Li", "walkers complain", NOW - timedelta(days=1))
        [changed] = put_on_trial(connection, rules, by, load_city().catalogue)
        connection.execute(
            """INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition,
                   severity, began, raised, found, ended, standing, channels, peak, case_key, why,
                   shadow, settled)
               SELECT gen_random_uuid(), 'water', %s, e.scope, e.subject || n, e.code_list, e.code,
                   e.condition, 'yellow', e.began, e.raised, e.found, e.ended, e.standing,
                   ARRAY[e.channels[1] + n], 1.2, '', e.why || '{"would_open": "x"}', true,
                   e.settled
               FROM events e, generate_series(0, 2) AS n WHERE e.rule = 'water'""",
            (changed.version,),
        )
    return changed.version


def write(page, before, after):
    """Find a text in the editor and write another in its place, as a person does."""
    page.locator(f"{EDITOR} .cm-line", has_text=before).first.wait_for()
    page.evaluate(
        "([place, before, after]) => { const editor = document.querySelector(place);"
        " editor.write(editor.text.replace(before, after)); }",
        [EDITOR, before, after],
    )


def said(page, place="main"):
    return page.locator(place).inner_text()


def answer(page, button, reason):
    """Press a button, say why, and send it."""
    page.locator(f"[data-act={button}]").click()
    page.locator("dialog [name=reason]").fill(reason)
    page.locator("dialog .main").click()
    page.locator("dialog").wait_for(state="detached")


def test_the_list_tells_what_rules_cost_and_how_often_they_were_right(workshop):
    with psycopg.connect(workshop.database) as connection:
        connection.execute(
            "UPDATE cases SET state = 'closed', closed = found, outcome = 'real'"
            " WHERE code = '0506'"
        )
    page = workshop.page("#/rules")
    row = page.locator("lifeline-list tbody tr", has_text="standing water")
    row.wait_for()
    for part in ("water", "in force", "100.0%", "1/1"):
        assert part in row.inner_text(), part
    assert row.locator("svg.spark").get_attribute("aria-label") == (
        "Cases in 30 days: 1, 1 on the worst"
    )
    page.locator("[data-search]").fill("nothing of this name")
    page.locator(".state.empty").wait_for()
    assert "No rule fits." in said(page)
    assert "q=nothing" in page.url


def test_a_rule_is_tuned_from_the_list_to_promotion_and_back(workshop):
    """List, edit, a mistake at its line, check, test, backtest, trial, difference, both ways."""
    before = workshop.rule()["state"]["version"]
    page = workshop.page("#/rules")
    page.locator("a.row", has_text="standing water").click()
    page.locator(".actions a", has_text="Edit").click()
    page.locator(f"{EDITOR} .cm-content").wait_for()
    page.locator(".fine").wait_for()
    assert "looks at 16 channels" in said(page)

    write(page, "15 cm", "15 V")
    wrong = page.locator(".findings li.error")
    wrong.wait_for()
    text = page.evaluate("place => document.querySelector(place).text", EDITOR).split("\n")
    line = 1 + next(n for n, each in enumerate(text) if "15 V" in each)
    assert f"line {line}" in wrong.inner_text()
    assert "signals.deep.detect.0.high" in wrong.inner_text()
    assert "does not fit depth" in wrong.inner_text()
    assert page.locator(f"{EDITOR} .cm-lintRange-error").inner_text() == "15 V"
    assert page.locator("[data-act=shadow]").is_disabled()
    assert page.locator("[data-act=backtest]").is_disabled()

    write(page, "15 V", "2 mm")
    page.locator(".fine").wait_for()
    page.locator("[data-act=check]").click()
    page.locator(".signals").wait_for()
    page.locator("[data-act=test]").click()
    page.locator("[data-tests=false]").wait_for()
    assert "happened, but was not expected" in said(page, ".deeds")
    write(page, "2 mm", "14 cm")
    page.locator(".fine").wait_for()
    page.locator("[data-act=test]").click()
    page.locator("[data-tests=true]").wait_for()

    page.locator("button[data-text=changes]").click()
    expect(page.locator("lifeline-diff .cm-changedLine")).to_have_count(2)
    page.locator("[data-act=backtest]").click()
    page.locator("dialog button", has_text="last 7 d").click()
    page.locator("dialog .main").click()
    page.locator(".backtests progress, .backtests [data-state=done]").first.wait_for()
    page.locator(".backtests [data-state=done] a").wait_for(timeout=60_000)
    page.locator(".backtests [data-state=done] a").click()
    page.locator(".picture canvas").first.wait_for()
    table = said(page, "table.beside")
    assert "In force" in table
    assert "0 gained, 0 lost, 1 the same" in said(page)
    page.go_back()

    page.locator(f"{EDITOR} .cm-line", has_text="14 cm").wait_for()  # the draft is there again
    assert "it survives a reload" in said(page, ".draft")
    page.locator(".fine").wait_for()
    answer(page, "shadow", "people slip at 14 cm")
    page.locator(".sums").wait_for()
    tried = workshop.rule()["state"]["trial"]
    assert tried not in (None, before)

    page.locator(".tabs a", has_text="Versions").click()
    page.locator("table.differences").wait_for()
    assert "signals.deep.detect.0.high" in said(page, "table.differences")
    assert (said(page, ".differences del"), said(page, ".differences ins")) == ("15 cm", "14 cm")
    expect(page.locator("lifeline-diff .cm-changedLine")).to_have_count(2)
    assert "people slip at 14 cm" in said(page, ".log")

    answer(page, "promote", "a week without a false one")
    page.locator(".tag", has_text="on trial").wait_for(state="detached")
    assert workshop.rule()["state"]["version"] == tried
    answer(page, "rollback", "it speaks too often")
    page.locator(".log", has_text="it speaks too often").wait_for()
    state = workshop.rule()
    assert (state["state"]["version"], state["state"]["trial"]) == (before, None)
    assert [(each["verb"], each["actor"]) for each in state["log"][:3]] == [
        ("rollback", "Chen"), ("promote", "Chen"), ("shadow", "Chen"),
    ]  # fmt: skip


def test_what_is_wrong_is_said_in_the_readers_language(workshop):
    """Every sentence that a pack's mistakes bring about is known; two say what YAML itself says."""
    page = workshop.page("#/rules/water/edit", language="zh-CN")
    page.locator(".fine").wait_for()
    said = sorted({found.words for mistake in MISTAKES for found in proofread(mistake.text())})
    told = page.evaluate(
        "async words => { const { inWords } = await import('/rules/messages.js');"
        " return words.map(inWords); }",
        said,
    )
    assert [word for word, zh in zip(said, told, strict=True) if word == zh] == []
    write(page, "15 cm", "15 V")
    page.locator(".findings li.error", has_text='单位 "V" 不适用于 depth').wait_for()
    page.locator("header [data-language]").click()
    page.locator(".findings li.error", has_text="does not fit depth").wait_for()


def test_a_draft_survives_a_reload_until_it_is_dropped(workshop):
    page = workshop.page("#/rules/water/edit")
    page.locator(".fine").wait_for()
    assert page.locator(".draft").count() == 0
    write(page, "15 cm", "16 cm")
    page.locator(".draft").wait_for()
    page.reload()
    page.locator(f"{EDITOR} .cm-line", has_text="16 cm").wait_for()
    assert "kept in this browser" in said(page, ".draft")
    page.locator(".draft button").click()
    page.locator("dialog .danger").click()
    page.locator(f"{EDITOR} .cm-line", has_text="15 cm").wait_for()
    page.locator(".draft").wait_for(state="detached")
    page.reload()
    page.locator(".fine").wait_for()
    assert page.locator(".draft").count() == 0


def test_fields_and_words_are_completed_with_what_they_mean(workshop):
    page = workshop.page("#/rules/water/edit")
    page.locator(f"{EDITOR} .cm-line", has_text="status").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("rej")
    menu = page.locator(f"{EDITOR} .cm-tooltip-autocomplete")
    menu.wait_for()
    assert menu.locator("li").first.inner_text().startswith("rejoin")
    page.locator(f"{EDITOR} .cm-completionInfo").wait_for()
    assert "comes back within this" in said(page, f"{EDITOR} .cm-completionInfo")
    # A list that has only just opened (75 ms) takes no Enter: it may have been meant for the line.
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    page.keyboard.press("Enter")
    page.keyboard.type("PT1H")
    page.keyboard.press("Escape")
    page.locator(".fine").wait_for()
    assert "rejoin: PT1H" in page.evaluate("place => document.querySelector(place).text", EDITOR)


def test_a_backtest_that_runs_shows_how_far_it_is_and_is_cancelled(workshop):
    page = workshop.page("#/rules/water/edit")
    page.locator(".fine").wait_for()
    for _ in range(2):  # the second waits for the first
        page.locator("[data-act=backtest]").click()
        page.locator("dialog .main").click()
        page.locator("dialog").wait_for(state="detached")
    second = page.locator(".backtests li").first
    second.locator("progress").wait_for()
    second.locator("button", has_text="Cancel").click()
    page.locator(".backtests li[data-state=cancelled]").wait_for()
    page.locator(".backtests li[data-state=done]").wait_for(timeout=60_000)
    page.goto(f"{workshop.at}/#/rules/backtests")
    page.locator("lifeline-list tbody tr", has_text="cancelled").wait_for()
    expect(page.locator("lifeline-list tbody tr")).to_have_count(2)


def test_a_trial_shows_what_only_one_of_the_two_found(workshop):
    tried(workshop)
    page = workshop.page("#/rules/water/trial")
    page.locator(".sums").wait_for()
    events, cases = said(page, ".sums tbody").strip().split("\n")
    assert (events.split("\t")[1:], len(cases.split("\t"))) == (["1", "0", "2"], 4)
    page.locator("main button", has_text="only on trial").click()
    page.locator("[data-side=both]").first.wait_for(state="detached")
    expect(page.locator("[data-side=new]")).to_have_count(2)
    page.locator("[data-side=new] >> nth=0").locator("xpath=ancestor::tr").locator("a").click()
    page.locator("article.event canvas").first.wait_for()
    assert "on trial: would open a case" in said(page)


def test_what_a_rule_found_comes_with_its_curve_and_its_case(workshop):
    page = workshop.page("#/rules/water/found")
    page.locator("article.event canvas").wait_for()
    [case] = workshop.ask("GET", "cases?code=0506").json()["items"]
    assert case["number"] in said(page, "article.event")
    assert page.locator("figure.curve").get_attribute("data-channel") == "flood-003.depth"


def test_whoever_may_not_change_rules_sees_no_buttons_and_is_refused(workshop):
    version = tried(workshop)
    page = workshop.page("#/rules/water", name="Liu")
    page.locator(".about").wait_for()
    assert "standing water" in said(page)
    assert page.locator("[data-act], .actions a, .actions button").count() == 0
    page.goto(f"{workshop.at}/#/rules")
    page.locator("lifeline-list tbody tr").first.wait_for()
    assert page.locator("a", has_text="New rule").count() == 0
    change = {"reason": "I would like to", "pack": PACK}
    for path, lacks in (
        ("rules/check", "rules.try"), ("rules/test", "rules.try"), ("backtests", "rules.try"),
        ("rules/shadow", "rules.change"), ("rules/save", "rules.change"),
        ("rules/water/promote", "rules.change"), ("rules/water/discard", "rules.change"),
        ("rules/water/rollback", "rules.change"),
    ):  # fmt: skip
        refused = workshop.ask("POST", path, name="Liu", json=change)
        assert refused.status_code == 403, path
        assert lacks in refused.json()["detail"], path
    assert workshop.rule()["state"]["trial"] == version


def test_nobody_changes_a_rule_in_anothers_name(workshop):
    change = {"reason": "he said so", "pack": PACK.replace("15 cm", "9 cm"), "actor": "Liu"}
    refused = workshop.ask("POST", "rules/shadow", json=change)
    assert (refused.status_code, refused.json()["title"]) == (403, "Nobody acts in another's name")


ADDRESSES = {
    "list": ("#/rules", "lifeline-list tbody tr"),
    "about": ("#/rules/water", ".about lifeline-yaml"),
    "found": ("#/rules/water/found", "article.event canvas"),
    "versions": ("#/rules/water/versions", "lifeline-diff"),
    "trial": ("#/rules/water/trial", ".sums"),
    "edit": ("#/rules/water/edit", ".deeds .fine"),
    "new": ("#/rules/new", ".findings li"),
    "result": ("#/rules/backtests/1", ".picture canvas"),
    "backtests": ("#/rules/backtests", "lifeline-list tbody tr"),
}


def test_every_page_of_the_section_is_there_in_both_languages_and_themes(workshop):
    """What axe-core finds serious is a fault; pictures are kept of one of the four."""
    tried(workshop)
    span = {"since": "2024-02-29T00:00:00Z", "until": "2024-03-01T06:30:00Z"}
    asked = workshop.ask("POST", "backtests", json={"pack": PACK, **span})
    assert asked.status_code == 202, asked.text
    while workshop.ask("GET", "backtests/1").json()["state"] in ("waiting", "running"):
        Event().wait(0.05)
    found = {}
    for theme, language, viewport in (
        ("light", "zh-CN", DESK), ("dark", "en-US", DESK), ("light", "en-US", PHONE),
        ("dark", "zh-CN", PHONE),
    ):  # fmt: skip
        page = workshop.page("#/rules", language=language, color_scheme=theme, viewport=viewport)
        for name, (address, place) in ADDRESSES.items():
            page.goto(f"{workshop.at}/{address}")
            page.locator(place).first.wait_for()
            if worst := findings(page):
                found[f"{name} {theme} {language} {viewport['width']}"] = worst
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (name, viewport)
            if (theme, viewport) == ("light", DESK):
                keep_all(page, f"rules-{name}", place)
    assert not found, json.dumps(found, indent=1)
