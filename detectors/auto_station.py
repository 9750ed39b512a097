"""The default for a station nobody has tuned: what was not foretold, what stays off its level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from detectors.detector import Params
from detectors.foretold import Foretold, ForetoldParams
from detectors.kernel import kernel
from detectors.shift import Shift, ShiftParams
from detectors.together import Together, Verdict
from ingest.batch import Floats, Rows, Times
from ingest.channel import Channel


class AutoStationParams(Params):
    foretold: ForetoldParams = ForetoldParams()
    """What the last frame did not foretell."""
    shift: ShiftParams = ShiftParams()
    """What stays off its level."""
    clears_at: float = Field(0.8, gt=0, le=1)
    """What has reached 1 stays there until the score is below this."""


class AutoStation(Together):
    """Ask `foretold` and `shift`; the louder one scores and says which member speaks.

        evidence = max(foretold, σ),  σ = shift² below 1, its fourth root above
        score = max(evidence, 1) since it reached 1 and until it is below clears_at,
                else evidence

    The powers leave the limit where it is and rank what is merely off its level behind
    what nobody could foresee. One setting for 2 to 60 members, any step from a second to
    an hour, states and numbers, with and without history. The score is a state: at or
    above 1 while the station is abnormal, below when it has come back. 0 at first: shift
    watches for 150 frames, foretold for 300. Expected false signals: of eight members of
    noise none in 100,000 frames, one where the noise hangs together (0.95 from frame to
    frame); 12 a sensor-year on GECCO's minutes, 1.7 on two rivers' half hours, most of them
    in the first days. Chosen on half of GECCO, BATADAL and SKAB (`deploy/bench/scores`).
    """

    Parameters = AutoStationParams

    def __init__(self, params: Params, members: Sequence[Channel]) -> None:
        of: Any = params
        self.foretold, self.shift = Foretold(of.foretold, members), Shift(of.shift, members)
        super().__init__(params, members)

    def fields(self) -> list[tuple[Any, ...]]:
        parts = [("foretold", self.foretold.state.dtype), ("shift", self.shift.state.dtype)]
        return [*parts, ("raised", "i8")]

    def update(self, time: Times, value: Floats) -> Verdict:
        self.foretold.state, self.shift.state = self.state["foretold"], self.state["shift"]
        foretold, shift = self.foretold.update(time, value), self.shift.update(time, value)
        ranked = np.where(shift.score < 1.0, shift.score**2, shift.score**0.25)
        score = np.maximum(foretold.score, ranked)
        _hold(score, self.state["raised"], self.params.clears_at)
        return Verdict(score, np.where(foretold.score > ranked, foretold.speaks, shift.speaks))

    def expected(self, member: int) -> dict[str, float]:
        self.foretold.state = self.state["foretold"]
        return self.foretold.expected(member)


@kernel
def _hold(score: Floats, raised: Rows, clears_at: float) -> None:
    for row in range(len(score)):
        if np.isnan(score[row]):
            continue
        if raised[0] == 0 and score[row] >= 1.0:
            raised[0] = 1
        elif raised[0] == 1 and score[row] < clears_at:
            raised[0] = 0
        if raised[0] == 1:
            score[row] = max(score[row], 1.0)
