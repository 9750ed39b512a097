"""Durations as rule packs write them: ISO 8601, and nothing that YAML could misread."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator


def _written_as_iso(written: Any) -> Any:
    if isinstance(written, timedelta):
        return written
    if isinstance(written, str) and written.startswith("P"):
        return written
    raise ValueError(
        f"{written!r} is no ISO 8601 duration such as PT15M or P1D"
        + (" (YAML reads 12:30 as 750)" if isinstance(written, int) else "")
    )


Duration = Annotated[timedelta, BeforeValidator(_written_as_iso)]


def microseconds(duration: timedelta) -> np.timedelta64:
    """Return `duration` as the engine reckons."""
    return np.timedelta64(duration // timedelta(microseconds=1), "us")


def iso(duration: timedelta | np.timedelta64) -> str:
    """Return `duration` as people write it: PT2M, P1DT6H."""
    if isinstance(duration, np.timedelta64):
        duration = timedelta(microseconds=int(duration.astype("timedelta64[us]").astype(np.int64)))
    days, rest = divmod(duration, timedelta(days=1))
    hours, rest = divmod(rest, timedelta(hours=1))
    minutes, rest = divmod(rest, timedelta(minutes=1))
    seconds = rest.total_seconds()
    clock = (
        (f"{hours}H" if hours else "")
        + (f"{minutes}M" if minutes else "")
        + (f"{seconds:g}S" if seconds else "")
    )
    date = f"{days}D" if days else ""
    return f"P{date}{'T' + clock if clock else ''}" if date or clock else "PT0S"
