"""One member that no longer moves with its peers: a sensor that drifts, sticks or goes mad."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.reason import within_reason
from detectors.together import Together, Verdict
from ingest.batch import Floats, Rows, Times

#: What is remembered of each member, in the order the kernel takes it.
MEMORY = (
    "seen",  #: frames in which it had a value
    "age",  #: time it was watched, gaps over an hour left out [s]
    "mean", "day", "spread",  #: mean, mean over `over`, and deviation from that [SI]
    "peers_day",  #: mean of c over `over`
    "together", "middle",  #: means of products of what is left of them
    "size",  #: mean of |e| over `over`
    "usual_drift", "wander", "usual_size", "unrest",  #: of those two: mean and mean deviation
    "score",  #: its own
)  # fmt: skip
#: Deviations are cut at this many spreads before anything is learnt of them.
CUT = 4.0
#: Deviations are averaged as they are up to this many spreads, or one wild value would last.
FAR = 32.0
#: Least wander and unrest that the score divides by: no day is steadier. [spreads]
STEADIEST = 0.02
#: Spreads under this are those of no sensor, and what is divided by them may overflow. [SI]
LEAST = 1e-100
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
    limit: PositiveFloat = 8.0
    """Deviation from habit that scores 1. [mean deviations]"""


class Peers(Together):
    """Score how far the worst member stands out from the next worst, against its habit.

        z_i = (x_i - mean_i) / spread_i          spread = mean |x_i - its mean over `over`|
        c_i = median of z_j, j != i              what the peers do
        Z_i, C_i = means of z_i, c_i over `over`
        b_i = mean of (z_i - Z_i)(c_i - C_i) / mean of (c_i - C_i)^2, learnt
        w_i = Z_i - b_i C_i                      how far it is off its peers
        a_i = mean over `over` of |z_i - Z_i - b_i (c_i - C_i)|    how unlike them it moves
        s_i = max(|w_i - usual w_i| / wander_i, (a_i - usual a_i) / unrest_i) / limit
        score = max(0, largest s_i - max(0, second largest)),  speaks = who has the largest

    wander and unrest are mean deviations of w and a, `usual` their means.
    w finds an offset or a drift, a finds a sensor that stands still or jumps about while its
    peers move as ever. Subtracting the second keeps quiet what all see, such as a burst in the
    zone. NaN with fewer than three members: of two that differ nobody can say which is wrong.
    What is learnt is cut at 4 spreads and held back tenfold while a member stands out. Not for
    members that share no movement, nor for a drift slower than `habit`. Measured with
    a policy of six hours: 0.2 a sensor-year on 33 pressures of L-TOWN, all at leaks, and 0.5 on
    nine noise monitors (tests/packs/test_side_by_side.py). Source: leave-one-out comparison with
    a robust middle, as in Hampel's identifier; own default.
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
    seen, age, mean, day, spread, peers_day, together, middle = memory[:8]
    size, usual_drift, wander, usual_size, unrest, own = memory[8:]
    over, habit, learn, limit = settings
    members = value.shape[1]
    z = np.empty(members)
    for frame in range(len(time)):
        if not np.isfinite(value[frame]).any():
            continue
        step = 0.0 if last[0] == 0 else min((time[frame] - last[0]) / 1e6, LONGEST_STEP)
        last[0] = time[frame]
        for i in range(members):
            z[i] = np.nan
            if not np.isfinite(value[frame, i]):
                continue
            x = within_reason(value[frame, i])
            if spread[i] > LEAST and seen[i] >= 3:
                z[i] = (x - mean[i]) / spread[i]
            seen[i] += 1.0
            age[i] += step
            gain = max(step / habit, 1.0 / seen[i])
            if own[i] >= 0.5:
                gain *= HELD
            if seen[i] == 1.0:
                mean[i] = day[i] = x
            far = FAR * spread[i] if spread[i] > 0.0 else np.inf
            day[i] += min(step / over, 1.0) * (min(max(x, mean[i] - far), mean[i] + far) - day[i])
            cut = CUT * spread[i] if spread[i] > 0.0 else np.inf
            mean[i] += gain * min(max(x - mean[i], -cut), cut)
            spread[i] += gain * (min(abs(x - day[i]), cut) - spread[i])
        ordered = np.sort(z[~np.isnan(z)])
        first, second, who, judged = -np.inf, -np.inf, -1, 0
        for i in range(members):
            if np.isnan(z[i]) or len(ordered) < 3:
                continue
            c = _middle_of_others(ordered, z[i])
            gain = max(step / habit, 1.0 / seen[i])
            if own[i] >= 0.5:
                gain *= HELD
            share = min(step / over, 1.0)
            peers_day[i] += share * (min(max(c, -FAR), FAR) - peers_day[i])
            b = together[i] / middle[i] if middle[i] > 0.0 else 0.0
            off = (day[i] - mean[i]) / max(spread[i], LEAST)
            moved = min(max(z[i] - off, -CUT), CUT)
            peers_moved = min(max(c - peers_day[i], -CUT), CUT)
            together[i] += gain * (moved * peers_moved - together[i])
            middle[i] += gain * (peers_moved * peers_moved - middle[i])
            size[i] += share * (abs(moved - b * peers_moved) - size[i])
            drift = off - b * peers_day[i]
            watched = age[i] - learn / 2.0
            if watched <= 0.0:
                continue
            if age[i] >= learn:
                offset = abs(drift - usual_drift[i]) / max(wander[i], STEADIEST)
                swell = (size[i] - usual_size[i]) / max(unrest[i], STEADIEST)
                own[i] = max(offset, swell) / limit
                judged += 1
                if own[i] > first:
                    first, second, who = own[i], first, i
                elif own[i] > second:
                    second = own[i]
            gain = min(max(step / habit, step / watched), 1.0)
            if own[i] >= 0.5:
                gain *= HELD
            far, big = drift - usual_drift[i], size[i] - usual_size[i]
            usual_drift[i] += gain * far
            wander[i] += gain * (abs(far) - wander[i])
            usual_size[i] += gain * big
            unrest[i] += gain * (abs(big) - unrest[i])
        if judged >= 2:
            score[frame] = max(first - max(second, 0.0), 0.0)
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
