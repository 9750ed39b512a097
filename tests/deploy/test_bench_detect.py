import numpy as np

from deploy.bench import detect
from deploy.bench.city import MIX, city
from detectors.registry import REGISTRY


def test_the_city_has_a_hundred_sensors_in_their_proportions():
    assert len(MIX) == 100
    assert {c.quantity for c in city(100)} == {sensor.quantity for sensor in MIX}


def test_live_batches_are_timed_and_what_a_channel_takes_is_counted():
    row = detect.live(200, rounds=2)
    assert 0 < row["ms, best"] <= row["ms a reading of each, median"]
    assert 200 < row["bytes a channel in arrays"] < 10_000


def test_history_is_timed_by_rules():
    assert len(detect.ten_rules()) == 10
    row = detect.history("ten", detect.ten_rules(), 50, 30, at_once=10)
    assert row["readings"] == 1500
    assert row["readings per second"] > 0


def test_every_detector_of_the_packs_is_timed_beside_river():
    rows = detect.each_detector(channels=20, steps=10)
    assert {row["detector"] for row in rows} <= REGISTRY.keys()
    assert len(rows) > 10
    assert all(row["us a row"] > 0 for row in detect.river(channels=5, steps=10))


def test_an_array_is_counted_once_however_often_it_is_held():
    table = np.zeros(1000)
    assert detect.held([table, {"a": table[:10]}, (table[5:],)]) == table.nbytes
