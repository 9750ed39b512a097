"""What members of a station do apart from the ways in which they usually move together."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from detectors.cholesky import regress
from detectors.kernel import kernel
from detectors.station import Station, StationParams, above_worst, stand
from ingest.batch import Floats, Rows

MOST = 8  #: directions that are followed
RIDGE = 1e-3  #: keeps the place in the subspace near the middle where few members tell it
#: What is remembered of each member, in the order the kernel takes it.
MEMORY = ("level", "spread", "seen", "told", "usual", "energy")
FAR = 10.0  #: a residual counts up to so many of its usual sizes


class SubspaceParams(StationParams):
    share: float = Field(0.9, gt=0, lt=1)
    """Of all variance, which the directions taken for usual must explain."""
    smoothing: float = Field(0.1, gt=0, le=1)
    """Weight of the newest residual in the mean of their squares. [1/frame]"""
    times_worst: PositiveFloat = 1.3
    """How far beyond the worst so far scores 1."""
    patience: PositiveInt = 1_000
    """What stays abnormal for longer is learnt as the new normal. [frames]"""


class Subspace(Station):
    """Score what is left of a frame once the usual directions are taken out (online PCA).

        z = deviations from the levels in spreads (`station.stand`)
        e = z - V y,   y by ridge regression over the members that are there
        V: the first directions that explain `share` of the variance, at most m - 1 and 8
        v_i ← v_i + a ((u · v_i / |v_i|) u - v_i),  u ← u - (u · v_i) v_i / |v_i|²    (CCIPCA)
        energy_j ← energy_j + smoothing ((e_j / (1.25 usual |e_j| + 0.05))² - energy_j)
        score of a member = √energy / (margin · the 99.9 % worst of any so far),
        margin = times_worst (1 + warm_up / frames)

    u is z within ±6, what is missing filled in by V y; a = 2 / frames, at least
    2 / memory. Who speaks has the largest share of the residual. Unlike
    `foretold` it asks what goes together within a frame, not what follows from the last one,
    so it sees a sensor that leaves its peers slowly, and nothing of time. A wrong value is
    mixed into the residuals of the members that move with it; the loudest is still the wrong
    one where three or more move together. Frames in which fewer members are there than
    directions, and one, score 0.

    Expected false signals a sensor-year: 2.5 on the tuned half of GECCO's minutes, where 11 of 29
    events were found; of independent noise, and of noise that hangs together (0.95), none in
    100,000 frames of eight members. On the tuned half of SKAB it found 3 faults of 8: for a
    station that nobody knows take `auto_station`. Not for members that share no movement, nor
    for fewer than three.
    Cost: (4 + k) k m multiplications a frame of k directions; 48 + 8 k bytes a member.

    References
    ----------
    .. [1] J. Weng, Y. Zhang and W.-S. Hwang, Candid covariance-free incremental principal
       component analysis, IEEE Trans. Pattern Anal. Mach. Intell. 25(8), 2003, 1034-1040.
    .. [2] J. E. Jackson and G. S. Mudholkar, Control procedures for residuals associated with
       principal component analysis, Technometrics 21(3), 1979, 341-349.
    """

    Parameters = SubspaceParams

    def fields(self) -> list[tuple[Any, ...]]:
        m = len(self.members)
        return [
            ("memory", "f8", (len(MEMORY), m)),
            ("direction", "f8", (max(min(MOST, m - 1), 0), m)),  #: length: variance along it
            ("whole", "f8", (3,)),  #: variance of all, the worst, frames
            ("counts", "i8", (2,)),  #: frames, and how long it has stood at 1
        ]

    def advance(self, time: Rows, value: Floats, score: Floats, speaks: Rows) -> None:
        p: SubspaceParams = self.params
        settings = np.array(
            [p.share, p.smoothing, p.times_worst, p.warm_up, p.memory, p.joined, p.patience]
        )
        s = self.state[0]
        _advance(
            value, s["memory"], s["direction"], s["whole"], s["counts"], settings, score, speaks
        )

    def expected(self, member: int) -> dict[str, float]:
        at = int((self.order == member).argmax())
        of = dict(zip(MEMORY, self.state["memory"][0, :, at], strict=True))
        return {"level": float(of["level"]), "spread": 1.2533 * float(of["spread"])}


@kernel
def _usual_directions(direction: Floats, length: Floats, variance: float, share: float) -> int:
    """Fill in the (k,) lengths, return how many directions explain `share` of the variance."""
    known, used = 0.0, 0
    for i in range(len(direction)):
        length[i] = np.sqrt(np.sum(direction[i] ** 2))
        if known < share * variance and length[i] > 1e-9:
            known += length[i]
            used = i + 1
    return used


@kernel
def _fill_in(
    z: Floats, there: Floats, direction: Floats, length: Floats, used: int, filled: Floats
) -> None:
    """Fill in what the usual directions say of each member, going by those that are there."""
    square, along, y = np.zeros((used, used)), np.zeros((1, used)), np.zeros((1, used))
    for j in range(len(z)):
        for i in range(used):
            part = there[j] * direction[i, j] / length[i]
            along[0, i] += part * z[j]
            for k in range(used):
                square[i, k] += part * direction[k, j] / length[k]
    regress(square, along, RIDGE, y)
    for j in range(len(z)):
        filled[j] = 0.0
        for i in range(used):
            filled[j] += y[0, i] * direction[i, j] / length[i]


@kernel
def _turn(direction: Floats, u: Floats, rate: float) -> None:
    """Turn each direction towards (m,) `u`, and take it out of what the next ones see."""
    for i in range(len(direction)):
        size = np.sqrt(np.sum(direction[i] ** 2))
        if size < 1e-9:
            direction[i] = u
            return
        along = np.sum(u * direction[i]) / size
        direction[i] += rate * (along * u - direction[i])
        size = np.sum(direction[i] ** 2)
        if size > 0.0:
            u -= np.sum(u * direction[i]) / size * direction[i]


@kernel
def _advance(
    value: Floats,
    memory: Floats,
    direction: Floats,
    whole: Floats,
    counts: Rows,
    settings: Floats,
    score: Floats,
    speaks: Rows,
) -> None:
    level, spread, seen, told, usual, energy = memory
    share, smoothing, times_worst, warm_up, longest, joined, patience = settings
    m = value.shape[1]
    there, u, filled = np.empty(m), np.empty(m), np.empty(m)
    length = np.empty(len(direction))
    for row in range(len(value)):
        learning = 0.1 if counts[1] > 0 else 1.0
        counts[0] += 1
        present = 0
        for j in range(m):
            there[j], u[j] = 0.0, 0.0
            if abs(value[row, j]) < 1e300:
                there[j] = 1.0
                present += 1
                z = stand(value[row, j], j, level, spread, seen, learning, longest, warm_up)
                u[j] = z
        used = _usual_directions(direction, length, whole[0], share)
        _fill_in(u, there, direction, length, used, filled)

        total = most = 0.0
        for j in range(m):
            if there[j] == 0.0:
                energy[j] *= 1.0 - smoothing
            elif counts[0] > warm_up / 2 and present > max(used, 1):
                told[j] += 1.0
                scale = 1.2533 * usual[j] + 0.05
                size = abs(u[j] - filled[j])
                e = min(size / scale, FAR)
                if told[j] > warm_up / 2:
                    size = min(size, 5.0 * scale)
                usual[j] += learning * max(1.0 / told[j], 1.0 / longest) * (size - usual[j])
                if told[j] > warm_up / 4:
                    energy[j] += smoothing * (e * e - energy[j])
            total += (energy[j] ** 0.5) ** joined
            if energy[j] > most:
                most, speaks[row] = energy[j], j
        size = total ** (1.0 / joined)
        score[row] = 0.0
        whole[2] += 1.0
        if counts[0] <= warm_up:
            whole[1] = max(whole[1], min(size, 3.0), 1.5)
        else:
            margin = times_worst * (1.0 + warm_up / whole[2])
            score[row] = above_worst(size, 0, whole[1:2], whole[2], learning) / margin
        counts[1] = counts[1] + 1 if score[row] >= 1.0 else 0
        if counts[1] > patience:
            counts[1] = 0
            whole[2] = warm_up
            for j in range(m):
                seen[j] = min(seen[j], warm_up)
                told[j] = min(told[j], warm_up)

        if present > max(used, 1) or used == 0:
            rate = learning * max(2.0 / (counts[0] + 1.0), 2.0 / longest)
            variance = 0.0
            for j in range(m):
                u[j] = min(max(u[j] if there[j] > 0.0 else filled[j], -6.0), 6.0)
                variance += u[j] * u[j]
            whole[0] += rate * (variance - whole[0])
            _turn(direction, u, rate)
