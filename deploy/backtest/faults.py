"""What was wrong in files: all of it is counted, the first of it is listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.asset_rows import Problem

LISTED = 1000


@dataclass(slots=True)
class Faults:
    """Rows that could not be used; what is listed names row, column and the mend."""

    bad_rows: int = 0
    duplicates: int = 0  #: of a channel and time; the first is used, as in the store
    of_no_channel: int = 0
    listed: list[Problem] = field(default_factory=list)
    known: set[str] = field(default_factory=set)  #: strange channels that are listed

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.bad_rows += 1
            if len(self.listed) < LISTED:
                self.listed.append(problem)

    def strange(self, row: int, channel: str, readings: int) -> None:
        """Note that readings are of a channel that no asset names; each is listed once."""
        self.of_no_channel += readings
        if channel not in self.known and len(self.listed) < LISTED:
            self.known.add(channel)
            what = f"there is no channel {channel!r} (first met here)"
            self.listed.append(Problem(row, "channel", what, "Add its asset, or mend the name"))
