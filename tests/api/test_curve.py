"""The curve of a channel: what a naive loop over all readings says, at every zoom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log10

import numpy as np
import psycopg
import pytest
from watched_city import NOW

from ingest.batch import make_batch
from ingest.quality import UNUSABLE, Quality
from store.curve import HOUR, MINUTE
from store.database import connect
from store.readings import Writer
from store.rollups import roll

pytestmark = pytest.mark.server

DAYS = 100
START = NOW - timedelta(days=DAYS)
FLAGS = (0, 0, 0, 0, 0, 0, 0, int(Quality.OUT_OF_RANGE), int(Quality.LATE), int(Quality.SKEWED))


@pytest.fixture(scope="module")
def history(module_client):
    """Three channels with a hundred days of readings: every minute, every 5 s, and levels in dB."""
    rng = np.random.default_rng(11)
    readings = {}
    with connect(conninfo(module_client)) as connection:
        for id, interval, span in (
            ("flood-014.depth", 60, DAYS * 86_400),
            ("water-014.pressure", 5, 2 * 86_400),
            ("noise-014.leq", 60, DAYS * 86_400),
        ):
            number = connection.execute(
                "UPDATE channels SET interval = make_interval(secs => %s) WHERE id = %s"
                " RETURNING number",
                (interval, id),
            ).fetchone()[0]
            # What the watched city says of it is rolled up under another interval.
            connection.execute("DELETE FROM readings WHERE channel = %s", (number,))
            seconds = np.arange(int(NOW.timestamp()) - span, int(NOW.timestamp()), interval)
            kept = rng.random(len(seconds)) > 0.05
            kept &= (seconds // 40_000) % 7 != 1  # half a day is missing, now and then
            seconds = seconds[kept]
            value = 50 + 10 * np.sin(seconds / 86_400 * 6.28) + rng.standard_normal(len(seconds))
            value[rng.integers(0, len(value), 9)] += 100  # peaks of a single reading
            quality = rng.choice(FLAGS, len(seconds)).astype(np.uint16)
            value[rng.random(len(value)) < 0.02] = np.nan
            time = (seconds * 1_000_000).view("datetime64[us]")
            batch = make_batch(
                np.full(len(time), number), time, value, received=time, quality=quality
            )
            Writer(connection).store_batch(batch)
            readings[id] = list(
                zip(seconds.tolist(), value.tolist(), quality.tolist(), strict=True)
            )
        connection.execute("UPDATE rollup_progress SET received_until = 'epoch'")
        connection.execute("TRUNCATE readings_minute, readings_hour")
        connection.commit()
        while roll(connection):
            pass
        connection.commit()
    return readings


def conninfo(client):
    return client.app.state.services.pool.conninfo


def asked(client, channel, start, end, points):
    answer = client.get(
        f"/api/v1/channels/{channel}/curve",
        params={"start": start.isoformat(), "end": end.isoformat(), "points": points},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def usable(value, quality):
    return value == value and not quality & int(UNUSABLE)


def naive(readings, start, end, width, energy=False):
    """Return a dict a bucket, by a plain loop."""
    buckets = {}
    for second, value, quality in readings:
        if start.timestamp() <= second < end.timestamp():
            buckets.setdefault(second // width * width, []).append((value, quality))
    found = []
    for begin, inside in sorted(buckets.items()):
        good = [value for value, quality in inside if usable(value, quality)]
        bad = [quality & int(UNUSABLE) for _, quality in inside if quality & int(UNUSABLE)]
        mean = sum(good) / len(good) if good else None
        if energy and good:
            mean = 10 * log10(sum(10 ** (value / 10) for value in good) / len(good))
        flags = 0
        for each in bad:
            flags |= each
        found.append(
            {
                "time": begin * 1000, "value": mean, "lowest": min(good, default=None),
                "highest": max(good, default=None), "count": len(good), "flagged": len(bad),
                "quality": flags,
            }
        )  # fmt: skip
    return found


ZOOMS = [
    ("flood-014.depth", timedelta(hours=3), 1500, "raw", 0),
    ("flood-014.depth", timedelta(days=2), 300, "raw", 10 * MINUTE),
    ("flood-014.depth", timedelta(days=20), 1000, "raw", 30 * MINUTE),
    ("flood-014.depth", timedelta(days=DAYS), 1500, "hour", 2 * HOUR),
    ("flood-014.depth", timedelta(days=DAYS), 120, "hour", 24 * HOUR),
    ("flood-014.depth", timedelta(days=DAYS), 10, "hour", 28 * 24 * HOUR),
    ("water-014.pressure", timedelta(minutes=9), 500, "raw", 0),
    ("water-014.pressure", timedelta(hours=4), 500, "raw", 30),
    ("water-014.pressure", timedelta(days=2), 10_000, "raw", 30),
    ("noise-014.leq", timedelta(days=5), 200, "raw", HOUR),
    ("noise-014.leq", timedelta(days=30), 50, "hour", 24 * HOUR),
]


@pytest.mark.parametrize(("channel", "span", "points", "source", "width"), ZOOMS)
def test_a_curve_says_what_a_loop_over_all_readings_says(
    module_client, history, channel, span, points, source, width
):
    """Whole buckets: what a bucket at an edge holds of the stretch depends on the source."""
    step = width or 1
    end = datetime.fromtimestamp(NOW.timestamp() // step * step, UTC)
    start = datetime.fromtimestamp(-(-(end - span).timestamp() // step) * step, UTC)
    found = asked(module_client, channel, start, end, points)
    if width >= HOUR:
        source = "hour"
    assert (found["source"], found["width"]) == (source, width)
    if width == 0:
        expected = [
            {
                "time": s * 1000, "value": None if v != v else v, "quality": q,
                "flagged": int(bool(q & int(UNUSABLE))),
            }
            for s, v, q in history[channel]
            if start.timestamp() <= s < end.timestamp()
        ]  # fmt: skip
    else:
        expected = naive(history[channel], start, end, width, energy=channel.startswith("noise"))
    assert len(expected) <= points + 1
    for name in expected[0]:
        column = [row[name] for row in expected]
        if name == "value" and width:
            assert [each is None for each in found[name]] == [each is None for each in column]
            numbers = [each for each in column if each is not None]
            shown = [each for each in found[name] if each is not None]
            assert shown == pytest.approx(numbers, rel=1e-9)
        elif name == "quality" and width:
            pairs = zip(found[name], column, strict=True)
            assert all(one == other for one, other in pairs if one is not None)
            assert width > HOUR or None not in found[name]
        else:
            assert found[name] == column, name


def test_a_peak_of_one_reading_is_seen_in_every_zoom(module_client, history):
    """The highest of a hundred days, by whatever buckets."""
    peak = max(v for _, v, q in history["flood-014.depth"] if usable(v, q))
    for points in (10, 100, 1500, 10_000):
        found = asked(module_client, "flood-014.depth", START, NOW, points)
        assert max(each for each in found["highest"] if each is not None) == peak


def test_gaps_are_where_nothing_came_for_longer_than_the_interval_allows(module_client, history):
    """At the width of the buckets: what is shorter than one cannot be seen."""
    times = [s for s, _, _ in history["flood-014.depth"]]
    pairs = pairwise(times)
    long = [(a * 1000, b * 1000) for a, b in pairs if b - a > 2.5 * 60]
    found = asked(module_client, "flood-014.depth", NOW - timedelta(hours=20), NOW, 1500)
    inside = [gap for gap in long if gap[0] >= (NOW - timedelta(hours=20)).timestamp() * 1000]
    assert found["width"] == 0
    assert [tuple(gap) for gap in found["gaps"] if gap[1] < NOW.timestamp() * 1000] == inside
    whole = asked(module_client, "flood-014.depth", START, NOW, 2400)
    half_days = [gap for gap in long if gap[1] - gap[0] > 10 * HOUR * 1000]
    for begin, end in half_days:
        assert any(a <= begin + HOUR * 1000 and b >= end - HOUR * 1000 for a, b in whole["gaps"])


def test_what_has_not_come_yet_is_no_gap(module_client, history):
    """The future is not missing."""
    found = asked(
        module_client, "flood-014.depth", NOW - timedelta(hours=1), NOW + timedelta(days=1), 500
    )
    assert all(end <= NOW.timestamp() * 1000 for _, end in found["gaps"])


def test_a_channel_without_a_reading_in_the_stretch_is_one_gap(module_client, history):
    """And no rows."""
    start, end = START - timedelta(days=30), START - timedelta(days=29)
    found = asked(module_client, "flood-014.depth", start, end, 500)
    assert found["time"] == []
    assert found["gaps"] == [[start.timestamp() * 1000, end.timestamp() * 1000]]


def test_readings_that_retention_dropped_are_drawn_from_their_hours(module_client, history):
    """A stretch that begins before what is kept."""
    sql = (
        "INSERT INTO rollup_progress (rollup, received_until) VALUES ('kept_from', %s)"
        " ON CONFLICT (rollup) DO UPDATE SET received_until = excluded.received_until"
    )
    with psycopg.connect(conninfo(module_client)) as connection:
        connection.execute(sql, (NOW - timedelta(days=10),))
    try:
        old = asked(module_client, "flood-014.depth", NOW - timedelta(days=11), NOW, 10_000)
        young = asked(module_client, "flood-014.depth", NOW - timedelta(days=9), NOW, 10_000)
    finally:
        with psycopg.connect(conninfo(module_client)) as connection:
            connection.execute("DELETE FROM rollup_progress WHERE rollup = 'kept_from'")
    assert (old["source"], old["width"]) == ("hour", HOUR)
    assert young["source"] == "raw"


def test_the_curve_shows_the_events_that_stood_and_their_case(module_client):
    """The flood of the watched city."""
    found = asked(module_client, "flood-003.depth", NOW - timedelta(hours=6), NOW, 500)
    [event] = found["events"]
    assert event["rule"] == "flood.road.standing-water"
    assert event["title"] == {"zh": "道路积水", "en": "Standing water on the road"}
    assert event["case_number"]
    before = asked(
        module_client, "flood-003.depth", NOW - timedelta(hours=6), NOW - timedelta(hours=5), 50
    )
    assert before["events"] == []


def test_states_are_told_in_their_own_words(own_client):
    """Where the readings are shown one by one."""
    door = {"quantity": "status", "states": "open=1 shut=0"}
    adoption = {"fields": {"door": door}, "place": {"gateway": "x"}}
    assert own_client.post("/api/v1/quarantine/new/one/adopt", json=adoption).status_code == 201
    found = asked(own_client, "new/one/door", NOW - timedelta(hours=1), NOW, 50)
    assert found["state"] == ["open"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start=2024-03-01T00:00:00Z&end=2024-02-01T00:00:00Z", 422),
        ("points=3", 422),
        ("points=999999", 422),
        ("start=1900-01-02T00:00:00Z&end=9998-01-01T00:00:00Z", 200),
    ],
)
def test_what_makes_no_curve_is_refused(client, query, status):
    assert client.get(f"/api/v1/channels/gas-001.methane/curve?{query}").status_code == status


def test_there_is_no_curve_of_a_channel_that_is_not_there(client):
    assert client.get("/api/v1/channels/nowhere/curve").status_code == 404
