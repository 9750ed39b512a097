"""From a stream of scores to episodes: raised once, kept up, cleared once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from ingest.batch import Floats, Rows, Times
from rules.duration import Duration, microseconds


class Policy(BaseModel):
    """When a signal starts to stand, and when it stops. All times are device times."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    on_delay: Duration = timedelta(0)
    """How long readings must be abnormal, first to last."""
    off_delay: Duration = timedelta(0)
    """How long readings must be normal again, first to last."""
    deadband: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """A score under 1 - deadband is normal; between that and 1 nothing is proved."""
    samples: PositiveInt = 1
    """Least number of abnormal readings in a row."""
    longest_gap: Duration | None = None
    """A longer gap between two readings breaks a run; left out, none does."""


ABNORMAL, NORMAL, NEITHER = 1, 2, 0

#: What the policy remembers of one (signal, channel).
MEMORY: list[tuple[str, Any]] = [
    ("active", "?"),
    ("run", "i1"),  #: kind of the readings in the unbroken run up to the last one
    ("count", "i4"),
    ("since", "M8[us]"),  #: beginning of the run
    ("last", "M8[us]"),
    ("began", "M8[us]"),  #: of the active episode, and so below
    ("raised", "M8[us]"),
    ("found", "M8[us]"),
    ("peak", "f8"),
    ("peak_value", "f8"),
]


class Changes(NamedTuple):
    """What a run of rows changed; one entry a raised or cleared episode, in order.

    row        : (k,) places of the rows that did it
    raised     : (k,) bool, else cleared
    began      : (k,) first abnormal reading; of raised entries only
    peak, peak_value : (k,) of cleared entries only
    grown      : slots of standing episodes whose peak grew
    """

    row: Rows
    raised: NDArray[np.bool_]
    began: Times
    peak: Floats
    peak_value: Floats
    grown: Rows


_NOTHING = Changes(
    np.zeros(0, dtype=np.intp),
    np.zeros(0, dtype=np.bool_),
    np.zeros(0, dtype="M8[us]"),
    np.zeros(0),
    np.zeros(0),
    np.zeros(0, dtype=np.intp),
)


def new_memory(n: int) -> NDArray[np.void]:
    return np.zeros(n, dtype=MEMORY)


def judge(
    policy: Policy,
    memory: NDArray[np.void],
    slot: NDArray[np.int32],
    time: Times,
    received: Times,
    score: Floats,
    value: Floats,
) -> Changes:
    """Advance `memory` by rows grouped by slot, oldest first in each; return what changed.

    A run is an unbroken row of abnormal (score >= 1) or of normal (score < 1 - deadband)
    readings. An abnormal run of at least `samples` readings over at least `on_delay`
    raises, a normal run over `off_delay` clears. A NaN score proves nothing and breaks
    nothing; a gap longer than `longest_gap` breaks a run, but what is active stays so.

    Whether a row may raise or clear depends on its run alone, not on what is active, so
    all is computed with whole columns: a flip-flop set and reset by such rows.
    """
    seen = np.flatnonzero(~np.isnan(score))
    if len(seen) == 0:
        return _NOTHING
    slot, score = slot[seen], score[seen]
    abnormal = score >= 1.0
    if not abnormal.any() and not memory["active"][slot].any():
        memory["run"][slot] = NEITHER  # a normal run matters only to what is active
        return _NOTHING
    time, n = time[seen], len(seen)
    kind = np.where(abnormal, ABNORMAL, np.where(score < 1.0 - policy.deadband, NORMAL, NEITHER))
    first = np.ones(n, dtype=np.bool_)
    first[1:] = slot[1:] != slot[:-1]
    before = memory[slot]  # a copy; only its first row of each slot is meant

    # Runs: where each began and how many readings it has.
    previous_kind, previous_time = np.roll(kind, 1), np.roll(time, 1)
    previous_kind[first], previous_time[first] = before["run"][first], before["last"][first]
    starts = (kind != previous_kind) | (kind == NEITHER)
    if policy.longest_gap is not None:
        starts |= time - previous_time > microseconds(policy.longest_gap)
    place = np.arange(n)
    anchor = np.maximum.accumulate(np.where(starts | first, place, 0))
    since = np.where(starts, time, before["since"])[anchor]
    count = np.where(starts, 1, before["count"] + 1)[anchor] + (place - anchor)

    # The flip-flop.
    lasted = time - since
    sets = abnormal & (lasted >= microseconds(policy.on_delay)) & (count >= policy.samples)
    resets = (kind == NORMAL) & (lasted >= microseconds(policy.off_delay))
    decided = np.maximum.accumulate(np.where(sets | resets | first, place, 0))
    active = np.where(sets | resets, sets, before["active"])[decided]
    was_active = np.roll(active, 1)
    was_active[first] = before["active"][first]
    raised, cleared = active & ~was_active, was_active & ~active

    # Peaks: one stretch from the start of a run that may raise to the next such start.
    resets_peak = abnormal & starts & ~was_active
    heads = np.flatnonzero(resets_peak | first)
    stretch = np.cumsum(resets_peak | first) - 1
    highest = np.maximum.reduceat(np.where(abnormal, score, -np.inf), heads)
    kept = ~resets_peak[heads] & (before["peak"][heads] >= highest)
    value_there = np.empty(len(heads))
    at_peak = np.flatnonzero(abnormal & (score == highest[stretch]))[::-1]
    value_there[stretch[at_peak]] = value[seen[at_peak]]  # backwards: the first one wins
    peak = np.where(kept, before["peak"][heads], highest)
    peak_value = np.where(kept, before["peak_value"][heads], value_there)

    ends = np.flatnonzero(np.append(first[1:], True))
    touched = slot[ends]
    grown = touched[
        active[ends] & before["active"][ends] & (peak[stretch[ends]] > before["peak"][ends])
    ]
    memory["active"][touched] = active[ends]
    memory["run"][touched] = kind[ends]
    memory["count"][touched] = count[ends]
    memory["since"][touched] = since[ends]
    memory["last"][touched] = time[ends]
    memory["peak"][touched] = peak[stretch[ends]]
    memory["peak_value"][touched] = peak_value[stretch[ends]]
    up = np.flatnonzero(raised)
    if len(up):  # in order, so that the last one of a slot stays
        memory["began"][slot[up]] = since[up]
        memory["raised"][slot[up]] = time[up]
        memory["found"][slot[up]] = received[seen[up]]
    changed = np.flatnonzero(raised | cleared)
    return Changes(
        row=seen[changed],
        raised=raised[changed],
        began=since[changed],
        peak=peak[stretch[changed]],
        peak_value=peak_value[stretch[changed]],
        grown=grown.astype(np.intp),
    )
