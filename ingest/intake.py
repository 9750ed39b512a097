"""From a drain of messages to columns: what is known, what is unknown, what is unusable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Floats, Rows, Times, make_batch
from ingest.columns import NO_TIME, Columns
from ingest.contract import FUTURE_TOLERANCE, Flags, Micros, keep_contract, numbers_and_texts
from ingest.exercise import addressed_within, drills_of, named_within, of_own_drill
from ingest.formats import decode
from ingest.message import Message, Reject
from ingest.quality import Quality
from ingest.registry import Registry
from ingest.sender import of_own_tree


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """Readings of devices, or fields of devices, that nobody has adopted; as they were sent.

    Lists and arrays of one length, a row a reading; `value` is NaN where `state` is text.
    """

    message: NDArray[np.int32]
    device: list[str]
    name: list[str]
    time: Times
    value: Floats
    state: list[str | None]
    unit: list[str]
    quality: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.device)


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """All that one drain of the queue became; stored in one transaction, then acknowledged.

    Every message is here as rows of `batch`, as rows of `unknown`, or in `rejects`.
    `row_message` (n,) int32 is the message of each row of `batch`. `untimed` are the
    messages that bore no device time: place in the drain and digest of topic and payload.
    """

    messages: Sequence[Message]
    batch: Batch
    row_message: NDArray[np.int32]
    unknown: Unknown
    rejects: list[Reject]
    untimed: list[tuple[int, bytes]]


def take_in(
    messages: Sequence[Message],
    registry: Registry,
    previous_received: int,
    future_tolerance: int = FUTURE_TOLERANCE,
) -> Intake:
    """Decode a drain of the queue and find each reading's channel.

    `previous_received` [µs] is the stamp of the last message of the drain before. Stamps
    that do not follow on it, each on the one before, are moved up: the order of receipt is
    the recovery sequence, and a reading without a device time is told apart by its stamp.
    That every message gives a reading or a reject is the decoders' promise. What a drill's topic
    brings is of the drill.
    """
    of_drill = drills_of(messages)
    messages = named_within(messages, of_drill)
    columns = decode(messages)
    message = np.array(columns.message, dtype=np.int32)
    drills = of_drill[message]
    addressed_within(columns, drills)
    sent = np.array(columns.time, dtype=np.int64)
    untimed = sent == NO_TIME
    turn, turns = _turns(columns, untimed, len(messages))
    messages, stamps = _in_sequence(messages, previous_received, turns)
    received = stamps[message]
    time = np.where(untimed, received - turns[message] + turn, sent)
    quality = np.where(untimed, np.uint16(Quality.NO_DEVICE_TIME), np.uint16(0))

    number_of = registry.numbers
    channel = np.array([number_of.get(address, -1) for address in columns.address], dtype=np.int32)
    value, unit = columns.value, columns.unit
    own = of_own_tree(messages, columns, message, channel, registry)
    own &= of_own_drill(columns, message, channel, drills, registry.exercise)
    strange = np.flatnonzero((channel < 0) & own)
    known: slice | Rows = slice(None)
    if not own.all() or len(strange):
        known = np.flatnonzero((channel >= 0) & own)
        value = [columns.value[row] for row in known.tolist()]
        unit = [columns.unit[row] for row in known.tolist()]
    batch = keep_contract(
        registry,
        channel[known],
        time[known],
        received[known],
        value,
        unit,
        quality[known],
        future_tolerance,
    )
    return Intake(
        messages=messages,
        batch=batch,
        row_message=message[known],
        unknown=_unknown(columns, strange, time, quality),
        rejects=columns.rejects,
        untimed=[
            (place, digest(messages[place]))
            for place in sorted({*message[untimed].tolist(), *columns.from_arrival})
        ],
    )


def reject_all(messages: Sequence[Message], reason: str, previous_received: int) -> Intake:
    """Return the intake in which every message is a dead letter for `reason`."""
    none = np.zeros(0, dtype=np.int64)
    turns = np.zeros(len(messages), dtype=np.int64)
    messages, _ = _in_sequence(messages, previous_received, turns)
    return Intake(
        messages=messages,
        batch=make_batch([], [], []),
        row_message=none.astype(np.int32),
        unknown=_unknown(Columns(), none, none, none.astype(np.uint16)),
        rejects=[Reject(place, reason) for place in range(len(messages))],
        untimed=[],
    )


def digest(message: Message) -> bytes:
    """Return 16 bytes that tell a message without device time from others of its topic."""
    return blake2b(
        message.topic.encode(errors="backslashreplace") + b"\0" + message.payload, digest_size=16
    ).digest()


def _turns(columns: Columns, untimed: NDArray[np.bool_], messages: int) -> tuple[Micros, Micros]:
    """Count off the untimed readings that one message holds of one channel.

    Returns (rows,) the turn of each reading, 0 for the first, and (messages,) the highest turn
    of each message. In their turn they are given times one microsecond apart.
    """
    turn = np.zeros(len(columns), dtype=np.int64)
    turns = np.zeros(messages, dtype=np.int64)
    met: dict[tuple[int, tuple[str, str]], int] = {}
    for row in np.flatnonzero(untimed).tolist():
        key = columns.message[row], columns.address[row]
        turn[row] = met[key] = met.get(key, -1) + 1
    for (place, _), last in met.items():
        turns[place] = max(turns[place], last)
    return turn, turns


def _in_sequence(
    messages: Sequence[Message], previous_received: int, turns: Micros
) -> tuple[Sequence[Message], Micros]:
    """Move stamps up so that each is above the one before by one more than its own turns."""
    stamped = np.array([message.received for message in messages], dtype=np.int64)
    room = np.cumsum(turns + 1)
    stamps = np.maximum.accumulate(np.maximum(stamped - room, previous_received)) + room
    moved = np.flatnonzero(stamps != stamped).tolist()
    if moved:
        messages = list(messages)
        for place in moved:
            messages[place] = replace(messages[place], received=int(stamps[place]))
    return messages, stamps


def _unknown(columns: Columns, rows: Rows, time: Micros, quality: Flags) -> Unknown:
    places = rows.tolist()
    number, texts = numbers_and_texts([columns.value[row] for row in places])
    return Unknown(
        message=np.array([columns.message[row] for row in places], dtype=np.int32),
        device=[columns.address[row][0] for row in places],
        name=[columns.address[row][1] for row in places],
        time=time[rows].view("datetime64[us]"),
        value=number,
        state=[texts.get(place) for place in range(len(places))],
        unit=[columns.unit[row] for row in places],
        quality=quality[rows],
    )
