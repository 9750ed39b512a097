"""A report: what somebody tells of a problem, from whichever source, before anybody has looked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from cases.amending import SEVERITIES
from cases.catalogue import UNLISTED, Filing, ProblemClass, UnknownCondition
from cases.city import City
from cases.masking import without_people
from cases.placing import Place
from cases.words import PUBLIC, Role, Source
from rules.schema import Level

#: Who enters a report of the source where nobody else is named. What sensors find is settled.
BY: Mapping[Source, Role] = {
    Source.INSPECTOR: Role.INSPECTOR,
    Source.HOTLINE: Role.INTAKE,
    Source.POLICE: Role.PARTNER,
    Source.VIDEO: Role.INTAKE,
    Source.LEADER: Role.LEADER,
    Source.SYSTEM: Role.PARTNER,
}
#: Clocks of other systems may be ahead of ours by so much.
AHEAD = timedelta(minutes=5)


class BadReport(ValueError):
    """A report cannot be taken. ``args[0]`` says why, for the operator."""


class Said(BaseModel):
    """Base of what people and other systems say in a report."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Caller(Said):
    """Who called; kept apart from everything else."""

    name: str = Field("", max_length=200)
    phone: str = Field(pattern=r"^\+?\d[\d -]{3,24}$")


class Report(Said):
    source: Source
    actor: str = Field(min_length=1, max_length=200)
    """Who enters it: the inspector, the operator, the other system."""
    role: Role | None = None
    """Of the actor; none: the one that the source has."""
    system: str = Field("lifeline", min_length=1, max_length=200)
    """Which sends it."""
    external_id: str = Field("", max_length=200)
    """Its number there; sent twice it is one report. Police reports have one."""
    text: str = Field(min_length=1, max_length=10_000)
    happened: AwareDatetime | None = None
    """Since when there is the problem."""
    reported: AwareDatetime | None = None
    """When the source was told; none: now."""
    code_list: str = ""
    """With `code` and `condition` as far as known; a condition needs all three."""
    code: str = ""
    condition: str = ""
    kind: Literal["component", "event"] | None = None
    """Needed where the list uses the code for both and no condition is named."""
    component: str = ""
    """Code of what is broken."""
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    accuracy: Literal["A", "B", "C"] | None = None
    """Class of the position: A 0.5 m, B 1 m, C 10 m."""
    address: str = Field("", max_length=1_000)
    photos: tuple[str, ...] = ()
    """Ids of stored pictures."""
    severity: Level | None = None
    """A guess."""
    exercise: bool = False
    wished: AwareDatetime | None = None
    """By when a leader wants it done."""
    caller: Caller | None = None
    """Of the hotline; for the call-back, and shown to nobody else."""

    @model_validator(mode="after")
    def _fits_its_source(self) -> Self:
        if self.source not in BY:
            raise ValueError("what sensors find becomes a case by rules, not by a report")
        if self.role is Role.SYSTEM:
            raise ValueError("the system reports nothing itself: name the role of the actor")
        if self.source is Source.POLICE and not self.external_id:
            raise ValueError("a hand-over from 110 has a number there: external_id")
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat come together")
        if self.lon is None and not self.component and not self.address.strip():
            raise ValueError("say where: lon and lat, a component, or an address")
        if bool(self.code_list) != bool(self.code) or (self.condition and not self.code):
            raise ValueError("code_list and code come together, and a condition with both")
        return self

    @property
    def entered_as(self) -> Role:
        return self.role or BY[self.source]

    def public(self, text: str) -> str:
        """Return `text` without what tells who called."""
        return without_people(text, *((self.caller.name, self.caller.phone) if self.caller else ()))

    def told(self, now: datetime) -> datetime:
        """Return when the source was told; raises BadReport for a time to come."""
        if self.reported is None:
            return now
        if self.reported > now + AHEAD:
            raise BadReport(f"reported at {self.reported.isoformat()}, which is still to come")
        return min(self.reported, now)


def classify(report: Report, city: City) -> dict[str, str]:
    """Return the columns of a case that say what it is, as far as `report` knows.

    Raises BadReport for a class or condition that the catalogue does not have.
    """
    filings = _filings(report, city)
    first = filings[0]
    title = first.title if report.condition or len(filings) == 1 else first.problem.name
    return {
        "code_list": first.code_list,
        "code": first.problem.code,
        "condition": first.condition.slug if report.condition or not report.code else "",
        "title_zh": title.zh,
        "title_en": title.en,
    }


def _filings(report: Report, city: City) -> list[Filing]:
    if not report.code:
        return [city.catalogue.condition(*UNLISTED)]
    try:
        if report.condition:
            named = (report.code_list, report.code, report.condition)
            return [city.catalogue.condition(*named)]
    except UnknownCondition as why:
        raise BadReport(str(why)) from why
    of_class = (report.code_list, report.code)
    filings = [
        f
        for f in city.catalogue
        if (f.code_list, f.problem.code) == of_class and report.kind in (None, f.problem.kind)
    ]
    if not filings:
        raise BadReport(f"{report.code_list} has no {report.kind or 'class'} {report.code}")
    if len({f.problem.kind for f in filings}) > 1:
        names = " and ".join(sorted({f"the {f.problem.kind} {f.problem.name.zh}" for f in filings}))
        raise BadReport(f"{report.code} is {names}: name the condition, or its kind")
    return filings


def problem_of(report: Report, city: City) -> ProblemClass | None:
    """Return the class that is reported, None while nobody knows; raises BadReport."""
    return _filings(report, city)[0].problem if report.code else None


def columns(report: Report, place: Place, now: datetime, city: City) -> dict[str, Any]:
    """Return the columns of the case that `report` opens, which the log does not say."""
    told = report.told(now)
    return {
        **classify(report, city),
        "severity": str(report.severity or SEVERITIES[0]),
        "component": place.component.code if place.component else None,
        "grid_cell": place.grid_cell or None,
        "lon": place.lon,
        "lat": place.lat,
        "began": min(report.happened or told, told),
        "found": told,
        "opened": now,
        "description": report.public(report.text),
        "address": report.public(report.address),
        "first_public": told if report.source in PUBLIC else None,
    }
