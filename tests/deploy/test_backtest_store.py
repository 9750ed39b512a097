"""Backtests on what is stored: as on files, labelled by closed cases, shown when saving."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from psycopg.types.json import Jsonb

from cases.city import load_city
from deploy.backtest.given import from_files, from_store
from deploy.backtest.outcome import write
from deploy.backtest.run import run
from deploy.backtest.show import changed, show
from deploy.cli import lifeline
from ingest.batch import concatenate
from rules.pack import load
from rules.windows import Reason
from store.import_assets import import_assets_file
from store.import_readings import import_readings
from store.past import past_cases
from store.windows import add_window

pytestmark = pytest.mark.server

FLOODS = Path(__file__).parents[1] / "backtest" / "street_floods"
SINCE, UNTIL = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 20, tzinfo=UTC)
NOW = round(UNTIL.timestamp() * 1e6)


@pytest.fixture
def stored(database):
    """A store that holds the street of floods."""
    assert import_assets_file(database, FLOODS / "assets.csv").problems == []
    assert import_readings(database, FLOODS / "readings.csv", NOW).stored == 4 * 2880
    return database


def found(given, *packs):
    return [trial.events() for trial in run(given.history, [load(p) for p in packs]).trials]


def test_stored_history_gives_the_events_that_its_files_give(stored):
    files = from_files(FLOODS / "assets.csv", FLOODS / "readings.csv", None, "Asia/Shanghai")
    (from_file,) = found(files, FLOODS / "rules.yml")
    (from_database,) = found(from_store(stored, SINCE, UNTIL), FLOODS / "rules.yml")
    same = ("began", "raised", "ended", "severity", "subject", "case_key")
    assert len(from_file) == 3
    assert [[getattr(e, n) for n in same] for e in from_database] == [
        [getattr(e, n) for n in same] for e in from_file
    ]


def test_what_windows_held_back_opens_no_case_in_a_backtest_either(stored, tmp_path):
    began, until = datetime(2026, 6, 6, tzinfo=UTC), datetime(2026, 6, 7, tzinfo=UTC)
    add_window(
        stored, Reason.PLANNED_WORK, "device", "road-3", began, until, "chen", "a car", began
    )
    given = from_store(stored, SINCE, UNTIL)
    ran = run(given.history, [load(FLOODS / "rules.yml")], sweep=True)
    write(tmp_path, ran, given, timedelta(hours=1), load_city(), given.asked)
    with (tmp_path / "notes.csv").open(encoding="utf-8") as file:
        (held,) = [row for row in csv.DictReader(file) if row["channel"] == "road-3/depth"]
    assert held["explanation"].startswith("[no case: held back, planned work]")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["cases"]["total"] == 2
    points = {p["factor"]: p for p in report["sweep"]["rules"]["example.deep"]}
    assert (points[1.0]["cases"], points[1.2]["cases"]) == (2, 2)


def test_no_cell_of_a_backtests_tables_is_run_by_a_spreadsheet(stored, tmp_path):
    stored.execute("UPDATE channels SET tags = tags || %s", (Jsonb({"zone": "=HYPERLINK(1)"}),))
    given = from_store(stored, SINCE, UNTIL)
    ran = run(given.history, [load(FLOODS / "rules.yml")])
    write(tmp_path, ran, given, timedelta(hours=1), load_city(), given.asked)
    for name in ("events.csv", "cases.csv"):
        with (tmp_path / name).open(encoding="utf-8") as file:
            assert {row["zone"] for row in csv.DictReader(file)} == {"'=HYPERLINK(1)"}, name


def test_only_what_was_asked_for_is_read(stored):
    since, until = datetime(2026, 6, 3, tzinfo=UTC), datetime(2026, 6, 5, tzinfo=UTC)
    given = from_store(stored, since, until, lambda channel: channel.id.startswith("road-1"))
    batch = concatenate(list(given.history.readings.batches()))
    assert len(batch) == 2 * 288
    assert (batch.time[0], batch.time[-1]) == (
        since.replace(tzinfo=None),
        datetime(2026, 6, 4, 23, 55),  # noqa: DTZ001
    )


def test_cases_that_people_closed_are_the_labels(stored):
    """Real ones are labels, open ones unsure ones, wrong ones none at all."""
    outcomes = {"C1": ("closed", "real"), "C2": ("closed", "false"), "C3": ("handling", None)}
    for number, (subject, (state, outcome)) in enumerate(outcomes.items(), start=1):
        stored.execute(
            "INSERT INTO cases (id, number, key, version, state, code_list, code, condition,"
            " title_zh, title_en, severity, began, found, opened, due, closed, outcome)"
            " OVERRIDING SYSTEM VALUE VALUES (%(n)s, %(n)s, %(n)s, 1, %(s)s, 'L', '0506', 'c',"
            " 'z', 'e', 'blue', %(t)s, %(t)s, %(t)s, %(t)s, %(c)s, %(o)s)",
            {"n": number, "s": state, "t": SINCE, "c": UNTIL if outcome else None, "o": outcome},
        )
        stored.execute(
            "INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition,"
            " severity, began, raised, found, ended, standing, channels, peak, case_key, why,"
            " settled, case_id) VALUES (gen_random_uuid(), 'r', 'v', 'component', %(s)s, 'L',"
            " '0506', 'c', 'blue', %(t)s, %(t)s, %(t)s, %(t)s, 'over', '{1}', 1, '', %(w)s,"
            " %(t)s, %(n)s)",
            {"s": subject, "t": SINCE, "w": Jsonb({}), "n": number},
        )
    labels = past_cases(stored, SINCE, UNTIL)
    assert {label.place: label.sure for label in labels} == {"C1": True, "C3": False}
    assert [label.place for label in from_store(stored, SINCE, UNTIL).labels] == ["C1", "C3"]


def test_the_command_judges_what_is_stored_against_what_is_in_force(stored, database_url, tmp_path):
    def say(*words):
        arguments = ["--database", database_url, *map(str, words)]
        result = CliRunner().invoke(lifeline, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    who = ("--actor", "chen", "--reason", "to see", "--days", "0")
    assert "example.deep: save" in say("rules", "save", FLOODS / "calmer.yml", *who)
    said = say(
        "backtest", "--pack", FLOODS / "rules.yml", "--out", tmp_path,
        "--since", "2026-06-01", "--until", "2026-06-20",
    )  # fmt: skip
    assert "3 events, 3 cases" in said
    with (tmp_path / "events.csv").open(encoding="utf-8") as file:
        assert [row["channel"] for row in csv.DictReader(file)] == [
            "road-1/depth", "road-3/depth", "road-2/depth",
        ]  # fmt: skip
    assert '"gained": [' in (tmp_path / "report.json").read_text(encoding="utf-8")


def test_saving_a_rule_shows_what_it_would_have_done(stored):
    before, after = load(FLOODS / "calmer.yml"), load(FLOODS / "rules.yml")
    change = changed(before, after)
    given = from_store(stored, SINCE, UNTIL, change.concerns)
    text, report = show(change, given, load_city())
    assert "2 cases as it is, 3 with this: 1 gained, 0 lost, 2 the same" in text
    assert "gained: example.deep at east, 2026-06-07T03:30:00Z" in text
    assert report["after"]["total"] == 3


def test_a_rule_that_is_saved_as_it_is_changes_nothing(stored):
    change = changed(load(FLOODS / "rules.yml"), load(FLOODS / "rules.yml"))
    assert (len(change.before), len(change.after)) == (0, 0)


def test_a_rule_that_looks_at_no_channel_is_told(stored, tmp_path):
    written = (FLOODS / "rules.yml").read_text(encoding="utf-8")
    assert "role: road" in written
    (tmp_path / "rules.yml").write_text(written.replace("role: road", "rolle: road"), "utf-8")
    change = changed(load(FLOODS / "rules.yml"), load(tmp_path / "rules.yml"))
    text, _ = show(change, from_store(stored, SINCE, UNTIL, change.concerns), load_city())
    assert text.startswith("example.deep: deep looks at no channel that there is; mind its ")


def test_without_history_saving_says_so(database):
    change = changed(load(FLOODS / "calmer.yml"), load(FLOODS / "rules.yml"))
    text, _ = show(change, from_store(database, SINCE, UNTIL, change.concerns), load_city())
    assert "no stored readings" in text
