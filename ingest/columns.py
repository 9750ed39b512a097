"""Where decoders put what they read: parallel lists, one entry a reading."""

from __future__ import annotations

from typing import Any, NamedTuple

from ingest.message import Reject


class Address(NamedTuple):
    """How a reading names its channel on the wire: the device, and the field it sent."""

    device: str
    name: str


#: `Columns.time` of a reading whose message bore no time.
NO_TIME = -(2**63)


class Columns:
    """Readings of many messages as lists that grow together; decoders append to them.

    One `Columns` serves a whole drain of the queue, so that all after decoding is done
    once a drain with arrays. A decoder sets no default: what the payload does not say
    stays unsaid ("" for the unit, NO_TIME for the time).

    address : Address, or any tuple equal to one
    time    : int [µs since 1970 UTC]
    value   : float, bool or str as the payload has it; a str is a state
    unit    : str, as declared in the payload, "" if not
    message : int, place of the reading's message in the drain

    `from_arrival` holds the messages with times that were sent relative to their arrival:
    like one without a time, such a message tells the same reading apart only by its bytes.
    """

    __slots__ = ("address", "from_arrival", "message", "rejects", "time", "unit", "value")

    def __init__(self) -> None:
        self.address: list[tuple[str, str]] = []
        self.time: list[int] = []
        self.value: list[float | bool | str] = []
        self.unit: list[str] = []
        self.message: list[int] = []
        self.rejects: list[Reject] = []
        self.from_arrival: set[int] = set()

    def __len__(self) -> int:
        return len(self.address)

    def add(
        self,
        message: int,
        device: str,
        name: str,
        time: int,
        value: float | bool | str,
        unit: str = "",
    ) -> None:
        self.address.append((device, name))
        self.time.append(time)
        self.value.append(value)
        self.unit.append(unit)
        self.message.append(message)

    def reject(self, message: int, reason: str, record: Any = None) -> None:
        self.rejects.append(Reject(message, reason, record))
