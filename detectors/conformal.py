"""How rare a deviation is among the last ones, as a probability: one scale for all channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from detectors.ewma import Adaptive, AdaptiveParams, deviation
from detectors.kernel import kernel
from detectors.median import smallest
from detectors.reason import within_reason
from ingest.batch import Batch, Floats

KEPT = 256  #: deviations that a new one is ranked among
TAIL = 32  #: of those, the largest, from which rarer ones are reckoned


class ConformalParams(AdaptiveParams):
    rarity: float = Field(1e-7, gt=0.0, lt=0.1)
    """Probability, for a sample, that scores 1; times samples a year, the signals it costs."""


class Conformal(Adaptive):
    """Score the p-value of a deviation among the last 256 of its channel.

        a = |v - level| / spread, as in `ewma`           rank = number of the 256 that are >= a
        p = (rank + 1) / 257                              conformal p-value
        p = 32 / 257 · exp(-(a - u) / mean excess)        beyond u, the 32nd largest
        score = log p / log rarity

    Whatever the distribution, p <= x in a share x of exchangeable samples [1]_; ranks end at
    1/257, so beyond u the tail is taken for exponential, with the mean of what exceeds u [2]_.
    So 1 means the same for every quantity, and with `rarity` 1e-7 at a sample a minute one
    false signal is due in 19 sensor-years: none in 9.5 with normal noise, 1 a sensor-year with
    Laplace's tails, 32 with those of Student's t of 5 degrees, which are heavier than
    exponential. Samples that hang together are not exchangeable: an outburst of 32 is its own
    normal.

    References
    ----------
    .. [1] V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World,
       Springer, 2005, ch. 2. R. Laxhammar and G. Falkman, Ann. Math. Artif. Intell. 74, 2015.
    .. [2] A. Siffer et al., Anomaly detection in streams with extreme value theory, KDD 2017.
    """

    Parameters = ConformalParams

    def dtype(self) -> np.dtype[Any]:
        return np.dtype([self.known, ("rank_among", "f4", (KEPT,))])

    def update(self, batch: Batch) -> Floats:
        p: ConformalParams = self.params
        score = np.full(len(batch), np.nan)
        _rank(
            self.state["known"],
            self.state["rank_among"],
            batch.channel,
            batch.value,
            self.facts["floor"],
            p.memory,
            max(p.warm_up, KEPT),
            p.clip,
            np.log(p.rarity),
            score,
        )
        return score


@kernel
def _rank(
    known: NDArray[np.void],
    rank_among: NDArray[np.float32],
    channel: NDArray[np.int32],
    value: Floats,
    floor: Floats,
    memory: int,
    warm_up: int,
    clip: float,
    rarity: float,
    score: Floats,
) -> None:
    largest = np.empty(KEPT)
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        c = channel[row]
        kept = rank_among[c]
        n = known[c]["count"]
        z = deviation(known[c], within_reason(value[row]), floor[c], memory, clip)
        a = np.float32(within_reason(abs(z)))
        score[row] = 0.0
        if n >= warm_up:
            rank = 0
            for place in range(KEPT):
                rank += kept[place] >= a
            chance = np.log((rank + 1) / (KEPT + 1))
            if rank < TAIL:
                largest[:] = kept
                u = smallest(largest, KEPT, KEPT - TAIL)
                excess = 0.0
                for place in range(KEPT - TAIL, KEPT):
                    excess += (largest[place] - u) / TAIL
                beyond = (a - u) / excess if excess > 0.0 else np.inf * (a > u)
                chance = np.log(TAIL / (KEPT + 1)) - beyond
            score[row] = max(chance, -700.0) / rarity
        kept[n % KEPT] = a
