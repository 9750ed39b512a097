"""What was wrong in files: all of it is counted, the first of it is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ingest.asset_rows import Problem
from ingest.batch import Batch
from ingest.quality import Quality

LISTED = 1000


@dataclass(slots=True)
class Faults:
    """Rows that could not be used; what is listed names row, column and the mend."""

    bad_rows: int = 0
    duplicates: int = 0  #: of a channel and time; the first is used, as in the store
    of_no_channel: int = 0
    out_of_range: Counter[int] = field(default_factory=Counter)  #: readings by channel's number
    listed: list[Problem] = field(default_factory=list)
    known: set[str] = field(default_factory=set)  #: strange channels that are listed

    @property
    def any_row(self) -> bool:
        return bool(self.bad_rows or self.of_no_channel)

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.bad_rows += 1
            if len(self.listed) < LISTED:
                self.listed.append(problem)

    def flagged(self, batch: Batch) -> None:
        """Note what lies beyond what its channel or any instrument of its kind can mean."""
        beyond = (batch.quality & np.uint16(Quality.OUT_OF_RANGE)) != 0
        if beyond.any():
            numbers, counts = np.unique(batch.channel[beyond], return_counts=True)
            self.out_of_range.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))

    def strange(self, row: int, channel: str, readings: int) -> None:
        """Note that readings are of a channel that no asset names; each is listed once."""
        self.of_no_channel += readings
        if channel not in self.known and len(self.listed) < LISTED:
            self.known.add(channel)
            what = f"there is no channel {channel!r} (first met here)"
            self.listed.append(Problem(row, "channel", what, "Add its asset, or mend the name"))
