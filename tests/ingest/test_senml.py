import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.columns import NO_TIME
from ingest.formats import decode
from ingest.intake import take_in
from ingest.message import Message
from ingest.registry import Registry

ARRIVED = 1_795_336_200_000_000


def pack(*records, device=""):
    return Message("test", "t", json.dumps(records).encode(), ARRIVED, "senml", device)


@given(st.integers(0, 30))
def test_a_name_is_split_alike_wherever_its_sender_cut_it(cut):
    whole = "urn:dev:ow:10e2073a0108006:voltage"
    base, own = whole[:cut], whole[cut:]
    columns = decode([pack({"bn": base, "n": own, "v": 1})])
    assert columns.address == [("urn:dev:ow:10e2073a0108006", "voltage")]


@pytest.mark.parametrize(
    ("seconds", "time"),
    [
        (0, NO_TIME),
        (-5, ARRIVED - 5_000_000),
        (2, ARRIVED + 2_000_000),
        (2**28 - 1, ARRIVED + (2**28 - 1) * 1_000_000),
        (2**28, 2**28 * 1_000_000),
        (1_795_336_200.25, ARRIVED + 250_000),
    ],
)
def test_a_small_time_counts_from_arrival(seconds, time):
    assert decode([pack({"n": "d/v", "t": seconds, "v": 1})]).time == [time]
    assert decode([pack({"bn": "d/", "bt": seconds, "n": "v", "v": 1})]).time == [time]


def test_a_message_with_times_from_arrival_has_a_digest_so_that_its_redelivery_is_known():
    relative = pack({"n": "d/v", "t": -5, "v": 1})
    absolute = pack({"n": "d/v", "t": 1_795_336_200, "v": 1})
    intake = take_in([absolute, relative], Registry([], {}, lambda texts: []), 0)
    assert [place for place, _ in intake.untimed] == [1]


def test_base_fields_hold_until_they_are_sent_again():
    columns = decode(
        [
            pack(
                {"bn": "a/", "bu": "V", "n": "x", "v": 1},
                {"n": "y", "v": 2},
                {"bn": "b/", "n": "x", "v": 3},
                {"bu": "A", "n": "x", "v": 4},
            )
        ]
    )
    assert columns.address == [("a", "x"), ("a", "y"), ("b", "x"), ("b", "x")]
    assert columns.unit == ["V", "V", "V", "A"]


def test_base_fields_do_not_leak_into_the_next_message():
    columns = decode([pack({"bn": "a/", "n": "x", "v": 1}), pack({"n": "x", "v": 2}, device="P-9")])
    assert columns.address == [("a", "x"), ("P-9", "x")]
