"""What no sensor should send and every city has: it may neither stop nor poison a detector."""

import warnings

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from detectors_made import PARAMETERS, START, channels, stream
from hypothesis import given, settings
from hypothesis import strategies as st
from together_made import PARAMETERS as SIDE_BY_SIDE
from together_made import frames, members

from detectors.registry import REGISTRY, TOGETHER
from ingest.batch import concatenate, make_batch

N = 400
RANDOM = np.random.default_rng(3)
NOISE = RANDOM.standard_normal(N)
EXTREMES = np.array([1e300, -1e300, 1e-300, -1e-300, 5e-324, 1.7e308, -1.7e308, 0.0, 1e38, 1e19])

#: What comes, by what it stands for.
VALUES = {
    "nothing ever changes": np.full(N, 10.0),
    "nothing but nought": np.zeros(N),
    "nothing is known": np.full(N, np.nan),
    "one reading, then silence": np.where(np.arange(N) == 0, 10.0, np.nan),
    "every other one is missing": np.where(np.arange(N) % 2, np.nan, 10 + NOISE),
    "huge": 1e300 * NOISE,
    "largest and smallest": np.where(np.arange(N) % 2, 1.79e308, -1.79e308),
    "tiny": 1e-300 * NOISE,
    "subnormal": np.full(N, 5e-324) * (np.arange(N) % 3),
    "a register that overflowed once": np.where(np.arange(N) == 200, 1e300, 10 + NOISE),
    "garbage of every size": EXTREMES[RANDOM.integers(0, len(EXTREMES), N)],
    "without end": np.where(np.arange(N) % 7 == 0, np.inf, np.where(NOISE > 1, -np.inf, 10.0)),
    "a total that runs backwards": 1e6 - np.cumsum(np.abs(NOISE)),
    "whole numbers with ties": np.round(10 + NOISE),
    "a square wave": np.where(np.arange(N) // 20 % 2, 0.0, 12.0),
    "a ramp": np.linspace(-1e6, 1e6, N),
    "a bit": (NOISE > 0).astype(float),
}  # fmt: skip

DAY = 86_400
#: When it comes [s after the start].
TIMES = {
    "every quarter of an hour": 900.0 * np.arange(N),
    "every second": 1.0 * np.arange(N),
    "every day": 1.0 * DAY * np.arange(N),
    "each stamp twice": 900.0 * (np.arange(N) // 2),
    "all at one time": np.zeros(N),
    "decades apart": 20.0 * 365 * DAY * (np.arange(N) // 100) + 60.0 * np.arange(N),
    "the clocks go forward and back": 600.0 * np.arange(N) + 236.0 * DAY * (np.arange(N) >= 200),
    "before 1970": 900.0 * np.arange(N) - 60 * 365.25 * DAY,
    "in the year 2200": 900.0 * np.arange(N) + 174 * 365.25 * DAY,
}  # fmt: skip
SPRING = np.datetime64("2026-03-07T12", "us")  #: the day before clocks go forward in New York
#: Fields in which NaN says that something is not known.
UNKNOWN = {"nights", "minutes", "usual", "allowed", "drawn", "flowed"}
#: Fields in which infinity says that there is no bound.
UNBOUNDED = {"lowest", "highest", "allowed"}


@pytest.fixture(params=sorted(REGISTRY), scope="module")
def name(request):
    return request.param


def fed(detector, values, seconds, start=SPRING):
    """Return the scores of `values`, with warnings as errors."""
    time = start + (np.asarray(seconds) * 1e6).astype("m8[us]")
    rows = make_batch(np.zeros(len(values), dtype=np.int32), time, np.asarray(values, dtype=float))
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error")
        return detector.update(rows)


def one(name):
    kind = REGISTRY[name]
    return kind(kind.Parameters(**PARAMETERS[name]), channels(2)[1:])


def unsound(state, path=""):
    """Yield the fields of a state that hold what is no number."""
    if state.dtype.names:
        for field in state.dtype.names:
            yield from unsound(state[field], field)
    elif state.dtype.kind == "f":
        bad = np.zeros(state.shape, dtype=bool)
        if path not in UNKNOWN:
            bad |= np.isnan(state)
        if path not in UNBOUNDED:
            bad |= np.isinf(state)
        if bad.any():
            yield path


def check(name, values, seconds, start=SPRING):
    detector = one(name)
    score = fed(detector, values, seconds, start)
    finite = np.isfinite(values)
    assert not np.isnan(score[finite]).any()
    assert np.isnan(score[np.isnan(values)]).all()
    assert (score[finite] >= 0).all()
    assert np.isfinite(score[finite]).all()
    assert list(unsound(detector.state)) == []
    assert all(isinstance(told, float) for told in detector.expected(0).values())


@pytest.mark.parametrize("values", VALUES)
def test_whatever_a_sensor_sends_is_scored(name, values):
    check(name, VALUES[values], TIMES["every quarter of an hour"])


@pytest.mark.parametrize("times", TIMES)
def test_whenever_it_comes_it_is_scored(name, times):
    check(name, 10 + NOISE, TIMES[times])


@settings(max_examples=25, deadline=None)
@given(
    values=arrays.arrays(
        float, st.integers(1, 60), elements=st.floats() | st.sampled_from([0.0, 1.0, 10.0, 1e300])
    ),
    step=st.sampled_from([0.0, 1e-6, 1.0, 900.0, 86_400.0, 1e9]),
)
def test_any_numbers_at_any_step_are_scored(name, values, step):
    check(name, values, step * np.arange(len(values)), START)


@pytest.mark.parametrize("rough", ["a register that overflowed once", "garbage of every size"])
def test_afterwards_it_scores_numbers_again(name, rough):
    """What was learnt of garbage may be wide for a while, but it stays a number."""
    detector = one(name)
    fed(detector, VALUES[rough], TIMES["every quarter of an hour"], START - np.timedelta64(30, "D"))
    after = stream(1, days=40)
    score = detector.update(after)
    assert (np.isnan(score) == np.isnan(after.value)).all()
    assert list(unsound(detector.state)) == []


@pytest.mark.parametrize("name", sorted(set(REGISTRY) - {"river"}))
def test_ten_thousand_channels_are_judged_as_one(name):
    kind = REGISTRY[name]
    few = stream(1, days=1)
    many = concatenate([few.with_columns(channel=few.channel + c) for c in range(0, 10_000, 100)])
    wide = kind(kind.Parameters(**PARAMETERS[name]), channels(10_000)).update(many)
    alone = kind(kind.Parameters(**PARAMETERS[name]), channels(1)).update(few)
    np.testing.assert_array_equal(wide.reshape(100, -1), np.tile(alone, (100, 1)))


COUNT = 6


@pytest.fixture(params=sorted(TOGETHER), scope="module")
def side_by_side(request):
    kind = TOGETHER[request.param]
    return lambda: kind(kind.Parameters(**SIDE_BY_SIDE[request.param]), members(COUNT))


def check_frames(detector, time, value):
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error")
        verdict = detector.update(time, value)
    assert not np.isinf(verdict.score).any()
    assert not (verdict.score < 0).any()
    assert ((verdict.speaks >= 0) == ~np.isnan(verdict.score)).all()
    assert np.isnan(verdict.score[np.isnan(value).all(axis=1)]).all()
    assert list(unsound(detector.state)) == []


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("who", [[0], [5], [0, 1, 2, 3, 4, 5]])
def test_whatever_members_send_is_judged(side_by_side, values, who):
    time, value = frames(COUNT, n=1450)
    value[1000 : 1000 + N, who] = VALUES[values][:, None]
    check_frames(side_by_side(), time, value)


@pytest.mark.parametrize("values", VALUES)
def test_members_that_begin_with_it_are_judged(side_by_side, values):
    time, value = frames(COUNT, n=1450)
    value[:N] = VALUES[values][:, None]
    check_frames(side_by_side(), time, value)


@pytest.mark.parametrize("times", TIMES)
def test_whenever_members_send_it_is_judged(side_by_side, times):
    _, value = frames(COUNT)
    check_frames(side_by_side(), SPRING + (TIMES[times] * 1e6).astype("m8[us]"), value[:N])


@pytest.mark.parametrize("count", [1, 2, 60])
def test_stations_of_every_size_are_judged(side_by_side, count):
    some = side_by_side()
    time, value = frames(count) if count > 3 else (frames(4)[0], frames(4)[1][:, :count])
    check_frames(type(some)(some.params, members(count)), time, value)
