"""Decode SenML JSON (RFC 8428): bn bt bu bv bs bver, n u v vs vb vd s t ut.

`vd` stays base64 text; a sum `s` is the field `<name>.sum` in the unit times seconds
(sec. 4.2). `ut` is not kept: the channel's contract has it. For names see `ingest.senml_name`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ingest.columns import NO_TIME, Columns
from ingest.json_document import LONGEST_STATE, LONGEST_UNIT, NoNumber
from ingest.message import Message
from ingest.senml_name import split_name
from ingest.times import EARLIEST, LATEST
from ingest.unusable import Unusable, describe

VERSION: Final = 10  #: RFC 8428 sec. 4.4
_RELATIVE_BELOW: Final = 2.0**28  #: [s] sec. 4.5.3: smaller times count from arrival
_BASE: Final = frozenset({"bn", "bt", "bu", "bv", "bs", "bver"})
_VALUES: Final = frozenset({"v", "vs", "vb", "vd"})
_POSITION: Final = frozenset({"lon", "lat"})


def read(place: int, message: Message, document: Any, columns: Columns) -> None:
    """Append the readings of the pack `document`; a bad record costs itself only.

    Base fields hold for the records after them (sec. 4.6), so a bad base field costs
    those too: better lost than filed under another sensor's name.
    """
    if type(document) is not list:
        raise Unusable(f"the payload is {describe(document)}; a SenML pack is an array")
    if not document:
        raise Unusable("the SenML pack is an empty array")
    sent: dict[str, Any] = {}
    base: _Base | Unusable = _Base()
    for number, record in enumerate(document, 1):
        try:
            if type(record) is not dict:
                raise Unusable(f"is {describe(record)}; expected an object")
            if not _BASE.isdisjoint(record):
                for field in record:
                    if field in _BASE:
                        sent[field] = record[field]
                try:
                    base = _base_of(sent)
                except Unusable as why:
                    base = why
                if type(base) is _Base and _BASE.issuperset(record) and "bs" not in record:
                    continue  # it only sets the base for the records to come
            if type(base) is not _Base:
                raise base  # type: ignore[misc]
            _read_record(place, message, record, base, columns)
        except Unusable as why:
            columns.reject(place, f"record {number}: {why}", record)


class _Base(NamedTuple):
    name: str = ""
    time: float = 0  #: [s]
    unit: str = ""
    value: float = 0
    sum: float | None = None


def _base_of(sent: dict[str, Any]) -> _Base:
    if _number(sent.get("bver", VERSION), "bver") > VERSION:
        raise Unusable(f"bver is {sent['bver']}; this decoder knows versions up to {VERSION}")
    return _Base(
        _text(sent.get("bn", ""), "bn"),
        _number(sent.get("bt", 0), "bt"),
        _unit(sent.get("bu", ""), "bu"),
        _number(sent.get("bv", 0), "bv"),
        _number(sent["bs"], "bs") if "bs" in sent else None,
    )


def _read_record(
    place: int, message: Message, record: dict[str, Any], base: _Base, columns: Columns
) -> None:
    base_name, base_time, unit, base_value, total = base
    name, seconds = "", base_time
    value: float | bool | str | None = None
    found = ""
    for field, sent in record.items():
        if field == "n":
            name = _text(sent, "n")
        elif field in _VALUES:
            if found:
                raise Unusable(f"has {found} and {field}; a record has one value")
            found = field
            if field != "v":
                value = _state(sent, field)
            elif type(sent) is float and -1e300 < sent < 1e300 and not base_value:
                value = sent
            else:
                value = _finite(base_value + _number(sent, "v"), "v")
        elif field == "u":
            unit = _unit(sent, "u")
        elif field == "t":
            seconds = base_time + _number(sent, "t")
        elif field == "s":
            total = (total or 0) + _number(sent, "s")
        elif field.endswith("_"):  # sec. 4.4: such a field must be understood
            raise Unusable(f"{field[:40]} must be understood, and is unknown to this decoder")
    # A base sum alone is a sum of zero more, but only where nothing else was measured.
    has_sum = "s" in record or (total is not None and not found)
    if value is None and not has_sum:
        raise Unusable("has no value (v, vs, vb, vd or s)")
    device, field = split_name(base_name, name, message.device)
    if unit in _POSITION:  # units that are names: nothing else tells sec. 5.1.3's fields apart
        field, unit = unit if field == "value" else f"{field}.{unit}", "deg"
    time = NO_TIME
    if seconds != 0:
        time = _time(seconds, message.received)
        if seconds < _RELATIVE_BELOW:
            columns.from_arrival.add(place)
    if value is not None:
        columns.add(place, device, field, time, value, unit)
    if has_sum and total is not None:
        total_unit = f"{unit}*s" if unit else ""
        columns.add(place, device, f"{field}.sum", time, _finite(total, "s"), total_unit)


def _time(seconds: float, received: int) -> int:
    """Return the time [µs] of a time that is sent; a small one counts from arrival."""
    time = seconds * 1e6
    if seconds < _RELATIVE_BELOW:
        time += received
    if EARLIEST <= time <= LATEST:
        return round(time)
    raise Unusable(f"the time {seconds} s is not between the years 1900 and 9999")


def _number(sent: Any, field: str) -> float:
    if type(sent) is float or type(sent) is int:
        return sent
    what = f"{sent}, which is no number" if type(sent) is NoNumber else describe(sent)
    raise Unusable(f"{field} is {what}; expected a number")


def _finite(value: float, field: str) -> float:
    if -1e308 <= value <= 1e308:
        return float(value)
    raise Unusable(f"{field} and its base value add up to more than a number can hold")


def _state(sent: Any, field: str) -> bool | str:
    if field == "vb":
        if type(sent) is not bool:
            raise Unusable(f"vb is {describe(sent)}; expected true or false")
        return sent
    text = _text(sent, field)
    if len(text) > LONGEST_STATE:
        raise Unusable(f"{field} has {len(text)} characters; a state has at most {LONGEST_STATE}")
    return text


def _unit(sent: Any, field: str) -> str:
    unit = _text(sent, field)
    if len(unit) > LONGEST_UNIT:
        raise Unusable(f"{field} has {len(unit)} characters, more than any unit")
    return unit


def _text(sent: Any, field: str) -> str:
    if type(sent) is str:
        return sent
    raise Unusable(f"{field} is {describe(sent)}; expected text")
