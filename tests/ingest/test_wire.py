import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire import Published, Wire

PINGRESP = b"\xd0\x00"


def packet(kind, body):
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([kind]) + length + body


def publish(topic, payload, mid, redelivered, properties=b""):
    kind = 0x30 | (0x08 if redelivered else 0) | (0x02 if mid else 0)
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + (mid.to_bytes(2, "big") if mid else b"")
    return packet(kind, body + properties + payload)


def read_all(pieces, properties):
    """Send `pieces` one by one; return what was published and what paho would read."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        wire, control = Wire(theirs, properties), b""
        for piece in pieces:
            ours.sendall(piece)
            while True:
                try:
                    control += wire.recv(1)
                except BlockingIOError:
                    break
        return wire.taken, control


published = st.builds(
    Published,
    topic=st.text(min_size=1, max_size=5).filter(lambda text: text.isprintable()),
    payload=st.binary(max_size=300),
    mid=st.integers(0, 65535),
    redelivered=st.booleans(),
)


@given(st.lists(published, max_size=5), st.lists(st.integers(1, 40), min_size=1), st.booleans())
def test_however_the_stream_is_cut_the_same_is_published(sent, cuts, five):
    properties = b"\x02\x01\x01" if five else b""  # payload format indicator
    stream = b"".join(publish(*one, properties) + PINGRESP for one in sent)
    pieces, at = [], 0
    for turn in range(len(stream)):
        pieces.append(stream[at : at + cuts[turn % len(cuts)]])
        at += len(pieces[-1])
        if at >= len(stream):
            break
    assert read_all(pieces, five) == (sent, PINGRESP * len(sent))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\x00\x09a", "the topic is longer than the packet"),
        (b"\x00\x01a\x00", "half a packet identifier"),
        (b"\x00\x01a\x00\x01", "no properties"),
        (b"\x00\x01a\x00\x01\x7f", "properties longer than the packet"),
    ],
)
def test_a_malformed_publish_ends_the_connection(body, why):
    with pytest.raises(ConnectionError):
        read_all([packet(0x32, body) + b"\x00" * 4], properties=True)


def test_a_length_that_is_none_is_left_to_paho():
    assert read_all([b"\x32\xff\xff\xff\xff\xff"], properties=False) == (
        [],
        b"\x32\xff\xff\xff\xff\xff",
    )


def test_a_topic_that_is_no_text_is_kept_readable():
    [one], _ = read_all([packet(0x30, b"\x00\x02a\xff" + b"x")], properties=False)
    assert one.topic == "a\\xff"


def test_acknowledgements_go_out_in_one_piece_and_in_order():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Wire(theirs, properties=False).acknowledge([1, 65535])
        assert ours.recv(100) == b"\x40\x02\x00\x01\x40\x02\xff\xff"


def test_what_the_socket_does_not_take_at_once_is_sent_later():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        wire = Wire(theirs, properties=False)
        wire.acknowledge([7] * 200_000)
        assert wire.has_unsent
        size = 0
        while size < 800_000:
            size += len(ours.recv(1 << 20))
            wire.flush()
        assert not wire.has_unsent
