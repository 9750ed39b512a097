"""Decode InfluxDB line protocol, thousands of lines a message.

Whose a reading is says `ingest.line_series`, what is right `ingest.line_grammar`.

The usual line (nothing escaped, series and fields seen before) costs three
splits and three look-ups in what earlier lines taught; every other line is read by the
grammar, which alone decides what is right. Whatever Python's `float` and `int` take beyond
the grammar (1_000, nan, tabs) is sent there too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from ingest.columns import NO_TIME, Columns
from ingest.json_document import LONGEST_STATE
from ingest.line_grammar import split_lines
from ingest.line_series import MEMORY, read_line
from ingest.line_value import BOOLEANS
from ingest.message import Message
from ingest.times import EARLIEST, LATEST

#: Precision of the timestamps: what to multiply with, then divide by, to get microseconds.
PRECISIONS: Final = {
    "ns": (1, 1_000), "us": (1, 1), "ms": (1_000, 1), "s": (1_000_000, 1),
    "m": (60_000_000, 1), "h": (3_600_000_000, 1),
}  # fmt: skip

_LIKELY = re.compile(rb"[^\n#]*[^\n# ] +[^\n]*=")
_UNDERSCORE: Final = ord("_")
#: Bytes that mean more than themselves, to the grammar or to `float` and `int`.
_ODD: Final = (b"\\", b"\r", b"\t", b"\v", b"\f")
_IS_ODD = re.compile(rb"[\\\r\t\v\f]").search


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
    careful = any(odd in payload for odd in _ODD)
    lines: Iterable[tuple[int, bytes]] = (
        split_lines(payload) if quoted else enumerate(payload.split(b"\n"), 1)
    )
    known = MEMORY.of(device)
    addresses, times, values = columns.address, columns.time, columns.value
    add_address, add_time, add_value = addresses.append, times.append, values.append
    last_stamp, last_time = b"", NO_TIME
    for number, line in lines:
        parts = line.split(b" ")
        series_known = known.get(parts[0])
        if series_known is None or (careful and _IS_ODD(line)):
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
            if address is None:
                break
            try:
                value = float(sent) if sent[-1:] != b"i" else float(int(sent[:-1]))
            except (ValueError, OverflowError):
                state = _plain_state(sent)
                if state is None:
                    break
                add_value(state)
            else:
                # Whole numbers beyond may not fit 64 bits; NaN fails too.
                if not -9e18 < value < 9e18 or _UNDERSCORE in sent:
                    break
                add_value(value)
            add_address(address)
            add_time(time)
        else:
            continue
        taken = fields.index(field)  # a field is unusual: take the line back and read it exactly
        if taken:
            del addresses[-taken:], times[-taken:], values[-taken:]
        read_line(place, device, number, line, columns, multiply, divide)
    columns.unit.extend([""] * (len(addresses) - len(columns.unit)))
    columns.message.extend([place] * (len(addresses) - len(columns.message)))


def _plain_state(sent: bytes) -> bool | str | None:
    """Return a boolean, or a quoted text without escapes; None for what the grammar must read."""
    if sent[:1] == b'"' == sent[-1:] and len(sent) > 1 and sent.count(b'"') == 2:
        if b"\0" in sent or len(sent) > LONGEST_STATE:
            return None
        try:
            return sent[1:-1].decode()
        except UnicodeDecodeError:
            return None
    return BOOLEANS.get(sent)


decode = decoder("ns")
