"""What a signal on channels side by side may say: who belongs together, and on which clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import model_validator

from rules.duration import Duration
from rules.written import Schema, Text


class Grouping(Schema):
    """Which channels are looked at side by side, and how their readings become frames.

    The members of a group are the selected channels that share the scope, at least two, in
    the order of their ids. Frame k of a group holds the readings from k x every up to
    (k + 1) x every, UTC, and is there if any member has one. A member's value in it is its
    last usable reading before the frame's end that is no older than `hold` by then.
    """

    per: Text
    """What the members of a group share: device, component, or any tag (zone, pipe, ...)."""
    every: Duration = timedelta(minutes=5)
    """How long a frame lasts; best the interval of the channels."""
    hold: Duration = timedelta(minutes=15)
    """How old a reading may be at the end of a frame that it stands in."""
    grace: Duration = timedelta(minutes=2)
    """A frame is judged so long after its end, and the longest reporting interval more."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.every < timedelta(seconds=1):
            raise ValueError("every must be PT1S or more")
        if self.hold < self.every:
            raise ValueError("hold must be no shorter than every, or a frame forgets its own")
        return self
