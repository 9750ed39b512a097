"""Made-up readings for the tests of rule packs: segments of a series become a Batch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from ingest.batch import Batch, Floats, concatenate, make_batch
from ingest.channel import Channel
from ingest.quality import Quality
from ingest.units import conversion
from rules.duration import Duration, microseconds
from rules.written import Schema


class Wave(Schema):
    """level = mean + swing · cos(2π (t - crest) / period), t since the start of the test."""

    mean: float
    swing: float
    period: Duration = timedelta(days=1)
    crest: Duration = timedelta(0)


class Segment(Schema):
    """A stretch of a series; numbers in the unit the channel has on the wire."""

    lasts: Duration = Field(alias="for")
    level: float | None = None
    ramp: tuple[float, float] | None = None
    """From the first to the second over the segment."""
    wave: Wave | None = None
    values: tuple[float, ...] = ()
    """Repeated in turn over the segment."""
    state: str = ""
    """A word; the channel's `states` may give it a number."""
    missing: bool = False
    noise: float = 0.0
    """Standard deviation of normal noise."""
    plus: float = 0.0
    """Added to all of it, for an offset on a wave."""
    every: Duration | None = None
    """Interval in this segment, where it is not the test's."""
    late: Duration = timedelta(0)
    """Received so long after the device's time."""
    catches_up: bool = False
    """All of the segment is received at its end, as one message."""
    flags: tuple[str, ...] = ()
    """Quality flags that intake would have set."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = (self.level, self.ramp, self.wave, self.values or None, self.state or None)
        if sum(one is not None for one in said) != (0 if self.missing else 1):
            raise ValueError("a segment has one of level, ramp, wave, values, state, missing")
        return self

    @field_validator("flags")
    @classmethod
    def _are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in Quality.__members__:
                raise ValueError(f"unknown flag {name!r}")
        return names


class Place(Schema):
    """Facts of a channel in a test."""

    quantity: str
    unit: str = ""
    """Of the numbers in `series`; left out, the SI unit of the quantity."""
    device: str = ""
    component: str = ""
    interval: Duration | None = None
    reports_every: Duration = timedelta(0)
    time_zone: str = "Asia/Shanghai"
    tags: dict[str, str] = Field(default_factory=dict)
    attributes: dict[str, float] = Field(default_factory=dict)
    """SI."""
    states: dict[str, float] = Field(default_factory=dict)

    def channel(self, number: int, id: str, every: timedelta) -> Channel:
        device, _, name = id.rpartition("/")
        return Channel(
            number=number,
            id=id,
            device=self.device or device or id,
            name=name,
            quantity=self.quantity,
            unit=self.unit,
            interval=self.interval or every,
            reports_every=self.reports_every,
            component=self.component,
            time_zone=self.time_zone,
            tags=dict(self.tags),
            attributes=dict(self.attributes),
            states=dict(self.states),
        )


class Scenario(Schema):
    """Channels and what they send from `starts` on."""

    starts: datetime = datetime.fromisoformat("2026-03-02T00:00:00+08:00")  # a Monday
    every: Duration
    channels: dict[str, Place]
    series: dict[str, tuple[Segment, ...]]
    seed: int = 1

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.starts.tzinfo is None:
            raise ValueError("starts must say its offset, such as 2026-03-02T00:00:00+08:00")
        for id in self.series.keys() ^ self.channels.keys():
            raise ValueError(f"{id!r} must be both in channels and in series")
        return self

    @property
    def start(self) -> np.datetime64:
        return np.datetime64(int(self.starts.timestamp() * 1e6), "us")

    @property
    def length(self) -> timedelta:
        lengths = [sum((s.lasts for s in ss), timedelta(0)) for ss in self.series.values()]
        return max(lengths, default=timedelta(0))

    @property
    def readings(self) -> int:
        """How many readings it stands for."""
        return sum(
            -(-segment.lasts // max(segment.every or self.every, timedelta(microseconds=1)))
            for segments in self.series.values()
            for segment in segments
            if not segment.missing
        )

    def build(self) -> tuple[list[Channel], Batch]:
        """Return the channels, numbered from 1, and all readings in the order of their receipt."""
        channels, batches = [], []
        for number, (id, place) in enumerate(self.channels.items(), start=1):
            channels.append(place.channel(number, id, self.every))
            rng = np.random.default_rng([int(self.seed), number])
            batches += self._readings(number, place, self.series[id], rng)
        whole = concatenate(batches)
        return channels, whole[np.lexsort((whole.time, whole.received))]

    def _readings(
        self, number: int, place: Place, segments: tuple[Segment, ...], rng: np.random.Generator
    ) -> list[Batch]:
        factor, offset = conversion(place.unit, place.quantity) if place.unit else (1.0, 0.0)
        batches, begins = [], timedelta(0)
        for segment in segments:
            step = segment.every or self.every
            count = 0 if segment.missing else -(-segment.lasts // step)
            elapsed = np.arange(count) * microseconds(step)
            since_start = elapsed + microseconds(begins)
            time = self.start + since_start
            value = _values(segment, place, elapsed, since_start)
            value = (value + segment.plus + segment.noise * rng.standard_normal(count)) * factor
            received = time + microseconds(segment.late)
            begins += segment.lasts
            if segment.catches_up:
                received = np.full(count, self.start + microseconds(begins))
            flags = sum(int(Quality[name]) for name in segment.flags)
            batches.append(
                make_batch(
                    np.full(count, number, dtype=np.int32),
                    time,
                    value + offset,
                    received,
                    quality=np.full(count, flags, dtype=np.uint16),
                )
            )
        return batches


def _values(segment: Segment, place: Place, elapsed: Any, since_start: Any) -> Floats:
    """Return (n,) values of a segment before noise; NaN for a word without a number."""
    count = len(elapsed)
    if segment.ramp is not None:
        share = elapsed / microseconds(segment.lasts)
        return np.asarray(segment.ramp[0] + (segment.ramp[1] - segment.ramp[0]) * share)
    if segment.wave is not None:
        wave = segment.wave
        turn = (since_start - microseconds(wave.crest)) / microseconds(wave.period)
        return np.asarray(wave.mean + wave.swing * np.cos(2 * np.pi * turn))
    if segment.values:
        return np.resize(np.array(segment.values, dtype=np.float64), count)
    if segment.state:
        return np.full(count, place.states.get(segment.state, np.nan))
    return np.full(count, np.nan if segment.level is None else segment.level)
