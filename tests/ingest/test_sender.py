"""A payload may name only whom its topic may speak for; MQTT itself does not say who sent it."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.channel import Channel
from ingest.intake import take_in
from ingest.message import Message
from ingest.registry import Registry

NOW = 1_790_000_000_000_000  # [µs]
BEHIND = {"a": "", "b": "", "c": "g", "d": "g", "e": "h", "g": ""}  #: device -> its gateway
NAMES = [*BEHIND, "h", "new", "other", ""]


def registry():
    return Registry(
        [
            Channel(n, f"{device}/v", device, "v", "ratio", "1", tags={"gateway": gateway})
            for n, (device, gateway) in enumerate(BEHIND.items(), 1)
        ],
        {},
        lambda texts: list(range(len(texts))),
    )


def message(sender, *devices, field="v"):
    records = [{"device": device, "time": NOW // 1000, field: 0.5} for device in devices]
    return Message("city", f"city/{sender}/up", json.dumps(records).encode(), NOW, "json", sender)


def fate(sender, *devices, field="v"):
    """Return (devices stored, devices quarantined, reasons) of one message."""
    known = registry()
    intake = take_in([message(sender, *devices, field=field)], known, 0)
    stored = [known.channels[number].device for number in intake.batch.channel.tolist()]
    return stored, intake.unknown.device, [reject.reason for reject in intake.rejects]


@pytest.mark.parametrize(
    ("sender", "device", "stored"),
    [
        ("a", "a", True),  # its own
        ("a", "b", False),  # another's
        ("g", "c", True),  # behind it
        ("g", "g", True),  # the gateway's own battery
        ("g", "e", False),  # behind another gateway
        ("c", "g", False),  # a device does not speak for its gateway
        ("c", "d", False),  # nor for its neighbour behind the same one
        ("h", "e", True),  # a gateway that measures nothing itself
        ("other", "a", False),  # a name that nobody has
        ("", "a", True),  # the filter names no device: nothing to hold it against
    ],
)
def test_a_topic_speaks_for_its_device_and_those_behind_it(sender, device, stored):
    kept, unknown, reasons = fate(sender, device)
    assert (kept, unknown) == ([device] if stored else [], [])
    assert bool(reasons) is not stored


def test_the_reason_names_both_and_the_mend():
    [reason] = fate("a", "b")[2]
    assert reason == (
        'the topic is that of "a", but the payload speaks for "b": a device speaks for itself'
        " alone, and a gateway for those whose assets have it in the column gateway"
    )


def test_a_new_field_of_anothers_device_is_not_even_quarantined():
    assert fate("a", "b", field="new")[:2] == ([], [])
    assert fate("b", "b", field="new")[:2] == ([], ["b"])


def test_a_device_that_nobody_adopted_waits_whoever_speaks_for_it():
    assert fate("a", "new") == ([], ["new"], [])


def test_the_good_part_of_a_message_is_stored_and_one_letter_tells_of_the_rest():
    known = registry()
    devices = ["c", "a", "new", "b", "e", "a", "other", "d"]
    intake = take_in([message("b", "b"), message("g", *devices)], known, 0)
    stored = [known.channels[number].device for number in intake.batch.channel.tolist()]
    assert stored == ["b", "c", "d"]
    assert intake.row_message.tolist() == [0, 1, 1]
    assert intake.unknown.device == ["new", "other"]
    [reject] = intake.rejects
    assert (reject.message, reject.record) == (1, {"devices": ["a", "b", "e"]})


def test_a_message_that_is_anothers_altogether_is_a_letter_whole():
    [reject] = take_in([message("a", "b", "c", "d", "e", "g")], registry(), 0).rejects
    assert reject.record is None
    assert '"b", "c", "d" and 2 more' in reject.reason


def test_a_gateway_that_is_declared_later_speaks_from_then_on():
    known = registry()
    known.add([Channel(2, "b/v", "b", "v", "ratio", "1", tags={"gateway": "a"})])
    assert take_in([message("a", "b")], known, 0).rejects == []
    known.add([Channel(2, "b/v", "b", "v", "ratio", "1")])
    assert len(take_in([message("a", "b")], known, 0).rejects) == 1


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES[:-1]), min_size=1)),
        min_size=1,
    )
)
def test_it_decides_as_one_reading_at_a_time_would(sent):
    known = registry()
    intake = take_in([message(sender, *devices) for sender, devices in sent], known, 0)
    stored, waiting, letters = [], [], set()
    for place, (sender, devices) in enumerate(sent):
        for device in devices:
            if sender and device in BEHIND and sender not in (device, BEHIND[device]):
                letters.add(place)
            else:
                (stored if device in BEHIND else waiting).append((place, device))
    numbers = zip(intake.row_message.tolist(), intake.batch.channel.tolist(), strict=True)
    assert [(place, known.channels[number].device) for place, number in numbers] == stored
    unknown = zip(intake.unknown.message.tolist(), intake.unknown.device, strict=True)
    assert list(unknown) == waiting
    assert {reject.message for reject in intake.rejects} == letters
    assert np.isin(list(letters), [r.message for r in intake.rejects]).all()
