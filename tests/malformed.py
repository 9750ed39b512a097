"""Payloads that cannot be decoded, at least in part: each must give at least one reject.

That they cannot is known from how they are made, never from asking a decoder: a cut JSON
document is none, a byte with its high bit set amid ASCII is no UTF-8, and so on. It holds
whether the format is named or recognised, and whether or not the topic names a device.
"""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

FORMATS = ("line-protocol", "json", "senml", "thingsboard", "sensorthings", "chirpstack", "ttn")

#: What no field of a reading may be; written as JSON text.
_NO_VALUE = ("1e999", "-1e999", "1" + "0" * 400, "NaN", "Infinity", "-Infinity", "[1,2]", "[]")
_NO_TIME = ("true", "[]", "{}", '"yesterday"', '"2026-13-01T00:00:00Z"', '"2026-11-22"', "1e30")
_NO_TEXT = ("true", "{}", "[]", "1.5", '""')

_BAD_LINES = (
    b"pressure",
    b"pressure,device=P-1",
    b"pressure,device=P-1 value",
    b"pressure,device=P-1 value=",
    b"pressure,device=P-1 value=0.31x",
    b"pressure,device=P-1 value=1_000",
    b"pressure,device=P-1 value=nan",
    b"pressure,device=P-1 value=1e999",
    b"pressure,device=P-1 value=99999999999999999999i",
    b"pressure,device=P-1 value=-1u",
    b"pressure,device=P-1 value=yes",
    b"pressure,device=P-1 value='open'",
    b'pressure,device=P-1 value="open',
    b"pressure,device=P-1 value=1 yesterday",
    b"pressure,device=P-1 value=1 1.5",
    b"pressure,device=P-1 value=1 99999999999999999999999",
    b"pressure,device=P-1 value=1 1 1",
    b"pressure,device= value=1",
    b"pressure,device value=1",
    b"pressure,device=a,device=b value=1",
    b",device=P-1 value=1",
    b"pressure,device=P-1 =1",
    b"pressure,device=P-1 value=1,",
    b"pressure,device=P-1 value=1,,flow=2",
    b"pressure,device=P-1 value=[1]",
    b"pressure,device=" + b"x" * 300 + b" value=1",
    b"pressure,device=P-1 " + b"x" * 300 + b"=1",
    b'pressure,device=P-1 value="' + b"x" * 600 + b'"',
)


def malformed(n: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield `n` pairs of format and payload, the same for the same seed."""
    random = Random(seed)
    for _ in range(n):
        name = random.choice(FORMATS)
        if random.random() < 0.1:
            yield name, random.choice((_nothing, _noise))(random)
        elif name == "line-protocol":
            yield name, random.choice((_bad_line, _bad_line, _bad_bytes_in_line))(random)
        elif random.random() < 0.5:
            yield name, _damaged(_text(_DOCUMENTS[name](random)), random)
        else:
            yield name, _text(_ALMOST[name](random))


def _nothing(random: Random) -> bytes:
    return random.choice((b"", b" ", b"\n\n", b"\r\n", b"\0", b"null", b"[]", b"{}", b"# only\n"))


def _noise(random: Random) -> bytes:
    noise = bytearray(random.randbytes(random.randint(1, 300)))
    noise[random.randrange(len(noise))] = 0xFF  # never in UTF-8
    return bytes(noise)


def _good_line(random: Random) -> bytes:
    return b"pressure,device=P-%d value=0.%d %d" % (
        random.randrange(100),
        random.randrange(1000),
        1_795_336_200_000_000_000 + random.randrange(10**9),
    )


def _bad_line(random: Random) -> bytes:
    lines = [_good_line(random) for _ in range(random.randrange(4))]
    lines.insert(random.randint(0, len(lines)), random.choice(_BAD_LINES))
    return random.choice((b"\n", b"\r\n")).join(lines)


def _bad_bytes_in_line(random: Random) -> bytes:
    line = bytearray(_good_line(random))
    at = random.randrange(1, len(line))
    line[at] = random.choice((0, line[at] | 0x80))
    return bytes(line)


def _damaged(document: bytes, random: Random) -> bytes:
    """Return an ASCII document that is JSON no more."""
    at = random.randrange(1, len(document))
    flipped = bytes([document[at] ^ 0x80])
    return random.choice(
        (
            document[:at],
            document[at:],
            document[:at] + flipped + document[at + 1 :],
            document[:at] + b"\0" + document[at:],
            document + document,
            document + b",",
            document.replace(b'"', b"'"),
            document.replace(b":", b"=", 1),
            b"[" * random.choice((1, 1_100, 20_000)) + document,
            b'{"a":' * 1_100 + document + b"}" * 1_100,
            document.replace(b'"', b'"\\u0000', 1),
            document.replace(b'"', b'"\\ud800', 1),
            document.replace(b'"', b'"\xff\xfe', 1),
            document.decode().encode("utf-16"),
        )
    )


class _Raw(str):
    """JSON text to stand in a document as it is."""


def _text(document: Any) -> bytes:
    """Write a document as JSON, the raw texts in it unquoted."""
    raws: list[str] = []

    def mark(value: Any) -> Any:
        if isinstance(value, _Raw):
            raws.append(value)
            return f"@{len(raws) - 1}@"
        if isinstance(value, dict):
            return {key: mark(inner) for key, inner in value.items()}
        return [mark(inner) for inner in value] if isinstance(value, list) else value

    text = json.dumps(mark(document))
    for number, raw in enumerate(raws):
        text = text.replace(f'"@{number}@"', raw)
    return text.encode()


def _raw(random: Random, choices: tuple[str, ...]) -> _Raw:
    return _Raw(random.choice(choices))


def _values(random: Random) -> dict[str, Any]:
    return {"pressure": random.random(), "door": "open", "pump": random.random() < 0.5}


def _bad_values(random: Random) -> dict[str, Any]:
    deep: Any = 1
    for _ in range(20):
        deep = {"a": deep}
    bad = random.choice((_raw(random, _NO_VALUE), "x" * 600, deep))
    fields = list({**_values(random), random.choice(("flow", "pressure")): bad}.items())
    fields.append(random.choice((("", 1), ("x" * 300, 1), ("flow", bad))))
    # A name sent twice keeps its last value, so the bad one comes last.
    return dict(fields)


def _json(random: Random) -> dict[str, Any]:
    return {"device": "P-1", "time": 1_795_336_200, **_values(random)}


def _bad_json(random: Random) -> Any:
    record = random.choice(
        (
            {**_json(random), **_bad_values(random)},
            {**_json(random), "time": _raw(random, _NO_TIME)},
            {**_json(random), "device": _raw(random, _NO_TEXT)},
            {**_json(random), "units": _raw(random, ("5", "[]", '"MPa"', "true"))},
            {**_json(random), "units": {"pressure": _raw(random, ("5", "[]", "null", "{}"))}},
            {"device": "P-1", "time": 1_795_336_200, "values": _bad_values(random)},
            {"device": "P-1", "time": 1_795_336_200, "pressure": None},
            {"device": "P-1"},
        )
    )
    if len(record) > 1 and record.get("pressure", 0) is not None and random.random() < 0.3:
        return [_json(random), record, _json(random)]
    return record if random.random() < 0.9 else [_json(random), _raw(random, ("7", '"a"', "null"))]


def _senml(random: Random) -> list[Any]:
    return [
        {"bn": "P-1/", "bt": 1_795_336_200, "n": "pressure", "u": "MPa", "v": random.random()},
        {"n": "door", "vs": "open"},
    ]


def _bad_senml(random: Random) -> list[Any]:
    good = _senml(random)
    first = random.choice(
        (
            {"bn": _raw(random, ("5", "null", "{}"))},
            {"bver": 11},
            {"bt": _raw(random, ('"x"', "1e30"))},
        )
    )
    bad = random.choice(
        (
            {"n": "a", "v": _raw(random, ('"1"', "true", "null", "{}", *_NO_VALUE))},
            {"n": "a", "vb": _raw(random, ("1", '"true"', "null"))},
            {"n": "a", "vs": _raw(random, ("1", "true", "null", "{}"))},
            {"n": "a", "v": 1, "vs": "x"},
            {"n": "a", "v": 1, "future_": 1},
            {"n": "a"},
            {"n": _raw(random, ("1", "true", "{}")), "v": 1},
            {"n": "a", "v": 1, "t": _raw(random, ('"now"', "1e30", "null", "true"))},
            {"n": "a", "v": 1, "u": _raw(random, ("1", "{}", "null"))},
            {"n": "x" * 300, "v": 1},
            _raw(random, ("7", '"a"', "null", "[]", "true")),
        )
    )
    return random.choice(([{**good[0], **first}, good[1]], [*good, bad], [good[0], bad, good[1]]))


def _thingsboard(random: Random) -> dict[str, Any]:
    return {"Device A": [{"ts": 1_795_336_200_000, "values": _values(random)}]}


def _bad_thingsboard(random: Random) -> Any:
    good = _thingsboard(random)
    entry = random.choice(
        (
            {"ts": 1_795_336_200_000, "values": _bad_values(random)},
            {"ts": _raw(random, _NO_TIME), "values": _values(random)},
            _raw(random, ("7", '"a"', "null", "[]")),
        )
    )
    return random.choice(
        (
            {"Device A": [*good["Device A"], entry]},
            {**good, "Device B": _raw(random, ("[]", "5", "true", "null", '"x"'))},
            {**good, "": good["Device A"]},
            {**good, "x" * 300: good["Device A"]},
        )
    )


def _sensorthings(random: Random) -> dict[str, Any]:
    return {
        "phenomenonTime": "2026-11-22T08:30:00Z",
        "result": random.random(),
        "Datastream": {"@iot.id": 12},
    }


def _bad_sensorthings(random: Random) -> Any:
    good = _sensorthings(random)
    return random.choice(
        (
            {**good, "result": _raw(random, ("null", "{}", *_NO_VALUE))},
            {
                **good,
                "phenomenonTime": _raw(random, ('"a/b"', '"2026-11-22T08:00:00Z/"', *_NO_TIME)),
            },
            {**good, "Datastream": _raw(random, ("12", "{}", "[]", "true", '{"@iot.id":null}'))},
        )
    )


def _chirpstack(random: Random) -> dict[str, Any]:
    return {
        "time": "2026-11-22T08:30:00.775023242+00:00",
        "deviceInfo": {"deviceName": "cover 1", "devEui": "0101010101010101"},
        "fCnt": 4,
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -36}],
        "object": _values(random),
    }


def _bad_chirpstack(random: Random) -> Any:
    good = _chirpstack(random)
    return random.choice(
        (
            {**good, "object": _raw(random, ("null", "[]", '"aa"', "5", "{}", '{"a":null}'))}
            if random.random() < 0.5
            else {**good, "object": _bad_values(random)},
            {name: value for name, value in good.items() if name != "object"},
            {**good, "time": _raw(random, _NO_TIME)},
            {**good, "deviceInfo": _raw(random, ("null", "{}", "[]", '{"devEui":{}}'))},
        )
    )


def _ttn(random: Random) -> dict[str, Any]:
    return {
        "end_device_ids": {"device_id": "cover-1"},
        "received_at": "2026-11-22T08:30:01Z",
        "uplink_message": {
            "decoded_payload": _values(random),
            "settings": {"time": "2026-11-22T08:30:00Z"},
        },
    }


def _bad_ttn(random: Random) -> Any:
    good = _ttn(random)
    uplink = good["uplink_message"]
    bad_payload = random.choice((_raw(random, ("null", "[]", '"x"', "{}")), _bad_values(random)))
    return random.choice(
        (
            {**good, "uplink_message": {**uplink, "decoded_payload": bad_payload}},
            {**good, "uplink_message": _raw(random, ("null", "[]", "{}", '"x"'))},
            {**good, "uplink_message": {**uplink, "settings": {"time": _raw(random, _NO_TIME)}}},
            {**good, "end_device_ids": _raw(random, ("null", "{}", "[]", '{"device_id":""}'))},
        )
    )


_DOCUMENTS: dict[str, Callable[[Random], Any]] = {
    "json": _json,
    "senml": _senml,
    "thingsboard": _thingsboard,
    "sensorthings": _sensorthings,
    "chirpstack": _chirpstack,
    "ttn": _ttn,
}
_ALMOST: dict[str, Callable[[Random], Any]] = {
    "json": _bad_json,
    "senml": _bad_senml,
    "thingsboard": _bad_thingsboard,
    "sensorthings": _bad_sensorthings,
    "chirpstack": _bad_chirpstack,
    "ttn": _bad_ttn,
}
