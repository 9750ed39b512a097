from __future__ import annotations

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_event import START, an_event, minutes

from cases.evidence import CURVES, POINTS, freeze, thinned, window
from cases.placing import Speaker
from ingest.batch import make_batch
from ingest.quality import Quality
from rules.event import Event


@pytest.mark.parametrize(
    ("event", "start", "stop"),
    [
        (an_event(), -60, 2),
        (an_event(raised=START + minutes(90), found=START + minutes(95)), -90, 95),
        (an_event(found=START + minutes(60 * 24 * 300)), -60, 62),
        (
            an_event(raised=START + minutes(60 * 72), found=START + minutes(60 * 72)),
            60 * 24,
            60 * 72,
        ),
    ],
    ids=[
        "an hour before it began",
        "as long before as it took to be raised",
        "not to when it was found, if that was months late",
        "a day of a slow one, and a day before",
    ],
)
def test_the_curve_shows(event: Event, start: int, stop: int) -> None:
    assert window(event) == (START + minutes(start), START + minutes(stop))


def test_flagged_readings_and_gaps_are_shown_for_what_they_are() -> None:
    readings = make_batch(
        [1, 1, 1, 2],
        [START, START + minutes(1), START + minutes(6), START],
        [0.1, np.nan, 9.0, 5.0],
        quality=np.array(
            [0, Quality.NOT_A_NUMBER, Quality.OUT_OF_RANGE | Quality.LATE, 0], np.uint16
        ),
    )
    body = freeze(an_event(), [Speaker(1, "d1/depth", "d1", "depth")], readings, [], [])
    [curve] = body["curves"]
    assert curve["value"] == [0.1, None, 9.0]
    assert curve["unit"] == "m"
    assert curve["thinned"] is None
    assert curve["data_quality"] == {
        "unusable": 2,
        "flags": {"OUT_OF_RANGE": 1, "NOT_A_NUMBER": 1, "LATE": 1},
        "longest_gap_seconds": 300.0,
    }
    assert orjson.loads(orjson.dumps(body)) == body


def test_a_hundred_symptoms_are_named_but_not_all_drawn() -> None:
    speakers = [Speaker(n, f"d{n}/depth", f"d{n}", "depth") for n in range(100)]
    body = freeze(an_event(), speakers, make_batch([], [], []), [], [])
    assert len(body["curves"]) == CURVES
    assert len(body["further_channels"]) == 100 - CURVES


def test_a_thinned_curve_says_so() -> None:
    n = POINTS * 10
    times = START + np.arange(n) * np.timedelta64(1, "s")
    readings = make_batch(np.ones(n, np.int32), times, np.sin(np.arange(n)))
    [curve] = freeze(an_event(), [Speaker(1, "a", "d", "depth")], readings, [], [])["curves"]
    assert len(curve["value"]) <= POINTS
    assert curve["readings"] == n
    assert curve["thinned"].endswith(f"of {n}: lowest and highest of each stretch")


@given(st.lists(st.floats(allow_infinity=False, width=32), max_size=300))
def test_thinning_keeps_the_ends_and_the_extremes(values: list[float]) -> None:
    value = np.array(values, dtype=np.float64)
    shown = thinned(value, points=20)
    assert len(shown) <= max(20, min(len(value), 20))
    assert (np.diff(shown) > 0).all()
    if len(value):
        assert (shown[0], shown[-1]) == (0, len(value) - 1)
    if not np.isnan(value).all():
        assert np.nanmin(value[shown]) == np.nanmin(value)
        assert np.nanmax(value[shown]) == np.nanmax(value)
