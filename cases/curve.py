"""What a channel has measured, and the time in which that is judged for closing a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Floats, Times
from ingest.channel import Channel

#: Of the readings that a stretch should have, the least share that is believed.
SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is judged: from feed-back until now, and when the problem began."""

    since: datetime
    now: datetime
    began: datetime


@dataclass(frozen=True, slots=True)
class Curve:
    """The good readings of a channel until now, oldest first."""

    channel: Channel
    time: Times
    value: Floats

    def __getitem__(self, rows: NDArray[np.bool_]) -> Curve:
        return Curve(self.channel, self.time[rows], self.value[rows])


def stamp(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")


def moment(time: np.datetime64) -> datetime:
    naive: datetime = time.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)
