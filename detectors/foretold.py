"""What a station's last frame foretells of the next one, member by member."""

from __future__ import annotations

from typing import Any

from pydantic import Field, PositiveFloat, PositiveInt

from detectors.cholesky import regress
from detectors.kernel import kernel
from detectors.station import Station, StationParams, above_worst, stand
from ingest.batch import Floats, Rows


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

    Cost: 2 m² multiplications a frame, 24 m bytes a member. Not for members that are read
    at different times, which never stand side by side. Expected false signals: see the
    measured scores of GECCO and BATADAL in the docs.
    Vector autoregression: H. Lütkepohl, New Introduction to Multiple Time Series Analysis,
    Springer, 2005, ch. 3.
    """

    Parameters = ForetoldParams

    def fields(self) -> list[tuple[Any, ...]]:
        m = len(self.members)
        members = ("level", "spread", "seen", "now", "before", "usual", "told", "energy", "worst")
        return [
            *((name, "f8", (m,)) for name in members),
            *((name, "f8", (m, m)) for name in ("square", "cross", "weight")),
            *((name, "i8") for name in ("frames", "standing", "time", "step")),
        ]

    def advance(self, time: Rows, value: Floats, score: Floats, speaks: Rows) -> None:
        p: ForetoldParams = self.params
        s = self.state
        _advance(
            time,
            value,
            s["level"][0],
            s["spread"][0],
            s["seen"][0],
            s["now"][0],
            s["before"][0],
            s["usual"][0],
            s["told"][0],
            s["energy"][0],
            s["worst"][0],
            s["square"][0],
            s["cross"][0],
            s["weight"][0],
            self.state["frames"],
            self.state["standing"],
            self.state["time"],
            self.state["step"],
            p.smoothing,
            p.ridge,
            p.believed,
            p.times_worst,
            float(p.warm_up),
            float(p.memory),
            p.patience,
            p.joined,
            score,
            speaks,
        )

    def expected(self, member: int) -> dict[str, float]:
        at = int((self.order == member).argmax())
        row = self.state[0]
        foretold = float(row["weight"][at] @ row["now"])
        spread = 1.2533 * float(row["spread"][at])
        return {"level": float(row["level"][at]) + foretold * spread, "spread": spread}


@kernel
def _advance(
    time: Rows,
    value: Floats,
    level: Floats,
    spread: Floats,
    seen: Floats,
    now: Floats,
    before: Floats,
    usual: Floats,
    told: Floats,
    energy: Floats,
    worst: Floats,
    square: Floats,
    cross: Floats,
    weight: Floats,
    frames: Rows,
    standing: Rows,
    last: Rows,
    step: Rows,
    smoothing: float,
    ridge: float,
    believed: float,
    times_worst: float,
    warm_up: float,
    memory: float,
    patience: int,
    joined: float,
    score: Floats,
    speaks: Rows,
) -> None:
    m = value.shape[1]
    for row in range(len(value)):
        learning = 0.1 if standing[0] > 0 else 1.0
        pause = time[row] - last[0]
        broken = frames[0] > 1 and pause > 5 * step[0]
        if frames[0] > 0 and pause > 0 and not broken:
            step[0] = pause if step[0] == 0 else step[0] + (pause - step[0]) // 16
        last[0] = time[row]
        frames[0] += 1
        ready = frames[0] > warm_up / 2 and not broken
        total, most = 0.0, 0.0
        true = now.copy()
        for j in range(m):
            v = value[row, j]
            if not abs(v) < 1e300:  # missing or without end: what it last said fades
                energy[j] *= 1.0 - smoothing
                if seen[j] > warm_up:
                    margin = times_worst * (1.0 + warm_up / seen[j])
                    s = energy[j] ** 0.5 / worst[j] / margin
                    total += s**joined
                    if s > most:
                        most, speaks[row] = s, j
                continue
            now[j] = stand(v, j, level, spread, seen, learning, memory, warm_up)
            true[j] = now[j]
            if not ready:
                continue
            surprise = now[j]
            for i in range(m):
                surprise -= weight[j, i] * before[i]
            told[j] += 1.0
            scale = 1.2533 * usual[j] + 0.05
            e = min(max(surprise / scale, -15.0), 15.0)
            most_believed = believed * scale
            true[j] += min(max(surprise, -most_believed), most_believed) - surprise
            size = abs(surprise)
            if told[j] > warm_up / 2:
                size = min(size, 5.0 * scale)
            usual[j] += learning * max(1.0 / told[j], 1.0 / memory) * (size - usual[j])
            if told[j] <= warm_up / 4:
                continue
            energy[j] += smoothing * (e * e - energy[j])
            s = energy[j] ** 0.5
            if seen[j] <= warm_up:
                worst[j] = max(worst[j], min(s, 3.0))
                continue
            worst[j] = max(worst[j], 1.5)
            margin = times_worst * (1.0 + warm_up / seen[j])
            s = above_worst(s, j, worst, seen[j], learning) / margin
            total += s**joined
            if s > most:
                most, speaks[row] = s, j
        score[row] = total ** (1.0 / joined)
        standing[0] = standing[0] + 1 if score[row] >= 1.0 else 0
        if standing[0] > patience:
            standing[0] = 0
            for j in range(m):
                seen[j] = min(seen[j], warm_up)
                told[j] = min(told[j], warm_up)
        if not broken:
            rate = learning * max(1.0 / frames[0], 1.0 / memory)
            for i in range(m):
                a = min(max(before[i], -6.0), 6.0)
                for j in range(m):
                    b = min(max(before[j], -6.0), 6.0)
                    square[i, j] += rate * (a * b - square[i, j])
                    cross[j, i] += rate * (a * min(max(now[j], -6.0), 6.0) - cross[j, i])
        if frames[0] >= warm_up / 2 and (frames[0] % 64 == 0 or frames[0] < warm_up / 2 + 1):
            regress(square, cross, ridge, weight)
        before[:] = true
