"""Pages as people see them: turned to a language, theme and screen where they stand, and kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from browser import DESK, PHONE


class Look(NamedTuple):
    language: str
    theme: str
    viewport: dict[str, int]

    def __str__(self) -> str:
        return f"{'desk' if self.viewport == DESK else 'phone'}-{self.language}-{self.theme}"


#: What is kept of each page.
KEPT = (
    *(Look(language, theme, DESK) for language in ("zh", "en") for theme in ("light", "dark")),
    Look("zh", "light", PHONE),
)
TURN = """async ([language, theme]) => {
    const { speak } = await import("/shell/language.js");
    const { chooseTheme } = await import("/shell/theme.js");
    speak(language);
    chooseTheme(theme);
}"""
#: Until maps have drawn all of what they show, and the page what came of that.
SETTLED = """async () => {
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    await frame();
    const maps = [...document.querySelectorAll(".map")].map((map) => map.shown?.library);
    for (const map of maps) if (map && !map.loaded()) await map.once("idle");
    await document.fonts.ready;
    await frame();
    await frame();
}"""
GO = """(hash) => new Promise((there) => {
    if (location.hash === hash) return there();
    // Heard after the console's own listener: then the page at the address is being drawn.
    addEventListener("hashchange", () => there(), { once: true });
    location.hash = hash;
})"""


def go(page: Any, address: str) -> None:
    """To another address of the console in the same page, the one before no longer there."""
    page.evaluate(GO, f"#/{address}")
    loaded(page)


def loaded(page: Any) -> None:
    page.wait_for_selector("main h1", state="attached")
    page.locator("main .state[role=status] .spinner").first.wait_for(state="detached")


def turn(page: Any, look: Look) -> None:
    """The page as it stands, in another language, theme and size."""
    if page.viewport_size != look.viewport:
        page.set_viewport_size(look.viewport)
    page.evaluate(TURN, [look.language, look.theme])
    loaded(page)


def keep(page: Any, name: str, look: Look) -> None:
    """Keep a picture in the folder that LIFELINE_SCREENSHOTS names; without one, none."""
    if folder := os.environ.get("LIFELINE_SCREENSHOTS"):
        page.evaluate(SETTLED)
        page.screenshot(path=Path(folder) / f"{name}-{look}.png", caret="initial")


def keep_all(page: Any, name: str, ready: str = "main h1") -> None:
    """Keep the page in each look, and leave it as it was; `ready`: what must be there each time."""
    if "LIFELINE_SCREENSHOTS" not in os.environ:
        return
    root = "document.documentElement"
    language, theme = page.evaluate(f"[{root}.lang, {root}.dataset.theme]")
    before = Look(language, theme, page.viewport_size)
    for look in KEPT:
        turn(page, look)
        page.locator(ready).first.wait_for(state="attached")
        keep(page, name, look)
    turn(page, before)
