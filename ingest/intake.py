"""From a drain of messages to columns: what is known, what is unknown, what is unusable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Floats, Times
from ingest.message import Message, Reject


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
