"""`lifeline backtest` on a small street of floods: what it writes, and the page in a browser."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cases.city import load_city
from deploy.backtest.given import from_files
from deploy.backtest.outcome import write
from deploy.backtest.run import run
from deploy.cli import lifeline
from rules.pack import load

FLOODS = Path(__file__).parents[1] / "backtest" / "street_floods"
HISTORY = ["--assets", str(FLOODS / "assets.csv"), "--readings", str(FLOODS / "readings.csv")]
LABELS = ["--labels", str(FLOODS / "labels.csv")]
PACKS = Path(__file__).parents[2] / "rules" / "packs"
HOUR = timedelta(hours=1)


#: The lowest contrast of any text of the page with what lies under it (WCAG 2, 1.4.3).
LOWEST_CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const under = (one) => {
    for (; one; one = one.parentElement) {
      const c = rgb(getComputedStyle(one).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !one.getClientRects().length) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(rgb(one.closest("svg") ? style.fill : style.color)), light(under(one))];
    found.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return Math.min(...found);
}"""


def backtest(out, *more, pack=FLOODS / "rules.yml"):
    arguments = ["backtest", "--pack", str(pack), "--out", str(out), *HISTORY, *more]
    return CliRunner().invoke(lifeline, arguments, catch_exceptions=False)


def table(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What a backtest with labels and against a calmer pack has written."""
    out = tmp_path_factory.mktemp("backtest")
    result = backtest(out, *LABELS, "--against", str(FLOODS / "calmer.yml"))
    assert result.exit_code == 0, result.output
    return out


def test_the_events_are_the_golden_ones(written):
    expected = (FLOODS / "events.csv").read_text(encoding="utf-8")
    assert (written / "events.csv").read_text(encoding="utf-8") == expected


def test_the_cases_are_the_golden_ones(written):
    expected = (FLOODS / "cases.csv").read_text(encoding="utf-8")
    assert (written / "cases.csv").read_text(encoding="utf-8") == expected


def test_an_event_says_why_it_was_raised_and_what_would_have_kept_it_quiet(written):
    for row in table(written / "events.csv"):
        assert "[on trial: draft]" in row["explanation"]
        assert "Water on the road (道路积水)" in row["explanation"]
        assert row["channel"] in row["explanation"]
        assert "depth under 10 cm" in row["explanation"]


def test_events_open_cases_and_what_opens_none_is_a_note(tmp_path):
    """Rules in force beside one on trial and one without cases: each in its own table."""
    pack = (FLOODS / "rules.yml").read_text(encoding="utf-8")
    body = pack[pack.index("  - id: example.deep") :]
    others = {"deep": "active", "trial": "draft", "only-told": "active"}
    rules = [
        body.replace("example.deep", f"example.{name}").replace("status: draft", f"status: {is_}")
        for name, is_ in others.items()
    ]
    rules[2] = rules[2].replace("case: {one_per: component}", "case: none")
    (tmp_path / "pack.yml").write_text("pack: example\nrules:\n" + "".join(rules), encoding="utf-8")
    assert backtest(tmp_path / "out", pack=tmp_path / "pack.yml").exit_code == 0
    events, notes = (table(tmp_path / "out" / name) for name in ("events.csv", "notes.csv"))
    assert [row["rule"] for row in events] == 3 * ["example.deep"]
    assert {row["rule"]: row["explanation"].split("]")[0] for row in notes} == {
        "example.trial": "[no case: on trial: draft",
        "example.only-told": "[no case: a note",
    }
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (report["events"], report["cases"]["total"]) == (3, 3)
    assert report["notes"] == {"total": 6, "on_trial": 3, "auxiliary": 3}


def test_a_rule_that_nobody_asked_for_only_explains(tmp_path):
    """A pack out of many: what explains it comes along, and opens no cases of its own."""
    pack = (FLOODS / "rules.yml").read_text(encoding="utf-8").replace("draft", "active")
    mine = pack.replace("example.deep", "example.mine") + (
        "    explained_by: [{rule: example.deep, same: component}]\n"
    )
    (tmp_path / "mine.yml").write_text(mine, encoding="utf-8")
    (tmp_path / "beside.yml").write_text(pack, encoding="utf-8")
    beside = load(tmp_path / "beside.yml")
    given = from_files(FLOODS / "assets.csv", FLOODS / "readings.csv", None, "UTC")
    ran = run(given.history, [load(tmp_path / "mine.yml", beside)], sweep=True)
    body = write(tmp_path, ran, given, HOUR, load_city(), {})
    assert (body["events"], body["cases"]["total"]) == (0, 0)
    assert body["notes"] == {"total": 6, "auxiliary": 3, "explained": 3}
    assert list(body["sweep"]["rules"]) == ["example.mine"]


def test_the_report_counts_against_labels(written):
    """Two floods are found; what is parked under a sensor is one false run, a leg none."""
    report = json.loads((written / "report.json").read_text(encoding="utf-8"))
    total = report["labels"]["total"]
    assert (total["labels"], total["found"], total["false_runs"]) == (2, 2, 1)
    assert total["precision"] == pytest.approx(2 / 3, abs=1e-6)
    assert report["readings"] == 4 * 2880
    assert report["sensor_months"] == pytest.approx(4 * (10 - 5 / 1440) / 30.44, abs=1e-3)
    assert report["noisiest"][0] == {"channel": "road-3/depth", "events": 1, "false": 1}
    assert report["cases"]["total"] == 3
    assert sum(day["cases"] for day in report["cases"]["days"]) == 3
    assert report["cases"]["by_department"] == {"排水管理处 Drainage office": 3}


def test_a_file_of_labels_without_any_says_that_nothing_happened(tmp_path):
    (tmp_path / "l.csv").write_text("start,end,channel_or_zone,kind\n")
    said = backtest(tmp_path / "out", "--labels", str(tmp_path / "l.csv")).output
    assert "0 of 0 found; 3 false runs" in said
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["labels"]["total"]["recall"] is None
    assert report["sweep"]["rules"]["example.deep"][3]["false_runs"] == 3


def test_the_report_compares_with_the_other_pack(written):
    against = json.loads((written / "report.json").read_text(encoding="utf-8"))["against"]
    assert [case["channel"] for case in against["gained"]] == ["road-2/depth"]
    assert (against["lost"], against["same"]) == ([], 2)


def test_the_sweep_shows_what_another_limit_would_do(written):
    """Neither half nor twice the limit loses a flood; the calmer pack has four times."""
    report = json.loads((written / "report.json").read_text(encoding="utf-8"))
    points = {p["factor"]: p for p in report["sweep"]["rules"]["example.deep"]}
    assert sorted(points) == [0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0]
    assert points[1.0]["events"] == report["events"]
    assert [points[k]["found"] for k in (0.5, 1.0, 2.0)] == [2, 2, 2]


def test_bad_rows_are_told_on_the_terminal_and_in_the_report(tmp_path):
    readings = tmp_path / "r.csv"
    readings.write_text((FLOODS / "readings.csv").read_text() + "never,1,2,3,4\n")
    arguments = [*HISTORY[:2], "--readings", str(readings), "--out", str(tmp_path / "o")]
    result = CliRunner().invoke(
        lifeline, ["backtest", "--pack", str(FLOODS / "rules.yml"), *arguments]
    )
    assert result.exit_code == 0
    assert f'{readings}:2882: time: the time is the text "never"' in result.output
    report = json.loads((tmp_path / "o" / "report.json").read_text(encoding="utf-8"))
    assert report["problems"]["bad_rows"] == 1
    assert report["problems"]["listed"][0]["row"] == 2882


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tolerance", "soon"], "no duration such as PT1H"),
        (["--labels", "nowhere.csv"], "does not exist"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(tmp_path, arguments, said):
    result = CliRunner().invoke(
        lifeline, ["backtest", *HISTORY, "--out", str(tmp_path), *arguments]
    )
    assert result.exit_code != 0
    assert said in result.output


def test_a_folder_that_cannot_be_written_is_refused_before_judging(tmp_path):
    (tmp_path / "file").write_text("")
    result = backtest(tmp_path / "file" / "out")
    assert result.exit_code == 2
    assert "cannot be written to: Not a directory" in result.output


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("", "4 rows of depth have none: their values are taken as m. Write the unit"),
        ("km", "2,880 of 2,880 readings of 'road-4/depth' are beyond what a depth in km can mean"),
    ],
)
def test_units_that_make_no_sense_are_told(tmp_path, unit, said):
    text = (FLOODS / "assets.csv").read_text(encoding="utf-8")
    assert ",cm," in text
    (tmp_path / "a.csv").write_text(text.replace(",cm,", f",{unit},"), encoding="utf-8")
    readings = tmp_path / "r.csv"
    lines = (FLOODS / "readings.csv").read_text(encoding="utf-8").splitlines()
    raised = [lines[0], *(",".join([t, *(str(float(v) + 20) for v in row)]) for t, *row in
                          (line.split(",") for line in lines[1:]))]  # fmt: skip
    readings.write_text("\n".join(raised) + "\n", encoding="utf-8")
    arguments = ["--assets", str(tmp_path / "a.csv"), "--readings", str(readings)]
    result = CliRunner().invoke(
        lifeline,
        ["backtest", "--pack", str(FLOODS / "rules.yml"), *arguments, "--out", str(tmp_path)],
    )
    assert f"{tmp_path / 'a.csv'}:" in result.output
    assert said in result.output


@pytest.mark.parametrize(
    ("assets", "said"),
    [
        ("channel,quantity\na,depth\n", "row 1, device: the column is missing"),
        ("channel,device,quantity\na,b,deep\n", "row 2, quantity: 'deep' is not known"),
        ("channel,device,quantity\n", "it has no rows"),
    ],
)
def test_assets_without_any_channel_are_refused(tmp_path, assets, said):
    (tmp_path / "a.csv").write_text(assets)
    arguments = ["--assets", str(tmp_path / "a.csv"), *HISTORY[2:], "--out", str(tmp_path)]
    result = CliRunner().invoke(lifeline, ["backtest", *arguments])
    assert result.exit_code == 1
    assert f"no channel could be read: {said}" in result.output


def test_labels_of_which_none_can_be_read_are_refused(tmp_path):
    (tmp_path / "l.csv").write_text("begin,end,zone\n2026-06-01,2026-06-02,a\n")
    arguments = ["--labels", str(tmp_path / "l.csv"), *HISTORY, "--out", str(tmp_path)]
    result = CliRunner().invoke(lifeline, ["backtest", *arguments])
    assert result.exit_code == 1
    assert "no label could be read: row 1, start: the column is missing" in result.output


def test_a_component_without_a_place_is_judged_all_the_same(tmp_path):
    lines = (FLOODS / "assets.csv").read_text(encoding="utf-8").splitlines()
    bare = [",".join([*(cells := line.split(","))[:5], "", "", *cells[7:]]) for line in lines[1:]]
    (tmp_path / "a.csv").write_text("\n".join([lines[0], *bare, ""]), encoding="utf-8")
    arguments = ["--assets", str(tmp_path / "a.csv"), *HISTORY[2:], "--out", str(tmp_path)]
    result = CliRunner().invoke(
        lifeline, ["backtest", "--pack", str(FLOODS / "rules.yml"), *arguments]
    )
    assert "3 events, 3 cases" in result.output, result.output
    assert {row["lon"] for row in table(tmp_path / "cases.csv")} == {""}


def test_channels_at_which_no_rule_looks_are_said(tmp_path):
    """A pack for something else finds nothing, and that is not because all was quiet."""
    said = backtest(tmp_path, pack=PACKS / "gas").output
    assert "no rule looks at 4 of 4 channels: road-1/depth, road-2/depth" in said
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert len(report["channels_of_no_rule"]) == 4


def test_readings_of_no_channel_make_a_report_of_nothing(tmp_path, city):
    (tmp_path / "r.csv").write_text("time,channel,value\n2026-06-01T00:00Z,nobody,1\n")
    given = from_files(FLOODS / "assets.csv", tmp_path / "r.csv", FLOODS / "labels.csv", "UTC")
    ran = run(given.history, [load(FLOODS / "rules.yml")], sweep=True)
    body = write(tmp_path, ran, given, HOUR, city, {})
    assert (body["readings"], body["events"], body["cases"]) == (0, 0, {"total": 0})
    assert body["labels"]["total"]["recall"] is None
    assert len(body["labels"]["without_readings"]) == 2
    assert body["problems"]["readings_of_no_channel"] == 1


def test_assets_without_readings_are_refused(tmp_path):
    result = CliRunner().invoke(lifeline, ["backtest", *HISTORY[:2], "--out", str(tmp_path)])
    assert "--assets and --readings go together" in result.output


def test_an_interrupted_backtest_writes_what_there_is(tmp_path, city):
    """Ctrl-C after the second of many pieces: the report says that it is of a part."""
    given = from_files(FLOODS / "assets.csv", FLOODS / "readings.csv", None, "UTC")
    source = given.history.readings
    whole = source.batches

    def interrupted(tell=lambda done: None):
        for batch in whole(tell):
            half = batch.time < batch.time.min() + (batch.time.max() - batch.time.min()) / 2
            yield batch[half]
            raise KeyboardInterrupt

    source.batches = interrupted
    ran = run(given.history, [load(FLOODS / "rules.yml")])
    source.batches = whole
    body = write(tmp_path, ran, given, HOUR, city, {})
    assert body["stopped_early"]
    assert 0 < body["readings"] < 4 * 2880
    assert len(table(tmp_path / "events.csv")) == 1
    assert 'stopped_early": true' in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def city():
    return load_city()


@pytest.fixture
def page(browser, written):
    """The page opened from disk, offline; it must have no fault and ask nobody for anything."""
    faults, asked = [], []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda line: line.type == "error" and faults.append(line.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((written / "index.html").as_uri())
    page.wait_for_selector("body[data-ready]")
    yield page
    context.close()
    assert faults == []
    assert asked == [(written / "index.html").as_uri()]


@pytest.mark.browser
def test_the_page_shows_headline_load_curves_sweep_and_what_was_gained(page):
    figures = page.locator("#figures").inner_text()
    assert "100 % (2/2)" in figures
    assert "1 / 0 / 2" in figures  # gained, lost, same
    assert page.locator("#days svg rect.bar").count() == 3
    assert page.locator("#sweep svg").count() == 1
    assert "road-2/depth" in page.locator("#against").inner_text()
    assert "road-3/depth" in page.locator("#noise tbody tr").first.inner_text()


@pytest.mark.browser
def test_false_events_come_before_found_ones_with_limit_label_and_reason(page):
    kinds = page.locator("#pictures figure .kind").all_inner_texts()
    assert kinds == ["误报 false", "命中 found", "命中 found"]
    false, found = page.locator("#pictures figure").nth(0), page.locator("#pictures figure").nth(1)
    assert "Quiet with depth under 10 cm" in false.inner_text()
    assert false.locator(".limit-text").first.inner_html() == "限 high 10"
    assert false.locator("rect.label").count() == 0
    assert found.locator("rect.label").count() == 1
    assert found.locator("path.curve").first.get_attribute("d").count("L") > 20


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_in_either_scheme_with_its_numbers_those_of_the_report(
    browser, written, scheme
):
    report = json.loads((written / "report.json").read_text(encoding="utf-8"))
    page = browser.new_page(viewport={"width": 400, "height": 800}, color_scheme=scheme)
    page.goto((written / "index.html").as_uri())
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    shown = dict(zip(page.locator("#figures dt").all_inner_texts(),
                     page.locator("#figures dd").all_inner_texts(), strict=True))  # fmt: skip
    assert shown["案件 Cases"] == str(report["cases"]["total"])
    assert shown["事件 Events"] == str(report["events"])
    assert shown["不立案 Notes, no case"] == str(report["notes"]["total"])
    assert shown["读数 Readings"] == f"{report['readings']:,}"
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5
    page.close()


@pytest.mark.browser
def test_pictures_are_filtered_by_keyboard(page):
    button = page.get_by_role("button", name="误报 false (1)")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator("#pictures figure:visible").count() == 1


@pytest.mark.browser
def test_no_name_from_the_files_becomes_markup(browser, tmp_path, city):
    """A device may be called anything."""
    evil = "</script><img src=x onerror=alert(1)>"
    for name in ("assets.csv", "readings.csv"):
        text = (FLOODS / name).read_text(encoding="utf-8").replace("road-3/depth", f'"{evil}"')
        (tmp_path / name).write_text(text, encoding="utf-8")
    given = from_files(tmp_path / "assets.csv", tmp_path / "readings.csv", None, "UTC")
    ran = run(given.history, [load(FLOODS / "rules.yml")])
    write(tmp_path, ran, given, HOUR, city, {"pack": evil})
    page = browser.new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_selector("body[data-ready]")
    assert page.locator("img").count() == 0
    assert evil in page.locator("#noise").inner_text()
    page.close()
