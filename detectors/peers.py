"""One member that no longer moves with its peers: a sensor that drifts, sticks or goes mad."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.together import Together, Verdict
from ingest.batch import Floats, Rows, Times

#: What is remembered of each member, in the order the kernel takes it.
MEMORY = (
    "seen",  #: frames in which it had a value
    "age",  #: time it was watched, gaps over an hour left out [s]
    "mean", "spread",  #: of its value [SI]
    "together", "middle",  #: mean of z·c and of c²
    "error",  #: mean of |e|
    "drift", "size",  #: means of u and of |u| over `over`
    "usual_drift", "wander", "usual_size", "unrest",  #: of those two: mean and mean deviation
    "score",  #: its own
)  # fmt: skip
#: Deviations are cut at this many spreads before anything is learnt of them.
CUT = 4.0
#: Least wander and unrest that the score divides by: no day is steadier. [errors]
STEADIEST = 0.05
#: Learning of a member that stands out goes on this much slower.
HELD = 0.1
#: A longer gap between two frames counts as this much time watched. [s]
LONGEST_STEP = 3600.0


class PeersParams(Params):
    over: timedelta = timedelta(days=1)
    """Time over which a member's deviation from its peers is averaged."""
    habit: timedelta = timedelta(days=28)
    """Time constant of all that is learnt."""
    learn: timedelta = timedelta(days=14)
    """How long a member is watched before it is judged; the second half to learn its wander."""
    limit: PositiveFloat = 12.0
    """Deviation from habit that scores 1. [mean deviations]"""


class Peers(Together):
    """Score how far the worst member stands out from the next worst, against its habit.

        z_i = (x_i - mean_i) / spread_i          own habit: level and mean deviation
        c_i = median of z_j, j != i              what the peers do
        e_i = z_i - b_i c_i                      b_i = mean(z_i c_i) / mean(c_i^2), learnt
        u_i = e_i / mean|e_i|                    cut at 8
        w_i = mean of u_i over `over`,  a_i = mean of |u_i| over `over`
        s_i = max(|w_i - usual w_i| / wander_i, (a_i - usual a_i) / unrest_i) / limit
        score = largest s_i - second largest s_i,  speaks = who has the largest

    w finds an offset or a drift, a finds a sensor that stands still or jumps about while its
    peers move as ever. Subtracting the second keeps quiet what all see, such as a burst in the
    zone. NaN with fewer than three members: of two that differ nobody can say which is wrong.
    What is learnt is cut at 4 spreads and held back tenfold while a member stands out. Not for
    members that share no movement, nor for a drift slower than `habit`. Source: leave-one-out
    comparison with a robust middle, as in Hampel's identifier; own default.
    """

    Parameters = PeersParams

    def fields(self) -> list[tuple[Any, ...]]:
        of_each = [(name, "f8", (len(self.members),)) for name in MEMORY]
        return [("last", "i8"), *of_each]

    def update(self, time: Times, value: Floats) -> Verdict:
        p: PeersParams = self.params
        score = np.full(len(time), np.nan)
        speaks = np.full(len(time), -1, dtype=np.intp)
        memory = np.stack([self.state[name][0] for name in MEMORY])
        settings = np.array(
            [p.over.total_seconds(), p.habit.total_seconds(), p.learn.total_seconds(), p.limit]
        )
        _advance(
            time.view("i8"), np.ascontiguousarray(value), self.state["last"], memory, settings,
            score, speaks,
        )  # fmt: skip
        for name, row in zip(MEMORY, memory, strict=True):
            self.state[name][0] = row
        return Verdict(score, speaks)

    def expected(self, member: int) -> dict[str, float]:
        """Return what a member reads on the average [SI]."""
        if not self.state["seen"][0, member]:
            return {}
        return {"level": float(self.state["mean"][0, member])}


@kernel
def _advance(
    time: NDArray[np.int64],
    value: Floats,
    last: NDArray[np.int64],
    memory: Floats,
    settings: Floats,
    score: Floats,
    speaks: Rows,
) -> None:
    seen, age, mean, spread, together, middle, error = memory[:7]
    drift, size, usual_drift, wander, usual_size, unrest, own = memory[7:]
    over, habit, learn, limit = settings
    members = value.shape[1]
    z = np.empty(members)
    for frame in range(len(time)):
        if np.isnan(value[frame]).all():
            continue
        step = 0.0 if last[0] == 0 else min((time[frame] - last[0]) / 1e6, LONGEST_STEP)
        last[0] = time[frame]
        for i in range(members):
            x = value[frame, i]
            z[i] = np.nan
            if np.isnan(x):
                continue
            if spread[i] > 0.0 and seen[i] >= 3:
                z[i] = (x - mean[i]) / spread[i]
            seen[i] += 1.0
            age[i] += step
            gain = max(step / habit, 1.0 / seen[i])
            if own[i] >= 0.5:
                gain *= HELD
            away = x - mean[i]
            if spread[i] > 0.0:
                away = min(max(away, -CUT * spread[i]), CUT * spread[i])
            mean[i] += gain * away
            spread[i] += gain * (abs(away) - spread[i])
        ordered = np.sort(z[~np.isnan(z)])
        first, second, who = -1.0, -1.0, -1
        for i in range(members):
            if np.isnan(z[i]) or len(ordered) < 3:
                continue
            c = _middle_of_others(ordered, z[i])
            gain = max(step / habit, 1.0 / seen[i])
            if own[i] >= 0.5:
                gain *= HELD
            b = together[i] / middle[i] if middle[i] > 0.0 else 0.0
            e = z[i] - b * c
            cut_z, cut_c = min(max(z[i], -CUT), CUT), min(max(c, -CUT), CUT)
            together[i] += gain * (cut_z * cut_c - together[i])
            middle[i] += gain * (cut_c * cut_c - middle[i])
            u = 0.0 if error[i] <= 0.0 else min(max(e / error[i], -2.0 * CUT), 2.0 * CUT)
            large = abs(e) if error[i] <= 0.0 else min(abs(e), CUT * error[i])
            error[i] += gain * (large - error[i])
            share = min(step / over, 1.0)
            drift[i] += share * (u - drift[i])
            size[i] += share * (abs(u) - size[i])
            watched = age[i] - learn / 2.0
            if watched <= 0.0:
                continue
            if age[i] >= learn:
                offset = abs(drift[i] - usual_drift[i]) / max(wander[i], STEADIEST)
                swell = (size[i] - usual_size[i]) / max(unrest[i], STEADIEST)
                own[i] = max(offset, swell) / limit
                if own[i] > first:
                    first, second, who = own[i], first, i
                elif own[i] > second:
                    second = own[i]
            gain = min(max(step / habit, step / watched), 1.0)
            if own[i] >= 0.5:
                gain *= HELD
            far, big = drift[i] - usual_drift[i], size[i] - usual_size[i]
            usual_drift[i] += gain * far
            wander[i] += gain * (abs(far) - wander[i])
            usual_size[i] += gain * big
            unrest[i] += gain * (abs(big) - unrest[i])
        if second >= 0.0:
            score[frame] = first - second
            speaks[frame] = who


@kernel
def _middle_of_others(ordered: Floats, own: float) -> float:
    """Return the median of `ordered` without one `own`, which is among them."""
    place = np.searchsorted(ordered, own)
    others = len(ordered) - 1
    half = others // 2
    upper = ordered[half] if half < place else ordered[half + 1]
    if others % 2 == 1:
        return float(upper)
    lower = ordered[half - 1] if half - 1 < place else ordered[half]
    return float((lower + upper) / 2.0)
