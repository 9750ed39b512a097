"""All wire formats by name, and the decoding of a whole drain of messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ingest import (
    chirpstack,
    json_flat,
    line_protocol,
    senml,
    sensorthings,
    thingsboard,
    ttn,
)
from ingest.columns import Columns
from ingest.json_document import read_json, storable
from ingest.message import Message, Reject
from ingest.recognition import recognise_document
from ingest.unusable import Unusable

Decode = Callable[[int, Message, Columns], None]
Read = Callable[[int, Message, Any, Columns], None]

#: A message may not fill the dead letters, of which each has the whole payload: beyond so many
#: letters, or together so many bytes, its rejects are only counted.
MOST_REJECTS: Final = 50
MOST_BYTES: Final = 1 << 20
#: Nor may it hold up the stream: after so many bad records and not one reading it is given up.
HOPELESS: Final = 1_000

#: Formats that are JSON documents: what reads a document once it is parsed.
READERS: Final[dict[str, Read]] = {
    "json": json_flat.read,
    "senml": senml.read,
    "thingsboard": thingsboard.read,
    "sensorthings": sensorthings.read,
    "chirpstack": chirpstack.read,
    "ttn": ttn.read,
}


def _of_json(read: Read) -> Decode:
    def decode_json(place: int, message: Message, columns: Columns) -> None:
        read(place, message, read_json(message.payload), columns)

    return decode_json


#: Every format a topic may be set to, except "auto". A decoder may raise `Unusable`.
FORMATS: Final[dict[str, Decode]] = {
    **{name: _of_json(read) for name, read in READERS.items()},
    "line-protocol": line_protocol.decode,
    **{f"line-protocol:{unit}": line_protocol.decoder(unit) for unit in line_protocol.PRECISIONS},
}


def decode(messages: Sequence[Message]) -> Columns:
    """Decode all messages of a drain. No payload makes it raise.

    Each message gives at least one reading or one reject.
    """
    columns = _Columns()
    rejects = columns.rejects
    for place, message in enumerate(messages):
        readings_before = columns.readings_before = len(columns.address)
        rejects_before = columns.rejects_before = len(rejects)
        fault = ""
        try:
            decoder = FORMATS.get(message.format)
            if decoder is None:
                _decode_other(place, message, columns)
            else:
                decoder(place, message, columns)
        except Unusable as why:
            fault = str(why)
        if len(rejects) != rejects_before:
            _keep_storable(rejects, place, rejects_before, len(message.payload))
        elif not fault and len(columns.address) == readings_before:
            fault = "the message holds no reading: every field is null or missing"
        if fault:
            rejects.append(Reject(place, fault))
    return columns


class _Columns(Columns):
    """Columns of a drain that know where the message being decoded began."""

    __slots__ = ("readings_before", "rejects_before")
    readings_before: int
    rejects_before: int

    def reject(self, message: int, reason: str, record: Any = None) -> None:
        bad = len(self.rejects) - self.rejects_before
        if bad >= HOPELESS and len(self.address) == self.readings_before:
            raise Unusable(f"the message was given up after {bad} bad records and not one good")
        self.rejects.append(Reject(message, reason, record))


def recognise(payload: bytes, topic: str) -> str | None:
    """Return the format that the payload is in, or None if it is none of ours."""
    first = payload.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first and first in b"{[":
        try:
            return recognise_document(read_json(payload), topic)
        except Unusable:
            return "json"  # whose decoder says what is wrong with it
    return "line-protocol" if line_protocol.is_likely(payload) else None


def _decode_other(place: int, message: Message, columns: Columns) -> None:
    payload = message.payload
    if message.format != "auto":
        raise Unusable(
            f'the topic is set to the unknown format "{message.format}"; known are auto, '
            + ", ".join(FORMATS)
        )
    if not payload.strip():
        raise Unusable("the payload is empty")
    if payload.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        document = read_json(payload)
        READERS[recognise_document(document, message.topic)](place, message, document, columns)
    elif line_protocol.is_likely(payload):
        line_protocol.decode(place, message, columns)
    else:
        raise Unusable(
            "the format is not recognised: neither a JSON object or array nor line protocol;"
            " set the topic's format if it is one of " + ", ".join(FORMATS)
        )


def _keep_storable(rejects: list[Reject], place: int, since: int, size: int) -> None:
    """Make the rejects of a message of `size` bytes fit to be stored: few, with records as JSON."""
    fresh = rejects[since:]
    most = max(1, min(MOST_REJECTS, MOST_BYTES // (size + 1)))
    more = len(fresh) - most
    rejects[since:] = [reject._replace(record=storable(reject.record)) for reject in fresh[:most]]
    if more > 0:
        reason = f"{more} more records of this message could not be used either"
        rejects.append(Reject(place, reason))
