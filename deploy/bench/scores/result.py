"""One line of the tables of measured detection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class Result:
    """What one method did on one part of one set, at its frozen operating point.

    A module of this folder measures one set: `measure(data: Path) -> list[Result]`, with
    `SET`, its title, and `NOTES`, how it is split and counted. Missing data apart; an event is
    found when it is raised within its label (or what the set's own rule says); never
    point-adjusted.
    """

    method: str
    """lifeline, rolling Gaussian, river.<Class>, or `published: <who>`."""
    part: str
    """`tuned on`, `untouched`, or `whole`."""
    events: int | None = None
    found: int | None = None
    false_per_sensor_year: float | None = None
    """Runs outside all labels; None where nobody published it."""
    delay: timedelta | None = None
    """Median, from the begin of the label to the raising."""
    own: dict[str, float] = field(default_factory=dict)
    """The set's own measures by name."""
