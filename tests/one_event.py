"""An event to start from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rules.event import Event, Standing

START = np.datetime64("2024-03-01T06:00:00", "us")


def minutes(n: int) -> np.timedelta64:
    return np.timedelta64(n, "m")


def an_event(**changes: Any) -> Event:
    """Return standing water that began at START and was raised and found 2 minutes later."""
    event = Event(
        rule="flood.road.standing-water",
        version="abc",
        scope="component",
        subject="3301060602000007",
        code_list="GB/T 30428.2-2013",
        code="0506",
        condition="standing-water",
        severity="yellow",
        began=START,
        raised=START + minutes(2),
        found=START + minutes(2),
        ended=None,
        standing=Standing.STANDING,
        channels=(1,),
        peak=1.4,
        case_key="0506|component|3301060602000007",
    )
    return replace(event, **changes)
