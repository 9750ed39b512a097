"""What a warning says: out of what is known of a case, and what the person who warns adds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cases.catalogue import Text
from cases.publishing import Category, Warnings
from cases.warning_words import COLOUR_ZH, RESPONSE, Certainty, Colour, Response, Urgency
from cases.words import State

Position = tuple[float, float]  #: longitude, latitude, WGS 84


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Area(Said):
    name: Text
    polygons: tuple[tuple[Position, ...], ...] = ()
    """Rings whose first and last position are the same."""
    circle: tuple[float, float, float] | None = None
    """Longitude, latitude, radius [km]."""
    cells: tuple[str, ...] = ()
    """Codes of grid cells."""


class Content(Said):
    """What is warned of; the same in every language but for its texts."""

    category: Category
    event: Text
    code_list: str
    code: str
    colour: Colour
    urgency: Urgency
    certainty: Certainty
    responses: tuple[Response, ...] = Field(min_length=1)
    onset: datetime | None
    """When it began or will begin."""
    expires: datetime
    headline: Text
    description: Text
    instruction: Text | None = None
    area: Area


class Facts(Said):
    """What is known of that which a warning is about."""

    event: Text
    code_list: str
    code: str
    category: Category
    colour: Colour
    certainty: Certainty
    began: datetime | None = None
    place: Text
    position: Position | None = None
    cell: str | None = None
    rings: tuple[tuple[Position, ...], ...] = ()


class Asked(Said):
    """What the person who warns says; what is left out follows from the facts."""

    colour: Colour | None = None
    urgency: Urgency | None = None
    certainty: Certainty | None = None
    responses: tuple[Response, ...] = ()
    expires: datetime | None = None
    headline: Text | None = None
    description: Text | None = None
    instruction: Text | None = None


def content_of(
    facts: Facts, asked: Asked, radius: float, at: datetime, policy: Warnings
) -> Content:
    """Return what to say of `facts`; `radius` [m] is of the circle around their position."""
    colour = asked.colour or facts.colour
    circle = (*facts.position, radius / 1000) if facts.position else None
    began = facts.began and facts.began <= at
    return Content(
        category=facts.category,
        event=facts.event,
        code_list=facts.code_list,
        code=facts.code,
        colour=colour,
        urgency=asked.urgency or (Urgency.IMMEDIATE if began else Urgency.EXPECTED),
        certainty=asked.certainty or facts.certainty,
        responses=asked.responses or (RESPONSE[colour],),
        onset=facts.began,
        expires=asked.expires or at + policy.lasting,
        headline=asked.headline or headline(facts.event, colour),
        description=asked.description or _described(facts),
        instruction=asked.instruction,
        area=Area(
            name=facts.place,
            polygons=facts.rings if circle is None else (),
            circle=circle,
            cells=(facts.cell,) if facts.cell else (),
        ),
    )


def changed(content: Content, asked: Asked) -> Content:
    """Return `content` with what a person says anew."""
    said = {name: value for name, value in asked if value}
    if asked.colour and not asked.headline:
        said["headline"] = headline(content.event, asked.colour)
    return content.model_copy(update=said)


def headline(event: Text, colour: Colour) -> Text:
    return Text(
        zh=f"{event.zh}{COLOUR_ZH[colour]}色预警",
        en=f"{colour.capitalize()} warning: {event.en}",
    )


def _described(facts: Facts) -> Text:
    return Text(
        zh=f"{facts.place.zh}：{facts.event.zh}", en=f"{facts.event.en} at {facts.place.en}"
    )


def how_sure(state: State, sensed: bool, verified: bool) -> Certainty:
    """Return how sure we are: what a sensor measures or an inspector has seen is observed."""
    if sensed or verified:
        return Certainty.OBSERVED
    return Certainty.POSSIBLE if state in (State.REPORTED, State.VERIFYING) else Certainty.LIKELY


def rings(geometry: dict[str, Any] | None) -> list[tuple[Position, ...]]:
    """Return the outer rings of a GeoJSON polygon; CAP has no holes."""
    if not geometry:
        return []
    parts = geometry["coordinates"]
    polygons = [parts] if geometry["type"] == "Polygon" else parts
    return [tuple((float(p[0]), float(p[1])) for p in polygon[0]) for polygon in polygons]
