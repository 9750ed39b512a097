"""What a city tells the outside: its services in Open311, its warnings in CAP; data, not code."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from cases.catalogue import Data, Text
from cases.warning_words import Colour


class Category(StrEnum):
    """Of a warning, CAP 1.2 section 3.2.2."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class Open311(Data):
    jurisdiction: str = ""
    """`jurisdiction_id` of GeoReport v2; empty: this endpoint serves one, which needs no name."""
    contact: str = ""
    """Who to ask about the endpoint; stands in the discovery document."""
    key_service: str = ""
    """How to come by an api_key; likewise."""
    code_lists: frozenset[str] = frozenset()
    """Lists whose classes the public is offered; none: all. Two generations name things twice."""
    groups: dict[str, Text] = Field(default_factory=dict)
    """Heading by responsible role; classes of other roles are not offered. None: all are."""
    longest_span: timedelta = timedelta(days=90)
    """Between start_date and end_date of a query."""
    most: int = Field(1000, ge=1)
    """Requests in an answer."""


class Warnings(Data):
    sender: str = Field("lifeline@city.invalid", pattern=r"^[^\s,<&]+$")
    """Who warns, unique in the world: an address of the city's own domain."""
    name: Text = Text(zh="城市运行监督中心", en="City operations supervision centre")
    contact: str = ""
    lasting: timedelta = timedelta(hours=6)
    """Until a warning expires, where nobody says."""
    radius: float = Field(300, gt=0)
    """Of the circle around a case [m], where nobody says."""
    categories: dict[str, Category] = Field(default_factory=dict)
    """By responsible role; Infra where none is named."""
    automatic: frozenset[Colour] = frozenset()
    """Severities of filed cases that the system warns of by itself; none: a person decides."""
