import math
import string

import influx_line_protocol as encoder
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest import line_grammar
from ingest.columns import NO_TIME, Columns
from ingest.formats import decode
from ingest.line_protocol import PRECISIONS
from ingest.line_series import read_line
from ingest.message import Message

ARRIVED = 1_795_336_200_000_000


def decoded(payload, format="line-protocol", device=""):
    return decode([Message("test", "t", payload, ARRIVED, format, device)])


def read_by_the_grammar_alone(payload, device):
    """The naive twin of the fast decoder: every line by the exact parser."""
    columns = Columns()
    for number, line in line_grammar.split_lines(payload):
        read_line(0, device, number, line, columns, *PRECISIONS["ns"])
    return columns


word = st.text(string.ascii_letters + string.digits + "_-.é中\\ ,=\"'#:", min_size=1, max_size=6)
number_text = (
    st.sampled_from(
        ["1", "-1.5", "+2", ".5", "5.", "1e5", "1E-3", "1_0", "nan", "-inf", "1e999", "0x1", "1=2"]
    )
    | st.sampled_from(
        ["12i", "-12i", "+1i", "1_0i", "i", "1u", "-1u", "9" * 20 + "i", "t", "TRUE", "tRUE", "F"]
    )
    | st.sampled_from(
        [str(edge) + kind for edge in (2**63 - 1, 2**63, 2**64 - 1, 2**64) for kind in "iu"]
    )
    | st.sampled_from(
        ['"a b"', '"a\\"b"', '"', '""', "", "\t1", "1\t", "\x0b1", '"two\nlines"', "1\x0c", "1\r"]
    )
)
stamp_text = st.sampled_from(
    ["", " 1795336200000000000", " 1795336200000000001", " 17_0", " x", " 1 2", " -5", " +5"]
) | st.sampled_from([" 9999999999999999999", " 9" * 30, "  7", " 7 ", " \t7", " 7\t", " 7\r"])
line = st.builds(
    lambda name, tags, fields, stamp: (
        name
        + "".join(f",{k}={v}" for k, v in tags)
        + " "
        + ",".join(f"{k}={v}" for k, v in fields)
        + stamp
    ),
    word | st.sampled_from(["m", "#m", " m", ""]),
    st.lists(st.tuples(st.sampled_from(["device", "host", "z"]) | word, word), max_size=2),
    st.lists(st.tuples(st.sampled_from(["value", "v"]) | word, number_text), max_size=3),
    stamp_text,
)
usual = st.builds(
    "m{},device=d{} value={},v={} {}".format,
    st.integers(0, 2),
    st.integers(0, 2),
    number_text,
    number_text,
    st.sampled_from(["1795336200000000000", "1795336200000000001", "x", "17_0"]),
)
lines = st.lists(line | usual | st.text(max_size=20), max_size=6)
payloads = st.builds(
    lambda parts, end: end.join(parts).encode(), lines, st.sampled_from(["\n", "\r\n"])
)


@settings(max_examples=400)
@given(payloads | st.binary(max_size=80), st.sampled_from(["", "P-9"]))
@example(b"m v=1 5\nm v=2 1_0\nm v=nan 5\nm v=inf 5\nm v=1e999 5", "")
@example(b"m v=1 5000\nm v=2 6000\nm v=3\nm v=4 6000\nm v=5 5000", "")
@example(b"m v=1 5\nm v=\t1 5\nm v=1 5\t\nm v=\x0b1 5", "")
@example(b'm v=1,w=1 5\nm v="a",w=t 5\nm v="a b",w="c,d=e" 5\nm v="",w="\xff" 5\nm v="\0" 5', "")
@example(b'm v=1 5\nm v=" 5\nm v="a"b" 5\nm v=a"b" 5\nm v="a\n\nb" 5\nm v="a"\t5\nm v="_" 5', "")
@example(b"m v=1 5\nm v=1_0 5\nm v=2,w=3 1_0\nm v=9223372036854775808i", "")
@example(b'm v="x\nm v=1\n\r\nm v="a\nb",w=2 5\r\nm v=1\r\n', "")
def test_the_fast_path_reads_what_the_grammar_reads(payload, device):
    slow = read_by_the_grammar_alone(payload, device)
    for _ in range(2):  # the second time with all series known
        fast = decoded(payload, device=device)
        if not slow.address and not slow.rejects:
            assert "no reading" in fast.rejects[0].reason
            return
        assert fast.address == slow.address
        assert fast.time == slow.time
        assert list(map(repr, fast.value)) == list(map(repr, slow.value))
        assert [r.reason for r in fast.rejects] == [r.reason for r in slow.rejects]
        assert len(fast.unit) == len(fast.message) == len(fast.address)


# The encoder doubles the backslashes of names, which the grammar does not undo.
# Drawn one by one, because a text's alphabet would drown what needs an escape.
character = st.sampled_from(" ,=") | st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\\"
)
name = (
    st.lists(character, min_size=1, max_size=12)
    .map("".join)
    .filter(lambda text: text == text.strip() and not text.startswith("#"))
)
value = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)
    | st.floats(-1e6, 1e6).map(lambda number: float(f"{number:g}"))  # what its %g can hold
)


@given(
    name,
    st.dictionaries(name, name, max_size=3),
    st.dictionaries(name, value, min_size=1, max_size=3),
)
def test_what_an_independent_encoder_writes_is_read_back(measurement, tags, fields):
    metric = encoder.Metric(measurement)
    metric.with_timestamp(1_795_336_200_000_000_000)
    for key, text in tags.items():
        metric.add_tag(key, text)
    for key, sent in fields.items():
        metric.add_value(key, sent)
    columns = decoded(str(metric).encode(), device="" if tags.get("device") else "P-9")
    assert columns.rejects == []
    device = tags.get("device") or tags.get("host") or "P-9"
    assert columns.address == [(device, measurement if key == "value" else key) for key in fields]
    assert columns.value == list(fields.values())
    assert columns.time == [1_795_336_200_000_000] * len(fields)


def test_a_text_with_every_escape_is_read_back():
    text = 'C:\\dir\\ "quoted", a=b\nnew line \\" end\\'
    sent = text.replace("\\", "\\\\").replace('"', '\\"')
    assert decoded(f'm v="{sent}"\nm v=2'.encode()).value == [text, 2.0]


@pytest.mark.parametrize(
    ("precision", "stamp", "time"),
    [
        ("ns", 1_795_336_200_123_456_789, 1_795_336_200_123_456),
        ("us", 1_795_336_200_123_456, 1_795_336_200_123_456),
        ("ms", 1_795_336_200_123, 1_795_336_200_123_000),
        ("s", 1_795_336_200, 1_795_336_200_000_000),
        ("ns", -1, -1),
        ("s", 0, 0),
    ],
)
def test_a_stamp_counts_in_the_precision_that_was_set(precision, stamp, time):
    for payload in (b"m v=1 %d", b'm v=1,w="x" %d'):
        columns = decoded(payload % stamp, f"line-protocol:{precision}")
        assert set(columns.time) == {time}


def test_a_line_without_a_stamp_has_no_time():
    assert decoded(b"m v=1\nm v=2 1795336200000000000\nm v=3").time == [
        NO_TIME,
        ARRIVED,
        NO_TIME,
    ]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_is_read_to_the_last_bit(number):
    [read] = decoded(f"m v={number!r}".encode()).value
    assert read == number
    assert math.copysign(1, read) == math.copysign(1, number)


def test_the_memory_of_series_does_not_change_who_a_line_is_of():
    payload = b"m,zone=a value=1\n"
    assert decoded(payload, device="A").address == [("A", "m")]
    assert decoded(payload, device="B").address == [("B", "m")]
    assert decoded(payload).address == [("m,zone=a", "m")]


def test_a_flood_of_new_series_is_forgotten_again(monkeypatch):
    monkeypatch.setattr("ingest.line_series.MOST_SERIES", 100)
    payload = b"\n".join(b"m,device=d%d value=%d" % (n, n) for n in range(1_000))
    for _ in range(3):
        columns = decoded(payload)
        assert columns.address == [(f"d{n}", "m") for n in range(1_000)]
        assert columns.value == [float(n) for n in range(1_000)]
