"""Golden folders: tests/wire/<format>/<case>/ holds a payload and what must become of it.

`expected.json` has `readings` and `rejects`; where they matter also `topic`, the topic's
`device`, the topic setting `format`, and the `source` of a published example. A time of
null: the payload has none.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.columns import NO_TIME
from ingest.formats import FORMATS, READERS, decode, recognise
from ingest.message import Message

WIRE = Path(__file__).parent.parent / "wire"
ARRIVED = datetime.fromisoformat("2026-11-22T08:30:00Z")
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
CASES = sorted(WIRE.glob("*/*"))


def microseconds(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def wire_case(folder, named):
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    [payload] = folder.glob("payload.*")
    name = expected.get("format", folder.parent.name) if named else "auto"
    message = Message(
        source="test",
        topic=expected.get("topic", "t"),
        payload=payload.read_bytes(),
        received=microseconds(ARRIVED),
        format=name,
        device=expected.get("device", ""),
    )
    return message, expected


def rows(columns):
    names = zip(columns.address, columns.time, columns.value, columns.unit, strict=True)
    return [
        (device, name, time, type(value), value, unit)
        for (device, name), time, value, unit in names
    ]


def expected_rows(expected):
    return [
        (
            reading["device"],
            reading["name"],
            NO_TIME
            if reading["time"] is None
            else microseconds(datetime.fromisoformat(reading["time"])),
            type(reading["value"]),
            reading["value"],
            reading["unit"],
        )
        for reading in expected["readings"]
    ]


def name_of(folder):
    return f"{folder.parent.name}/{folder.name}"


@pytest.mark.parametrize("folder", CASES, ids=name_of)
def test_a_payload_becomes_what_is_written_beside_it(folder):
    message, expected = wire_case(folder, named=True)
    columns = decode([message])
    assert rows(columns) == expected_rows(expected)
    for reject, reason in zip(columns.rejects, expected["rejects"], strict=True):
        if reason.endswith(": …"):  # the rest is worded by the JSON library
            assert reject.reason.startswith(reason[:-1])
            assert "line 1 column" in reject.reason
        else:
            assert reject.reason == reason
    assert columns.message == [0] * len(columns)


def tells_its_format(folder):
    """A precision is nothing that a payload tells; one without readings may be anything."""
    expected = wire_case(folder, named=True)[1]
    return "format" not in expected and bool(expected["readings"])


@pytest.mark.parametrize("folder", [*filter(tells_its_format, CASES)], ids=name_of)
def test_a_payload_that_can_be_read_is_recognised_by_itself(folder):
    message, expected = wire_case(folder, named=False)
    assert recognise(message.payload, message.topic) == folder.parent.name
    assert rows(decode([message])) == expected_rows(expected)


def test_every_format_has_cases_good_and_bad():
    for name in {*READERS, "line-protocol"}:
        expected = [wire_case(f, named=True)[1] for f in CASES if f.parent.name == name]
        assert any(case["readings"] and not case["rejects"] for case in expected), name
        assert any(case["rejects"] for case in expected), name


def test_many_messages_share_one_set_of_columns():
    cases = [wire_case(folder, named=True) for folder in CASES]
    columns = decode([message for message, _ in cases])
    assert rows(columns) == [row for _, expected in cases for row in expected_rows(expected)]
    assert {*columns.message} | {reject.message for reject in columns.rejects} == {
        *range(len(cases))
    }
    counts = [len(expected["readings"]) for _, expected in cases]
    assert [columns.message.count(place) for place in range(len(cases))] == counts


def test_a_format_that_nobody_knows_is_a_reject_that_lists_the_known_ones():
    columns = decode([Message("s", "t", b"{}", 0, "yaml")])
    [reject] = columns.rejects
    assert '"yaml"' in reject.reason
    assert all(name in reject.reason for name in FORMATS)


@pytest.mark.parametrize(
    ("payload", "topic", "name"),
    [
        (b"21.5", "t", None),
        (b"", "t", None),
        (b"\x00\x01\x02", "t", None),
        (b"hello world", "t", None),
        (b"{", "t", "json"),
        (b'{"a":1}', "t", "json"),
        (b'{"a":1}', "v1/devices/me/telemetry", "thingsboard"),
        (b"# comment\nm v=1", "t", "line-protocol"),
        (b'[{"device":"a","n":3,"v":2}]', "t", "json"),
        (b'{"device_id":"a","ts":5,"values":{"v":2}}', "t", "json"),
        (b'{"ts":5,"values":{"v":2}}', "t", "thingsboard"),
        (b'{"result":1}', "v1.1/Datastreams(3)/Observations", "sensorthings"),
    ],
)
def test_a_format_is_recognised_by_what_only_it_has(payload, topic, name):
    assert recognise(payload, topic) == name


@pytest.mark.parametrize(
    ("bad", "letters", "why"),
    [
        (2_000, 50, "so many letters of a small message"),
        (50_000, 5, "each has the whole payload, and together they are a megabyte"),
        (2_000_000, 1, "one of a message that is larger than that"),
    ],
)
def test_a_message_cannot_flood_the_dead_letters(bad, letters, why):
    payload = b"m v=1\n" + b"bad\n" * bad
    [*first, last] = decode([Message("s", "t", payload, 0, "line-protocol")]).rejects
    assert len(first) == letters, why
    assert f"{bad - letters} more" in last.reason


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("line-protocol", b"bad\n" * 500_000),
        ("json", b"[" + b"7," * 500_000 + b"7]"),
        ("senml", b"[" + b"7," * 500_000 + b"7]"),
        ("sensorthings", b"[" + b"7," * 500_000 + b"7]"),
        ("thingsboard", b'{"A":[{},' + b"7," * 500_000 + b"7]}"),
    ],
)
def test_a_message_without_one_good_record_is_given_up(name, payload):
    rejects = decode([Message("s", "t", payload, 0, name)]).rejects
    assert len(rejects) == 3
    assert "given up after 1000 bad records" in rejects[-1].reason


def test_bad_records_before_the_first_good_one_do_not_give_up_the_next_message():
    bad = Message("s", "t", b"bad\n" * 2_000, 0, "line-protocol")
    good = Message("s", "t", b"bad\n" * 900 + b"m v=1", 0, "line-protocol")
    assert decode([bad, good, bad, good]).message == [1, 3]
