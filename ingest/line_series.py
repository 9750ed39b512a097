"""Whose a line of line protocol is: read one by the grammar, and remember it for the next.

Device: the tag `device`, else `host`, else the topic's device, else measurement and tags.
Name: the field's key; of a field called `value`, the measurement.
"""

from __future__ import annotations

from typing import Final

from ingest.columns import NO_TIME, Columns
from ingest.json_document import LONGEST_NAME, record_text
from ingest.line_grammar import Line, parse_line, unescape
from ingest.line_value import parse_value
from ingest.times import EARLIEST, LATEST
from ingest.unusable import Unusable

#: Series kept in mind, a few hundred bytes each; more than this and all are learned anew.
MOST_SERIES: Final = 200_000
LONGEST_SERIES: Final = 1_000

_Addresses = dict[bytes, tuple[str, str]]


class _Memory:
    """What earlier lines taught: by the topic's device, series and field key, the address."""

    def __init__(self) -> None:
        self._series: dict[str, dict[bytes, _Addresses]] = {}
        self._count = 0

    def of(self, device: str) -> dict[bytes, _Addresses]:
        return self._series.setdefault(device, {})

    def learn(self, device: str, series: bytes, key: bytes, address: tuple[str, str]) -> None:
        if len(series) > LONGEST_SERIES:
            return
        if self._count >= MOST_SERIES:
            self._series.clear()
            self._count = 0
        addresses = self.of(device).setdefault(series, {})
        self._count += key not in addresses
        addresses[key] = address


MEMORY: Final = _Memory()


def read_line(
    place: int,
    device: str,
    number: int,
    line: bytes,
    columns: Columns,
    multiply: int,
    divide: int,
) -> None:
    """Append address, time and value of each field of `line`, by the grammar alone.

    `device` is the topic's. A field without a value costs itself only, a line that is
    none costs the line.
    """
    try:
        parsed = parse_line(line)
        if parsed is None:
            return
        owner = _device_of(parsed, device)
        time = NO_TIME
        if parsed.stamp is not None:
            time = parsed.stamp * multiply // divide
            if not EARLIEST <= time <= LATEST:
                raise Unusable(
                    f"has the time {parsed.stamp}, which is not between the years 1900 and 9999;"
                    " is the precision set right?"
                )
    except Unusable as why:
        columns.reject(place, f"line {number} {why}", record_text(line))
        return
    for key, sent in parsed.fields:
        shown = key[:60].decode(errors="replace")
        try:
            name, value = unescape(key), parse_value(sent)
        except Unusable as why:
            columns.reject(place, f"line {number}: the field {shown} {why}", record_text(line))
            continue
        address = (owner, parsed.measurement if name == "value" else name)
        MEMORY.learn(device, parsed.series, key, address)
        columns.address.append(address)
        columns.time.append(time)
        columns.value.append(value)


def _device_of(line: Line, topic_device: str) -> str:
    named = line.tags.get("device") or line.tags.get("host") or topic_device
    if not named:
        named = ",".join([line.measurement, *(f"{k}={v}" for k, v in sorted(line.tags.items()))])
    if len(named) > LONGEST_NAME:
        raise Unusable(f"names a device with {len(named)} characters, more than {LONGEST_NAME}")
    return named
