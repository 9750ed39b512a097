"""Series that each have their own times, through the very engine with all packs that ship."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.asset_files import channels_of
from ingest.batch import Floats, Times, make_batch
from rules.backtest import Backtest
from rules.event import Event
from rules.pack import RuleSet, load

PACKS = Path(__file__).parents[3] / "rules" / "packs"
#: Judged at once, so that memory stays small.
STRETCH = np.timedelta64(7, "D").astype("m8[us]")
DAYS_A_MONTH = 30.44
Span = tuple[np.datetime64, np.datetime64]


@dataclass(frozen=True)
class Track:
    """A channel as a row of a plain asset file has it, with its readings; `value` in SI."""

    channel: str
    quantity: str
    zone: str
    interval: int  #: [s]
    time: Times
    value: Floats
    device: str = ""

    @property
    def months(self) -> float:
        return float((self.time[-1] - self.time[0]) / np.timedelta64(1, "D")) / DAYS_A_MONTH


def judged_apart(
    tracks: Sequence[Track], time_zone: str = "UTC", rules: RuleSet | None = None
) -> list[Event]:
    """Return the events of `rules` (default: all packs that ship), as they stand at the end."""
    rows = []
    for track in tracks:
        row = {"channel": track.channel, "device": track.device or track.channel}
        row |= {"quantity": track.quantity, "unit": "", "component": "", "lon": "", "lat": ""}
        rows.append(row | {"zone": track.zone, "interval": str(track.interval)})
    assets = channels_of(rows, time_zone)
    if assets.problems:
        raise ValueError(f"a row of the plain asset file was refused: {assets.problems[0]}")
    backtest = Backtest(rules or load(PACKS), assets.channels)
    first = min(track.time[0] for track in tracks)
    last = max(track.time[-1] for track in tracks)
    for begin in np.arange(first, last + np.timedelta64(1, "us"), STRETCH):
        part = [np.searchsorted(track.time, [begin, begin + STRETCH]) for track in tracks]
        number = np.repeat([c.number for c in assets.channels], [b - a for a, b in part])
        pairs = list(zip(tracks, part, strict=True))
        batch = make_batch(
            number,
            np.concatenate([track.time[a:b] for track, (a, b) in pairs]),
            np.concatenate([track.value[a:b] for track, (a, b) in pairs]),
        )
        backtest.judge(batch[np.flatnonzero(np.isfinite(batch.value))])
    return backtest.events()


def touches(began: np.datetime64, ended: np.datetime64 | None, spans: Iterable[Span]) -> bool:
    """Say whether an event lies in one of `spans`; one that stands has no end."""
    return any(began <= b and (ended is None or ended >= a) for a, b in spans)


def runs(raised: Floats | np.ndarray, time: Times, apart: np.timedelta64) -> list[Span]:
    """Return the runs of True rows that are no farther apart than `apart`."""
    rows = np.flatnonzero(raised)
    if len(rows) == 0:
        return []
    cuts = np.flatnonzero(np.diff(time[rows]) > apart) + 1
    return [(time[run[0]], time[run[-1]]) for run in np.split(rows, cuts)]
