"""Whether a sensor speaks again of a problem that is said, or was found, to be solved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from cases.curve import stamp
from cases.telling import amount
from rules.event import Event, Standing


def speaks_again(
    event: Event, was: Standing | None, was_ended: np.datetime64 | None, solved: datetime
) -> bool:
    """Tell whether what became of `event` says that a problem solved at `solved` is there again.

    `was` is its standing before, None for one that is new. One that stood all the while says
    nothing new, and neither does one that was over by then, however late it was found.
    """
    if event.standing is Standing.STANDING:
        return was is not Standing.STANDING
    if event.standing is not Standing.OVER or event.ended is None or event.ended <= stamp(solved):
        return False
    # It came and went between two settlements, as a new event or as the old one once more.
    rejoined = was is Standing.OVER and was_ended is not None and event.ended > was_ended
    return bool(rejoined or event.began > stamp(solved))


def again(events: Iterable[Event]) -> str:
    """Return the reason: which rules speak again, where, and how loud."""
    return "传感器再次报警 the sensor speaks again: " + ", ".join(sorted(map(_told, events)))


def _told(event: Event) -> str:
    members = [m for m in event.why.get("members", ()) if m.get("peak_value") is not None]
    told = f"{event.rule} on {event.scope} {event.subject}"
    if not members:
        return told
    loudest = max(members, key=lambda m: (m["peak"], m["channel"]))
    value = amount(loudest["quantity"], loudest["peak_value"])
    return f"{told} ({loudest['quantity']} {value} on {loudest['channel']})"
