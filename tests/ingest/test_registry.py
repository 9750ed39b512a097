import numpy as np
import pytest

from ingest.batch import make_batch
from ingest.channel import Channel
from ingest.quality import Quality
from ingest.registry import NEVER, Registry


def registry(*channels, states=None, intern=None):
    return Registry(channels, states or {}, intern or (lambda texts: pytest.fail(f"asked {texts}")))


def channel(number, quantity="pressure", unit="MPa", **more):
    return Channel(number, f"c{number}", f"d{number}", "value", quantity, unit, **more)


def test_an_address_leads_to_the_contract_of_its_channel():
    known = registry(channel(7, lowest=1e5, highest=9e5))
    number = known.numbers["d7", "value"]
    assert (number, known.factor[number], known.offset[number]) == (7, 1e6, 0.0)
    assert (known.lowest[number], known.highest[number]) == (1e5, 9e5)


def test_no_contract_is_wider_than_what_the_quantity_can_mean():
    known = registry(channel(1, "humidity", "%"))
    assert (known.lowest[1], known.highest[1]) == (0.0, 1.0)


def test_a_channel_adopted_later_is_found_and_the_others_keep_theirs():
    known = registry(channel(1))
    known.remember(make_batch([1], ["2026-01-01"], [0.3]))
    known.add([channel(5000, "temperature", "°C")])
    assert known.numbers["d5000", "value"] == 5000
    assert known.offset[5000] == pytest.approx(273.15)
    assert known.latest[1] == np.datetime64("2026-01-01", "us").astype(int)
    assert known.latest[5000] == NEVER


def test_a_channel_that_moves_to_another_device_is_no_longer_found_at_the_former():
    known = registry(channel(1))
    known.add([Channel(1, "c1", "other", "value", "pressure", "MPa")])
    assert known.numbers == {("other", "value"): 1}


def test_a_unit_that_does_not_fit_the_quantity_is_known_as_such():
    known = registry(channel(1, "pressure", "°C"))
    assert not known.fits[1]
    assert known.conversion(1, "mm/h") is None
    assert known.conversion(1, "kPa") == (1000.0, 0.0)


def test_a_time_of_a_wrong_clock_does_not_make_later_readings_late():
    known = registry(channel(1))
    flags = np.array([Quality.FUTURE, 0], dtype=np.uint16)
    known.remember(make_batch([1, 1], ["2099-01-01", "2026-01-01"], [0.3, 0.3], quality=flags))
    assert known.latest[1] == np.datetime64("2026-01-01", "us").astype(int)


def test_the_store_is_asked_once_for_a_text_and_only_for_new_ones():
    asked = []

    def intern(texts):
        asked.append(list(texts))
        return range(10, 10 + len(texts))

    known = registry(states={"open": 1}, intern=intern)
    assert known.states_of(["shut", "open", "shut", "ajar"]) == [10, 1, 10, 11]
    assert known.states_of(["ajar", "shut"]) == [11, 10]
    assert asked == [["shut", "ajar"]]
