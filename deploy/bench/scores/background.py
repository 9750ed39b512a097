"""Backgrounds in which nothing is wrong, and what is injected into two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from deploy.bench.scores.apart import Span, Track, judged_apart, runs, touches
from deploy.bench.scores.one_channel import METHODS
from deploy.bench.scores.result import Result
from ingest.batch import Floats, Times
from rules.backtest import opens_case
from rules.event import Event

SET = "Backgrounds: mains voltage, gas meter, street noise, rivers"
NOTES = """\
A plain asset file, all packs on: a run is an event that opens a case, of any rule, per
sensor-month (channels times months); `missing data` are cases of silent devices, counted apart.
Each set's first half in time is `tuned on`, its second `untouched` in name alone: how long a
device may be silent was set by all years of the street monitors, the share of the day's flow
above which nobody sleeps by all of James River, and how often the second halves were looked at
otherwise was not counted. Into the house's mains voltage (120 V, by the minute) 40 sags to 50-80
%, swells to 115-125 % and outages of 2 to 30 min are injected a half, seeded; found is a case
raised within 5 min of the begin. Into the gas meter of a year 100 to 400 L/h flow on for three
days, ten times a half; found is a case within them. In Herbert River's level and turbidity some
3 % of readings are bad by experts; any run counts."""

SEED = 5
#: SI of a foot to the third and of a litre [m³]
CUBIC_FOOT, LITRE = 0.0283168, 1e-3
HOUR = np.timedelta64(3600, "s").astype("m8[us]")
REFERENCES = ("rolling Gaussian", "river.GaussianScorer")


def voltage(data: Path) -> tuple[str, list[Track]]:
    table = pq.read_table(data / "ampds2" / "mains_voltage.parquet")
    time = (table["unix_ts"].to_numpy().astype(np.int64) * 1_000_000).view("M8[us]")
    names = (("V", "voltage"), ("I", "current"), ("f", "frequency"))
    return "UTC", [
        Track(name, quantity, "house", 60, time, _column(table, name), "meter")
        for name, quantity in names
    ]


def gas(data: Path) -> tuple[str, list[Track]]:
    table = pq.read_table(data / "ampds2" / "natural_gas_year1.parquet")
    time = (table["unix_ts"].to_numpy().astype(np.int64) * 1_000_000).view("M8[us]")
    return "UTC", [
        Track("gas/counter", "volume", "house", 60, time, _column(table, "counter") * LITRE, "gas"),
        Track(
            "gas/rate", "flow", "house", 60, time, _column(table, "avg_rate") * LITRE / 3600, "gas"
        ),
    ]


def noise(data: Path) -> tuple[str, list[Track]]:
    table = pq.read_table(data / "dublin_noise" / "laeq_2015_2018.parquet")
    time = table["datetime"].to_numpy().astype("M8[us]")
    return "Europe/Dublin", [
        Track(name, "sound_level", "dublin", 3600, time, _column(table, name))
        for name in table.schema.names[1:]
    ]


def james(data: Path) -> tuple[str, list[Track]]:
    table = pq.read_table(data / "james_river" / "discharge.parquet")
    value = _column(table, "discharge_cfs") * CUBIC_FOOT
    time = np.datetime64("2015-01-01", "us") + np.arange(len(value)) * HOUR // 4
    return "UTC", [Track("discharge", "flow", "james", 900, time, value)]


def herbert(data: Path) -> tuple[str, list[Track]]:
    table = pq.read_table(data / "herbert_river" / "stations_1_4.parquet")
    tracks = []
    for station in (1, 2, 3, 4):
        mine = table.filter(table["locID"].to_numpy() == station)
        time = mine["date_time"].to_numpy().astype("M8[us]")
        known = np.flatnonzero(~np.isnat(time))
        order = known[np.argsort(time[known], kind="stable")]
        zone = f"station-{station}"
        for name, quantity in (("lev", "level"), ("tur", "turbidity")):
            value = _column(mine, name)[order]
            tracks.append(Track(f"{zone}/{name}", quantity, zone, 1800, time[order], value, zone))
    return "Australia/Brisbane", tracks


SETS: dict[str, Callable[[Path], tuple[str, list[Track]]]] = {
    "voltage": voltage, "gas meter": gas, "noise": noise,
    "James River": james, "Herbert River": herbert,
}  # fmt: skip


def measure(data: Path) -> list[Result]:
    """Return runs per sensor-month of each half of each set, and what of the injected was found."""
    results = []
    for name, read in SETS.items():
        zone, tracks = read(data)
        middle = tracks[0].time[len(tracks[0].time) // 2]
        for part, late in (("tuned on", False), ("untouched", True)):
            half = [_half(track, middle, late) for track in tracks]
            events = judged_apart(half, zone)
            results.append(_quiet(f"lifeline, {name}", part, half, _cases(events)))
            results += [_reference(m, name, part, half) for m in REFERENCES]
            if name in INJECT:
                rng = np.random.default_rng([SEED, late])
                changed, spans = INJECT[name](half, rng)
                found = judged_apart(changed, zone)
                results.append(_found(f"lifeline, injected: {name}", part, found, spans))
    return results


def _column(table: object, name: str) -> Floats:
    values: Floats = table[name].to_numpy().astype(np.float64)  # type: ignore[index]
    return values


def _half(track: Track, middle: np.datetime64, late: bool) -> Track:
    cut = int(np.searchsorted(track.time, middle))
    rows = slice(cut, None) if late else slice(None, cut)
    return _with(track, track.value[rows], track.time[rows])


def _with(track: Track, value: Floats, time: Times | None = None) -> Track:
    at = track.time if time is None else time
    return Track(track.channel, track.quantity, track.zone, track.interval, at, value, track.device)


def sags(half: list[Track], rng: np.random.Generator) -> tuple[list[Track], list[Span]]:
    """Change the first track for 40 times two to thirty minutes, half a day apart or more."""
    track, spans = half[0], list[Span]()
    value = track.value.copy()
    places = np.linspace(2 * 1440, len(value) - 1440, 40).astype(int)
    for first in places + rng.integers(0, 200, 40):
        lasts = int(rng.integers(2, 31))
        share = rng.choice([rng.uniform(0.5, 0.8), rng.uniform(1.15, 1.25), 0.0])
        value[first : first + lasts] *= share
        spans.append((track.time[first], track.time[first + lasts]))
    return [_with(track, value), *half[1:]], spans


def leaks(half: list[Track], rng: np.random.Generator) -> tuple[list[Track], list[Span]]:
    """Let 100 to 400 L/h run on behind the meter for three days, ten times."""
    total, rate = half
    flow, spans = np.zeros(len(total.time)), list[Span]()
    for first in np.linspace(14 * 1440, len(flow) - 4 * 1440, 10).astype(int):
        flow[first : first + 3 * 1440] = rng.uniform(100, 400) * LITRE / 3600
        spans.append((total.time[first], total.time[first + 3 * 1440]))
    pulses = np.floor(np.cumsum(flow * 60) / CUBIC_FOOT) * CUBIC_FOOT
    return [_with(total, total.value + pulses), _with(rate, rate.value + flow)], spans


INJECT = {"voltage": sags, "gas meter": leaks}
SOON = {"voltage": np.timedelta64(5, "m"), "gas meter": np.timedelta64(3, "D")}


def _cases(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if opens_case(event)]


def _quiet(method: str, part: str, half: list[Track], cases: list[Event]) -> Result:
    months = sum(track.months for track in half)
    rules = Counter(event.rule for event in cases)
    missing = rules.pop("health.silent", 0)
    own = {
        "runs per sensor-month": round(rules.total() / months, 3),
        "missing data": round(missing / months, 3),
        **{rule: float(count) for rule, count in rules.items()},
    }
    return Result(
        method, part, false_per_sensor_year=round(12 * rules.total() / months, 2), own=own
    )


def _reference(name: str, of: str, part: str, half: list[Track]) -> Result:
    months = sum(track.months for track in half)
    count = 0
    for track in half:
        known = np.isfinite(track.value)
        raised = METHODS[name](track.time[known], track.value[known]) >= 1.0
        count += len(runs(raised, track.time[known], 6 * HOUR))
    own = {"runs per sensor-month": round(count / months, 3)}
    return Result(
        f"{name}, {of}", part, false_per_sensor_year=round(12 * count / months, 2), own=own
    )


def _found(method: str, part: str, events: list[Event], spans: list[Span]) -> Result:
    soon = SOON[method.split(": ")[1]]
    cases = [event for event in _cases(events) if event.rule != "health.silent"]
    delays = []
    for began, ended in spans:
        raised = [e.raised for e in cases if began <= e.raised <= min(ended + HOUR, began + soon)]
        delays += [min(raised) - began] if raised else []
    inside = [(began, ended + 12 * HOUR) for began, ended in spans]
    false = sum(not touches(event.raised, event.ended, inside) for event in cases)
    return Result(
        method,
        part,
        events=len(spans),
        found=len(delays),
        delay=sorted(delays)[len(delays) // 2].astype("m8[us]").item() if delays else None,
        own={"cases outside": float(false)},
    )
