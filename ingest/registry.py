"""Who sends what: the channel of every address, and its contract as arrays by channel number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Floats
from ingest.channel import Channel
from ingest.quality import Quality
from ingest.quantities import QUANTITIES, Quantity
from ingest.units import WrongUnit, conversion

#: Gives texts their lasting numbers, in the order of the texts; the store does it.
Intern = Callable[[Sequence[str]], Sequence[int]]

NEVER = np.iinfo(np.int64).min
UNFIT = (1.0, 0.0)
UNKNOWN = Quantity("", "", "", "")  #: no unit fits it, so that its readings are flagged
NO_SENDER, STRANGER = -1, -2  #: nobody is named; a name that no device or gateway has
BAD_CLOCK = np.uint16(Quality.FUTURE | Quality.EPOCH)


class Registry:
    """The adopted channels, as the storing thread needs them for each drain.

    Arrays are indexed by channel number; numbers nobody has hold neutral values.

    numbers : address (device, name) -> number
    factor, offset : SI value = factor * sent value + offset, for the channel's own unit
    fits    : whether that unit fits the quantity at all
    lowest, highest : the contract's range, within what the quantity can mean [SI]
    latest  : latest good device time that was stored [µs], `NEVER` before the first
    exercise : the drill that the channel belongs to, 0 for live ones
    device, gateway : who may send it, as numbers of `senders`; gateway is `NO_SENDER` without one

    Channels are only ever added or exchanged, by any thread; a drain sees a channel
    wholly or not at all, because its address is entered last.
    """

    def __init__(
        self, channels: Iterable[Channel], states: Mapping[str, int], intern: Intern
    ) -> None:
        self.numbers: dict[tuple[str, str], int] = {}
        self.channels: dict[int, Channel] = {}
        self.senders: dict[str, int] = {}  #: every device and gateway by name
        self.devices: dict[str, int] = {}  #: a channel of each device, by its name
        self.states = dict(states)
        self._intern = intern
        self._conversions: dict[tuple[str, str], tuple[float, float] | None] = {}
        self._lock = Lock()
        self.factor: Floats = np.ones(0)
        self.offset: Floats = np.zeros(0)
        self.fits: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.lowest: Floats = np.zeros(0)
        self.highest: Floats = np.zeros(0)
        self.latest: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.exercise: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.device: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.gateway: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.add(channels)

    def __len__(self) -> int:
        return len(self.channels)

    def add(self, channels: Iterable[Channel]) -> None:
        """Adopt `channels`, or exchange the contract of those already here."""
        channels = list(channels)
        with self._lock:
            self._make_room(1 + max((channel.number for channel in channels), default=-1))
            for channel in channels:
                number = channel.number
                rule = self._conversion(channel.unit, channel.quantity)
                self.fits[number] = rule is not None
                self.factor[number], self.offset[number] = rule or UNFIT
                quantity = QUANTITIES.get(channel.quantity, UNKNOWN)
                self.lowest[number] = max(channel.lowest, quantity.lowest)
                self.highest[number] = min(channel.highest, quantity.highest)
                self.device[number] = self._sender(channel.device)
                self.gateway[number] = self._sender(channel.tags.get("gateway", ""))
                self.devices[channel.device] = number
                self.exercise[number] = channel.exercise or 0
                former = self.channels.get(number, channel)
                if (former.device, former.name) != (channel.device, channel.name):
                    self.numbers.pop((former.device, former.name), None)
                self.channels[number] = channel
                self.numbers[channel.device, channel.name] = number

    def remember(self, batch: Batch) -> None:
        """Note the latest times of a stored batch, so that what is older is known to be late.

        A time that is known to be wrong teaches nothing: one reading from the year 2099
        would make every later one late.
        """
        good = (batch.quality & BAD_CLOCK) == 0
        time = batch.time.astype("datetime64[us]").view(np.int64)
        with self._lock:
            np.maximum.at(self.latest, batch.channel[good], time[good])

    def conversion(self, number: int, unit: str) -> tuple[float, float] | None:
        """Return (factor, offset) from a declared `unit` to SI; None where it does not fit."""
        return self._conversion(unit, self.channels[number].quantity)

    def states_of(self, texts: Sequence[str]) -> list[int]:
        """Return the numbers of state texts; the store is asked only for texts never met."""
        new = [text for text in dict.fromkeys(texts) if text not in self.states]
        if new:
            self.states.update(zip(new, self._intern(new), strict=True))
        return [self.states[text] for text in texts]

    def _sender(self, name: str) -> int:
        return self.senders.setdefault(name, len(self.senders)) if name else NO_SENDER

    def _conversion(self, unit: str, quantity: str) -> tuple[float, float] | None:
        try:
            return self._conversions[unit, quantity]
        except KeyError:
            pass
        try:
            rule = conversion(unit, quantity)
        except WrongUnit:
            rule = None
        self._conversions[unit, quantity] = rule
        return rule

    def _make_room(self, size: int) -> None:
        more = size - len(self.factor)
        if more <= 0:
            return
        more = max(more, len(self.factor) // 2)
        self.factor = np.concatenate([self.factor, np.ones(more)])
        self.offset = np.concatenate([self.offset, np.zeros(more)])
        self.fits = np.concatenate([self.fits, np.zeros(more, dtype=bool)])
        self.lowest = np.concatenate([self.lowest, np.full(more, -np.inf)])
        self.highest = np.concatenate([self.highest, np.full(more, np.inf)])
        self.exercise = np.concatenate([self.exercise, np.zeros(more, dtype=np.int64)])
        self.latest = np.concatenate([self.latest, np.full(more, NEVER, dtype=np.int64)])
        self.device = np.concatenate([self.device, np.full(more, NO_SENDER, dtype=np.int32)])
        self.gateway = np.concatenate([self.gateway, np.full(more, NO_SENDER, dtype=np.int32)])
