"""What cases turned out to be labels backtests: written by one command, counted by another."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cases.city import load_city
from cases.words import Role, Verb
from deploy.backtest.given import from_store
from deploy.backtest.labels import read_labels, write_labels
from deploy.backtest.run import run
from deploy.cli import lifeline
from rules.counting import Label
from rules.judgement import Requalified
from rules.pack import load
from store.cases import apply
from store.database import Connection
from store.import_assets import import_assets_file
from store.import_readings import import_readings
from store.past import past_cases
from store.settlement import settle

pytestmark = pytest.mark.server

FLOODS = Path(__file__).parents[1] / "backtest" / "street_floods"
SINCE, UNTIL = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 20, tzinfo=UTC)
CLOSED = datetime(2026, 6, 15, tzinfo=UTC)
CITY = load_city()
NOTHING = Requalified(np.zeros(0, "i4"), np.zeros(0, "M8[us]"), np.zeros(0, "u2"))
WAY = (
    (Verb.HANDLE, Role.DEPARTMENT, {}),
    (Verb.FEED_BACK, Role.DEPARTMENT, {}),
    (Verb.ASK_INSPECT, Role.INTAKE, {}),
    (Verb.INSPECT, Role.INSPECTOR, {"passed": True}),
)


@pytest.fixture
def closed(database: Connection) -> Connection:
    """A street whose floods were cases: the first was real, the second false, the third is open."""
    import_assets_file(database, FLOODS / "assets.csv")
    import_readings(database, FLOODS / "readings.csv", round(UNTIL.timestamp() * 1e6))
    ran = run(from_store(database, SINCE, UNTIL).history, [load(FLOODS / "rules.yml")])
    events = sorted(ran.trials[0].events(), key=lambda event: event.began)
    for event in events:
        settle(database, [event], NOTHING, CLOSED - timedelta(days=1), CITY)
    rows = database.execute("SELECT id FROM cases ORDER BY began").fetchall()
    database.commit()
    for (case,), outcome in zip(rows, ("real", "false"), strict=False):
        ends_as(database, case, outcome)
    return database


def ends_as(database: Connection, case: int, outcome: str) -> None:
    steps = (*WAY, (Verb.CLOSE, Role.SHIFT_LEAD, {"outcome": outcome}))
    for n, (verb, role, details) in enumerate(steps):
        [(version,)] = database.execute("SELECT version FROM cases WHERE id = %s", (case,))
        at = CLOSED + n * timedelta(minutes=1)
        apply(database, case, version, verb, f"a {role}", role, at, CITY, "seen", details)
        database.commit()


def say(database_url: str, *words: object) -> str:
    arguments = ["--database", database_url, *map(str, words)]
    result = CliRunner().invoke(lifeline, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_backtest_over_the_same_data_counts_what_cases_turned_out_to_be(
    closed: Connection, database_url: str, tmp_path: Path
) -> None:
    labels, out = tmp_path / "labels.csv", tmp_path / "out"
    said = say(
        database_url, "cases", "labels", "--since", "2026-06-01", "--until", "2026-06-20",
        "--out", labels,
    )  # fmt: skip
    assert "1 labels, and 1 that are not sure" in said
    say(
        database_url, "backtest", "--pack", FLOODS / "rules.yml", "--assets", FLOODS / "assets.csv",
        "--readings", FLOODS / "readings.csv", "--labels", labels, "--no-sweep", "--out", out,
    )  # fmt: skip
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["problems"]["listed"] == []
    counted = report["labels"]["total"]
    assert {name: counted[name] for name in ("labels", "found", "events", "false_runs")} == {
        "labels": 1, "found": 1, "events": 3, "false_runs": 1,
    }  # fmt: skip


def test_the_file_says_what_the_store_says(closed: Connection, tmp_path: Path) -> None:
    labels = past_cases(closed, SINCE, UNTIL)
    write_labels(tmp_path / "labels.csv", labels)
    known = {label.place for label in labels}
    again, problems = read_labels(tmp_path / "labels.csv", known)
    assert problems == []
    told = ("start", "end", "place", "kind", "sure")
    assert [[getattr(label, n) for n in told] for label in again] == [
        [getattr(label, n) for n in told] for label in labels
    ]


def test_drills_are_left_out(closed: Connection) -> None:
    closed.execute("UPDATE cases SET exercise = true WHERE outcome = 'real'")
    assert [label.sure for label in past_cases(closed, SINCE, UNTIL)] == [False]


@pytest.mark.parametrize(("condition", "missed"), [("standing-water", 1), ("road-collapse", 0)])
def test_what_people_found_where_a_rule_could_have_is_a_miss(
    closed: Connection, condition: str, missed: int
) -> None:
    """Only where the component has a sensor, and a rule speaks of the condition."""
    closed.execute(
        "INSERT INTO rule_versions (rule, version, pack, body, in_force_from) VALUES"
        " ('example.deep', 'v', 'p', '{\"event\": {\"condition\": \"standing-water\"}}', %s)",
        (SINCE,),
    )
    closed.execute(
        "INSERT INTO cases (number, key, state, source, code_list, code, condition, title_zh,"
        " title_en, severity, component, began, found, opened, closed, outcome) VALUES"
        " ('M1', 'hotline', 'closed', 'hotline', 'GB/T 30428.2-2013', '0506', %(c)s, 'z', 'e',"
        " 'yellow', '3401020103000004', %(t)s, %(t)s, %(t)s, %(t)s, 'real')",
        {"c": condition, "t": SINCE + timedelta(days=3)},
    )
    places = [label.place for label in past_cases(closed, SINCE, UNTIL) if label.sure]
    assert places.count("3401020103000004") == missed


def test_a_label_is_sure_unless_it_says_no(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    with file.open("w", newline="", encoding="utf-8") as written:
        table = csv.writer(written)
        table.writerow(["start", "end", "channel_or_zone", "kind", "sure"])
        for sure in ("", "yes", "No", "perhaps"):
            table.writerow(["2026-06-04T16:40Z", "", "road-1", "flood", sure])
    labels, problems = read_labels(file, {"road-1"})
    assert [label.sure for label in labels] == [True, True, False]
    assert [(problem.row, problem.column) for problem in problems] == [(5, "sure")]


def test_times_keep_their_microseconds(tmp_path: Path) -> None:
    moment = np.datetime64("2026-06-04T16:40:00.000001", "us")
    write_labels(tmp_path / "labels.csv", [Label(moment, moment, "*", "flood")])
    [label], _ = read_labels(tmp_path / "labels.csv", ())
    assert (label.start, label.end) == (moment, moment)
