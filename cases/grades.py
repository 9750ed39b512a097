"""The composite score of a department or an area, its grade, and the month's ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field, model_validator

from cases.catalogue import Data
from cases.indicators import Tally, evaluate


class Weights(Data):
    """Of the composite score; 100 in all."""

    rework_count: float = Field(10, ge=0)
    """Of the points for how often cases were sent back."""
    closing_rate: float = Field(30, ge=0)
    on_time_handling_rate: float = Field(30, ge=0)
    rework_rate: float = Field(30, ge=0)
    """Of 100 - rework rate."""

    @model_validator(mode="after")
    def _are_a_hundred(self) -> Weights:
        if abs(sum(self.model_dump().values()) - 100) > 1e-9:
            raise ValueError("the weights of the score are 100 in all")
        return self


class Band(Data):
    up_to: float = Field(ge=0)
    """Reworks in a month of the period."""
    points: float = Field(ge=0, le=100)


class Grade(Data):
    name: str
    least: float = Field(ge=0, le=100)
    """Score from which on it is given."""


class Grading(Data):
    """How counts become a score and a grade."""

    weights: Weights = Weights()
    rework_points: tuple[Band, ...] = (
        Band(up_to=0, points=100),
        Band(up_to=2, points=90),
        Band(up_to=5, points=75),
        Band(up_to=10, points=60),
        Band(up_to=20, points=40),
        Band(up_to=50, points=20),
    )
    """Points for the number of reworks a month, the first band that holds it; beyond all of them
    none. The published scheme weighs the count but prints no scale: this one is our own."""
    grades: tuple[Grade, ...] = (
        Grade(name="A", least=90),
        Grade(name="B", least=75),
        Grade(name="C", least=60),
        Grade(name="D", least=40),
        Grade(name="E", least=0),
    )
    smallest_count: int = Field(5, ge=1)
    """Public statistics print no count of cases below this, other than 0."""

    @model_validator(mode="after")
    def _are_in_order(self) -> Grading:
        bounds = [band.up_to for band in self.rework_points]
        if bounds != sorted(set(bounds)):
            raise ValueError("bands of rework_points go up")
        least = [grade.least for grade in self.grades]
        if not least or least != sorted(set(least), reverse=True) or least[-1] != 0:
            raise ValueError("grades go down, the last from 0 on")
        return self


def rework_points(reworks: float, months: float, grading: Grading) -> float:
    """Return the points for how often cases were sent back in a period so long."""
    rate = reworks / months
    return next((b.points for b in grading.rework_points if rate <= b.up_to), 0.0)


def score(tally: Tally, months: float, grading: Grading, exempt: bool = False) -> float | None:
    """Return the composite score, 0 to 100; None where nothing was due.

    `exempt`: as if no appeal had been granted.
    """
    rates = [
        evaluate(name, tally, exempt).value
        for name in ("closing_rate", "on_time_handling_rate", "rework_rate")
    ]
    if rates[0] is None:
        return None
    # Every case that was due is exempt: then none was handled too late.
    closing, handling, rework = (100.0 if rate is None else rate for rate in rates)
    weights = grading.weights
    return (
        weights.rework_count * rework_points(tally.count("reworks"), months, grading)
        + weights.closing_rate * closing
        + weights.on_time_handling_rate * handling
        + weights.rework_rate * (100 - rework)
    ) / 100


def grade(value: float | None, grading: Grading) -> str | None:
    if value is None:
        return None
    return next(g.name for g in grading.grades if round(value, 1) >= g.least)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of the ranking. Equal scores, as printed with one decimal, share their rank."""

    key: str
    rank: int | None  #: None: nothing was due
    score: float | None
    grade: str | None
    score_with_exempt: float | None  #: as if no appeal had been granted
    tally: Tally


def rank(tallies: Mapping[str, Tally], months: float, grading: Grading) -> list[Ranked]:
    """Return all of `tallies`, the best first, those without a score last."""
    scores = {key: score(tally, months, grading) for key, tally in tallies.items()}
    rounded = {key: None if s is None else round(s, 1) for key, s in scores.items()}
    order = sorted(tallies, key=lambda k: (rounded[k] is None, -(rounded[k] or 0), k))
    ranked = []
    for key in order:
        mine = rounded[key]
        better = sum(1 for s in rounded.values() if mine is not None and s is not None and s > mine)
        ranked.append(
            Ranked(
                key,
                None if mine is None else better + 1,
                scores[key],
                grade(scores[key], grading),
                score(tallies[key], months, grading, exempt=True),
                tallies[key],
            )
        )
    return ranked
