"""What every detector is: parameters, a table of state with a row a channel, one update."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import BaseModel, ConfigDict

from ingest.batch import Batch, Floats
from ingest.channel import Channel


class Params(BaseModel):
    """Base of every detector's parameters: frozen, no unknown fields, docs under each field."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Detector(ABC):
    """Base of every detector.

    All memory is `state`, one structured row a channel, so that the engine can copy a
    channel's row to look back, put it in a checkpoint, or make room for a new channel,
    without knowing the method. A subclass names its fields in `fields` and fills a new
    row in `begin`.

    `update` must be a function of each channel's own rows in their order: cutting the
    stream, other channels and restarts change nothing (`tests/detectors/test_every_detector.py`).
    """

    Parameters: ClassVar[type[Params]]
    fields: ClassVar[list[tuple[Any, ...]]]

    def __init__(self, params: Params, channels: Sequence[Channel] = ()) -> None:
        self.params: Any = params
        self.state: NDArray[np.void] = np.zeros(0, dtype=self.dtype())
        self.grow(channels)

    def dtype(self) -> DTypeLike:
        return np.dtype(self.fields)

    def grow(self, channels: Sequence[Channel]) -> None:
        """Make room for `channels`; the first of them gets the next free row."""
        self.state = np.concatenate([self.state, self.begin(channels)])

    def begin(self, channels: Sequence[Channel]) -> NDArray[np.void]:
        """Return (k,) fresh state rows for `channels`."""
        return np.zeros(len(channels), dtype=self.dtype())

    @abstractmethod
    def update(self, batch: Batch) -> Floats:
        """Advance by `batch`, return (n,) scores >= 0: 1.0 at the limit, NaN where value is NaN.

        `batch.channel` are rows of `state`; rows of one channel come oldest first. A NaN
        value leaves the state alone.
        """

    def expected(self, channel: int) -> dict[str, float]:
        """Return what row `channel` takes for normal now (limit, level, spread), for evidence."""
        return {}
