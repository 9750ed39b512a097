"""What really happened in a simulated district: the answer that the system is checked against."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import orjson

from simulators.wire import iso


@dataclass(frozen=True)
class Happening:
    """A problem that must become one case, or a decoy or fault that must become none.

    `code_list`, `code` and `conditions` say what class of case is right. `devices` felt it
    (by their name on the wire): a case is of this happening when its evidence is theirs.
    """

    id: str
    what: str
    kind: str
    role: Literal["problem", "decoy", "fault"]
    place: str
    zone: str
    devices: tuple[str, ...]
    began: int  #: [µs since 1970 UTC]
    ended: int
    code_list: str = ""
    code: str = ""
    conditions: tuple[str, ...] = ()
    patrol: str = ""  #: how somebody on a daily round would have noticed
    visible: bool = True  #: whether a daily round that passes in time sees it at all
    source: str = "injected"

    def as_record(self) -> dict[str, object]:
        return {**asdict(self), "began": iso(self.began), "ended": iso(self.ended)}


@dataclass
class Ledger:
    """Counts that the system's own ledger must match: nothing lost, nothing double."""

    messages: int = 0
    readings_sent: int = 0  #: of known devices, in messages that can be read
    readings_distinct: int = 0  #: by channel and device time, of known devices
    duplicates: int = 0
    dead_letters: int = 0
    stranger_distinct: int = 0  #: readings of the device that nobody announced
    by_device: dict[str, int] = field(default_factory=dict)  #: distinct readings


@dataclass
class Truth:
    seed: int
    begins: int
    ends: int
    stranger: str
    happenings: list[Happening] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)

    def of(self, role: str) -> list[Happening]:
        return [one for one in self.happenings if one.role == role]

    def write(self, path: Path) -> None:
        body = {
            "seed": self.seed,
            "begins": iso(self.begins),
            "ends": iso(self.ends),
            "stranger": self.stranger,
            "happenings": [one.as_record() for one in self.happenings],
            "ledger": asdict(self.ledger),
        }
        path.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))
