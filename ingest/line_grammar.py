"""The grammar of InfluxDB line protocol, exactly, a line at a time.

A backslash takes the meaning from the comma, space or equals sign after it; before anything
else it is a backslash. In a quoted text it does so for the quote and itself. Unquoted names
may hold quotes. A line ends at a newline outside quoted text. Between the three parts of a
line stands one space; more are forgiven.
Source: docs.influxdata.com, InfluxDB v2, Line protocol; models/points.go for what it leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.json_document import LONGEST_NAME
from ingest.line_value import shown
from ingest.unusable import Unusable

# Possessive (++), since a backslash must not change its meaning in a second attempt.
_MEASUREMENT = rb"(?:\\[, =]|[^, \n])++"
_NAME = rb"(?:\\[, =]|[^, =\n])++"
_QUOTED = rb'"(?:\\.|[^"\\])*+"'
_BARE = rb'(?:[^", \n][^, \n]*+)?+'
_MEASUREMENT_ONLY = re.compile(_MEASUREMENT)
_SERIES = re.compile(rb"%b(?:,%b=%b)*+" % (_MEASUREMENT, _NAME, _NAME))
_TAG = re.compile(rb",(%b)=(%b)" % (_NAME, _NAME))
_FIELD = re.compile(rb"(%b)=(%b|%b)" % (_NAME, _QUOTED, _BARE), re.DOTALL)
_BEGIN = re.compile(rb" *+(?:\\[, =]|[^ \n])++ ++")
_END = re.compile(rb"(?: ++[+-]?[0-9]++)?+[ \r\t]*+(?=\n|\Z)")
_ESCAPED = re.compile(rb"\\([, =])")
_STAMP = re.compile(rb"[+-]?\d{1,20}")


class Line(NamedTuple):
    """One line taken apart, its values still as sent."""

    series: bytes  #: measurement and tags, as sent
    measurement: str
    tags: dict[str, str]
    fields: list[tuple[bytes, bytes]]  #: key and value, as sent
    stamp: int | None  #: in the precision of the payload


def split_lines(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield line number and text of each line; a quoted text may go on over newlines.

    Only a line that is whole by the grammar may: an unclosed quote costs its own line.
    """
    position, number = 0, 1
    while position < len(payload):
        end = payload.find(b"\n", position)
        end = len(payload) if end < 0 else end
        quote = payload.find(b'"', position, end)
        if quote >= 0 and payload[position : position + 1] != b"#":
            end = max(end, _end_of_record(payload, position))
        line = payload[position:end]
        yield number, line
        number += line.count(b"\n") + 1
        position = end + 1


def _end_of_record(payload: bytes, position: int) -> int:
    """Return where the record at `position` ends, -1 if what stands there is none."""
    begin = _BEGIN.match(payload, position)
    if begin is None:
        return -1
    at = begin.end()
    while field := _FIELD.match(payload, at):
        at = field.end()
        if payload[at : at + 1] != b",":
            break
        at += 1
    else:
        return -1
    end_of_record = _END.match(payload, at)
    return end_of_record.end() if end_of_record else -1


def parse_line(line: bytes) -> Line | None:
    """Take a line apart; None for a comment or a blank line, `Unusable` for what is no line."""
    line = line.strip(b" \r\t")
    if not line or line.startswith(b"#"):
        return None
    if b"\0" in line:
        raise Unusable("has the character NUL, which no text may have")
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise Unusable(f"is not UTF-8 text (byte {error.start + 1})") from None
    series = _SERIES.match(line)
    if series is None:
        raise Unusable("begins with a comma; expected a measurement")
    at = series.end()
    if at == len(line):
        raise Unusable("has no fields; expected measurement,tag=value field=value timestamp")
    if line[at : at + 1] != b" ":
        raise Unusable(f"has a tag that is not key=value: {shown(line[at:])}")
    fields: list[tuple[bytes, bytes]] = []
    at = _after_spaces(line, at)
    while True:
        field = _FIELD.match(line, at)
        if field is None:
            raise Unusable(f"has a field that is not key=value: {shown(line[at:])}")
        fields.append((field[1], field[2]))
        at = field.end()
        if line[at : at + 1] != b",":
            break
        at += 1
    stamp = None
    if at < len(line):
        rest = line[at:].strip(b" ")
        if rest.startswith(b'"'):
            raise Unusable(f"has text without its closing quote: {shown(rest)}")
        if line[at : at + 1] != b" " or not _STAMP.fullmatch(rest):
            raise Unusable(f"has {shown(rest)} after its fields; expected a whole-number time")
        stamp = int(rest)
    measurement, tags = _parse_series(series[0])
    return Line(series[0], measurement, tags, fields, stamp)


def _parse_series(series: bytes) -> tuple[str, dict[str, str]]:
    measurement = _MEASUREMENT_ONLY.match(series)
    assert measurement is not None
    tags: dict[str, str] = {}
    for key, value in _TAG.findall(series, measurement.end()):
        name = unescape(key)
        if name in tags:
            raise Unusable(f"has the tag {name[:60]} twice")
        tags[name] = unescape(value)
    return unescape(measurement[0]), tags


def unescape(name: bytes) -> str:
    """Return a measurement, tag or field name as text."""
    text = (_ESCAPED.sub(rb"\1", name) if b"\\" in name else name).decode()
    if len(text) > LONGEST_NAME:
        raise Unusable(f"has a name of {len(text)} characters, more than {LONGEST_NAME}")
    return text


def _after_spaces(line: bytes, at: int) -> int:
    while line[at : at + 1] == b" ":
        at += 1
    return at
