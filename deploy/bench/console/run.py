"""What Chromium reaches with the console: first picture, moving the map, news, a year's curve."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import numpy as np
import psutil

from deploy import embedded_postgres
from deploy.bench.console.city import fill, turning
from deploy.bench.console.serving import served
from deploy.bench.rig import until

Row = dict[str, Any]

CHROMIUM = Path("/usr/bin/chromium")
#: As on a machine without a graphics card: the processor works out WebGL, and lays pages together.
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-gpu",
    "--enable-unsafe-swiftshader",
]  # fmt: skip
SCREEN = {"width": 1440, "height": 900}
MEASURE = Path(__file__).with_name("measure.js")


class NoBrowser(Exception):
    """There is no browser to measure with; the text says what to install."""


def run(
    folder: Path, sensors: int, cases: int, rate: int, seconds: float, say: Callable[[str], None]
) -> list[Row]:
    """Return a row of figures for each thing that is asked."""
    with _browser() as browser:
        say(f"making {sensors:,} sensors, {cases:,} cases and a year of minutes")
        database = embedded_postgres.start(folder)
        try:
            fill(database.url, sensors, cases, say)
            with served(database.url) as url:
                bench = Bench(browser, url, f"{sensors} {cases}")
                say("opening the console")
                rows = [bench.picture(), bench.picture(again=True)]
                say("moving the map")
                rows += [bench.moved(seconds), bench.zoomed(seconds)]
                say("reading a year of minutes")
                rows += [bench.curve(), bench.plot()]
                say(f"{rate:,} sensors a second change state")
                with turning(database.url, sensors, rate) as turned:
                    rows.append(bench.still(seconds, rate, turned))
                    rows.append(bench.moved(seconds, f"panning, {rate:,} changes/s"))
                bench.close()
                return rows
        finally:
            database.stop()


@contextmanager
def _browser() -> Iterator[Any]:
    try:
        playwright = import_module("playwright.sync_api")
    except ImportError as why:
        mend = "pip install playwright (it is among the requirements of development)"
        raise NoBrowser(f"The measurement drives a browser by Playwright: {mend}.") from why
    if not CHROMIUM.exists():
        raise NoBrowser(f"There is no Chromium at {CHROMIUM}: apt-get install chromium.")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Bench:
    """One page with the situation open, and what it reaches."""

    def __init__(self, browser: Any, url: str, wanted: str) -> None:
        self.url, self.wanted = url, wanted
        self.context = browser.new_context(viewport=SCREEN, locale="en-US")
        self.page: Any = None
        self.used = 0.0  #: processor time of the browser when recording began [s]

    def close(self) -> None:
        self.context.close()

    def picture(self, again: bool = False) -> Row:
        """From the first byte asked until everything is on the map; `again`: with a full cache."""
        if self.page is not None:
            self.page.close()
        self.page = self.context.new_page()
        self.page.add_init_script(path=MEASURE)
        self.page.add_init_script(f"lifelineWatch('{self.wanted}')")
        self.page.goto(f"{self.url}/#/situation")
        # Not `wait_for_function`: it evaluates text in the page, which the page forbids.
        until(lambda: self.page.evaluate("lifelineBench.picture") is not None, "the map is drawn")
        took = float(self.page.evaluate("lifelineBench.picture"))
        what = "first picture, by a browser that was here before" if again else "first picture"
        return _row(what, "< 2,000 ms", f"{took:,.0f} ms", took < 2_000)

    def moved(self, seconds: float, what: str = "panning") -> Row:
        """Drag the map to and fro by the mouse."""
        self.page.wait_for_timeout(1_500)
        mouse, (x, y) = self.page.mouse, self._middle()
        self._record()
        end, step = monotonic() + seconds, 0
        while monotonic() < end:
            mouse.move(x, y)
            mouse.down()
            side = 1 if step % 2 else -1
            for n in range(1, 41):
                mouse.move(x + side * n * 6, y + side * n * 3)
            mouse.up()
            step += 1
        return self._frames(what)

    def zoomed(self, seconds: float) -> Row:
        """Turn the wheel in and out over the middle of the map."""
        mouse, (x, y) = self.page.mouse, self._middle()
        mouse.move(x, y)
        self._record()
        end, step = monotonic() + seconds, 0
        while monotonic() < end:
            mouse.wheel(0, 60 if step // 30 % 2 else -60)
            self.page.wait_for_timeout(16)
            step += 1
        row = self._frames("zooming")
        self.page.get_by_role("button", name="Show everything").click()
        return row

    def still(self, seconds: float, rate: int, turned: list[int]) -> Row:
        """Nobody touches anything, and news comes."""
        self.page.wait_for_timeout(3_000)
        before, began = sum(turned), monotonic()
        self._record()
        self.page.wait_for_timeout(seconds * 1_000)
        stood = self._stopped()
        came = (sum(turned) - before) / (monotonic() - began)
        worst = max(stood["frames"])
        reached = (
            f"longest frame {worst:,.0f} ms, median {median(stood['frames']):,.0f} ms, "
            f"{len([one for one in stood['long'] if one > 100])} tasks over 100 ms"
        )
        what = f"watching, {came:,.0f} changes/s"
        return _row(what, "no frame > 100 ms", reached, worst <= 100 and came > 0.9 * rate)

    def curve(self) -> Row:
        """A year of minutes asked for as the plot asks, until it is read."""
        took = [self.page.evaluate("lifelineCurve()") for _ in range(7)]
        reached = f"{median(took):,.0f} ms, the first {took[0]:,.0f} ms"
        return _row("a year of minutes, answered and read", "< 500 ms", reached, took[0] < 500)

    def plot(self) -> Row:
        """The same, until uPlot has drawn it."""
        took = [self.page.evaluate("lifelinePlot()") for _ in range(5)]
        reached = f"{median(took):,.0f} ms, the first {took[0]:,.0f} ms"
        return _row("a year of minutes, plotted", "< 500 ms", reached, took[0] < 500)

    def _middle(self) -> tuple[float, float]:
        box = self.page.locator(".map").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def _record(self) -> None:
        self.page.evaluate("lifelineRecord()")
        self.used = _used()

    def _stopped(self) -> dict[str, Any]:
        stood: dict[str, Any] = self.page.evaluate("lifelineStop()")
        return stood

    def _frames(self, what: str) -> Row:
        stood = self._stopped()
        length = sum(stood["frames"]) / 1e3
        drawn = stood["drawn"] / length
        p95 = float(np.percentile(stood["frames"], 95))
        reached = (
            f"{drawn:,.0f} drawn/s, 95 of 100 frames <= {p95:,.0f} ms, "
            f"longest {max(stood['frames']):,.0f} ms, "
            f"{(_used() - self.used) * 1e3 / max(1, stood['drawn']):,.0f} ms of processor a frame"
        )
        return _row(what, "> 30 frames/s", reached, drawn > 30)


def _used() -> float:
    """Processor time of the browser so far, over all its processes [s]."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "chrom" in child.name():
                times = child.cpu_times()
                total += times.user + times.system
    return total


def _row(what: str, asked: str, reached: str, good: bool) -> Row:
    load = os.getloadavg()[0]
    return {"what": what, "asked": asked, "reached": reached, "met": good, "load": round(load, 1)}
