"""Events as rows of the store, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import orjson

from cases.opening import as_datetime
from rules.event import Event, Standing


def as_row(event: Event) -> dict[str, Any]:
    row = asdict(event)
    for name in ("began", "raised", "found", "ended"):
        if row[name] is not None:
            row[name] = as_datetime(row[name])
    row["channels"] = [int(channel) for channel in event.channels]
    row["peak"] = str(float(event.peak))  # JSON knows no infinity
    return row


def as_event(row: dict[str, Any]) -> Event:
    for name in ("began", "raised", "found", "ended"):
        if row[name] is not None:
            row[name] = np.datetime64(row[name].replace(tzinfo=None), "us")
    row["standing"] = Standing(row["standing"])
    row["channels"] = tuple(row["channels"])
    return Event(**row)


def as_json(value: Any) -> bytes:
    """Write JSON with arrays and numbers of numpy; what is no number becomes null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
