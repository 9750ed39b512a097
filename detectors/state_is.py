"""A state or a yes/no that equals a given one."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.placed import Placed
from ingest.batch import Batch, Floats
from ingest.channel import Channel


class StateIsParams(Params):
    equals: float | str = 1.0
    """The number, or the word that the channel's `states` gives a number."""


class StateIs(Placed):
    """Score 1 where the value is the given one, else 0.

    A yes/no is 1 or 0. A word counts by the number the channel's `states` gives it; on a
    channel that does not know the word the score is 0. No memory, no false signals of its
    own: a loose contact is for the policy's samples and on-delay.
    """

    Parameters = StateIsParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("seen", "?")]

    def place_names(self) -> tuple[str, ...]:
        return ("equals",)

    def place(self, channel: Channel) -> dict[str, float]:
        equals = self.params.equals
        number = channel.states.get(equals, np.nan) if isinstance(equals, str) else equals
        return {"equals": number}

    def update(self, batch: Batch) -> Floats:
        score = np.empty(len(batch))
        _compare(batch.channel, batch.value, self.facts["equals"], score)
        return score


@kernel
def _compare(channel: NDArray[np.int32], value: Floats, equals: Floats, score: Floats) -> None:
    for row in range(len(value)):
        same = 1.0 if value[row] == equals[channel[row]] else 0.0
        score[row] = np.nan if np.isnan(value[row]) else same
