"""What rules produce: episodes of single channels, and the events they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

import numpy as np

#: Event ids are names in this space, so that judging again gives the same id.
EVENTS = UUID("6a3c9d52-5f0e-5c39-9a0b-3d8f2f1a7c11")


@dataclass(frozen=True, slots=True)
class Episode:
    """One unbroken stretch in which one signal of a rule stood on one channel.

    `began` is the first abnormal reading, `raised` the reading that completed the
    on-delay, `found` when that reading reached us, `cleared` the reading that completed
    the off-delay (None: still standing). Times are datetime64[us], UTC.
    """

    rule: str
    signal: str
    channel: int
    began: np.datetime64
    raised: np.datetime64
    found: np.datetime64
    cleared: np.datetime64 | None
    peak: float  #: highest score
    peak_value: float  #: value at the highest score [SI]
    limit: dict[str, float] = field(default_factory=dict)  #: what counted as normal when raised


class Standing(StrEnum):
    """Where an event stands. Only the first two are facts about the city."""

    STANDING = "standing"
    OVER = "over"
    WITHDRAWN = "withdrawn"  #: later readings show that it never was
    EXPLAINED = "explained"  #: something else accounts for it


@dataclass(frozen=True, slots=True)
class Event:
    """A rule's finding about one place.

    `scope` names what the rule gathers by (channel, device, component, zone, pipe,
    transformer, gateway, ...), `subject` which one. `why` is plain data for people and
    for the case's evidence: the clause that fired, limits, peaks, what would have kept
    it quiet.
    """

    rule: str
    version: str
    scope: str
    subject: str
    code_list: str
    code: str
    condition: str
    severity: str
    began: np.datetime64
    raised: np.datetime64
    found: np.datetime64
    ended: np.datetime64 | None
    standing: Standing
    channels: tuple[int, ...]
    peak: float
    case_key: str
    why: dict[str, Any] = field(default_factory=dict)
    shadow: bool = False  #: found by a version on trial; opens no case
    exercise: int | None = None  #: the drill in which it was found; None: it is live

    @property
    def id(self) -> UUID:
        """The same for the same rule, subject and beginning, however often it is judged.

        Versions in force never have a beginning in common; those on trial are named.
        """
        trial = f"|{self.version}" if self.shadow else ""
        return uuid5(EVENTS, f"{self.rule}|{self.scope}|{self.subject}|{self.began}{trial}")
