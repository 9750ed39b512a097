"""What a detector is that looks at the channels of one place side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.detector import Params
from ingest.batch import Floats, Rows, Times
from ingest.channel import Channel


class Verdict(NamedTuple):
    """score : (n,) >= 0, 1.0 at the limit, NaN where a frame has nothing to judge
    speaks : (n,) place of the member that contributes most; -1 where score is NaN
    """

    score: Floats
    speaks: Rows


class Together(ABC):
    """Base of detectors on the frames of one group: a station, a zone, a pipe, a feeder.

    A frame is what all members read at one time, side by side. All memory is `state`, one
    structured row whose fields may depend on the number of members, so that the engine can
    copy it to look back or put it in a checkpoint without knowing the method.

    `update` must be a function of the group's own frames in their order: cutting the stream
    and restarts change nothing, and members in another order give the same scores
    (`tests/detectors/test_every_together.py`).
    """

    Parameters: ClassVar[type[Params]]

    def __init__(self, params: Params, members: Sequence[Channel]) -> None:
        self.params: Any = params
        self.members = tuple(members)
        self.state: NDArray[np.void] = self.begin()

    @abstractmethod
    def fields(self) -> list[tuple[Any, ...]]:
        """Return the fields of the state row for these members, as numpy describes them."""

    def begin(self) -> NDArray[np.void]:
        """Return (1,) fresh state."""
        return np.zeros(1, dtype=np.dtype(self.fields()))

    @abstractmethod
    def update(self, time: Times, value: Floats) -> Verdict:
        """Advance by (n,) frame times, oldest first, and (n, m) values [SI, NaN = no reading]."""

    def expected(self, member: int) -> dict[str, float]:
        """Return what is taken for normal of one member now (level, spread), for evidence."""
        return {}
