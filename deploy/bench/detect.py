"""What judging costs: time and memory of the rules, and each detector beside river's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from river.anomaly import GaussianScorer, HalfSpaceTrees
from river.drift import ADWIN, PageHinkley

import rules.packs
from deploy.bench.city import city, readings
from deploy.warm import warm
from detectors.detector import Detector
from detectors.registry import REGISTRY
from ingest.batch import Batch
from rules.engine import Engine
from rules.judgement import Remembered
from rules.pack import RuleSet, load

PACKS = Path(rules.packs.__file__).parent
WEEK, YEAR = 2016, 105_120  #: readings at one in five minutes
#: Of one city in which much is watched: pressure, flow, wells, voltage, roads and devices.
TEN = (
    "water.pressure.low", "water.burst", "gas.methane.dangerous", "gas.methane.jump",
    "power.voltage-band", "flood.road.standing-water", "flood.manhole.surcharge",
    "health.stuck", "health.clock-behind", "health.silent",
)  # fmt: skip
Row = dict[str, Any]


def live(channels: int, rounds: int = 20) -> Row:
    """All default rules, one reading of each channel a batch, each batch settled."""
    sensors = city(channels)
    before = resident()
    engine = Engine(load(PACKS), sensors, Remembered())
    warm(engine)
    bare = resident()
    taken = []
    for number in range(rounds + 5):
        batch = readings(sensors, number, number + 1)
        taken.append(_timed(_judge, engine, batch))
    return {
        "channels": channels,
        "ms a reading of each, median": 1e3 * float(np.median(taken[5:])),
        "ms, best": 1e3 * min(taken[5:]),
        "bytes a channel in arrays": held(engine) / channels,
        "MB resident before": before,
        "MB resident with rules": bare,
        "MB resident after": resident(),
    }


def history(name: str, ruleset: RuleSet, channels: int, steps: int, at_once: int = WEEK) -> Row:
    """Readings of the past, a week at a time, as a backtest judges them."""
    sensors = city(channels)
    engine = Engine(ruleset, sensors, Remembered())
    warm(engine)
    seconds = 0.0
    for begin in range(0, steps, at_once):
        batch = readings(sensors, begin, min(steps, begin + at_once))
        seconds += _timed(_judge, engine, batch)
    rows = channels * steps
    return {
        "rules": name,
        "channels": channels,
        "readings": rows,
        "seconds": seconds,
        "readings per second": rows / seconds,
    }


def each_detector(channels: int = 1000, steps: int = 288) -> list[Row]:
    """Nanoseconds a row of each detector of the default packs, on a day of readings."""
    rows: list[Row] = []
    for name, params in sorted(_used(load(PACKS)).items()):
        sensors = [replace(c, number=row) for row, c in enumerate(city(channels))]
        batch = readings(sensors, 0, steps).in_time_order()
        detector = REGISTRY[name](params, sensors)
        detector.update(batch[:0])  # compiled
        seconds = _timed(detector.update, batch)
        rows.append({
            "detector": name,
            "ns a row": 1e9 * seconds / len(batch),
            "state bytes a channel": _state(detector) / channels,
        })  # fmt: skip
    return rows


def river(channels: int = 100, steps: int = 288) -> list[Row]:
    """The same rows, one object of river's a channel and one call a reading."""
    batch = readings(city(channels), 0, steps)
    samples = list(zip((batch.channel - 1).tolist(), batch.value.tolist(), strict=True))
    models: dict[str, tuple[Callable[[], Any], Callable[[Any, float], object]]] = {
        "ADWIN": (ADWIN, lambda model, v: model.update(v)),
        "PageHinkley": (PageHinkley, lambda model, v: model.update(v)),
        "GaussianScorer": (
            GaussianScorer,
            lambda model, v: (model.score_one({}, v), model.learn_one({}, v)),
        ),
        "HalfSpaceTrees": (
            HalfSpaceTrees,
            lambda model, v: (model.score_one({"value": v}), model.learn_one({"value": v})),
        ),
    }
    rows: list[Row] = []
    for name, (make, ask) in models.items():
        made = [make() for _ in range(channels)]

        seconds = _timed(_ask_all, made, ask, samples)
        rows.append({"river": name, "us a row": 1e6 * seconds / len(samples)})
    return rows


def ten_rules() -> RuleSet:
    everything = load(PACKS)
    return replace(everything, rules={name: everything.rules[name] for name in TEN})


def held(found: object, seen: set[int] | None = None) -> int:
    """Return the bytes of all arrays that `found` holds, each counted once."""
    seen = set() if seen is None else seen
    if id(found) in seen or isinstance(found, str | int | float | type):
        return 0
    seen.add(id(found))
    if isinstance(found, np.ndarray):
        return held(found.base, seen) if isinstance(found.base, np.ndarray) else found.nbytes
    if isinstance(found, dict):
        return sum(held(one, seen) for one in found.values())
    if isinstance(found, list | tuple | set):
        return sum(held(one, seen) for one in found)
    names = [*getattr(found, "__dict__", ()), *getattr(found, "__slots__", ())]
    ours = type(found).__module__.startswith(("rules.", "detectors.", "ingest.batch"))
    return sum(held(getattr(found, name), seen) for name in names) if ours else 0


def resident() -> float:
    """Return the memory of this process [MB], as the kernel counts it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def _used(ruleset: RuleSet) -> dict[str, Any]:
    """Return the detectors of single channels in use, with the parameters first found."""
    found: dict[str, Any] = {}
    for rule in ruleset.judged():
        for signal in rule.signals.values():
            for detection in signal.detect:
                if detection.name in REGISTRY:
                    found.setdefault(detection.name, detection.params)
    return found


def _state(detector: Detector) -> int:
    return detector.state.nbytes


def _judge(engine: Engine, batch: Batch) -> None:
    engine.judge(batch)
    engine.advance(batch.time[-1])
    engine.settle()


def _ask_all(
    models: list[Any], ask: Callable[[Any, float], object], samples: list[tuple[int, float]]
) -> None:
    for channel, value in samples:
        ask(models[channel], value)


def _timed(work: Callable[..., object], *given: object) -> float:
    """Return the seconds of this process's time that `work` took."""
    before = process_time()
    work(*given)
    return process_time() - before
