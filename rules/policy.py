"""From a stream of scores to episodes: raised once, kept up, cleared once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from detectors.kernel import kernel
from ingest.batch import Floats, Rows, Times
from rules.duration import Duration

MICROSECOND = timedelta(microseconds=1)
FOREVER = 2**62  #: [us]


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

#: What the policy remembers of one (signal, channel); all zero while nothing is abnormal.
MEMORY: list[tuple[str, Any]] = [
    ("active", "?"),
    ("run", "i1"),  #: kind of the readings in the unbroken run up to the last one
    ("count", "i4"),
    ("since", "i8"),  #: beginning of the run [us]
    ("last", "i8"),  #: [us]
    ("peak", "f8"),  #: of the active episode, or of the run that may become one
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


def new_memory(n: int) -> NDArray[np.void]:
    return np.zeros(n, dtype=MEMORY)


def judge(
    policy: Policy,
    memory: NDArray[np.void],
    slot: NDArray[np.int32],
    time: Times,
    score: Floats,
    value: Floats,
) -> Changes:
    """Advance `memory` by rows grouped by slot, oldest first in each; return what changed.

    A run is an unbroken row of abnormal (score >= 1) or of normal (score < 1 - deadband)
    readings. An abnormal run of at least `samples` readings over at least `on_delay`
    raises, a normal run over `off_delay` clears. A NaN score proves nothing and breaks
    nothing; a gap longer than `longest_gap` breaks a run, but what is active stays so.
    """
    n, gap = len(score), policy.longest_gap
    slot, time, score, value = (_fixed(column) for column in (slot, time, score, value))
    row, grown = np.empty(n, dtype=np.intp), np.empty(n, dtype=np.intp)
    raised, began = np.empty(n, dtype=np.bool_), np.empty(n, dtype=np.int64)
    peak, peak_value = np.empty(n), np.empty(n)
    changed, more = _flip(
        memory,
        slot,
        time.view("i8"),
        score,
        value,
        policy.on_delay // MICROSECOND,
        policy.off_delay // MICROSECOND,
        FOREVER if gap is None else gap // MICROSECOND,
        1.0 - policy.deadband,
        policy.samples,
        row,
        raised,
        began,
        peak,
        peak_value,
        grown,
    )
    return Changes(
        row=row[:changed],
        raised=raised[:changed],
        began=began[:changed].view("M8[us]"),
        peak=peak[:changed],
        peak_value=peak_value[:changed],
        grown=grown[:more],
    )


def _fixed(column: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view: a column that may be written to is another type, compiled anew."""
    column = column.view()
    column.flags.writeable = False
    return column


@kernel
def _flip(
    memory: NDArray[np.void],
    slot: NDArray[np.int32],
    time: NDArray[np.int64],
    score: Floats,
    value: Floats,
    on_delay: int,
    off_delay: int,
    gap: int,
    quiet: float,
    samples: int,
    row: Rows,
    raised: NDArray[np.bool_],
    began: NDArray[np.int64],
    peak: Floats,
    peak_value: Floats,
    grown: Rows,
) -> tuple[int, int]:
    """Fill in the columns of `Changes`; return how many entries and how many grown there are."""
    changed, more, stood, peak_before = 0, 0, False, 0.0
    for here in range(len(score)):
        one, now, much = slot[here], time[here], score[here]
        m = memory[one]
        if here == 0 or slot[here - 1] != one:
            stood, peak_before = m["active"], m["peak"]
        if m["active"] or much >= 1.0:
            kind = ABNORMAL if much >= 1.0 else NORMAL if much < quiet else NEITHER
            if not np.isnan(much):
                if kind != m["run"] or kind == NEITHER or now - m["last"] > gap:
                    m["run"], m["since"], m["count"] = kind, now, 0
                    if not m["active"]:
                        m["peak"] = -np.inf
                m["last"] = now
                m["count"] += 1
                if kind == ABNORMAL and much > m["peak"]:
                    m["peak"], m["peak_value"] = much, value[here]
                lasted = now - m["since"]
                raises = kind == ABNORMAL and lasted >= on_delay and m["count"] >= samples
                clears = kind == NORMAL and lasted >= off_delay
                if clears if m["active"] else raises:
                    m["active"] = raises
                    row[changed], raised[changed], began[changed] = here, raises, m["since"]
                    peak[changed], peak_value[changed] = m["peak"], m["peak_value"]
                    changed += 1
        elif m["run"] and not np.isnan(much):
            # A normal run matters only to what is active: nothing to remember.
            m["run"], m["count"], m["since"], m["last"] = NEITHER, 0, 0, 0
            m["peak"], m["peak_value"] = 0.0, 0.0
        last = here + 1 == len(score) or slot[here + 1] != one
        if last and stood and m["active"] and m["peak"] > peak_before:
            grown[more] = one
            more += 1
    return changed, more
