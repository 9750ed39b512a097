"""What a station's last frame foretells of the next one, member by member."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from detectors.cholesky import regress
from detectors.kernel import kernel
from detectors.station import Station, StationParams, above_worst, stand
from ingest.batch import Floats, Rows

#: What is remembered of each member, in the order the kernel takes it.
MEMORY = ("level", "spread", "seen", "now", "before", "usual", "told", "energy", "worst")
#: Mean products of x' with itself and with z, and the A made of them.
PRODUCTS = ("square", "cross", "weight")
COUNTS = ("frames", "standing", "last", "step")


class ForetoldParams(StationParams):
    smoothing: float = Field(0.1, gt=0, le=1)
    """Weight of the newest surprise in the mean of their squares. [1/frame]"""
    memory: PositiveInt = 4_000
    """Readings over which normal is learnt, once there are so many. [frames]"""
    ridge: PositiveFloat = 1e-2
    """Keeps the regression from trusting members that repeat each other. [spreads²]"""
    believed: PositiveFloat = 3.0
    """How much of a surprise counts as the member's true state a frame later. [usual sizes]"""
    times_worst: PositiveFloat = 1.6
    """How far beyond the worst so far scores 1."""


class Foretold(Station):
    """Predict every member from all members a frame ago; score the surprise that lasts.

        z(t) ≈ A x(t-1),   A by ridge regression learnt online
        ε = (z - A x') / (1.25 its usual size + 0.05), within ±15
        x = A x' + the surprise z - A x', of which at most `believed` usual sizes
        energy ← energy + smoothing (ε² - energy)
        score of a member = √energy / (margin · its 99.9 % worst so far),
        margin = times_worst (1 + warm_up / readings seen): the worst of few is little

    z are deviations from the level in spreads; the products that A is made of forget over
    `memory`, and A is made anew every 64 frames. What one member does wrong cannot spoil
    the prediction of the others in that frame, which is what ails the residuals of a PCA:
    there a forged level is mixed into everything. A member that stays away is taken to
    stand where it was; after a pause of five steps nothing is foretold. What is at 1 is
    learnt at a tenth of the speed.

    Cost: 3 m² multiplications a frame; 24 m + 72 bytes a member. Not for members that are read
    at different times, which never stand side by side. Expected false signals a sensor-year:
    13 on the minutes of GECCO, 1.2 on two rivers' half hours; of independent noise none in
    100,000 frames of eight members.
    Vector autoregression: H. Lütkepohl, New Introduction to Multiple Time Series Analysis,
    Springer, 2005, ch. 3.
    """

    Parameters = ForetoldParams

    def fields(self) -> list[tuple[Any, ...]]:
        m = len(self.members)
        return [
            ("memory", "f8", (len(MEMORY), m)),
            ("products", "f8", (len(PRODUCTS), m, m)),
            *((name, "i8") for name in COUNTS),
        ]

    def advance(self, time: Rows, value: Floats, score: Floats, speaks: Rows) -> None:
        p: ForetoldParams = self.params
        settings = np.array(
            [p.smoothing, p.ridge, p.believed, p.times_worst, p.warm_up, p.memory, p.joined]
        )
        memory, products = self.state["memory"][0], self.state["products"][0]
        counts = np.array([self.state[name][0] for name in COUNTS])
        _advance(time, value, memory, products, counts, settings, p.patience, score, speaks)
        for name, count in zip(COUNTS, counts, strict=True):
            self.state[name] = count

    def expected(self, member: int) -> dict[str, float]:
        at = int((self.order == member).argmax())
        of = dict(zip(MEMORY, self.state["memory"][0], strict=True))
        foretold = float(self.state["products"][0, PRODUCTS.index("weight"), at] @ of["before"])
        spread = 1.2533 * float(of["spread"][at])
        return {"level": float(of["level"][at]) + foretold * spread, "spread": spread}


@kernel
def _advance(
    time: Rows,
    value: Floats,
    memory: Floats,
    products: Floats,
    counts: Rows,
    settings: Floats,
    patience: int,
    score: Floats,
    speaks: Rows,
) -> None:
    level, spread, seen, now, before, usual, told, energy, worst = memory
    square, cross, weight = products
    smoothing, ridge, believed, times_worst, warm_up, longest, joined = settings
    frames, standing, last, step = counts
    m = value.shape[1]
    for row in range(len(value)):
        learning = 0.1 if standing > 0 else 1.0
        pause = time[row] - last if frames > 0 else 0
        broken = 0 < 5 * step < pause
        if pause > 0:
            step = pause if step == 0 else step + (min(pause, 5 * step) - step) // 16
        last = time[row]
        frames += 1
        total, most = 0.0, 0.0
        true = now.copy()
        for j in range(m):
            v = value[row, j]
            s = -1.0
            margin = times_worst * (1.0 + warm_up / max(1.0, seen[j]))
            if not abs(v) < 1e300:  # missing or without end: what it last said fades
                energy[j] *= 1.0 - smoothing
                if seen[j] > warm_up:
                    s = energy[j] ** 0.5 / max(worst[j], 1.5) / margin
            else:
                now[j] = stand(v, j, level, spread, seen, learning, longest, warm_up)
                true[j] = now[j]
                if frames <= warm_up / 2 or broken:
                    continue
                surprise = now[j]
                for i in range(m):
                    surprise -= weight[j, i] * before[i]
                told[j] += 1.0
                scale = 1.2533 * usual[j] + 0.05
                e = min(max(surprise / scale, -15.0), 15.0)
                some = min(max(surprise, -believed * scale), believed * scale)
                true[j] += some - surprise
                size = abs(surprise)
                if told[j] > warm_up / 2:
                    size = min(size, 5.0 * scale)
                usual[j] += learning * max(1.0 / told[j], 1.0 / longest) * (size - usual[j])
                if told[j] <= warm_up / 4:
                    continue
                energy[j] += smoothing * (e * e - energy[j])
                if seen[j] <= warm_up:
                    worst[j] = max(worst[j], min(energy[j] ** 0.5, 3.0))
                    continue
                worst[j] = max(worst[j], 1.5)
                margin = times_worst * (1.0 + warm_up / seen[j])
                s = above_worst(energy[j] ** 0.5, j, worst, seen[j], learning) / margin
            if s >= 0.0:
                total += s**joined
            if s > most:
                most, speaks[row] = s, j
        score[row] = total ** (1.0 / joined)
        standing = standing + 1 if score[row] >= 1.0 else 0
        if standing > patience:
            standing = 0
            for j in range(m):
                seen[j] = min(seen[j], warm_up)
                told[j] = min(told[j], warm_up)
        if not broken:
            rate = learning * max(1.0 / frames, 1.0 / longest)
            for i in range(m):
                a = min(max(before[i], -6.0), 6.0)
                for j in range(m):
                    b = min(max(before[j], -6.0), 6.0)
                    square[i, j] += rate * (a * b - square[i, j])
                    cross[j, i] += rate * (a * min(max(now[j], -6.0), 6.0) - cross[j, i])
        if frames >= warm_up / 2 and (frames % 64 == 0 or frames < warm_up / 2 + 1):
            regress(square, cross, ridge, weight)
        before[:] = true
    counts[:] = frames, standing, last, step
