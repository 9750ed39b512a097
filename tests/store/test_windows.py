"""Windows as people set and end them, and the alarms of a stretch of time."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from intakes import add_channels
from one_event import START, an_event, minutes

from cases.city import load_city
from rules.event import Standing
from rules.hygiene import hygiene
from rules.judgement import Requalified
from rules.windows import Reason, Window
from store.alarms import alarms
from store.rule_changes import ship
from store.settlement import settle
from store.windows import LONGEST_SHELVED, BadWindow, add_window, end_window, windows_since

NOW = datetime(2024, 3, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTHING = Requalified(np.zeros(0, "i4"), np.zeros(0, "M8[us]"), np.zeros(0, "u2"))


def set_one(database, **changes):
    given = {
        "reason": Reason.PLANNED_WORK, "scope": "city", "subject": "city", "began": NOW,
        "until": NOW + 4 * HOUR, "actor": "control room", "why": "flushing", "now": NOW,
    }  # fmt: skip
    return add_window(database, **(given | changes))


def as_time(moment):
    return np.datetime64(moment.replace(tzinfo=None), "us")


@pytest.fixture
def place(database):
    add_channels(database, 1)
    ship(database, [("a.b", "1", "a", {"id": "a.b"})], NOW)
    database.commit()
    return {"channel": "d1/value", "device": "d1"}


@pytest.mark.parametrize("scope", ["channel", "device"])
def test_a_window_is_kept_as_it_was_set(database, place, scope):
    number = set_one(database, scope=scope, subject=place[scope], rules=["a.b"])
    [kept] = windows_since(database, NOW)
    ends = as_time(NOW + 4 * HOUR)
    assert kept == Window(
        number, Reason.PLANNED_WORK, scope, place[scope], as_time(NOW), ends, ("a.b",)
    )
    assert windows_since(database, NOW + 5 * HOUR) == []


def test_one_that_is_ended_early_is_over_now(database, place):
    number = set_one(database)
    end_window(database, number, "control room", "done", NOW + HOUR)
    [kept] = windows_since(database, NOW)
    assert kept.until == as_time(NOW + HOUR)
    with pytest.raises(BadWindow, match="no window"):
        end_window(database, number, "control room", "done", NOW + 2 * HOUR)


def test_one_ended_before_it_began_never_is(database, place):
    number = set_one(database, began=NOW + 2 * HOUR)
    end_window(database, number, "control room", "rain", NOW + HOUR)
    [kept] = windows_since(database, NOW)
    assert kept.until == kept.began


@pytest.mark.parametrize(
    ("claim", "changes", "says"),
    [
        ("one that is over", {"until": NOW}, "over already"),
        ("one that ends before it begins", {"began": NOW + 5 * HOUR}, "over already"),
        ("a place that nobody knows", {"scope": "zone", "subject": "nowhere"}, "mind the spelling"),
        ("a rule that nobody knows", {"rules": ["a.b", "a.c"]}, "no rule a.c; see"),
        ("nobody", {"actor": " "}, "who sets it"),
        ("no reason", {"why": ""}, "who sets it and why"),
        (
            "put aside for ever",
            {"reason": Reason.SHELVED, "until": NOW + LONGEST_SHELVED + HOUR},
            "7 days at most",
        ),
    ],
)
def test_a_bad_window_is_refused(database, place, claim, changes, says):
    with pytest.raises(BadWindow, match=says):
        set_one(database, **changes)
    assert windows_since(database, NOW) == [], claim


def test_alarms_that_stood_into_the_stretch_are_among_them(database):
    before = [
        an_event(),
        an_event(subject="b", case_key="b", ended=START + minutes(9), standing=Standing.OVER),
    ]
    settle(database, before, NOTHING, NOW, load_city())
    told = alarms(database, NOW + 20 * HOUR, NOW + 30 * HOUR)
    assert [name.split(" · ")[1] for name in told.name] == [an_event().subject]


def test_alarms_are_what_opened_cases_or_was_held_back(database):
    held = {"held_back": {"window": 1, "until": "2024-03-01T12:00:00"}}
    settle(
        database,
        [
            an_event(),
            an_event(subject="b", case_key="b", ended=START + minutes(9), standing=Standing.OVER),
            an_event(subject="c", case_key="c", standing=Standing.EXPLAINED, why=held),
            an_event(subject="d", case_key="d", standing=Standing.EXPLAINED),
            an_event(subject="e", case_key="e", standing=Standing.WITHDRAWN),
            an_event(subject="f", case_key=""),
        ],
        NOTHING,
        NOW,
        load_city(),
    )
    found = alarms(database, NOW - HOUR, NOW + HOUR)
    assert sorted(name.rpartition(" ")[2] for name in found.name) == ["3301060602000007", "b", "c"]
    report = hygiene(found, as_time(NOW - HOUR), as_time(NOW + HOUR))
    assert (report.alarms, report.held_back) == (2, 1)
    later = (NOW + HOUR, NOW + 2 * HOUR)
    assert hygiene(alarms(database, *later), *map(as_time, later)).alarms == 0
