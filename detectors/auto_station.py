"""The default for a station nobody has tuned: what stays off its level, what was not foretold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detectors.detector import Params
from detectors.foretold import Foretold, ForetoldParams
from detectors.shift import Shift, ShiftParams
from detectors.together import Together, Verdict
from ingest.batch import Floats, Times
from ingest.channel import Channel


class AutoStationParams(Params):
    shift: ShiftParams = ShiftParams()
    """What stays off its level."""
    foretold: ForetoldParams = ForetoldParams()
    """What the last frame did not foretell."""


class AutoStation(Together):
    """Ask `shift` and `foretold`; the louder one scores and says which member speaks.

        score = max(shift, foretold)

    One setting for 2 to 60 members, any step from a second to an hour, states and numbers,
    with and without history. The score is a state: at or above 1 while the station is
    abnormal, below when it has come back. 0 for the first 200 frames.
    """

    Parameters = AutoStationParams

    def __init__(self, params: Params, members: Sequence[Channel]) -> None:
        of: Any = params
        self.parts = {
            "shift": Shift(of.shift, members),
            "foretold": Foretold(of.foretold, members),
        }
        super().__init__(params, members)

    def fields(self) -> list[tuple[Any, ...]]:
        return [(name, part.state.dtype) for name, part in self.parts.items()]

    def update(self, time: Times, value: Floats) -> Verdict:
        said = []
        for name, part in self.parts.items():
            part.state = self.state[name]
            said.append(part.update(time, value))
        shift, foretold = said
        louder = foretold.score > shift.score
        return Verdict(
            np.where(louder, foretold.score, shift.score),
            np.where(louder, foretold.speaks, shift.speaks),
        )

    def expected(self, member: int) -> dict[str, float]:
        self.parts["shift"].state = self.state["shift"]
        return self.parts["shift"].expected(member)
