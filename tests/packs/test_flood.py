"""The flood pack on recorded street floods: NYC Open Data, FloodNet, 1,226 events to 2024."""

import csv
import gzip
import json
from collections import Counter

import numpy as np
import pytest
from judging import judge, packs, readings

from deploy.bench.scores.artefacts import SHAPES
from ingest.channel import Channel

START = np.datetime64("2026-03-02", "us")
INCH = 0.0254
LIMIT = 0.10  #: [m]
RULE = "flood.road.standing-water"


@pytest.fixture(scope="module")
def floods(shared_data):
    """Return (seconds, depth [m]) of each recorded flood."""
    with gzip.open(shared_data / "floodnet" / "flood_events_to_2024.csv.gz", "rt") as file:
        return [
            (
                np.array(json.loads(row["flood_profile_time_secs"])),
                np.array(json.loads(row["flood_profile_depth_inches"])) * INCH,
            )
            for row in csv.DictReader(file)
        ]


def road(number):
    tags = {"kind": "flood", "role": "road", "zone": "east"}
    name = f"road-{number}"
    return Channel(number, f"{name}/depth", name, "depth", "depth", "cm", tags=tags)


def judged(profiles):
    """Return how many events each profile makes, with a dry hour before and after it."""
    dry = np.arange(0, 3600, 60)
    channels = [road(number) for number in range(len(profiles))]
    times, values = [], []
    for seconds, depth in profiles:
        whole = np.concatenate([dry - 3600, seconds, seconds[-1] + 60 + dry])
        times.append(START + whole.astype("timedelta64[s]"))
        values.append(np.concatenate([0 * dry, depth, 0.0 * dry]))
    events = judge(packs(), channels, readings(channels, times, values))
    found = Counter(e.channels[0] for e in events if e.rule == RULE)
    return [found[number] for number in range(len(profiles))], events


def test_every_recorded_flood_over_10_cm_is_one_event(floods):
    """But for two tides that rise slower than snow and one sampled once an hour."""
    deep = [flood for flood in floods if flood[1].max() > LIMIT + INCH / 10]
    assert len(deep) > 700
    found, _ = judged(deep)
    assert max(found) == 1
    assert found.count(0) <= 3


def test_it_is_found_within_minutes_of_passing_10_cm(floods):
    deep = [flood for flood in floods if flood[1].max() > LIMIT + INCH / 10]
    _, events = judged(deep)
    late = []
    for event in events:
        if event.rule == RULE:
            seconds, depth = deep[event.channels[0]]
            passed = START + seconds[np.argmax(depth >= LIMIT)].astype("timedelta64[s]")
            late.append((event.raised - passed) / np.timedelta64(1, "m"))
    assert np.median(late) <= 1
    assert np.quantile(late, 0.95) <= 5


def test_shallower_ones_are_none(floods):
    shallow = [flood for flood in floods if flood[1].max() < LIMIT]
    assert len(shallow) > 450
    assert sum(judged(shallow)[0]) == 0


def test_things_parked_under_the_sensor_for_as_long_and_as_high_are_none(floods):
    rng = np.random.default_rng(3)
    boxes = []
    for seconds, depth in floods[:400]:
        time = np.arange(0, max(600, seconds[-1]), 60)
        boxes.append((time, max(0.12, depth.max()) + 0.004 * rng.standard_normal(len(time))))
    assert sum(judged(boxes)[0]) == 0


def test_blips_of_one_or_two_points_during_small_floods_are_none(floods):
    rng = np.random.default_rng(4)
    blips = []
    for seconds, depth in [flood for flood in floods if flood[1].max() < 0.08][:400]:
        depth = depth.copy()
        place = int(rng.integers(len(depth)))
        depth[place : place + 1] = 0.6
        blips.append((seconds, depth))
    assert sum(judged(blips)[0]) == 0


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("step", [1.0, 5.0])
def test_two_hundred_artefacts_are_none(shape, step):
    """At noise of 0.1 in; what more noise costs is told by deploy/bench/scores/floods.py."""
    rng = np.random.default_rng(6)
    curves = []
    for _ in range(200):
        depth = np.concatenate([np.zeros(200), SHAPES[shape](rng, step)])
        depth += 0.1 * rng.standard_normal(len(depth))
        curves.append((np.arange(len(depth)) * 60 * step, depth * INCH))
    assert sum(judged(curves)[0]) == 0
