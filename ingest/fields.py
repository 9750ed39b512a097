"""What all JSON formats share: an object of named values becomes readings, a field at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.columns import NO_TIME, Columns
from ingest.json_document import LONGEST_NAME, LONGEST_STATE, LONGEST_UNIT, NoNumber
from ingest.message import Message
from ingest.times import microseconds
from ingest.unusable import Unusable, describe

DEEPEST = 8  #: objects in objects beyond this are no device's field names
_NOTHING: Mapping[str, Any] = {}


def add_fields(
    place: int,
    device: str,
    time: int,
    fields: Mapping[str, Any],
    columns: Columns,
    units: Mapping[str, Any] = _NOTHING,
    reserved: frozenset[str] = frozenset(),
    where: str = "",
    prefix: str = "",
) -> None:
    """Append a reading for every value in `fields`; what is no value costs its field only.

    Null is no reading. An object within becomes readings with dotted names. `where`
    ("record 3: ") begins the reason of every reject.
    """
    for name, value in fields.items():
        if name in reserved:
            continue
        if prefix:
            name = prefix + name
        kind = type(value)
        if kind is float or kind is bool:
            pass
        elif kind is int:
            value = float(value)
        elif value is None:
            continue
        elif kind is str:
            if len(value) > LONGEST_STATE:
                columns.reject(
                    place,
                    f"{where}{_short(name)} is text of {len(value)} characters;"
                    f" a state has at most {LONGEST_STATE}",
                )
                continue
        elif kind is dict:
            if prefix.count(".") >= DEEPEST:
                columns.reject(
                    place, f"{where}{_short(name)} is nested more than {DEEPEST} objects deep"
                )
            else:
                add_fields(
                    place, device, time, value, columns, units, where=where, prefix=name + "."
                )
            continue
        else:
            what = f"{value}, which is no number" if kind is NoNumber else describe(value)
            columns.reject(
                place,
                f"{where}{_short(name)} is {what}; expected a number, true/false or text",
                {name: value},
            )
            continue
        if not 0 < len(name) <= LONGEST_NAME:
            columns.reject(place, f"{where}a field has {_name_fault(name)}", {name[:300]: value})
            continue
        unit = ""
        if units:
            unit = units.get(name, "")
            if type(unit) is not str or len(unit) > LONGEST_UNIT:
                columns.reject(
                    place,
                    f"{where}the unit of {name} is {describe(unit)}; expected text, as MPa",
                    {name: value},
                )
                continue
        columns.address.append((device, name))
        columns.time.append(time)
        columns.value.append(value)
        columns.unit.append(unit)
        columns.message.append(place)


def device_of(sent: Any, message: Message, what: str = "device") -> str:
    """Return the device that the payload names in `sent`, or else the one the topic names."""
    device: str
    if type(sent) is str:
        if 0 < len(sent) <= LONGEST_NAME:
            return sent
        device = sent
    elif sent is None:
        device = message.device
        if not device:
            raise Unusable(f'no device: neither the payload ("{what}") nor the topic names one')
    elif type(sent) is int:
        device = str(sent)
    else:
        raise Unusable(f"{what} is {describe(sent)}; expected text")
    check_name(device, what)
    return device


def check_name(name: str, what: str) -> None:
    """Raise `Unusable` if `name` is empty or longer than the store can index."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Unusable(f"{what} has {_name_fault(name)}")


def time_of(sent: Any) -> int:
    """Return [µs] of the time in the payload; where it has none, NO_TIME."""
    return NO_TIME if sent is None else microseconds(sent)


def records_of(document: Any) -> list[Any]:
    """Return the records of a document that is one record or an array of them."""
    if type(document) is dict:
        return [document]
    if type(document) is not list:
        raise Unusable(f"the payload is {describe(document)}; expected an object or an array")
    if not document:
        raise Unusable("the payload is an empty array: it has no record")
    return document


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:60] + "…"


def _name_fault(name: str) -> str:
    if not name:
        return "an empty name"
    return f"a name of {len(name)} characters, more than {LONGEST_NAME}: {name[:40]}…"
