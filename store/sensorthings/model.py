"""The entity sets of SensorThings (OGC 18-088, clause 8), and what of ours stands for them.

A Thing is a device, a Datastream one of its channels, a Sensor the instrument behind that
channel, an ObservedProperty a quantity, an Observation a reading, and a FeatureOfInterest the
component watched, or the device where it watches none. Each set is one statement of
`queries/sensorthings.sql`, whose columns have the standard's names; columns with a leading
underscore join sets, and are not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What an expression yields, as far as it decides what may be compared."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "truth"
    TIME = "time"
    DATE = "date"
    CLOCK = "time of day"
    DURATION = "duration"
    JSON = "member of an object"
    POINT = "point"
    GEOMETRY = "geometry"
    RESULT = "result"  #: a number, or a text where the reading is a state
    SHOWN = "value that is only shown"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    type: Type
    always: bool = False  #: never null, so that an index may order by it


@dataclass(frozen=True, slots=True)
class Relation:
    """Leads to those of `target` whose column `other` equals our `own`."""

    name: str
    target: str
    own: str
    other: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    set: str
    properties: tuple[Property, ...]
    relations: tuple[Relation, ...]
    id: Type = Type.NUMBER
    key: tuple[Property, ...] = ()  #: orders the set where nothing else does, by an index

    def named(self, name: str) -> Property | None:
        return next((each for each in (self.identity, *self.properties) if each.name == name), None)

    def relation(self, name: str) -> Relation | None:
        return next((each for each in self.relations if each.name == name), None)

    @property
    def identity(self) -> Property:
        return Property("id", self.id, always=True)

    @property
    def order(self) -> tuple[Property, ...]:
        return self.key or (self.identity,)


NAME = Property("name", Type.TEXT, always=True)
DESCRIPTION = Property("description", Type.TEXT, always=True)
ENCODING = Property("encodingType", Type.TEXT, always=True)
PROPERTIES = Property("properties", Type.JSON)
ONE_CHANNEL = Property("_channel", Type.NUMBER, always=True)
PHENOMENON_TIME = Property("phenomenonTime", Type.TIME, always=True)

ENTITIES = (
    Entity(
        "Thing", "Things",
        (NAME, DESCRIPTION, PROPERTIES),
        (
            Relation("Locations", "Location", "id", "id", many=True),
            Relation("HistoricalLocations", "HistoricalLocation", "id", "id", many=True),
            Relation("Datastreams", "Datastream", "id", "_thing", many=True),
        ),
    ),
    Entity(
        "Location", "Locations",
        (NAME, DESCRIPTION, ENCODING, Property("location", Type.POINT), PROPERTIES),
        (
            Relation("Things", "Thing", "id", "id", many=True),
            Relation("HistoricalLocations", "HistoricalLocation", "id", "id", many=True),
        ),
    ),
    Entity(
        "HistoricalLocation", "HistoricalLocations",
        (Property("time", Type.TIME, always=True),),
        (
            Relation("Thing", "Thing", "id", "id"),
            Relation("Locations", "Location", "id", "id", many=True),
        ),
    ),
    Entity(
        "Datastream", "Datastreams",
        (
            NAME, DESCRIPTION, Property("unitOfMeasurement", Type.JSON),
            Property("observationType", Type.TEXT, always=True),
            Property("phenomenonTime", Type.SHOWN), PROPERTIES,
        ),
        (
            Relation("Thing", "Thing", "_thing", "id"),
            Relation("Sensor", "Sensor", "id", "id"),
            Relation("ObservedProperty", "ObservedProperty", "_quantity", "id"),
            Relation("Observations", "Observation", "id", "_channel", many=True),
        ),
    ),
    Entity(
        "Sensor", "Sensors",
        (NAME, DESCRIPTION, ENCODING, Property("metadata", Type.TEXT, always=True), PROPERTIES),
        (Relation("Datastreams", "Datastream", "id", "id", many=True),),
    ),
    Entity(
        "ObservedProperty", "ObservedProperties",
        (NAME, Property("definition", Type.TEXT, always=True), DESCRIPTION, PROPERTIES),
        (Relation("Datastreams", "Datastream", "id", "_quantity", many=True),),
        id=Type.TEXT,
    ),
    Entity(
        "Observation", "Observations",
        (
            PHENOMENON_TIME, Property("resultTime", Type.TIME, always=True),
            Property("result", Type.RESULT), Property("resultQuality", Type.JSON),
        ),
        (
            Relation("Datastream", "Datastream", "_channel", "id"),
            Relation("FeatureOfInterest", "FeatureOfInterest", "_feature", "id"),
        ),
        id=Type.TEXT,
        key=(ONE_CHANNEL, PHENOMENON_TIME),
    ),
    Entity(
        "FeatureOfInterest", "FeaturesOfInterest",
        (NAME, DESCRIPTION, ENCODING, Property("feature", Type.POINT), PROPERTIES),
        (Relation("Observations", "Observation", "id", "_feature", many=True),),
        id=Type.TEXT,
    ),
)  # fmt: skip

BY_NAME = {entity.name: entity for entity in ENTITIES}
BY_SET = {entity.set: entity for entity in ENTITIES}
