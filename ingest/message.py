"""What comes off the wire, and what becomes of the part of it we could not use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT publish, or one HTTP body.

    `received` is microseconds since 1970 UTC, never decreasing from one message to
    the next. `format` is a name in `ingest.formats.FORMATS`, or "auto". `device` is
    what the topic says of the sender, "" where it says nothing. `redelivered` is the
    DUP flag. `token` is whatever the receiver needs to acknowledge it.
    """

    source: str
    topic: str
    payload: bytes
    received: int
    format: str = "auto"
    device: str = ""
    redelivered: bool = False
    token: Any = None


class Reject(NamedTuple):
    """A message, or a record of one, that we could not use: kept for an operator to mend."""

    message: int  #: place of the message in its drain
    reason: str  #: for the operator: what is wrong, and where
    record: Any = None  #: the record, where only a part of the payload is bad
