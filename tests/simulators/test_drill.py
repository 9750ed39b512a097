"""Stories of drills: the same seed gives the same bytes, faults change what is to come, and a
pause lets the world stand still without anybody falling silent."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta
from typing import get_args

import pytest
import yaml

from api.routes.drills import FaultKind
from cases.drill_report import Step as Reported
from cases.words import Role
from simulators.drill import Player
from simulators.happen import micros
from simulators.injected import FAULTS, VALUED, BadFault
from simulators.staging import stage
from simulators.story import BadStory, Step, read_story, stories
from simulators.world import SECOND

BEGINS = 1_790_000_040_000_000
MINUTE = 60 * SECOND
STORIES = stories()


def set_up(name="flood-underpass", seed=1):
    return stage(STORIES[name], seed, BEGINS, 120.1, 30.3)


@pytest.mark.parametrize("name", STORIES)
def test_the_same_seed_gives_the_same_bytes_and_another_others(name):
    one, same, other = (
        [(p.at, p.topic, p.payload) for p in set_up(name, seed).parcels(BEGINS)]
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


@pytest.mark.parametrize("name", STORIES)
def test_every_story_that_comes_along_says_what_it_expects_of_a_real_problem(name):
    story, truth = STORIES[name], set_up(name).happenings
    assert len(truth) == len(story.happens) + len(story.faults)
    assert any(one.role == "problem" for one in truth)
    for expected in story.expects:
        assert truth[expected.of].role == "problem"
        assert expected.whom in {"system", *Role}
    for one in story.injects:
        assert one.to in set(Role)
    for one in truth[: len(story.happens)]:
        assert BEGINS <= one.began < BEGINS + micros(story.lasts)


def test_the_words_of_the_api_are_those_of_the_stories():
    assert {*FaultKind} == {*FAULTS}
    assert set(get_args(Reported)) == {*Step}
    assert {*FAULTS} >= VALUED


WHOLE = {
    "title": {"zh": "一", "en": "one"}, "summary": {"zh": "一", "en": "one"}, "lasts": "PT1H",
    "devices": ["road-17"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"devices": []}, "devices"),
        ({"lasts": 750}, "write a duration as PT15M"),
        ({"what": 1}, "what"),
        ({"happens": [{"what": "comet", "at": "PT1M", "where": "x", "title": WHOLE["title"]}]},
         "comet is none of"),
        ({"happens": [{"what": "lorry", "at": "PT2H", "where": "x", "title": WHOLE["title"]}]},
         "when the story is over"),
        ({"expects": [{"of": 0, "step": "found", "within": "PT1M", "whom": "system"}]},
         "there are 0 in happens"),
    ],
)  # fmt: skip
def test_a_story_that_cannot_be_is_refused_with_its_place(change, said):
    with pytest.raises(BadStory, match=said):
        read_story(yaml.safe_dump({**WHOLE, **change}), "mine.yml")


@pytest.mark.parametrize("change", [{"devices": ["road-99"]}, {"happens": [
    {"what": "lorry", "at": "PT1M", "where": "cover-999", "title": WHOLE["title"]}]}])  # fmt: skip
def test_a_story_about_what_the_district_has_not_is_refused(change):
    with pytest.raises(BadStory, match=r"no road-99|cannot be on cover-999"):
        stage(read_story(yaml.safe_dump({**WHOLE, **change}), "mine.yml"), 1, BEGINS, 0, 0)


def readings(parcels, device):
    return [time for p in parcels for name, _, time in p.readings if name == device]


def played(player, until, step=MINUTE):
    """Play on until a minute after the beginning; return what was sent."""
    sent = []
    for now in range(player.sent_until, BEGINS + until * MINUTE, step):
        sent += player.due(now)
    return sent


def test_everything_is_sent_once_and_in_its_order():
    player = Player(set_up(), BEGINS - 1)
    sent = played(player, 180)
    assert [p.at for p in sent] == sorted(p.at for p in sent)
    whole = [p for p in set_up().parcels(BEGINS - 1) if p.at <= sent[-1].at]
    assert Counter(map(repr, sent)) == Counter(map(repr, whole))


def test_while_it_is_paused_devices_speak_as_before_and_the_story_waits():
    player = Player(set_up(), BEGINS - 1)
    played(player, 60)
    began = player.stage.happenings[0].began
    later = player.stage.happenings[2].began
    player.pause(BEGINS + 60 * MINUTE)
    still = played(player, 120)
    player.resume()
    assert player.stage.happenings[0].began == began  # it had begun
    assert 60 * MINUTE <= player.stage.happenings[2].began - later <= 62 * MINUTE
    for device in ("road-17", "road-11", "Datastreams(105)", "weather-harbour"):
        times = sorted(readings(still, device))
        gaps = [b - a for a, b in itertools.pairwise(times)]
        assert times, device
        assert max(gaps) <= 16 * MINUTE, device


def test_the_world_goes_on_when_the_story_is_over_and_nobody_speaks_more_than_before():
    player = Player(set_up(), BEGINS - 1)
    last_day = [p for p in played(player, 24 * 60, 20 * MINUTE) if p.at > BEGINS + 12 * 60 * MINUTE]
    counts = Counter(name for p in last_day for name, _, _ in p.readings)
    assert 40 <= counts["road-17"] / 2 <= 60  # depth and battery each quarter of an hour
    assert 2 <= counts["cover-017"] / 4 <= 4  # every four hours


@pytest.mark.parametrize(
    ("what", "value", "told"),
    [
        ("silent", None, lambda now, was: not len(now)),
        ("stuck", None, lambda now, was: len(set(now)) == 1),
        ("spike", 90.0, lambda now, was: 90.0 in now),
        ("drift", 40.0, lambda now, was: now[-1] - was[-1] > 15),
        ("forged", 60.0, lambda now, was: min(now) > 55),
    ],
)
def test_a_fault_changes_what_is_to_come_for_as_long_as_it_lasts_and_no_more(what, value, told):
    player, untouched = Player(set_up(), BEGINS - 1), set_up()
    played(player, 40)
    at = BEGINS + 40 * MINUTE
    player.fault(what, "road-11", at, 45 * MINUTE, value)
    track = player.stage.world["road-11/depth"]
    was = untouched.world["road-11/depth"]
    assert told(track.value[track.between(at, at + 45 * MINUTE)],
                was.value[was.between(at, at + 45 * MINUTE)])  # fmt: skip
    for part in ((0, at), (at + 45 * MINUTE, at + 600 * MINUTE)):
        assert (track.value[track.between(*part)] == was.value[was.between(*part)]).all()
    assert player.stage.happenings[-1].devices == ("road-11",)


def test_a_gateway_takes_those_behind_it_along():
    outage = set_up("substation-outage")
    at = BEGINS + 5 * MINUTE
    outage.fault("gateway-outage", "concentrator-6", at, 60 * MINUTE, None)
    sent = [
        p for p in outage.parcels(at) if p.at < at + 60 * MINUTE and p.readings[0][1] != "last_gasp"
    ]
    heard = {name for p in sent for name, _, _ in p.readings}
    assert not {name for name in heard if name.startswith("meter-6")}


@pytest.mark.parametrize(
    ("what", "where", "value"),
    [("silent", "road-99", None), ("forged", "road-11", None), ("gateway-outage", "road-11", None)],
)
def test_a_fault_that_cannot_be_is_refused(what, where, value):
    with pytest.raises(BadFault):
        set_up().fault(what, where, BEGINS, 60 * MINUTE, value)


def test_durations_are_exact():
    assert micros(timedelta(hours=1, seconds=2)) == 3602 * SECOND
