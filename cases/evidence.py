"""What a case freezes of an event: enough to judge it again when nothing else is left.

All times are ISO 8601 in UTC, all values in the SI unit that stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cases.placing import Speaker
from ingest.batch import Batch
from ingest.quality import UNUSABLE, Quality
from ingest.quantities import QUANTITIES
from rules.event import Event

POINTS = 400  #: of one curve; more are thinned out
CURVES = 20  #: of one event; further channels are only named
BEFORE = np.timedelta64(1, "h")
LONGEST = np.timedelta64(24, "h")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The last good reading, when the event was raised, of a channel beside those that spoke."""

    id: str
    quantity: str
    time: datetime
    value: float


def window(event: Event) -> tuple[np.datetime64, np.datetime64]:
    """Return from when to when the curves go: as long before the beginning as it took to raise.

    They end when the event was found, but a batch that came months late shows no months.
    """
    margin = min(max(BEFORE, event.raised - event.began), LONGEST)
    return max(event.began, event.raised - LONGEST) - margin, min(
        max(event.found, event.raised), event.raised + margin
    )


def freeze(
    event: Event,
    speakers: Sequence[Speaker],
    readings: Batch,
    neighbours: Sequence[Neighbour],
    ledger: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the evidence of `event`.

    `readings` are those of the first CURVES speakers in the window, oldest first by
    channel; `ledger` are the sums of the speakers' devices over the last days.
    """
    start, stop = window(event)
    return {
        "event": {
            "id": str(event.id),
            "rule": event.rule,
            "version": event.version,
            "scope": event.scope,
            "subject": event.subject,
            "severity": event.severity,
            "began": _iso(event.began),
            "raised": _iso(event.raised),
            "found": _iso(event.found),
            "standing": event.standing,
            "peak": event.peak,
        },
        "why": event.why,
        "window": [_iso(start), _iso(stop)],
        "curves": [curve(s, readings[readings.channel == s.number]) for s in speakers[:CURVES]],
        "further_channels": [s.id for s in speakers[CURVES:]],
        "neighbours": [
            {
                "channel": n.id,
                "quantity": n.quantity,
                "unit": QUANTITIES[n.quantity].unit,
                "time": n.time.isoformat(),
                "value": n.value,
            }
            for n in neighbours
        ],
        "devices": list(ledger),
    }


def curve(speaker: Speaker, rows: Batch) -> dict[str, Any]:
    """Return the readings of a channel, oldest first, as evidence keeps them."""
    shown = thinned(rows.value)
    kept = rows[shown]
    steps = np.diff(rows.time)
    return {
        "channel": speaker.id,
        "quantity": speaker.quantity,
        "unit": QUANTITIES[speaker.quantity].unit,
        "time": [_iso(t) for t in kept.time],
        "value": [None if np.isnan(v) else float(v) for v in kept.value],
        "quality": kept.quality.tolist(),
        "readings": len(rows),
        "thinned": (
            f"{len(shown)} of {len(rows)}: lowest and highest of each stretch"
            if len(shown) < len(rows)
            else None
        ),
        "data_quality": {
            "unusable": int(np.count_nonzero(rows.quality & UNUSABLE)),
            "flags": {
                str(flag.name): count
                for flag in Quality
                if flag and (count := int(np.count_nonzero(rows.quality & flag)))
            },
            "longest_gap_seconds": float(steps.max() / np.timedelta64(1, "s"))
            if len(steps)
            else None,
        },
    }


def thinned(value: NDArray[np.float64], points: int = POINTS) -> NDArray[np.intp]:
    """Return which rows to show: all, or lowest and highest of each stretch, first and last."""
    n = len(value)
    if n <= points:
        return np.arange(n)
    kept = {0, n - 1}
    for stretch in np.array_split(np.arange(n), points // 2 - 1):
        numbers = value[stretch]
        if np.isnan(numbers).all():
            kept.add(int(stretch[0]))
            continue
        kept.update((int(stretch[np.nanargmin(numbers)]), int(stretch[np.nanargmax(numbers)])))
    return np.array(sorted(kept), dtype=np.intp)


def _iso(time: np.datetime64) -> str:
    return f"{np.datetime_as_string(time.astype('datetime64[us]'))}Z"
