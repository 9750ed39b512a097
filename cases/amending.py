"""What a case becomes when what is known of its cause changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from cases.opening import Facts
from rules.schema import Level

SEVERITIES = [str(level) for level in Level]


@dataclass(frozen=True, slots=True)
class Cause:
    """What the events of a case that are facts about the city add up to."""

    events: int  #: how many there are; of none, nothing else is known
    standing: int  #: how many of them stand now
    began: datetime
    found: datetime
    severity: str


def amend(
    before: Mapping[str, Any], cause: Cause, leading: Facts, touched: bool
) -> dict[str, tuple[Any, Any]]:
    """Return the columns of the case that change, each with its value before and after.

    `leading` are the facts of the cause's earliest event. Until a human has touched it the
    case says what its events say, whatever order they came in. After that its place, class
    and department are theirs; it still becomes more severe, or turns out to have begun sooner.
    """
    after: dict[str, Any] = {"began": cause.began, "found": cause.found, "severity": cause.severity}
    if touched:
        after["began"] = min(cause.began, before["began"])
        after["found"] = min(cause.found, before["found"])
        after["severity"] = max(cause.severity, before["severity"], key=SEVERITIES.index)
    else:
        after = {**asdict(leading), **after}
    return {name: (before[name], value) for name, value in after.items() if before[name] != value}
