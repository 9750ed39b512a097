"""The contract of a channel: values into SI once, and a flag for each thing against a reading.

Only what one reading says for itself is checked here; the largest rate needs the order of
readings and is the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.batch import NO_STATE, Batch, Floats
from ingest.quality import Quality
from ingest.registry import BAD_CLOCK, NEVER, Registry

Flags = NDArray[np.uint16]
Micros = NDArray[np.int64]

FUTURE_TOLERANCE = 300_000_000  #: [µs] how far a device's clock may be ahead of ours
YEAR_2000 = 946_684_800_000_000  #: [µs] no device of ours is older: its clock was never set

#: A bool is the state of the same text, so that it survives quarantine and export.
TRUTH = {"true": 1.0, "false": 0.0}


def keep_contract(
    registry: Registry,
    channel: NDArray[np.int32],
    time: Micros,
    received: Micros,
    value: Sequence[float | bool | str],
    unit: Sequence[str],
    quality: Flags,
    future_tolerance: int = FUTURE_TOLERANCE,
) -> Batch:
    """Return readings of adopted channels as a batch in SI, flagged.

    All arguments are columns of one length; `quality` holds flags known so far. A reading
    whose declared unit does not fit keeps its value as it was sent, flagged WRONG_UNIT: to
    scale it by the channel's own unit would be a guess. Text becomes a state; where the
    channel gives that state a number (or it is a truth) it has this value, otherwise NaN.
    """
    number, texts = numbers_and_texts(value)
    batch = in_contract(
        registry, channel, time, received, number, texts, unit, quality, future_tolerance
    )
    late = _late(registry, channel, time, batch.quality)
    return batch.with_columns(quality=batch.quality | np.uint16(Quality.LATE) * late)


def in_contract(
    registry: Registry,
    channel: NDArray[np.int32],
    time: Micros,
    received: Micros,
    number: Floats,
    texts: Mapping[int, str],
    unit: Sequence[str],
    quality: Flags,
    future_tolerance: int = FUTURE_TOLERANCE,
) -> Batch:
    """Do what `keep_contract` does, for columns; none is LATE, what is read in order cannot be.

    `number` is overwritten; `texts` stand for it at their rows. No `unit` at all means the
    channels' own.
    """
    flags = quality.copy()
    unsound = ~np.isfinite(number)
    _flag(flags, unsound, Quality.NOT_A_NUMBER)
    number[unsound] = np.nan
    number, fits = _in_si(registry, channel, number, unit)
    state = np.full(len(number), NO_STATE, dtype=np.int32)
    if texts:
        rows = np.fromiter(texts, dtype=np.intp, count=len(texts))
        state[rows] = registry.states_of(list(texts.values()))
        number[rows] = [
            registry.channels[int(channel[row])].states.get(text, TRUTH.get(text, np.nan))
            for row, text in texts.items()
        ]
        flags[rows] &= ~np.uint16(Quality.NOT_A_NUMBER)
        fits[rows] = True
    _flag(flags, ~fits, Quality.WRONG_UNIT)
    outside = (number < registry.lowest[channel]) | (number > registry.highest[channel])
    _flag(flags, outside & fits, Quality.OUT_OF_RANGE)
    _flag(flags, time > received + future_tolerance, Quality.FUTURE)
    _flag(flags, time < YEAR_2000, Quality.EPOCH)
    return Batch(
        channel=channel,
        time=time.view("datetime64[us]"),
        received=received.view("datetime64[us]"),
        value=number,
        state=state,
        quality=flags,
    )


def _flag(flags: Flags, rows: NDArray[np.bool_], reason: Quality) -> None:
    flags[rows] |= np.uint16(reason)


def numbers_and_texts(value: Sequence[float | bool | str]) -> tuple[Floats, dict[int, str]]:
    """Split values into (n,) floats, NaN where there is text, and the texts by row."""
    odd = {row: v for row, v in enumerate(value) if v.__class__ is not float}
    if not odd:
        return np.array(value, dtype=np.float64), {}
    plain: list[float] = list(value)  # type: ignore[arg-type]  # the odd ones are replaced now
    texts: dict[int, str] = {}
    for row, v in odd.items():
        if isinstance(v, bool):
            v = "true" if v else "false"
        if isinstance(v, str):
            texts[row] = v
            plain[row] = np.nan
        else:
            plain[row] = float(v)
    return np.array(plain, dtype=np.float64), texts


def _in_si(
    registry: Registry, channel: NDArray[np.int32], number: Floats, unit: Sequence[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    factor, offset = registry.factor[channel], registry.offset[channel]
    fits = registry.fits[channel]
    declared = [row for row, text in enumerate(unit) if text]
    if declared:
        rules = [registry.conversion(int(channel[row]), unit[row]) for row in declared]
        fits[declared] = [rule is not None for rule in rules]
        factor[declared], offset[declared] = np.array([rule or (1.0, 0.0) for rule in rules]).T
    return number * factor + offset, fits


def _late(
    registry: Registry, channel: NDArray[np.int32], time: Micros, flags: Flags
) -> NDArray[np.bool_]:
    """Return (n,) whether a later reading of the channel came before, now or in a drain before."""
    good = (flags & BAD_CLOCK) == 0
    counted = np.where(good, time, NEVER)
    order = np.argsort(channel, kind="stable")
    grouped, times = channel[order], counted[order]
    group = np.cumsum(np.concatenate([[0], grouped[1:] != grouped[:-1]])) if len(order) else order
    # A running maximum within groups is one over ranks lifted by their group's place.
    rank = np.empty(len(times), dtype=np.int64)
    by_time = np.argsort(times, kind="stable")
    rank[by_time] = np.arange(len(times))
    highest = np.maximum.accumulate(rank + group * len(times)) - group * len(times)
    before = np.empty(len(times), dtype=np.int64)
    before[order] = times[by_time][highest]
    late: NDArray[np.bool_] = good & (time < np.maximum(before, registry.latest[channel]))
    return late
