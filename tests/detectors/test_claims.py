"""What the single detectors say of themselves."""

from datetime import timedelta

import numpy as np
import pytest
from detectors_made import START, batch, make
from pydantic import ValidationError

from detectors.limit import MissingAttribute
from detectors.registry import REGISTRY
from ingest.batch import make_batch
from ingest.channel import Channel

MINUTE, HOUR = 60, 3600
EVENING = np.datetime64("2026-03-02T12:00", "us")  #: 20:00 in Shanghai


def scores(name, parameters, values, every=HOUR, start=START, **facts):
    column = np.asarray(values, dtype=np.float64)[:, None]
    return make(name, 1, parameters, **facts).update(batch(column, every, start))


@pytest.mark.parametrize(
    ("said", "parameters", "value", "score"),
    [
        ("at a high limit it is 1", {"high": 0.15}, 0.15, 1.0),
        ("a single limit is the scale", {"high": 0.15}, 0.27, 1.8),
        ("a low one likewise", {"low": 140e3}, 70e3, 1.5),
        ("far from both limits it is 0", {"high": 235.4, "low": 198.0}, 216.7, 0.0),
        ("half the band past a limit it is 2", {"high": 235.4, "low": 198.0}, 179.3, 2.0),
        ("a scale of its own", {"high": 2.7, "scale": 0.5}, 3.2, 2.0),
        ("a limit of nothing has some scale", {"high": 0.0}, 0.5, 1.5),
    ],
)
def test_level(said, parameters, value, score):
    assert scores("level", parameters, [value]) == pytest.approx([score]), said


def test_level_knows_night_from_day_where_the_channel_is():
    got = scores("level", {"high": 70.0, "night_high": 55.0}, [60] * 24, start=START)
    night = [hour for hour in range(24) if got[hour] > 1]
    assert night == [14, 15, 16, 17, 18, 19, 20, 21]  # 22 to 6 o'clock in Shanghai, in UTC


def test_a_limit_may_be_a_number_of_the_place():
    place = Channel(1, "a", "a", "v", "level", "m", attributes={"cover_level": 3.2})
    kind = REGISTRY["level"]
    limit = {"attribute": "cover_level", "minus": 0.5}
    detector = kind(kind.Parameters(high=limit, scale=0.5), [place])
    assert detector.expected(0) == {"high": pytest.approx(2.7)}
    assert detector.update(make_batch([0], [START], [3.2])) == pytest.approx([2.0])
    with pytest.raises(MissingAttribute, match="cover_level"):
        detector.grow([Channel(2, "b", "b", "v", "level", "m")])


@pytest.mark.parametrize("name", ["level", "rate_of_rise", "energy_mean"])
def test_a_detector_without_a_limit_is_refused(name):
    with pytest.raises(ValidationError, match="needs"):
        REGISTRY[name].Parameters()


def test_levels_are_averaged_by_energy_not_in_decibels():
    loud = [50.0] * 59 + [90.0]
    leq = 10 * np.log10((59 * 10**5 + 10**9) / 60)
    assert leq == pytest.approx(72.2, abs=0.05)
    score = scores(
        "energy_mean", {"over": "PT1H", "day": 60.0}, loud, MINUTE, interval=timedelta(minutes=1)
    )
    assert score[-1] == pytest.approx(1 + (leq - 60) / 10)


def test_an_hour_with_fewer_than_45_valid_minutes_says_nothing():
    parameters = {"over": "PT1H", "day": 60.0}
    for valid, judged in ((44, False), (46, True)):
        values = [80.0] * valid + [np.nan] * (60 - valid)
        got = scores("energy_mean", parameters, values, MINUTE, interval=timedelta(minutes=1))
        assert (np.nanmax(got) > 0) == judged, valid


def test_the_day_is_not_held_against_the_night():
    values = [68.0] * 120 + [44.0] * 60
    got = scores(
        "energy_mean",
        {"over": "PT1H", "day": 70.0, "night": 55.0},
        values,
        MINUTE,
        START + np.timedelta64(12, "h"),  # 20:00 in Shanghai
        interval=timedelta(minutes=1),
    )
    assert got.max() < 1


@pytest.mark.parametrize(
    ("area", "hour", "limit"),
    [("0", 12, 50), ("1", 23, 45), ("2", 12, 60), ("4a", 23, 55), ("4b", 23, 60)],
)
def test_limits_are_those_of_gb_3096_table_1(area, hour, limit):
    start = START + np.timedelta64(hour - 8, "h")
    parameters = {"over": "PT1H", "area_tag": "noise_zone", "valid": 0.1}
    got = scores("energy_mean", parameters, [limit], HOUR, start, tags={"noise_zone": area})
    assert got == pytest.approx([1.0])


def test_cusum_runs_as_long_as_published():
    """Montgomery 2009, table 9.3: slack 0.5, limit 5; the habit is learnt long enough here."""
    habit = {"slot": "P1D", "habit": "day", "days": 1, "memory": 60_000, "floor": 1e-9}
    detector = make("cusum", 1000, {**habit, "limit": 5.0, "slack": 0.5})
    rng = np.random.default_rng(3)
    detector.update(batch(rng.standard_normal((1400, 1000)), every=30))
    for shift, published in ((0.5, 38.0), (1.0, 10.4), (2.0, 4.01)):
        state = detector.state.copy()
        detector.state["sums"] = (0, 0)
        moved = batch(
            rng.normal(shift, 1, (400, 1000)), every=30, start=START + np.timedelta64(1, "D")
        )
        fired = detector.update(moved).reshape(400, 1000) > 1.0
        assert (fired.argmax(axis=0) + 1).mean() == pytest.approx(published, rel=0.08), shift
        detector.state[:] = state


def test_a_new_channel_has_no_habit_and_is_quiet():
    rng = np.random.default_rng(2)
    values = 100 * rng.standard_normal(96 * 4)
    parameters = {"floor": 0.1, "days": 5, "habit": "day"}
    assert scores("seasonal", parameters, values, 900).max() == 0


def test_weekends_have_a_habit_of_their_own():
    days = np.arange(48 * 28) // 48
    values = np.where(days % 7 >= 5, 50.0, 100.0)  # START is a Monday in UTC
    rng = np.random.default_rng(2)
    values = values + rng.standard_normal(len(values))
    parameters = {"floor": 1.0, "days": 3, "habit": "weekend", "limit": 8.0}
    got = scores("seasonal", parameters, values, 1800, time_zone="UTC")
    assert got.max() < 1
    alike = {**parameters, "habit": "day"}
    assert scores("seasonal", alike, values, 1800, time_zone="UTC").max() > 1


def night_flows(flows, per_night=8):
    """Fill two hours of each night with one flow, and the day with another."""
    values = np.full((len(flows), 96), 300.0)
    values[:, 8 : 8 + per_night] = np.array(flows)[:, None]
    return values.ravel()


def heard(name, parameters, flows):
    """Return the score that stands at noon of each day."""
    got = scores(name, parameters, night_flows(flows), 900, time_zone="UTC")
    return got.reshape(len(flows), 96)[:, 48]


def test_three_nights_running_above_the_seven_before_are_a_leak_two_are_not():
    usual = [100, 101, 99, 100, 102, 98, 100, 100, 101, 99]
    got = heard("night_flow", {"running": 3}, [*usual, 120, 121, 119, 120])
    assert (got[:12] < 1).all()
    assert (got[12:] > 1).all()
    assert heard("night_flow", {"running": 3}, [*usual, 120, 121, 100, 120]).max() < 1


def test_one_night_above_every_same_weekday_is_a_leak_but_a_loud_saturday_is_not():
    parameters = {"running": 1, "weeks": 3, "spreads": 1.0}
    weeks = [100, 101, 99, 100, 130, 140, 100] * 3
    got = heard("night_flow", parameters, [*weeks, *weeks[:5], 170])
    assert (got[:-1] < 1).all()
    assert got[-1] > 1


def test_a_leak_does_not_become_the_habit_within_a_week():
    usual = [100, 101, 99, 100, 102, 98, 100, 100, 101, 99]
    got = heard("night_flow", {"running": 3}, [*usual, *[130] * 12])
    assert (got[12:19] > 1).all()


def test_a_leak_that_grows_by_two_in_a_hundred_a_night_is_found_by_its_sum():
    rng = np.random.default_rng(6)
    flows = 100 + rng.standard_normal(60)
    flows[35:] += 2.0 * np.arange(25)
    got = heard("night_cusum", {}, flows)
    assert (got[:35] < 1).all()
    assert got[50] > 1


def test_a_blip_of_two_points_does_not_turn_a_slope():
    values = [0.0] * 20 + [0.6, 0.6] + [0.0] * 20
    assert scores("rate_of_rise", {"rise": 0.1}, values, MINUTE).max() < 1
    assert scores("rate_of_rise", {"rise": 0.1}, np.arange(30) * 0.011, MINUTE).max() > 1


@pytest.mark.parametrize(
    ("said", "before", "after", "slips"),
    [
        ("m³/h for L/s", 10.0, 36.0, True),
        ("MPa for kPa", 300.0, 0.3, True),
        ("seconds for minutes", 2.0, 120.0, True),
        ("a burst of half as much again", 10.0, 15.0, False),
        ("twice as much", 10.0, 20.0, False),
    ],
)
def test_unit_slip(said, before, after, slips):
    rng = np.random.default_rng(1)
    values = np.r_[np.full(60, before), np.full(20, after)] * (1 + 0.01 * rng.standard_normal(80))
    got = scores("unit_slip", {}, values)
    assert (got[:60] < 1).all()
    assert (got[60] >= 1) == slips, said
    assert (got[79] >= 1) == slips, "it stands until somebody mends the unit"


def test_fahrenheit_for_celsius_is_a_slip():
    rng = np.random.default_rng(1)
    celsius = 20 + 0.2 * rng.standard_normal(80)
    celsius[60:] = celsius[60:] * 1.8 + 32
    got = scores("unit_slip", {}, celsius + 273.15, quantity="temperature")
    assert (got[:60] < 1).all()
    assert (got[62:] >= 1).mean() > 0.9


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("os.system", "no member"),
        ("river.anomaly.NoSuchThing", "no member"),
        ("river.utils.Rolling", "no member"),
        ("river.anomaly.QuantileFilter", "anomaly_detector"),
    ],
)
def test_only_detectors_of_river_can_be_named(model, words):
    with pytest.raises(ValidationError, match=words):
        REGISTRY["river"].Parameters(model=model)


def test_a_drift_detector_of_river_tells_a_drift():
    rng = np.random.default_rng(1)
    values = np.r_[rng.standard_normal(600), 4 + rng.standard_normal(600)]
    got = scores("river", {"model": "river.drift.ADWIN", "limit": 1.0}, values)
    assert got[:600].max() == 0
    assert got[600:700].max() == 1


def test_a_river_model_says_that_it_cannot_be_saved():
    assert make("river").state.dtype.hasobject
    assert not any(make(name).state.dtype.hasobject for name in REGISTRY if name != "river")


@pytest.mark.parametrize(
    ("said", "gone", "score"),
    [("a lost echo ends no flood", 5, 3.0), ("what comes back after 20 min is new", 20, 0.5)],
)
def test_water_that_is_back_at_its_level_within_a_quarter_of_an_hour_was_never_gone(
    said, gone, score
):
    rule = {"high": 0.1, "base": 0.02, "leap": 0.1, "moves": 0.01}
    flood = np.r_[np.zeros(20), np.linspace(0.01, 0.3, 30), np.zeros(gone), 0.3, 0.3]
    got = scores("street_flood", rule, flood, every=60)
    assert got[49] == pytest.approx(3.0)
    assert got[-1] == pytest.approx(score), said


def test_at_night_the_limit_of_the_night_is_the_scale():
    got = scores("level", {"high": 70.0, "night_high": 55.0}, [66.0, 66.0], 3 * HOUR, EVENING)
    assert got == pytest.approx([1 - 4 / 70, 1.2])


@pytest.mark.parametrize(
    ("said", "apart", "score"),
    [("a clock is wrong by about the same each time", 0.08, 2.0), ("delays are not", 0.2, 0.0)],
)
def test_a_clock_is_told_from_delays_by_its_steadiness(said, apart, score):
    hours = START + np.arange(20) * np.timedelta64(1, "h")
    late = 3600 * (1 + apart * (np.arange(20) % 3 - 1) / 2)
    rows = make_batch(np.zeros(20), hours, np.ones(20), hours + (late * 1e6).astype("m8[us]"))
    assert make("clock", 1, {"tolerance": "PT30M"}).update(rows)[-1] == pytest.approx(score), said
