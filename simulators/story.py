"""A scenario as a file: who is there, what happens when, what is expected of whom by when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from simulators.happen import HAPPEN
from simulators.injected import FAULTS


def _no_number(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError("write a duration as PT15M: YAML reads 12:30 as a number")
    return value


Span = Annotated[timedelta, BeforeValidator(_no_number), Field(ge=timedelta(0))]


class BadStory(ValueError):
    """A scenario cannot be played. ``args[0]`` names file and field, for the operator."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Said(Part):
    zh: str = Field(min_length=1)
    """In Chinese."""
    en: str = Field(min_length=1)
    """In English."""


class Step(StrEnum):
    """Which moment of its case is expected."""

    FOUND = "found"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLED = "handled"  #: somebody of the department has taken it up
    FED_BACK = "fed-back"
    CLOSED = "closed"


class Occurrence(Part):
    """A problem, or what looks like one."""

    what: str
    """A name in `simulators.happen.HAPPEN`."""
    at: Span
    """After the story's beginning."""
    where: str
    """The device, pipe, transformer or zone that it comes over, as the district calls it."""
    lasts: Span = timedelta(0)
    """How long; of a recorded flood the recording says it."""
    title: Said
    """What the report calls it."""

    @model_validator(mode="after")
    def _is_known(self) -> Occurrence:
        if self.what not in HAPPEN:
            raise ValueError(f"what: {self.what} is none of {', '.join(sorted(HAPPEN))}")
        return self


class Fault(Part):
    """A fault put in by the story itself."""

    what: str
    """A name in `simulators.injected.FAULTS`."""
    at: Span
    """After the story's beginning."""
    where: str
    """Id of the device, or of the gateway, as the district calls it."""
    lasts: Span
    """How long."""
    value: float | None = None
    """In the unit that the device sends: the spike, the forged value, the drift an hour."""
    title: Said
    """What the report calls it."""

    @model_validator(mode="after")
    def _is_known(self) -> Fault:
        if self.what not in FAULTS:
            raise ValueError(f"what: {self.what} is none of {', '.join(sorted(FAULTS))}")
        return self


class Inject(Part):
    """What somebody is told at a moment: a call, a question of the leader, news from the site."""

    at: Span
    """After the story's beginning."""
    to: str = Field(min_length=1)
    """The post that is told: intake, shift-lead, dispatcher, department, leader."""
    say: Said
    """In words that can be read out."""


class Expectation(Part):
    """What is to have been done of an occurrence, by when, by whom."""

    of: int = Field(ge=0)
    """Which of `happens`, counted from 0."""
    step: Step
    """The moment that counts."""
    within: Span
    """After the problem began, as the truth has it."""
    whom: str = Field(min_length=1)
    """The post that it is expected of; system: of the detectors and the workflow."""


class Story(Part):
    """A scenario."""

    title: Said
    """Its name."""
    summary: Said
    """What is rehearsed, and what is to be learnt."""
    lasts: Span
    """From the beginning to the end of the story; the drill goes on until somebody ends it."""
    history: Span = timedelta(0)
    """Ordinary life before, stored at the start so that detectors know what is usual."""
    devices: tuple[str, ...] = Field(min_length=1)
    """Who is there, by id in the simulated district; * stands for anything."""
    happens: tuple[Occurrence, ...] = ()
    """Problems and decoys, in the order of their beginning."""
    faults: tuple[Fault, ...] = ()
    """Faults of devices that the story brings by itself."""
    injects: tuple[Inject, ...] = ()
    """What people are told meanwhile."""
    expects: tuple[Expectation, ...] = ()
    """What the report holds against what was done."""

    @model_validator(mode="after")
    def _fits(self) -> Story:
        for name in ("happens", "faults", "injects"):
            for place, one in enumerate(getattr(self, name)):
                if one.at >= self.lasts:
                    raise ValueError(f"{name}.{place}: it begins when the story is over")
        for place, expected in enumerate(self.expects):
            if expected.of >= len(self.happens):
                raise ValueError(f"expects.{place}: there are {len(self.happens)} in happens")
        return self


def read_story(text: str, name: str) -> Story:
    """Read a scenario; raises BadStory."""
    try:
        written = yaml.safe_load(text)
        return Story.model_validate(written)
    except (yaml.YAMLError, ValidationError) as why:
        if isinstance(why, yaml.YAMLError):
            raise BadStory(f"{name}: {why}") from why
        fault = why.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise BadStory(f"{name}: {place}: {fault['msg']}") from why


def stories(folder: Path | None = None) -> dict[str, Story]:
    """Return the scenarios that come along by name, or those of `folder` beside them."""
    return {name: read_story(text, f"{name}.yml") for name, text in _texts(folder)}


def _texts(folder: Path | None) -> Iterator[tuple[str, str]]:
    places = [files("simulators.scenarios")] + ([] if folder is None else [folder])
    for place in places:
        for file in sorted(place.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".yml"):
                yield file.name.removesuffix(".yml"), file.read_text(encoding="utf-8")
