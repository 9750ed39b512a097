"""An engineer's way by HTTP: the list, a text that is checked, tested, back-tested, tried, kept."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from bad_packs import GOOD, MISTAKES
from fastapi.testclient import TestClient
from one_rule import PACK, SAVED, TRIED, WATER_TESTS
from signed_in import as_key, key

from api.app import create_app
from deploy.backtesting import Backtesting
from rules.pack import load
from rules.testing import texts_of_tests
from store import backtests
from store.access import Grant
from store.backtests import Asked, Labels
from store.database import connect
from store.rule_changes import ship
from store.rule_tests import keep_tests, ship_tests

pytestmark = pytest.mark.server

RULES, BACKTESTS = "/api/v1/rules", "/api/v1/backtests"
NOW = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
PACKS = Path("rules/packs")


def finding(client: Any, text: str, **more: Any) -> dict[str, Any]:
    answer = client.post(f"{RULES}/check", json={"pack": text, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


# The list


def test_a_rule_shows_its_caseload_its_days_and_its_precision(
    own_client: Any, own_city: str
) -> None:
    own_client.post(f"{RULES}/save", json=SAVED)
    with psycopg.connect(own_city) as connection:  # what was found becomes the rule's own
        connection.execute("UPDATE events SET rule = 'water'")
        connection.execute(
            "UPDATE cases SET state = 'closed', closed = found, outcome = CASE WHEN code = '0506'"
            " THEN 'real' ELSE 'false' END WHERE code IN ('0506', '0502', '0501')"
        )
    [state] = own_client.get(RULES).json()
    assert state["title"] == {"en": "standing water", "zh": "积水"}
    assert state["caseload"] == [{"days": days, "events": 6, "cases": 6} for days in (7, 30, 90)]
    assert state["days"] == [0] * 29 + [6]
    assert state["precision"] == {"inspected": 3, "real": 1, "share": pytest.approx(1 / 3)}


def test_a_rule_that_found_nothing_has_no_precision(own_client: Any) -> None:
    own_client.post(f"{RULES}/save", json=SAVED)
    [state] = own_client.get(RULES).json()
    assert state["precision"] == {"inspected": 0, "real": 0, "share": None}
    assert state["days"] == [0] * 30


# Texts and versions


def test_a_version_comes_as_the_text_that_reads_as_it(own_client: Any) -> None:
    [saved] = own_client.post(f"{RULES}/save", json=SAVED).json()
    shown = own_client.get(f"{RULES}/water/versions/{saved['version']}").json()
    assert shown["text"].startswith("pack: test\nrules:\n  - id: water\n")
    [rule] = finding(own_client, shown["text"])["rules"]
    assert (rule["version"], rule["in_force"]) == (saved["version"], True)


def test_two_versions_differ_in_the_fields_that_were_changed(own_client: Any) -> None:
    [saved] = own_client.post(f"{RULES}/save", json=SAVED).json()
    [tried] = own_client.post(f"{RULES}/shadow", json=TRIED).json()
    change = {"field": "signals.deep.detect.0.high", "before": "15 cm", "after": "12 cm"}
    by_itself = own_client.get(f"{RULES}/water/diff").json()
    assert by_itself["differences"] == [change]
    assert "15 cm" in by_itself["before"]["text"]
    assert "12 cm" in by_itself["after"]["text"]
    back = {"before": tried["version"], "after": saved["version"]}
    other = own_client.get(f"{RULES}/water/diff", params=back).json()
    assert other["differences"] == [change | {"before": "12 cm", "after": "15 cm"}]


def test_without_a_trial_the_diff_is_to_what_was_in_force_before(own_client: Any) -> None:
    [first] = own_client.post(f"{RULES}/save", json=SAVED).json()
    new = own_client.get(f"{RULES}/water/diff").json()
    assert (new["before"], new["after"]["version"]) == (None, first["version"])
    [second] = own_client.post(f"{RULES}/save", json=TRIED).json()
    shown = own_client.get(f"{RULES}/water/diff").json()
    assert shown["before"]["version"] == first["version"]
    assert shown["after"]["version"] == second["version"]


# Check


def test_the_schema_is_that_of_packs(client: Any) -> None:
    schema = client.get(f"{RULES}/schema").json()
    assert schema["properties"].keys() == {"pack", "rules"}
    assert "street_flood" in {each["title"] for each in schema["$defs"]["Detection"]["oneOf"]}


def test_every_mistake_is_found_with_its_line(client: Any) -> None:
    good = GOOD.split("\n")
    for mistake in MISTAKES:
        found = finding(client, mistake.text())["findings"]
        assert found, mistake.claim
        text = mistake.text().split("\n")
        for each in found:
            assert 1 <= each["line"] <= len(text), mistake.claim
            assert each["column"] < each["end_column"], mistake.claim
        if len(text) == len(good):  # the line that was changed is one that is underlined
            changed = {
                n for n, two in enumerate(zip(good, text, strict=True), 1) if two[0] != two[1]
            }
            about_another = "has a unit" in found[0]["message"] or not found[0]["field"]
            there = {each["line"] + by for each in found for by in (0, 1)}  # or the field above it
            assert changed & there or about_another, mistake.claim


PLACED = [
    ("a word of the field that is none", "level: yellow", "level: violet", 11,
     "severity.0.level", "'violet' is none of"),
    ("a limit without its unit", "high: 15 cm", "high: 15 V", 9,
     "signals.deep.detect.0.high", "does not fit depth"),
    ("an explanation by a rule that is not", "per: device", "per: device\n    explained_by: "
     "[{rule: weather.snow, same: city}]\n    within: PT0.5Y", 12, "within", "no ISO 8601"),
    ("no YAML", "per: device", "per: [", 12, "", "not YAML"),
    ("a condition that nobody files by", "condition: standing-water", "condition: dry", 12,
     "event.condition", "no filing condition"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "says"),
    [r[1:] for r in PLACED],
    ids=[r[0] for r in PLACED],
)
def test_what_is_wrong_is_told_at_its_place(
    client: Any, before: str, after: str, line: int, field: str, says: str
) -> None:
    [found, *_] = finding(client, PACK.replace(before, after, 1))["findings"]
    assert (found["line"], found["field"], found["severity"]) == (line, field, "error")
    assert says in found["message"]


def test_an_explanation_by_no_rule_is_told_at_its_field(own_client: Any) -> None:
    own_client.post(f"{RULES}/save", json=SAVED)
    other = PACK.replace("id: water", "id: other").replace("pack: test", "pack: two")
    other = other.replace(
        "per: device", "explained_by: [{rule: nothing, same: zone}]\n    per: device", 1
    )
    [found] = finding(own_client, other)["findings"]
    assert (found["line"], found["field"], found["rule"]) == (10, "explained_by", "other")


def test_signals_say_at_how_many_channels_they_look(client: Any) -> None:
    checked = finding(client, PACK, channels=True)
    assert checked["rules"][0]["signals"] == [{"name": "deep", "channels": 16}]
    blind = finding(
        client, PACK.replace("depth}", "turbidity}").replace("15 cm", "15 NTU"), channels=True
    )
    [found] = blind["findings"]
    assert (found["severity"], found["field"]) == ("warning", "signals.deep")
    assert "looks at no channel" in found["message"]


HOSTILE = [
    ("nesting without end", "[" * 5000),
    ("a text that stands for billions", "b: &b [1]\n" + "\n".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in pairwise("bcdefghijkl"))),
    ("a node within itself", "pack: &a [*a]\nrules: []"),
    ("a day that is none", "pack: 2026-02-30\nrules: []"),
    ("signs that YAML forbids", "pack: \x07"),
    ("nothing", ""),
]  # fmt: skip


@pytest.mark.parametrize("text", [r[1] for r in HOSTILE], ids=[r[0] for r in HOSTILE])
def test_any_text_is_answered_with_findings(client: Any, text: str) -> None:
    assert finding(client, text)["findings"]
    assert client.post(f"{RULES}/test", json={"pack": PACK, "tests": text}).json()["findings"]


# Test


def test_the_tests_of_a_text_are_run_case_by_case(client: Any) -> None:
    ran = client.post(f"{RULES}/test", json={"pack": PACK, "tests": WATER_TESTS}).json()
    assert ran["passed"], ran
    assert [(one["name"], one["line"], one["passed"]) for one in ran["outcomes"]] == [
        ("deep water is found", 4, True),
        ("a puddle is not", 9, True),
    ]
    ran = client.post(f"{RULES}/test", json={"pack": TRIED["pack"], "tests": WATER_TESTS}).json()
    assert not ran["passed"]
    assert [one["passed"] for one in ran["outcomes"]] == [True, False]
    assert "happened, but was not expected" in ran["outcomes"][1]["problems"][0]


def test_tests_that_are_not_well_written_are_told_at_their_place(client: Any) -> None:
    wrong = WATER_TESTS.replace("level: 12", "levle: 12")
    ran = client.post(f"{RULES}/test", json={"pack": PACK, "tests": wrong}).json()
    assert {found["line"] for found in ran["findings"]} == {12}
    assert ran["outcomes"] == []


def test_tests_that_would_keep_the_machine_busy_are_refused(client: Any) -> None:
    huge = WATER_TESTS.replace("PT2H", "P9000D").replace("PT5M", "PT1S")
    answer = client.post(f"{RULES}/test", json={"pack": PACK, "tests": huge})
    assert answer.status_code == 422
    assert "use a longer `every`" in answer.json()["detail"]


def test_the_tests_of_the_programs_packs_pass_on_a_single_rule_of_them(
    own_client: Any, own_city: str
) -> None:
    packs = load(PACKS)
    with connect(own_city) as connection:
        ship(connection, load(PACKS).versions(), NOW)
        ship_tests(connection, texts_of_tests(PACKS), NOW)
    rule = "flood.road.standing-water"
    tests = own_client.get(f"{RULES}/{rule}/tests").json()
    assert tests["actor"] == "lifeline"
    text = own_client.get(f"{RULES}/{rule}/versions/{packs.rules[rule].version}").json()["text"]
    ran = own_client.post(f"{RULES}/test", json={"pack": text, "tests": tests["text"]}).json()
    assert ran["passed"], ran
    assert len(ran["outcomes"]) > 5


def test_tests_sent_with_a_version_must_pass_and_are_kept(own_client: Any, own_city: str) -> None:
    refused = own_client.post(f"{RULES}/save", json=TRIED | {"tests": WATER_TESTS})
    assert refused.status_code == 422
    assert "a puddle is not" in refused.json()["detail"]
    assert own_client.get(RULES).json() == []
    assert own_client.get(f"{RULES}/water/tests").status_code == 404
    assert own_client.post(f"{RULES}/save", json=SAVED | {"tests": WATER_TESTS}).status_code == 201
    kept = own_client.get(f"{RULES}/water/tests").json()
    assert (kept["text"], kept["actor"]) == (WATER_TESTS, "chen")
    with connect(own_city) as connection:  # what people kept, the program does not replace
        ship_tests(connection, {"water": "rules: x"}, NOW)
        assert own_client.get(f"{RULES}/water/tests").json()["text"] == WATER_TESTS
        keep_tests(connection, ["water"], "rules: y", "li", NOW)
    assert own_client.get(f"{RULES}/water/tests").json()["actor"] == "li"


# Backtest


@pytest.fixture
def trying(own_services: Any, own_city: str) -> Iterator[Any]:
    """A client of a process that runs backtests."""
    backtesting = Backtesting(own_city, lambda: datetime.now(UTC), None, "Asia/Shanghai")
    backtesting.start()
    served = replace(own_services, backtests=backtesting)
    with TestClient(create_app(served), raise_server_exceptions=False) as client:
        yield client
    backtesting.stop()


class Waits:
    """A process that runs none of what waits."""

    def look(self) -> None:
        pass


@pytest.fixture
def waiting(own_services: Any) -> Iterator[Any]:
    served = replace(own_services, backtests=Waits())
    with TestClient(create_app(served), raise_server_exceptions=False) as client:
        yield client


def asked(pack: str = PACK, **more: Any) -> dict[str, Any]:
    span = {"since": "2024-02-29T00:00:00Z", "until": "2024-03-01T06:30:00Z"}
    return {"pack": pack, "actor": "chen"} | span | more


def until_it_ended(client: Any, number: int) -> dict[str, Any]:
    for _ in range(1200):
        shown: dict[str, Any] = client.get(f"{BACKTESTS}/{number}").json()
        if shown["state"] not in ("waiting", "running"):
            return shown
        Event().wait(0.05)
    raise TimeoutError


def test_a_backtest_says_what_a_text_would_have_done_beside_what_is_in_force(trying: Any) -> None:
    trying.post(f"{RULES}/save", json=SAVED)
    lower = PACK.replace("15 cm", "2 mm")
    answer = trying.post(BACKTESTS, json=asked(lower))
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{BACKTESTS}/{answer.json()['id']}"
    shown = until_it_ended(trying, answer.json()["id"])
    assert (shown["state"], shown["progress"], shown["trouble"]) == ("done", 1.0, "")
    assert (shown["rules"], shown["actor"]) == (["water"], "chen")
    result = trying.get(f"{BACKTESTS}/{shown['id']}/result").json()
    report = result["report"]
    assert result["pack"] == lower
    assert report["cases"]["total"] == 16
    assert (report["against"]["cases"], report["against"]["events"]) == (1, 1)
    assert sum(day["cases"] for day in report["against"]["days"]) == 1
    assert (len(report["against"]["gained"]), report["against"]["same"]) == (15, 1)
    assert report["recorded"] == {"events": 0, "cases": 0}
    assert "labels" not in report
    assert {picture["kind"] for picture in result["pictures"]} == {"event"}
    for table, rows in (("cases", 16), ("events", report["events"]), ("notes", 0)):
        text = trying.get(f"{BACKTESTS}/{shown['id']}/{table}.csv").text
        assert len(list(csv.DictReader(StringIO(text)))) == rows, table
    [listed] = trying.get(BACKTESTS, params={"rule": "water"}).json()["items"]
    assert listed == shown


def test_a_backtest_is_of_the_channels_and_the_zone_that_were_asked_for(trying: Any) -> None:
    lower = PACK.replace("15 cm", "2 mm")
    for more, cases in (({"zone": "z0"}, 6), ({"channels": ["flood-003.depth"]}, 1)):
        number = trying.post(BACKTESTS, json=asked(lower, **more)).json()["id"]
        assert until_it_ended(trying, number)["state"] == "done"
        report = trying.get(f"{BACKTESTS}/{number}/result").json()["report"]
        assert report["cases"]["total"] == cases


def test_a_backtest_is_scored_on_what_people_found_cases_to_be(trying: Any, own_city: str) -> None:
    with psycopg.connect(own_city) as connection:
        connection.execute(
            "UPDATE cases SET state = 'closed', closed = found, outcome = 'real'"
            " WHERE code = '0506'"
        )
    number = trying.post(BACKTESTS, json=asked(labels="closed-cases")).json()["id"]
    assert until_it_ended(trying, number)["state"] == "done"
    total = trying.get(f"{BACKTESTS}/{number}/result").json()["report"]["labels"]["total"]
    assert (total["found"], total["false_runs"]) == (1, 0)


def test_what_was_missed_of_others_cases_is_not_told_to_who_is_limited(
    own_services: Any, own_city: str
) -> None:
    """A score on closed cases lists when, where and as what each was that nothing found."""
    what = Asked(PACK, datetime(2024, 2, 29, tzinfo=UTC), NOW, None, None, Labels.CLOSED_CASES)
    found = backtests.Result('{"labels": {"missed": []}}', "[]", "", "", "")
    with connect(own_city, autocommit=True) as connection:
        number = backtests.ask(connection, what, ["water"], "chen", NOW)
        backtests.take(connection, NOW)
        backtests.keep(connection, number, found, 0, NOW)
    client = TestClient(create_app(replace(own_services, guests=(), backtests=Waits())))
    for limit, seen, taken in (({}, 200, 202), ({"area": "330102"}, 403, 403)):
        mine = as_key(key(own_city, f"tries {limit}", Grant("engineer", **limit)))
        result = client.get(f"{BACKTESTS}/{number}/result", headers=mine)
        assert result.status_code == seen, result.text
        scored = asked(labels="closed-cases", actor="")
        assert client.post(BACKTESTS, json=scored, headers=mine).status_code == taken
        assert client.post(BACKTESTS, json=asked(actor=""), headers=mine).status_code == 202


def test_a_backtest_that_waits_or_runs_is_cancelled(trying: Any) -> None:
    first = trying.post(BACKTESTS, json=asked()).json()
    second = trying.post(BACKTESTS, json=asked()).json()
    assert second["ahead"] == 1
    for each in (second, first):
        gone = trying.delete(f"{BACKTESTS}/{each['id']}").json()
        assert (gone["state"], gone["ended"] is None) == ("cancelled", False)
    again = trying.delete(f"{BACKTESTS}/{first['id']}")
    assert again.status_code == 409
    assert "is cancelled: nothing to cancel" in again.json()["detail"]
    third = trying.post(BACKTESTS, json=asked()).json()  # the process goes on with the next
    assert until_it_ended(trying, third["id"])["state"] == "done"
    assert trying.get(f"{BACKTESTS}/{first['id']}").json()["state"] == "cancelled"
    assert trying.get(f"{BACKTESTS}/{first['id']}/result").status_code == 409


def test_what_ran_when_its_process_ended_is_told_so_and_what_waited_is_done(own_city: str) -> None:
    what = Asked(PACK, datetime(2024, 2, 29, tzinfo=UTC), NOW, None, None, Labels.NONE)
    with connect(own_city, autocommit=True) as connection:
        ran = backtests.ask(connection, what, ["water"], "chen", NOW)
        assert backtests.take(connection, NOW) == ran
        waits = backtests.ask(connection, what, ["water"], "chen", NOW)
        backtesting = Backtesting(own_city, lambda: NOW, None, "Asia/Shanghai")
        backtesting.start()
        states: dict[int, str] = {}
        for _ in range(1200):
            states = {row["id"]: row["state"] for row in backtests.backtests(connection, 9)}
            if states[waits] == "done":
                break
            Event().wait(0.05)
        backtesting.stop()
    assert states == {ran: "interrupted", waits: "done"}


def test_a_process_that_is_stopped_ends_what_runs_and_says_so(own_city: str) -> None:
    what = Asked(PACK, datetime(2024, 2, 29, tzinfo=UTC), NOW, None, None, Labels.NONE)
    with connect(own_city, autocommit=True) as connection:
        backtests.ask(connection, what, ["water"], "chen", NOW)
        backtesting = Backtesting(own_city, lambda: NOW, None, "Asia/Shanghai")
        backtesting.start()
        while backtests.backtests(connection, 1)[0]["state"] == "waiting":
            Event().wait(0.01)
        backtesting.stop()
        [row] = backtests.backtests(connection, 1)
    assert row["state"] == "interrupted"


REFUSED = [
    ("a pack with a mistake", {"pack": PACK.replace("depth}", "dept}")}, 422, "dept"),
    ("a pack of no rules", {"pack": "pack: a\nrules: []"}, 422, "it has no rules"),
    ("an end before its beginning", {"until": "2024-02-01T00:00:00Z"}, 422, "is not before"),
    ("a time to come", {"since": "2024-04-01T00:00:00Z", "until": "2024-05-01T00:00:00Z"}, 422,
     "is not before"),
    ("years", {"since": "2022-04-01T00:00:00Z"}, 422, "400 days at most"),
    ("labels of another kind", {"labels": "all"}, 422, "labels"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "status", "says"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_a_backtest_that_cannot_be_is_refused(
    waiting: Any, more: dict[str, Any], status: int, says: str
) -> None:
    answer = waiting.post(BACKTESTS, json=asked(**more))
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


def test_more_than_some_do_not_wait(waiting: Any) -> None:
    for _ in range(backtests.MOST_WAITING):
        assert waiting.post(BACKTESTS, json=asked()).status_code == 202
    refused = waiting.post(BACKTESTS, json=asked())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")


def test_a_process_that_runs_none_says_who_does(own_client: Any) -> None:
    refused = own_client.post(BACKTESTS, json=asked())
    assert refused.status_code == 503
    assert "lifeline up" in refused.json()["detail"]
    assert own_client.get(f"{BACKTESTS}/7").status_code == 404


def test_what_is_tried_twice_at_once_waits_its_turn(trying: Any) -> None:
    numbers = [trying.post(BACKTESTS, json=asked()).json()["id"] for _ in range(2)]
    ended = [until_it_ended(trying, number) for number in numbers]
    assert [one["state"] for one in ended] == ["done", "done"]
    assert ended[0]["ended"] <= ended[1]["began"]
