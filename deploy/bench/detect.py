"""How fast readings are judged: `python -m deploy.bench.detect`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ingest.batch import Batch, make_batch
from ingest.channel import Channel
from rules.engine import Engine
from rules.judgement import Remembered
from rules.pack import RuleSet, read_pack

KINDS = ("depth", "pressure", "methane", "voltage", "level", "temperature")
DETECT = {
    "depth": "[{with: level, high: 15 cm}]",
    "pressure": "[{with: level, low: 0.14 MPa}]",
    "methane": "[{with: level, high: 1 %VOL}]",
    "voltage": "[{with: level, low: 198 V, high: 235.4 V}]",
    "level": "[{with: level, high: 3 m}]",
    "temperature": "[{with: level, high: 85 °C}]",
}
NORMAL = {
    "depth": 0.02,
    "pressure": 3e5,
    "methane": 1e-4,
    "voltage": 220.0,
    "level": 1.0,
    "temperature": 300.0,
}
START = np.datetime64("2026-07-01", "us")


@dataclass(frozen=True, slots=True)
class Speed:
    rows: int
    seconds: float  #: of this process's time

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds


def many_rules(number: int) -> RuleSet:
    """Return `number` rules over the kinds in turn, and one for silence."""
    rules = "".join(
        f"""
  - id: rule-{n}
    title: {{en: rule, zh: 规则}}
    status: active
    why: benchmark
    source: benchmark
    signals:
      one:
        select: {{quantity: {KINDS[n % len(KINDS)]}}}
        detect: {DETECT[KINDS[n % len(KINDS)]]}
        policy: {{on_delay: PT2M, off_delay: PT10M, samples: 2, longest_gap: PT30M}}
    per: device
    severity: [{{at: 1, level: blue}}]
    event: {{code_list: none, code: "0", condition: none}}
    case: none"""
        for n in range(number - 1)
    )
    return read_pack(f"pack: benchmark\nrules:{rules}{SILENT}")


SILENT = """
  - id: silent
    title: {en: silent, zh: 离线}
    status: active
    why: benchmark
    source: benchmark
    signals: {one: {silent: {times: 3}}}
    per: device
    severity: [{at: 1, level: blue}]
    event: {code_list: none, code: "0", condition: none}
    case: none
"""


def city(number: int) -> list[Channel]:
    return [
        Channel(
            number=n + 1,
            id=f"c{n}",
            device=f"d{n}",
            name="value",
            quantity=KINDS[n % len(KINDS)],
            unit="",
            largest_rate=1e6,
            interval=timedelta(hours=1),
        )
        for n in range(number)
    ]


def readings(channels: list[Channel], rows: int, per_second: float, abnormal: float) -> Batch:
    """Return rows of random channels at a steady rate, a share of them far out of the normal."""
    rng = np.random.default_rng(1)
    one = rng.integers(0, len(channels), rows)
    normal = np.array([NORMAL[channel.quantity] for channel in channels])[one]
    value = normal * np.where(rng.random(rows) < abnormal, 50.0, rng.uniform(0.99, 1.01, rows))
    at = START + (np.arange(rows) / per_second * 1e6).astype("m8[us]")
    return make_batch(np.array([c.number for c in channels], dtype=np.int32)[one], at, value)


def detect(
    rules: int = 30,
    channels: int = 10_000,
    batch: int = 1_500,
    batches: int = 200,
    per_second: float = 15_000.0,
    abnormal: float = 0.0005,
) -> Speed:
    """Judge `batches` of `batch` rows, settling after each; return rows per second of one core."""
    sensors = city(channels)
    rows = readings(sensors, batch * batches, per_second, abnormal)
    engine = Engine(many_rules(rules), sensors, Remembered(rows))
    before = time.process_time()
    for begin in range(0, len(rows), batch):
        part = rows[begin : begin + batch]
        engine.judge(part)
        engine.advance(part.time[-1])
        engine.settle()
    return Speed(len(rows), time.process_time() - before)


if __name__ == "__main__":
    for size in (150, 1_500, 15_000):
        speed = detect(batch=size, batches=max(20, 300_000 // size))
        share = 15_000 / speed.per_second
        print(f"batches of {size:6}: {speed.per_second:10,.0f} rows/s, {share:.1%} of a core")
    year = detect(channels=100, batch=500_000, batches=2, per_second=0.1)
    print(f"history of 100 channels: {year.per_second:10,.0f} rows/s")
