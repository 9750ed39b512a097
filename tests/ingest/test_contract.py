import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.batch import make_batch
from ingest.channel import Channel
from ingest.contract import FUTURE_TOLERANCE, YEAR_2000, keep_contract
from ingest.quality import Quality
from ingest.registry import Registry

NOW = 1_790_000_000_000_000  # [µs]
MINUTE = 60_000_000
TEXTS: dict[str, int] = {}


def intern(texts):
    return [TEXTS.setdefault(text, len(TEXTS)) for text in texts]


def registry():
    return Registry(
        [
            Channel(0, "p", "d", "pressure", "pressure", "MPa", lowest=0.0, highest=1e6),
            Channel(1, "t", "d", "temperature", "temperature", "°C"),
            Channel(2, "s", "d", "valve", "status", "1", states={"open": 1.0, "shut": 0.0}),
            Channel(3, "x", "d", "odd", "pressure", "°C"),
        ],
        {},
        intern,
    )


def keep(value, channel=0, unit="", time=NOW, received=NOW, known=None):
    """Return the single reading as (value in SI, state text or None, quality)."""
    batch = keep_contract(
        known or registry(),
        np.array([channel], dtype=np.int32),
        np.array([time]),
        np.array([received]),
        [value],
        [unit],
        np.zeros(1, dtype=np.uint16),
    )
    names = {number: text for text, number in TEXTS.items()}
    return batch.value[0], names.get(int(batch.state[0])), Quality(int(batch.quality[0]))


@pytest.mark.parametrize(
    ("sent", "kept", "why"),
    [
        ({"value": 0.3}, (3e5, None, Quality.GOOD), "the channel's own unit"),
        ({"value": 300, "unit": "kPa"}, (3e5, None, Quality.GOOD), "a declared unit goes first"),
        ({"value": 20.0, "channel": 1}, (293.15, None, Quality.GOOD), "units with an offset"),
        ({"value": 2.0}, (2e6, None, Quality.OUT_OF_RANGE), "above the contract"),
        ({"value": -0.01}, (-1e4, None, Quality.OUT_OF_RANGE), "below the contract"),
        ({"value": 1.0}, (1e6, None, Quality.GOOD), "the limit itself is inside"),
        ({"value": 300.0, "unit": "mm"}, (300.0, None, Quality.WRONG_UNIT), "kept as it was sent"),
        ({"value": 2e6, "unit": "mm"}, (2e6, None, Quality.WRONG_UNIT), "so no range rules it out"),
        ({"value": 3.0, "channel": 3}, (3.0, None, Quality.WRONG_UNIT), "a contract that is wrong"),
        ({"value": math.inf}, (math.nan, None, Quality.NOT_A_NUMBER), "infinity is no number"),
        ({"value": math.nan}, (math.nan, None, Quality.NOT_A_NUMBER), "nor is NaN"),
        ({"value": "open", "channel": 2}, (1.0, "open", Quality.GOOD), "a state with a number"),
        ({"value": "ajar", "channel": 2}, (math.nan, "ajar", Quality.GOOD), "a state without"),
        ({"value": True, "channel": 2}, (1.0, "true", Quality.GOOD), "a truth"),
        ({"value": "false", "channel": 2}, (0.0, "false", Quality.GOOD), "a truth as text"),
        ({"value": "ERR"}, (math.nan, "ERR", Quality.GOOD), "text of a measuring channel"),
        ({"value": "12"}, (math.nan, "12", Quality.GOOD), "text stays text"),
        ({"value": 0.3, "time": NOW + FUTURE_TOLERANCE}, (3e5, None, Quality.GOOD), "fast clock"),
        ({"value": 0.3, "time": NOW + FUTURE_TOLERANCE + 1}, (3e5, None, Quality.FUTURE), "ahead"),
        ({"value": 0.3, "time": YEAR_2000 - 1}, (3e5, None, Quality.EPOCH), "1999"),
        ({"value": 0.3, "time": 0}, (3e5, None, Quality.EPOCH), "a clock never set"),
        ({"value": 0.3, "time": NOW - 90 * MINUTE}, (3e5, None, Quality.GOOD), "old, not late"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_reading_is_kept_with_what_is_known_against_it(sent, kept, why):
    value, state, quality = keep(**sent)
    assert value == pytest.approx(kept[0], nan_ok=True)
    assert (state, quality) == kept[1:]


def test_a_reading_older_than_what_was_stored_is_late():
    known = registry()
    known.remember(make_batch([0], np.array([NOW], dtype="datetime64[us]"), [1.0]))
    assert keep(0.3, time=NOW - 1, known=known)[2] == Quality.LATE
    assert keep(0.3, time=NOW, known=known)[2] == Quality.GOOD  # the same again, not an older one


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from([0, YEAR_2000, NOW - MINUTE, NOW - 1, NOW, NOW + 1, NOW + 9 * MINUTE]),
        )
    )
)
def test_late_is_what_follows_a_later_time_of_a_good_clock(rows):
    latest: dict[int, int] = {}
    expected = []
    for channel, time in rows:
        good = YEAR_2000 <= time <= NOW + FUTURE_TOLERANCE
        expected.append(good and time < latest.get(channel, time))
        if good:
            latest[channel] = max(time, latest.get(channel, time))
    batch = keep_contract(
        registry(),
        np.array([channel for channel, _ in rows], dtype=np.int32),
        np.array([time for _, time in rows], dtype=np.int64),
        np.full(len(rows), NOW),
        [0.3] * len(rows),
        [""] * len(rows),
        np.zeros(len(rows), dtype=np.uint16),
    )
    assert ((batch.quality & Quality.LATE) != 0).tolist() == expected
