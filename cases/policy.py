"""How a city runs its casework: limits of its desks, escalation, what is verified; as data."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from pydantic import AwareDatetime, Field, model_validator

from cases.catalogue import Data, Limit, read_data
from cases.grades import Grading
from cases.publishing import Open311, Warnings
from cases.words import Source, Stage


class Duplicates(Data):
    metres: float = Field(50, gt=0)
    """Reports of one minor class this near [m] may be one problem."""
    within: timedelta = timedelta(hours=24)
    """... when they come within this time."""


class Formerly(Data):
    """Limits of the desks as they were before."""

    until: AwareDatetime
    """When others took their place."""
    stages: dict[Stage, Limit]
    """Those that were others then; named nowhere, a limit is that of the next time."""


class Policy(Data):
    version: str
    source: str
    stages: dict[Stage, Limit]
    """Limits of the desks; the limit of handling is the filing condition's."""
    formerly: tuple[Formerly, ...] = ()
    """Earliest first. A desk is judged by the limit of the day on which its clock began; where this
    is missing, open cases are judged anew by the limits of now."""
    yellow: float = Field(0.2, gt=0, lt=1)
    """Share of a limit that is left when the light turns yellow."""
    escalate_again: float = Field(0.5, gt=0)
    """Share of a limit after which an overdue case goes up one more level."""
    verify: frozenset[Source]
    """Sources whose reports are verified on site before intake accepts them."""
    duplicates: Duplicates = Duplicates()
    nearest_component: float = Field(20, ge=0)
    """A report of a component's class is of the nearest such component, if this near [m]."""
    callers_kept: timedelta = timedelta(days=180)
    """Name and number of a caller may be erased so long after the end of the case."""
    extensions: int = Field(2, ge=0)
    """How often a limit may be extended, each time by at most the original limit."""
    longest_suspension: timedelta = timedelta(days=365)
    reopen_within: timedelta = timedelta(hours=24)
    """A sensor that speaks again so soon after closing reopens the case."""
    send_back_after: timedelta = timedelta(hours=24)
    """What its sensors still deny so long after they could have confirmed it goes back."""
    open311: Open311 = Open311()
    """What is offered to the public and to other systems."""
    warnings: Warnings = Warnings()
    """Who warns, for how long, and of what without being asked."""
    evaluation: Grading = Grading()
    """Weights of the composite score, points, grades, and what is too few to be published."""

    @model_validator(mode="after")
    def _in_order(self) -> Policy:
        missing = sorted(set(Stage) - {Stage.HANDLING} - set(self.stages))
        if missing:
            raise ValueError(f"stages has no limit of {', '.join(missing)}")
        times = [each.until for each in self.formerly]
        if times != sorted(set(times)):
            raise ValueError("formerly must go from the earliest `until` to the latest")
        return self

    def limit(self, stage: Stage, at: datetime) -> Limit:
        """Return the limit of a desk whose clock began `at`."""
        then = (each.stages for each in self.formerly if at < each.until and stage in each.stages)
        return next(then, self.stages)[stage]


def load_policy(file: Path | None = None) -> Policy:
    """Read the city's own policy, or the one that comes with the product."""
    return read_data(file or files("cases").joinpath("policy.yml"), Policy)
