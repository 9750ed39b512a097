"""The console's frame in a real browser: languages, themes, keys, and sections that fail alone."""

import re
from dataclasses import replace

import httpx
import pytest
from browser import DESK, PHONE, findings

from api.access.permissions import PERMISSIONS
from api.app import CONSOLE
from store.access import Grant

pytestmark = [pytest.mark.server, pytest.mark.browser]

#: Title in both languages, and the key that goes there after g.
SECTIONS = {
    "situation": ("态势", "Situation", "s"),
    "cases": ("案件", "Cases", "c"),
    "sensors": ("传感", "Sensors", "n"),
    "rules": ("规则", "Rules", "r"),
    "drills": ("演练", "Drills", "d"),
    "evaluation": ("评价", "Evaluation", "e"),
    "administration": ("管理", "Administration", "a"),
}
#: A section of this test's own, in place of one of the console's.
SECTION = """
import { html, render } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
export const title = { zh: "试", en: "Trial" };
export function open(root, route, shell) {
  window.told = [];
  const draw = () => render(html`<div class="page"><h1>${say("试", "Trial")} ${route.path.join("/")}
    ${route.query.get("light")}</h1><input data-search aria-label="search"></div>`, root);
  const mark = () => shell.watermark({ zh: "演练", en: "EXERCISE" });
  shell.keys({ x: { zh: "标记", en: "Mark", run: mark } });
  draw();
  return {
    update(next) { route = next; window.told.push("update"); draw(); },
    redraw() { window.told.push("redraw"); draw(); },
    close() { window.told.push("close"); },
  };
}
"""


@pytest.fixture
def trial(server, visits):
    """The console with SECTION as its drills."""

    def trial(address="#/drills", **more):
        page = visits.page(server.url, **more)
        serve(page, "drills", SECTION)
        page.goto(f"{server.url}/{address}")
        page.wait_for_selector("main h1:has-text('Trial'), main h1:has-text('试')")
        return page

    return trial


def serve(page, name, text):
    page.route(
        f"**/{name}/section.js*",
        lambda route: route.fulfill(body=text, content_type="text/javascript"),
    )
    page.route(
        f"**/{name}/section.css", lambda route: route.fulfill(body="", content_type="text/css")
    )


def sections(page):
    return page.locator(
        "nav[aria-label] li a .long, nav[aria-label] li a span:first-of-type"
    ).all_inner_texts()


@pytest.mark.parametrize(("locale", "column"), [("zh-CN", 0), ("en-US", 1)])
def test_every_section_is_in_the_rail_in_the_readers_language(trial, locale, column):
    page = trial(language=locale)
    assert sections(page) == [words[column] for words in SECTIONS.values()]
    assert page.locator("html").get_attribute("lang") == locale[:2]
    assert page.locator("nav a[aria-current=page]").count() == 1


def test_the_language_is_changed_without_loading_and_kept(trial):
    page = trial(language="zh-CN")
    page.wait_for_selector("#clock.live")
    assert "数据" in page.locator("#clock .age").inner_text()
    page.locator("[data-language]").click()
    page.wait_for_selector("main h1:has-text('Trial')")
    assert "Cases" in sections(page)
    assert page.evaluate("window.told") == ["redraw"]
    page.reload()
    page.wait_for_selector("main h1:has-text('Trial')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_is_the_systems_until_the_reader_chooses(trial, scheme):
    page = trial(color_scheme=scheme)
    theme = page.locator("html").get_attribute
    assert theme("data-theme") == scheme
    other = {"light": "dark", "dark": "light"}[scheme]
    page.locator("[data-menu]").click()
    page.locator(f".menu input[value={other}]").check()
    assert theme("data-theme") == other
    page.reload()
    page.wait_for_selector("main h1")
    assert theme("data-theme") == other
    page.locator("[data-menu]").click()
    page.locator(".menu input[value=auto]").check()
    assert theme("data-theme") == scheme


def test_g_and_a_letter_goes_to_a_section(trial):
    page = trial()
    for name, (_, title, key) in SECTIONS.items():
        serve(page, name, SECTION)
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_selector(f"nav a[aria-current=page]:has-text('{title}')")
        assert page.url.endswith(f"#/{name}")


def test_keys_are_shown_used_and_switched_off(trial):
    page = trial()
    page.keyboard.press("?")
    dialog = page.locator("dialog.keys")
    assert "Mark" in dialog.inner_text()
    dialog.locator("input[type=checkbox]").uncheck()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.keyboard.press("x")
    assert page.locator("#watermark span").count() == 0
    page.keyboard.press("?")
    dialog.locator("input[type=checkbox]").check()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.keyboard.press("/")
    page.keyboard.type("gcx?")
    assert page.locator("[data-search]").input_value() == "gcx?"
    assert page.url.endswith("#/drills")


def test_an_exercise_is_marked_over_everything_until_it_is_taken_away(trial):
    page = trial()
    page.keyboard.press("x")
    assert page.locator("#exercise").inner_text() == "EXERCISE"
    assert page.locator("#watermark span").count() > 10
    page.locator("main input").click()  # the mark takes no press


def test_the_address_reaches_the_section_and_back_leaves_it(trial):
    page = trial("#/drills/20240301-0007?light=red")
    assert page.locator("main h1").inner_text().split() == ["Trial", "20240301-0007", "red"]
    page.evaluate("location.hash = '#/drills/other'")
    page.wait_for_selector("main h1:has-text('other')")
    assert page.evaluate("window.told") == ["update"]
    page.go_back()
    page.wait_for_selector("main h1:has-text('red')")


def test_a_section_that_does_not_load_says_so_and_the_others_go_on(server, visits):
    visits.expected.append("ERR_FAILED")
    page = visits.page(server.url)
    page.route("**/rules/section.js*", lambda route: route.abort())
    serve(page, "drills", SECTION)
    page.goto(f"{server.url}/#/rules")
    state = page.locator("main .state.failed")
    state.wait_for()
    assert state.locator("button").inner_text() == "Try again"
    page.locator("nav a", has_text="Drills").click()
    page.wait_for_selector("main h1:has-text('Trial')")
    page.locator("nav a", has_text="Rules").click()
    state.wait_for()
    page.unroute("**/rules/section.js*")
    serve(page, "rules", SECTION)
    state.locator("button").click()
    page.wait_for_selector("main h1:has-text('Trial')")


def test_a_fault_in_a_section_shows_a_state_not_a_blank(server, visits):
    page = visits.page(server.url)
    serve(page, "rules", "export function open() { throw new Error('the pack is torn'); }")
    page.goto(f"{server.url}/#/rules")
    assert "the pack is torn" in page.locator("main .state.failed").inner_text()


def test_an_address_that_leads_nowhere_says_so(trial):
    page = trial()
    page.evaluate("location.hash = '#/nowhere'")
    page.wait_for_selector("main .state.failed:has-text('There is no such page')")
    assert page.locator("h1").all_inner_texts() == ["Not found"]


MISSING = [
    *("sensors/nobody", "sensors/dead-letters/999999", "sensors/quarantine/nobody"),
    *("cases/20990101-0001", "rules/no.such", "drills/99", "drills/99/report"),
]


@pytest.mark.parametrize("address", MISSING)
def test_what_is_not_there_is_said_under_a_heading_of_the_page(console, visits, address):
    visits.expected.append("404")
    page = console(f"#/{address}")
    page.wait_for_selector("main h1")
    page.wait_for_selector("main .state.failed, main .note, main p")
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("administrator", set()),
        ("dispatcher", {"administration"}),
        ("partner", {"sensors", "rules", "drills", "evaluation", "administration"}),
    ],
)
def test_sections_that_a_person_may_not_open_are_not_shown(
    own_city, serving, visits, role, missing
):
    assert role in PERMISSIONS
    with serving(own_city, lambda given: replace(given, guests=(Grant(role, "", ""),))) as address:
        page = visits.page(address)
        for name in SECTIONS:
            serve(page, name, SECTION)
        page.goto(f"{address}/#/cases")
        page.wait_for_selector("main h1")
        shown = {
            link.split("#/")[1]
            for link in page.locator("nav[aria-label] a").evaluate_all(
                "links => links.map((link) => link.href)"
            )
        }
        assert shown == set(SECTIONS) - missing
        if missing:
            page.goto(f"{address}/#/administration")
            page.wait_for_selector("main .state.failed:has-text('Not permitted')")
        visits.end()
        visits.contexts.clear()


def test_each_post_has_its_name_in_chinese(trial):
    """As the server calls them: a role that is added there is missed here."""
    page = trial(language="zh-CN")
    names = page.evaluate(
        """async (posts) => {
            const { postName } = await import("/shell/posts.js");
            return posts.map(postName);
        }""",
        [str(role) for role in PERMISSIONS],
    )
    assert names == [role.zh for role in PERMISSIONS]


def test_nobody_is_asked_to_sign_in_first(own_city, serving, visits):
    with serving(own_city, lambda given: replace(given, guests=())) as address:
        page = visits(address, "#/cases/20240301-0007")
        page.wait_for_selector("form input[type=password]")
        assert page.locator("nav[aria-label]").count() == 0
        assert page.url.endswith("#/cases/20240301-0007")
        assert findings(page) == []
        visits.end()
        visits.contexts.clear()


def test_the_clock_says_that_data_is_fresh_and_when_the_connection_is_lost(trial, server, visits):
    visits.expected += ["ERR_", "Failed to load resource"]
    page = trial()
    page.wait_for_selector("#clock.live")
    assert page.locator("#clock time").inner_text() == "03-01 14:30:00"
    page.context.set_offline(True)
    server.stop()
    page.wait_for_selector("#clock.offline")
    assert page.locator("#clock .age").inner_text() == "disconnected"
    page.close()


def test_everything_of_the_frame_is_reached_by_tab_and_seen(trial):
    page = trial()
    page.locator("body").press("Tab")
    names, outlined = [], []
    for _ in range(14):
        name, outline = page.evaluate(
            "(() => { const node = document.activeElement, style = getComputedStyle(node);"
            " return [node.textContent.trim().slice(0, 30), style.outlineStyle]; })()"
        )
        names.append(re.sub(r"\s+", " ", name))
        outlined.append(outline)
        page.keyboard.press("Tab")
    assert names[0] == "Skip to content"
    for title in ("城市生命线 Lifeline", "中", "Situation", "Evaluation"):
        assert title in names, names
    assert set(outlined[:12]) <= {"solid", "auto"}


def test_the_skip_link_goes_past_the_rail(trial):
    page = trial()
    page.locator("body").press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "section"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('[data-search]')")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_frame_and_it_fits(trial, viewport, scheme):
    page = trial(viewport=viewport, color_scheme=scheme)
    page.keyboard.press("x")
    page.locator("[data-menu]").click()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert findings(page) == []


def test_what_is_served_runs_under_a_policy_without_inline_code(server):
    page = httpx.get(f"{server.url}/").text
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=", page)
    for module in [*CONSOLE.glob("*.js"), *CONSOLE.glob("[!v]*/*.js")]:
        inline = re.findall(r"""\sstyle=["$]""", module.read_text(encoding="utf-8"))
        assert not inline, f"{module.name}: .style=${{…}} sets a property, which the policy allows"


def test_every_vendored_library_has_its_licence_and_version():
    folders = [folder for folder in (CONSOLE / "vendor").iterdir() if folder.is_dir()]
    assert len(folders) >= 2
    for folder in folders:
        assert (folder / "LICENSE").is_file(), folder.name
        assert re.search(r"\d+\.\d+", (folder / "VERSION").read_text()), folder.name


def test_every_text_is_in_both_languages():
    """A text that only one language has would be shown to readers of the other."""
    for module in [*CONSOLE.glob("*.js"), *CONSOLE.glob("[!v]*/*.js")]:
        for zh, en in re.findall(
            r'\bsay\("([^"]*)", "([^"]*)"\)', module.read_text(encoding="utf-8")
        ):
            assert zh, f"{module}: {en}"
            assert en, f"{module}: {zh}"
            assert not re.search(r"[\u4e00-\u9fff]", en), f"{module.relative_to(CONSOLE)}: {en}"


def test_the_readmes_section_is_a_section(server, visits):
    """What a section's author copies from api/console/README.md works."""
    [example] = re.findall(r"```js\n(.*?)```", (CONSOLE / "README.md").read_text(), re.S)
    page = visits.page(server.url)
    serve(page, "cases", example)
    page.goto(f"{server.url}/#/cases")
    page.wait_for_selector("main h1:has-text('Cases')")
