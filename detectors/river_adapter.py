"""Any anomaly detector of the river library, by its dotted name."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, field_validator, model_validator
from river.base import DriftDetector
from river.base.anomaly_detector import AnomalyDetector, SupervisedAnomalyDetector

from detectors.detector import Detector, Params
from ingest.batch import Batch, Floats
from ingest.channel import Channel

#: Packages of river whose members may be named; others could be anything Python can import.
ALLOWED = ("river.anomaly", "river.drift")


class RiverParams(Params):
    model: str
    """Dotted name of the class, such as river.anomaly.GaussianScorer."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Its constructor's arguments. Fix `seed` where it has one, or a restart differs."""
    limit: PositiveFloat = 0.999
    """Score of the model that scores 1; a drift detector scores 1 / limit at a drift."""
    warm_up: int = Field(200, ge=0)
    """Samples that a channel's model learns before it is asked."""

    @field_validator("model")
    @classmethod
    def _is_a_detector_of_river(cls, name: str) -> str:
        package, _, member = name.rpartition(".")
        if package not in ALLOWED or not hasattr(import_module(package), member):
            raise ValueError(f"{name!r} is no member of {' or '.join(ALLOWED)}")
        return name

    @model_validator(mode="after")
    def _can_be_made(self) -> RiverParams:
        model = self.make()
        if not isinstance(model, AnomalyDetector | SupervisedAnomalyDetector | DriftDetector):
            raise ValueError(f"{self.model} scores no single values")
        return self

    def make(self) -> Any:
        """Return a new model; raise ValueError where the arguments do not suit it."""
        package, _, member = self.model.rpartition(".")
        try:
            return getattr(import_module(package), member)(**self.arguments)
        except TypeError as refused:
            raise ValueError(f"{self.model}: {refused}") from None


class River(Detector):
    """Ask one river model a channel, sample by sample.

        score = model.score_one({"value": v}) / limit, then model.learn_one({"value": v})

    The cost is river's: a Python call a sample (ADWIN 0.3 µs, GaussianScorer 3 µs,
    HalfSpaceTrees 36 µs, LocalOutlierFactor 850 µs) and one deep copy a channel and batch,
    about 0.1 ms and up. For tens of channels, not for a city.

    The state row holds the model itself. A model is copied before it learns and never
    changed once it is in `state`, so a row that the engine has set aside stays what it was:
    looking back is right. The rows cannot be written to a checkpoint, for that would be a
    pickle, which can run anything when read: `state.dtype.hasobject` says so, and after a
    restart such a channel begins anew from the stored readings.
    False signals depend on the model; none ships in a rule pack.
    """

    Parameters = RiverParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("model", "O"), ("seen", "i8")]

    def begin(self, channels: Sequence[Channel]) -> NDArray[np.void]:
        rows = super().begin(channels)
        for row in range(len(channels)):
            rows["model"][row] = self.params.make()
        return rows

    def update(self, batch: Batch) -> Floats:
        p: RiverParams = self.params
        score = np.full(len(batch), np.nan)
        good = np.flatnonzero(np.isfinite(batch.value))
        copies: dict[int, Any] = {
            int(c): deepcopy(self.state["model"][c]) for c in np.unique(batch.channel[good])
        }
        for row in good:
            c = int(batch.channel[row])
            score[row] = _ask(copies[c], float(batch.value[row])) / p.limit
            if self.state["seen"][c] < p.warm_up:
                score[row] = 0.0
            self.state["seen"][c] += 1
        for c, model in copies.items():
            self.state["model"][c] = model
        return score


def _ask(model: Any, value: float) -> float:
    """Return the model's score of `value`, then let it learn; never negative, never NaN."""
    if isinstance(model, DriftDetector):
        model.update(value)
        return float(model.drift_detected)
    if isinstance(model, SupervisedAnomalyDetector):
        answer = float(model.score_one({}, value))
        model.learn_one({}, value)
    else:
        answer = float(model.score_one({"value": value}))
        model.learn_one({"value": value})
    return max(0.0, answer) if np.isfinite(answer) else 0.0
