"""A step between two neighbours along a pipe: something blocks it there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Difference
from detectors.reason import within_reason
from detectors.together import Together, Verdict
from ingest.batch import Floats, Rows, Times
from ingest.channel import Channel

#: Of a link, in the order the kernel takes it.
MEMORY = ("watched", "seen", "usual", "spread", "score")
#: A longer gap between two frames counts as this much time watched. [s]
LONGEST_GAP = 3600.0
#: What is learnt of a step in one frame is cut at this many spreads.
CUT = 4.0
#: Learning of a link that stands out goes on this much slower.
HELD = 0.1


class StepAlongParams(Params):
    largest_step: Difference
    """Step beyond the usual one that scores 1, such as 30 cm; judge by slope and cover."""
    along: str = "chainage"
    """Attribute of the place that rises downstream. [m]"""
    floor: Difference = Difference.of(0.02)
    """Least spread of a link that is believed."""
    limit: PositiveFloat = 6.0
    """Step beyond the usual one that scores 1. [mean deviations]"""
    learn: timedelta = timedelta(days=7)
    """How long a link is watched before it is judged."""
    habit: timedelta = timedelta(days=28)
    """Time constant of the usual step and its spread."""
    least: int = Field(2, ge=2)
    """Frames with both ends that a link must have had besides."""


class StepAlong(Together):
    """Score the step from each member down to the next, against its habit and a fixed limit.

        d_k = x_k - x_k+1              in the order of `along`, upstream first [SI]
        excess = d_k - usual d_k
        s_k = min(excess / largest_step, excess / (limit · max(spread_k, floor)))
        score = max(0, largest s_k),   speaks = the member above that step

    A blockage dams up the well above it and starves the one below, so the step at the
    blockage grows and no other does: who speaks says where it is. Levels need no common datum,
    because the usual step is learnt from what they read; nor are they corrected for it. Both
    limits must be passed: a steady link is no reason to tell of centimetres, nor a river's
    backwater of what it does each day. Links with one end missing are left out; NaN where
    none is judged. What is learnt is cut at 4 spreads and held back tenfold while the link
    stands out.

    Not across a pump, a weir or a branch: let them bound the groups. A storm that fills the
    pipe steepens all links, by less than its slope; choose `largest_step` above that. Expected
    false signals: none in made chains with a day, a storm and noise of 1 cm; recorded chains of
    wells were not to be had. Source:
    domain practice (the step between two wells says where it is blocked), defaults own.
    """

    Parameters = StepAlongParams

    def __init__(self, params: Params, members: Sequence[Channel]) -> None:
        along = StepAlongParams.model_validate(params.model_dump()).along
        placed = [n for n, member in enumerate(members) if along in member.attributes]
        placed.sort(key=lambda n: (members[n].attributes[along], members[n].id))
        #: Members with a place on the pipe, upstream first.
        self.order: Rows = np.array(placed, dtype=np.intp)
        super().__init__(params, members)

    def fields(self) -> list[tuple[Any, ...]]:
        links = max(len(self.order) - 1, 0)
        return [("last", "i8"), *((name, "f8", (links,)) for name in MEMORY)]

    def update(self, time: Times, value: Floats) -> Verdict:
        p: StepAlongParams = self.params
        score = np.full(len(time), np.nan)
        speaks = np.full(len(time), -1, dtype=np.intp)
        settings = np.array(
            [
                p.largest_step.offset,
                p.floor.offset,
                p.limit,
                p.learn.total_seconds(),
                p.habit.total_seconds(),
                float(p.least),
            ]
        )
        memory = np.stack([self.state[name][0] for name in MEMORY])
        _advance(
            time.view("i8"), np.ascontiguousarray(value[:, self.order]), self.order,
            self.state["last"], memory, settings, score, speaks,
        )  # fmt: skip
        for name, row in zip(MEMORY, memory, strict=True):
            self.state[name][0] = row
        return Verdict(score, speaks)

    def expected(self, member: int) -> dict[str, float]:
        """Return the usual step below a member, and how much more is too much [SI]."""
        link = np.flatnonzero(self.order[:-1] == member)
        if len(link) == 0:
            return {}
        usual = float(self.state["usual"][0, link[0]])
        return {"usual_step": usual, "largest_step": usual + self.params.largest_step.offset}


@kernel
def _advance(
    time: NDArray[np.int64],
    value: Floats,
    order: Rows,
    last: NDArray[np.int64],
    memory: Floats,
    settings: Floats,
    score: Floats,
    speaks: Rows,
) -> None:
    watched, seen, usual, spread, own = memory
    largest, floor, limit, learn, habit, least = settings
    for frame in range(len(time)):
        if not np.isfinite(value[frame]).any():
            continue
        gap = 0.0 if last[0] == 0 else min((time[frame] - last[0]) / 1e6, LONGEST_GAP)
        last[0] = time[frame]
        for k in range(value.shape[1] - 1):
            if not np.isfinite(value[frame, k] + value[frame, k + 1]):
                continue
            step = within_reason(value[frame, k]) - within_reason(value[frame, k + 1])
            excess = step - usual[k]
            if watched[k] >= learn and seen[k] >= least:
                own[k] = min(excess / largest, excess / (limit * max(spread[k], floor)))
                if np.isnan(score[frame]) or own[k] > score[frame]:
                    score[frame], speaks[frame] = max(own[k], 0.0), order[k]
            seen[k] += 1.0
            watched[k] += gap
            gain = max(gap / habit, 1.0 / seen[k])
            if own[k] >= 0.5:
                gain *= HELD
            bound = CUT * max(spread[k], floor)
            if seen[k] > 1.0:
                excess = min(max(excess, -bound), bound)
            usual[k] += gain * excess
            if seen[k] > 1.0:
                spread[k] += gain * (abs(excess) - spread[k])
