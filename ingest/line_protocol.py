"""Decode InfluxDB line protocol, thousands of lines a message.

Device: the tag `device`, else `host`, else the topic's device, else measurement and tags.
Name: the field's key; of a field called `value`, the measurement.

The usual line (nothing quoted or escaped, a series and field seen before) costs three
splits and three look-ups in what earlier lines taught; every other line goes through
`ingest.line_grammar`, which alone decides what is right. Whatever Python's `float` and
`int` take beyond the grammar (1_000, nan, tabs) is sent there too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from ingest.columns import NO_TIME, Columns
from ingest.json_document import LONGEST_NAME, record_text
from ingest.line_grammar import Line, parse_line, parse_value, split_lines, unescape
from ingest.message import Message
from ingest.times import EARLIEST, LATEST
from ingest.unusable import Unusable

#: Precision of the timestamps: what to multiply with, then divide by, to get microseconds.
PRECISIONS: Final = {
    "ns": (1, 1_000), "us": (1, 1), "ms": (1_000, 1), "s": (1_000_000, 1),
    "m": (60_000_000, 1), "h": (3_600_000_000, 1),
}  # fmt: skip

#: Series kept in mind, a few hundred bytes each; more than this and all are learned anew.
MOST_SERIES: Final = 200_000
LONGEST_SERIES: Final = 1_000

_Addresses = dict[bytes, tuple[str, str]]
_LIKELY = re.compile(rb"[^\n#]*[^\n# ] +[^\n]*=")
_UNDERSCORE: Final = ord("_")
_ODD: Final = (b"\\", b'"', b"\r", b"\t", b"\v", b"\f")


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
        self._count += 1
        if self._count > MOST_SERIES:
            self._series.clear()
            self._count = 0
        self.of(device).setdefault(series, {})[key] = address


_memory = _Memory()


def is_likely(payload: bytes) -> bool:
    """Tell whether `payload` begins like line protocol, comments aside."""
    for line in payload.split(b"\n", 20):
        line = line.strip()
        if line and not line.startswith(b"#"):
            return b"\0" not in line and _LIKELY.match(line) is not None
    return b"#" in payload[:1]


def decoder(precision: str) -> Callable[[int, Message, Columns], None]:
    """Return the decoder for timestamps in `precision`: ns, us, ms or s."""
    multiply, divide = PRECISIONS[precision]

    def decode_lines(place: int, message: Message, columns: Columns) -> None:
        _decode(place, message, columns, multiply, divide)

    return decode_lines


def _decode(place: int, message: Message, columns: Columns, multiply: int, divide: int) -> None:
    payload, device = message.payload, message.device
    quoted = b'"' in payload
    if not quoted and b"\r" in payload:
        payload = payload.replace(b"\r\n", b"\n")
    # Bytes that mean more than themselves, to the grammar or to `float` and `int`.
    careful = any(odd in payload for odd in _ODD)
    lines: Iterable[tuple[int, bytes]] = (
        split_lines(payload) if quoted else enumerate(payload.split(b"\n"), 1)
    )
    known = _memory.of(device)
    addresses, times, values = columns.address, columns.time, columns.value
    add_address, add_time, add_value = addresses.append, times.append, values.append
    last_stamp, last_time = b"", NO_TIME
    for number, line in lines:
        parts = line.split(b" ")
        series_known = known.get(parts[0])
        if series_known is None or (careful and any(odd in line for odd in _ODD)):
            read_line(place, device, number, line, columns, multiply, divide)
            continue
        if len(parts) == 3:
            stamp = parts[2]
            if stamp == last_stamp:
                time = last_time
            else:
                try:
                    time = int(stamp) * multiply // divide
                except ValueError:
                    time = NO_TIME  # out of range, as are all below
                if not EARLIEST <= time <= LATEST or _UNDERSCORE in stamp:
                    read_line(place, device, number, line, columns, multiply, divide)
                    continue
                last_stamp, last_time = stamp, time
        elif len(parts) == 2:
            time = NO_TIME
        else:
            read_line(place, device, number, line, columns, multiply, divide)
            continue
        fields = parts[1].split(b",")
        for field in fields:
            key, _, sent = field.partition(b"=")
            address = series_known.get(key)
            try:
                value = float(sent) if sent[-1:] != b"i" else float(int(sent[:-1]))
            except (ValueError, OverflowError):
                break
            if (
                address is None
                or _UNDERSCORE in sent
                or not -9e18 < value < 9e18  # nor NaN; whole numbers may not fit 64 bits
            ):
                break
            add_address(address)
            add_time(time)
            add_value(value)
        else:
            continue
        taken = fields.index(field)  # a field is unusual: take the line back and read it exactly
        if taken:
            del addresses[-taken:], times[-taken:], values[-taken:]
        read_line(place, device, number, line, columns, multiply, divide)
    columns.unit.extend([""] * (len(addresses) - len(columns.unit)))
    columns.message.extend([place] * (len(addresses) - len(columns.message)))


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
        _memory.learn(device, parsed.series, key, address)
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


decode = decoder("ns")
