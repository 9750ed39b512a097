"""Decode SenML JSON (RFC 8428): bn bt bu bv bs bver, n u v vs vb vd s t ut.

RFC 8428 gives each record one name, bn + n; we need a device and a field in it. The split
depends on the whole name only, so a sender may move text between bn and n: after a URN's
own identifier (`urn:dev:ow:10e2073a0108006:voltage`), else at the last "/" or ":". A name
without either is split between bn and n, or is a field of the topic's device. A name that
is a device's alone has the field `value`. `vd` stays base64 text; a sum `s` is the field
`<name>.sum` in the unit times seconds (sec. 4.2). `ut` is not kept: the contract has it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ingest.columns import NO_TIME, Columns
from ingest.json_document import LONGEST_NAME, LONGEST_STATE, NoNumber
from ingest.message import Message
from ingest.times import EARLIEST, LATEST
from ingest.unusable import Unusable, describe

VERSION: Final = 10  #: RFC 8428 sec. 4.4
_RELATIVE_BELOW: Final = 2.0**28  #: [s] sec. 4.5.3: smaller times count from arrival
_BASE_TEXT = ("bn", "bu")
_BASE_NUMBER = ("bt", "bv", "bs", "bver")
_VALUES = ("v", "vs", "vb", "vd")
_POSITION = frozenset({"lon", "lat"})
_URN = re.compile(r"(urn:(?:dev:[^:/]+|[^:/]+):[^:/_]+)(?:[:/_]+(.*))?", re.DOTALL)


def read(place: int, message: Message, document: Any, columns: Columns) -> None:
    """Append the readings of the pack `document`; a bad record costs itself only.

    Base fields hold for the records after them (sec. 4.6), so a bad base field costs
    those too: better lost than filed under another sensor's name.
    """
    if type(document) is not list:
        raise Unusable(f"the payload is {describe(document)}; a SenML pack is an array")
    if not document:
        raise Unusable("the SenML pack is an empty array")
    base: dict[str, Any] = {}
    for number, record in enumerate(document, 1):
        try:
            if type(record) is not dict:
                raise Unusable(f"is {describe(record)}; expected an object")
            for field in _BASE_TEXT + _BASE_NUMBER:
                if field in record:
                    base[field] = record[field]
            _read_record(place, message, record, base, columns)
        except Unusable as why:
            columns.reject(place, f"record {number}: {why}", record)


def _read_record(
    place: int, message: Message, record: dict[str, Any], base: dict[str, Any], columns: Columns
) -> None:
    if _number(base, "bver", VERSION) > VERSION:
        raise Unusable(f"bver is {base['bver']}; this decoder knows versions up to {VERSION}")
    for field in record:
        if field.endswith("_"):  # sec. 4.4: such a field must be understood
            raise Unusable(f"{field[:40]} must be understood, and is unknown to this decoder")
    sent = [field for field in _VALUES if field in record]
    if len(sent) > 1:
        raise Unusable(f"has {' and '.join(sent)}; a record has one value")
    has_sum = "s" in record or ("bs" in base and not sent)
    if not sent and not has_sum:
        if record.keys() <= {*_BASE_TEXT, *_BASE_NUMBER} and record:
            _check_base(base)
            return  # it only sets the base for the records to come
        raise Unusable("has no value (v, vs, vb, vd or s)")
    device, name = _split(_text(base, "bn", ""), _text(record, "n", ""), message.device)
    unit = _text(record, "u", _text(base, "bu", ""))
    if (
        unit in _POSITION
    ):  # units that are names: RFC 8428 sec. 5.1.3 tells them apart by nothing else
        name, unit = unit if name == "value" else f"{name}.{unit}", "deg"
    time, from_arrival = _time(_number(base, "bt", 0) + _number(record, "t", 0), message.received)
    readings: list[tuple[str, float | bool | str, str]] = []
    if sent:
        readings.append((name, _value(record, sent[0], base), unit))
    if has_sum:
        total = _number(base, "bs", 0) + _number(record, "s", 0)
        readings.append((f"{name}.sum", _finite(total, "s"), f"{unit}*s" if unit else ""))
    for name, value, unit in readings:
        columns.add(place, device, name, time, value, unit)
    if from_arrival:
        columns.from_arrival.add(place)


def _value(record: dict[str, Any], field: str, base: dict[str, Any]) -> float | bool | str:
    if field == "v":
        return _finite(_number(base, "bv", 0) + _number(record, "v"), "v")
    value = record[field]
    if field == "vb":
        if type(value) is not bool:
            raise Unusable(f"vb is {describe(value)}; expected true or false")
        return value
    text = _text(record, field)
    if len(text) > LONGEST_STATE:
        raise Unusable(f"{field} has {len(text)} characters; a state has at most {LONGEST_STATE}")
    return text


def _split(base_name: str, own_name: str, topic_device: str) -> tuple[str, str]:
    whole = base_name + own_name
    urn = _URN.fullmatch(whole)
    if urn:
        device, name = urn[1], urn[2] or ""
    else:
        cut = max(whole.rfind("/", 0, -1), whole.rfind(":", 0, -1))
        if cut > 0 and whole[-1] not in ":/":
            device, name = whole[:cut], whole[cut + 1 :]
        elif base_name and own_name:
            device, name = base_name, own_name
        elif own_name and topic_device:
            device, name = topic_device, own_name
        else:
            device, name = whole or topic_device, ""
    device, name = device.rstrip(":/"), name.strip(":/") or "value"
    if not device:
        raise Unusable("has no name: bn and n are empty and the topic names no device")
    if len(device) > LONGEST_NAME or len(name) > LONGEST_NAME - 4:
        raise Unusable(f"has a name of {len(whole)} characters, more than {LONGEST_NAME}")
    return device, name


def _time(seconds: float, received: int) -> tuple[int, bool]:
    """Return the time [µs] and whether it counts from arrival; NO_TIME means just then."""
    if seconds == 0:
        return NO_TIME, False
    time = seconds * 1e6
    from_arrival = seconds < _RELATIVE_BELOW
    if from_arrival:
        time += received
    if not EARLIEST <= time <= LATEST:
        raise Unusable(f"the time {seconds} s is not between the years 1900 and 9999")
    return round(time), from_arrival


def _number(record: dict[str, Any], field: str, default: float | None = None) -> float:
    value = record.get(field, default)
    if type(value) is not float and type(value) is not int:
        what = f"{value}, which is no number" if type(value) is NoNumber else describe(value)
        raise Unusable(f"{field} is {what}; expected a number")
    return value


def _finite(value: float, field: str) -> float:
    if not -1e308 <= value <= 1e308:
        raise Unusable(f"{field} and its base value add up to more than a number can hold")
    return float(value)


def _text(record: dict[str, Any], field: str, default: str | None = None) -> str:
    value = record.get(field, default)
    if type(value) is not str:
        raise Unusable(f"{field} is {describe(value)}; expected text")
    return value


def _check_base(base: dict[str, Any]) -> None:
    for field in _BASE_TEXT:
        _text(base, field, "")
    for field in _BASE_NUMBER:
        _number(base, field, 0)
