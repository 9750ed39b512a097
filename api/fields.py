"""Types of fields that many answers share."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field


def _in_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value


#: The session's time zone must not show: answers are in UTC. A time without zone is UTC.
Time = Annotated[datetime, AfterValidator(_in_utc)]

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def _sensible(time: datetime) -> datetime:
    if not EARLIEST < time < LATEST:
        raise ValueError(f"expected a time between {EARLIEST:%Y} and {LATEST:%Y}")
    return time


#: A time in a request; bounded, because arithmetic at the ends of the calendar overflows.
Moment = Annotated[
    datetime,
    AfterValidator(lambda t: t if t.tzinfo else t.replace(tzinfo=UTC)),
    AfterValidator(_sensible),
    AfterValidator(_in_utc),
]

#: JSON has no infinity: a limit that is none, or a value that is none, is null.
Number = Annotated[float | None, BeforeValidator(_finite)]

#: In a request. A person acts in no other name than their own; a system names whom it acts for.
Actor = Annotated[str, Field(max_length=200, description="Who does it; left out: who is signed in")]

Quality = Annotated[
    int,
    Field(
        description="Flags, a bit a reason, 0 is good: 1 out of range, 2 too fast, 4 not a number, "
        "8 future, 16 epoch, 32 skewed, 64 no device time, 128 late, 256 wrong unit, "
        "512 calibration, 1024 imported"
    ),
]
