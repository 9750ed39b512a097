import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from malformed import malformed

from ingest.channel import Channel
from ingest.formats import FORMATS
from ingest.intake import digest, reject_all, take_in
from ingest.message import Message
from ingest.quality import Quality
from ingest.registry import Registry

NOW = 1_790_000_000_000_000  # [µs]
CHANNELS = [
    Channel(1, "p7", "d7", "pressure", "pressure", "MPa"),
    Channel(2, "s7", "d7", "valve", "status", "1"),
]


def registry():
    return Registry(CHANNELS, {}, lambda texts: [hash(text) % 1000 for text in texts])


def message(document, received=NOW, device="d7", **more):
    payload = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Message("test", f"city/{device}/up", payload, received, device=device, **more)


def take(*messages, previous=0, known=None):
    return take_in(messages, known or registry(), previous)


def fates(intake):
    """Return the messages of which something is in the intake."""
    return {
        *intake.row_message.tolist(),
        *intake.unknown.message.tolist(),
        *(reject.message for reject in intake.rejects),
    }


def test_readings_of_adopted_channels_are_in_the_batch_in_si():
    intake = take(message({"time": NOW // 1000, "pressure": 0.3, "valve": "open"}))
    assert intake.batch.channel.tolist() == [1, 2]
    assert intake.batch.value[0] == pytest.approx(3e5)
    assert intake.batch.state[0] == -1
    assert intake.batch.state[1] >= 0
    assert intake.row_message.tolist() == [0, 0]
    assert (len(intake.unknown), intake.rejects, intake.untimed) == (0, [], [])


def test_a_field_nobody_adopted_is_kept_as_it_was_sent():
    intake = take(message({"time": NOW // 1000, "pressure": 0.3, "odd": 7, "word": "x"}))
    assert intake.batch.channel.tolist() == [1]
    unknown = intake.unknown
    assert (unknown.device, unknown.name) == (["d7", "d7"], ["odd", "word"])
    assert unknown.value[0] == 7.0
    assert np.isnan(unknown.value[1])
    assert unknown.state == [None, "x"]
    assert unknown.time[0] == np.datetime64(NOW, "us")


def test_a_bad_message_costs_the_others_nothing():
    intake = take(message({"pressure": 0.1}), message(b"\xff"), message({"pressure": 0.2}))
    assert intake.batch.value == pytest.approx([1e5, 2e5])
    assert intake.row_message.tolist() == [0, 2]
    assert [reject.message for reject in intake.rejects] == [1]


def test_stamps_go_on_strictly_from_the_drain_before_and_leave_good_ones_alone():
    messages = [message({"pressure": 1}, received) for received in (5, 5, 100, 90, 101)]
    intake = take(*messages, previous=50)
    assert [m.received for m in intake.messages] == [51, 52, 100, 101, 102]
    assert intake.batch.received.view(np.int64).tolist() == [51, 52, 100, 101, 102]
    assert intake.messages[2] is messages[2]


def test_readings_without_device_time_are_told_apart_by_their_receipt():
    repeated = message([{"pressure": 0.1}, {"pressure": 0.2}, {"pressure": 0.3}])
    intake = take(repeated, repeated)
    times = intake.batch.time.view(np.int64)
    assert len(set(times.tolist())) == 6
    assert (np.diff(times) > 0).all()
    assert (times <= intake.batch.received.view(np.int64)).all()
    assert (intake.batch.quality == Quality.NO_DEVICE_TIME).all()


def test_only_messages_with_an_untimed_reading_have_a_digest():
    timed, untimed = message({"time": NOW // 1000, "pressure": 1}), message({"pressure": 1})
    strange = message({"pressure": 1}, device="stranger")
    intake = take(timed, untimed, strange)
    assert intake.untimed == [(1, digest(untimed)), (2, digest(strange))]
    assert len(digest(untimed)) == 16
    assert digest(untimed) != digest(strange)


def test_all_of_a_drain_can_be_made_dead_letters():
    intake = reject_all([message({}, 5), message({}, 6)], "because", previous_received=9)
    assert [tuple(reject) for reject in intake.rejects] == [
        (0, "because", None),
        (1, "because", None),
    ]
    assert [m.received for m in intake.messages] == [10, 11]
    assert len(intake.batch) == len(intake.unknown) == 0


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
fields = st.dictionaries(
    st.sampled_from(["pressure", "valve", "odd", "time", "device", "ts", "values", "n", "v"]),
    values,
)
documents = (fields | st.lists(fields)).map(lambda document: json.dumps(document).encode())


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            documents | st.binary(max_size=40),
            st.sampled_from(["auto", "no such format", *FORMATS]),
            st.sampled_from(["", "d7", "stranger"]),
            st.integers(NOW - 5, NOW + 5),
        ),
        max_size=6,
    )
)
def test_no_message_vanishes(sent):
    messages = [
        Message("test", "t", payload, received, name, device)
        for payload, name, device, received in sent
    ]
    intake = take(*messages, previous=NOW)
    assert fates(intake) == set(range(len(messages)))
    stamps = [NOW, *(m.received for m in intake.messages)]
    assert all(before < after for before, after in pairwise(stamps))
    assert [(m.payload, m.device) for m in intake.messages] == [(p, d) for p, _, d, _ in sent]


def test_malformed_payloads_are_dead_letters_and_good_ones_between_them_are_kept():
    bad = [
        Message("test", "t", payload, NOW, name, "d7") for name, payload in malformed(2000, seed=2)
    ]
    good = message({"time": NOW // 1000, "pressure": 0.3})
    mixed = [each for one in bad for each in (one, good)]
    intake = take(*mixed)
    assert {reject.message for reject in intake.rejects} == set(range(0, len(mixed), 2))
    assert set(range(1, len(mixed), 2)) <= set(intake.row_message.tolist())
    assert fates(intake) == set(range(len(mixed)))
