"""What holds of every wire format, whatever is sent."""

import json
import re
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats import FORMATS, decode
from ingest.message import Message

ARRIVED = 1_795_336_200_000_000
WIRE = Path(__file__).parent.parent / "wire"
NAMES = [name for name in FORMATS if ":" not in name]  # precisions share one decoder
PAYLOADS = {
    name: [path.read_bytes() for path in sorted(WIRE.glob(f"{name}/*/payload.*"))] for name in NAMES
}
WORDS = re.findall(
    r"\S+",
    "device time values units bn bt bu bv bs bver n u v vs vb vd s t ut x_ ts result phenomenonTime"
    " resultTime Datastream @iot.id deviceInfo devEui object rxInfo rssi end_device_ids device_id"
    " uplink_message decoded_payload settings received_at rx_metadata",
)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-11-22T08:30:00Z", 1_795_336_200, "\0", "\ud800", "a/b", ""]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=15,
)


@st.composite
def almost_right(draw, name):
    """A valid or telling payload of the format, with a few bytes changed, lost or put in."""
    payload = bytearray(draw(st.sampled_from(PAYLOADS[name]))[:2_000])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(payload) - 1)))
        new = draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"[", b"}", b",", b"null", b"1e9"])
        )
        payload[at : at + draw(st.integers(0, 4))] = new
    return bytes(payload)


def check(payload, name, device):
    columns = decode([Message("test", "t", payload, ARRIVED, name, device)])
    assert len(columns) or columns.rejects
    assert all(reject.reason.strip() and len(reject.reason) < 600 for reject in columns.rejects)
    orjson.dumps([reject.record for reject in columns.rejects])
    for (owner, field), value in zip(columns.address, columns.value, strict=True):
        assert owner
        assert field
        assert type(value) in (float, bool, str)
        assert value == value  # never NaN
        for text in (owner, field, str(value)):
            assert "\0" not in text
            assert len(text.encode()) < 2_600  # the store's index takes 2,704 bytes
    for column in (columns.time, columns.unit, columns.message):
        assert len(column) == len(columns.address)


@pytest.mark.parametrize("name", [*NAMES, "auto"])
@settings(max_examples=60)
@given(st.data())
def test_no_payload_makes_it_raise_and_each_gives_a_reading_or_a_reason(name, data):
    base = name if name in PAYLOADS else data.draw(st.sampled_from(sorted(PAYLOADS)))
    payload = data.draw(
        st.binary(max_size=60)
        | anything.map(lambda document: json.dumps(document).encode())
        | almost_right(base)
        | almost_right(base)
    )
    check(payload, name, data.draw(st.sampled_from(["", "P-9"])))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[" * 100_000,
        b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
        b'{"device":"d","a":' + b'{"a":' * 1_000 + b"1" + b"}" * 1_001,
        b'[{"bn":"d/","n":"a","v":' + b"[" * 1_000 + b"]" * 1_000 + b"}]",
        b'{"device":"d","v":' + b"9" * 100_000 + b"}",
        b'{"device":"d","time":' + b"9" * 400 + b',"v":1}',
        b"\xff" * 1_000,
        b"\0" * 1_000,
        b" " * 100_000,
        b'"' * 20_000,
        b"\\" * 20_000,
        b"a v=" + b'"' * 20_000,
        b'a v="\n' * 20_000,
        b"a," * 20_000 + b" v=1",
        b"a v=" + b"1," * 20_000,
        b"," * 20_000,
    ],
    ids=lambda payload: f"{payload[:24]!r} of {len(payload)}",
)
def test_no_monster_stalls_or_breaks_it(name, payload):
    check(payload, name, "")


def test_a_message_of_any_kind_does_not_change_its_neighbours():
    good = Message("test", "t", b'{"device":"P-1","time":1795336200,"v":1}', ARRIVED, "json")
    bad = [Message("test", "t", payload, ARRIVED, "auto") for payload in (b"", b"[", b"\0", b"{}")]
    columns = decode([good, bad[0], good, bad[1], bad[2], good, bad[3], good])
    assert columns.message == [0, 2, 5, 7]
    assert columns.value == [1.0] * 4
    assert [reject.message for reject in columns.rejects] == [1, 3, 4, 6]
